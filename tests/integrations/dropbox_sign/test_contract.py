"""Dropbox Sign keeps the contract that every vendor of signatures keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.dropbox_sign.vendor import TEMPLATES
from tests.integrations.dropbox_sign.guest import GUEST
from tests.kit.contracts.signing import AGREEMENT, RULES, SigningContract
from tests.kit.world import KitWorld


class TestDropboxSign(SigningContract):
    """Dropbox Sign. Only a visit finds a cancelled request: test_trip has it.

    Two events tell that all have signed: the second costs one question and one look.
    """

    opens_in_frame = True
    vendor, guests = "dropbox-sign", (GUEST,)
    links_work_once = True
    start_calls = 3
    result_calls, store_calls = 2, 4
    waiting = ("signed_first",)
    words: ClassVar[Mapping[str, str]] = {
        "signed": "signed",
        "declined": "declined",
        "expired": "expired",
        "failed": "error",
    }
    documents_setting = "DROPBOX_SIGN_DOCUMENTS"
    other_templates = f"{AGREEMENT}:{TEMPLATES[2]},{RULES}:{TEMPLATES[1]}"

    def test_while_secrets_are_exchanged_both_hold(self, world: KitWorld, vendor_side: Any) -> None:
        keys = f"the-next-primary-key,{vendor_side.api_keys[0]}"
        moved = world.another_app(DROPBOX_SIGN_CALLBACK_KEYS=keys).test_client()
        reference = self.started(world.browser())
        self.finish(vendor_side, reference, self.words["signed"], told=False)
        made = vendor_side.transactions[reference]
        for key, status in (("the-next-primary-key", 200), (None, 200), ("a-third-key", 401)):
            event = vendor_side.event(made, "all_signed", key)
            answer = moved.post(
                "/api/callbacks/dropbox-sign", data=event.body, content_type=event.content_type
            )
            assert status == answer.status_code
