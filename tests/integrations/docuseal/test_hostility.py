"""DocuSeal bears what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Step
from tests.integrations.docuseal.guest import GUEST
from tests.kit.contracts.checks import finishing, first_check
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld


def _told(event: bytes) -> HostileRequest:
    body = event.replace(b"SUBMISSION", b"@@transaction@@")
    return HostileRequest(
        "POST", "/api/callbacks/docuseal", {}, body, "application/json", signer="docuseal"
    )


_DECLINED = _told(
    b'{"event_type":"form.declined","data":{"id":91355,"submission_id":SUBMISSION,'
    b'"external_id":"@@reference@@","submission":{"id":SUBMISSION,"status":"declined"}}}'
)
_EXPIRED = _told(
    b'{"event_type":"submission.expired","data":{"id":SUBMISSION,"status":"expired",'
    b'"submitters":[{"id":91355,"external_id":"@@reference@@"}]}}'
)
_ARCHIVED = _told(b'{"event_type":"submission.archived","data":{"id":SUBMISSION}}')


class TestDocuSeal(HostilityContract):
    """Its submissions and events, spoilt."""

    listed, guests = "docuseal", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {
        "callback": finishing("docuseal", "declined", _DECLINED),
        "doorbell": finishing("docuseal", "declined", _ARCHIVED),
    }
    callbacks = (_DECLINED, _EXPIRED, _ARCHIVED)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the submission that was made first."""
        return first_check(world, "docuseal")
