"""What Dropbox Sign says of the settings: the key, its API app, and each template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.integrations.dropbox_sign.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

APP = ("DROPBOX_SIGN_API_KEY", "DROPBOX_SIGN_CLIENT_ID")
AGREEMENT = ("DROPBOX_SIGN_DOCUMENTS", "provider-agreement")


def _unapproved(sign: Any) -> None:
    sign.is_approved = False


class TestDropboxSign(ProbeContract):
    """The API app proves the key, and tells whether it is approved and where its events go."""

    vendor, guests = "dropbox-sign", (GUEST,)
    calls = ("GET /v3/api_app/*", "GET /v3/template/*", "GET /v3/template/*")
    told: ClassVar[Mapping[tuple[str, ...], str]] = {
        APP: "",
        AGREEMENT: "",
        ("DROPBOX_SIGN_DOCUMENTS", "house-rules"): "",
    }
    wrong = (
        Wrong(APP, 401, "API_KEY is not known", lambda _: {"DROPBOX_SIGN_API_KEY": "k" * 64}),
        Wrong(
            APP,
            404,
            "has no API app of DROPBOX_SIGN_CLIENT_ID",
            lambda _: {"DROPBOX_SIGN_CLIENT_ID": "ab" * 16},
        ),
        Wrong(APP, 200, "not approved yet", at_vendor=_unapproved),
        Wrong(
            ("DROPBOX_SIGN_DOCUMENTS", "agreement"),
            404,
            "no such template",
            lambda _: {"DROPBOX_SIGN_DOCUMENTS": f"agreement:{'0f' * 20}"},
        ),
        Wrong(AGREEMENT, 200, "DROPBOX_SIGN_ROLE", lambda _: {"DROPBOX_SIGN_ROLE": "Landlord"}),
    )


class TestWhereEventsGo(ProbeContract):
    """In test mode it need not be approved, and its events have to come here all the same."""

    vendor, guests = "dropbox-sign", (GUEST,)
    options: ClassVar[Mapping[str, Any]] = {"DROPBOX_SIGN_TEST_MODE": "true"}
    calls = TestDropboxSign.calls
    told: ClassVar[Mapping[tuple[str, ...], str]] = {**TestDropboxSign.told, APP: "test mode"}
    wrong = (
        Wrong(
            APP,
            200,
            "set its event callback to <PUBLIC_URL>/api/callbacks/dropbox-sign",
            at_vendor=lambda sign: setattr(sign, "callback_url", "https://old.example/hook"),
        ),
    )
