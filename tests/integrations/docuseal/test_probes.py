"""What DocuSeal says of the settings: the token, and each template."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.docuseal.vendor import ARCHIVED
from tests.integrations.docuseal.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

TOKEN = ("DOCUSEAL_API_TOKEN",)
AGREEMENT = ("DOCUSEAL_DOCUMENTS", "agreement")
TEMPLATE = ("DOCUSEAL_DOCUMENTS", "provider-agreement")


def _documents(number: object) -> dict[str, str]:
    return {"DOCUSEAL_DOCUMENTS": f"agreement:{number}"}


def _foreign(docuseal: Any) -> dict[str, str]:
    return _documents(docuseal.foreign_template)


class TestDocuSeal(ProbeContract):
    """Whose token it is, and whether the templates are there."""

    vendor, guests = "docuseal", (GUEST,)
    calls = ("GET /api/user", "GET /api/templates/*", "GET /api/templates/*")
    told: ClassVar[Mapping[tuple[str, ...], str]] = {
        TOKEN: "",
        TEMPLATE: "",
        ("DOCUSEAL_DOCUMENTS", "house-rules"): "",
    }
    unproven = ("DOCUSEAL_WEBHOOK_SECRETS",)
    wrong = (
        Wrong(TOKEN, 401, "compare DOCUSEAL_API_TOKEN", lambda _: {"DOCUSEAL_API_TOKEN": "w" * 40}),
        Wrong(AGREEMENT, 404, "there is no such template", lambda _: _documents(999_999)),
        Wrong(AGREEMENT, 403, "is another account's", _foreign),
        Wrong(AGREEMENT, 200, "is archived", lambda _: _documents(ARCHIVED.id)),
        Wrong(TEMPLATE, 200, "DOCUSEAL_ROLE", lambda _: {"DOCUSEAL_ROLE": "Landlord"}),
        Wrong(
            TEMPLATE,
            403,
            "other mode (test or production)",
            lambda docuseal: {"DOCUSEAL_API_TOKEN": docuseal.testing_token},
        ),
    )


class TestTheListForAll(ProbeContract):
    """Documents of SIGNING_DOCUMENTS are told by that name."""

    vendor, guests = "docuseal", (GUEST,)
    options: ClassVar[Mapping[str, Any]] = {
        "DOCUSEAL_DOCUMENTS": None,
        "SIGNING_DOCUMENTS": "agreement:318204",
    }
    calls = ("GET /api/user", "GET /api/templates/318204")
    told: ClassVar[Mapping[tuple[str, ...], str]] = {
        TOKEN: "",
        ("SIGNING_DOCUMENTS", "agreement"): "",
    }
    unproven = ("DOCUSEAL_WEBHOOK_SECRETS",)
    wrong = (
        Wrong(
            ("SIGNING_DOCUMENTS", "agreement"),
            404,
            "into SIGNING_DOCUMENTS",
            lambda _: {"SIGNING_DOCUMENTS": "agreement:999999"},
        ),
    )
