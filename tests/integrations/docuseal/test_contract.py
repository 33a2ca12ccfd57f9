"""DocuSeal keeps the contract that every signing vendor keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from sandbox.docuseal.vendor import NEWER_AGREEMENT, RULES
from tests.integrations.docuseal.guest import GUEST
from tests.kit.contracts.signing import AGREEMENT as DOCUMENT
from tests.kit.contracts.signing import RULES as OTHER_DOCUMENT
from tests.kit.contracts.signing import SigningContract


class TestDocuSeal(SigningContract):
    """One call makes a submission, one tells how it stands."""

    vendor, guests = "docuseal", (GUEST,)
    words: ClassVar[Mapping[str, str]] = {
        "signed": "completed",
        "declined": "declined",
        "expired": "expired",
        "cancelled": "archived",
    }
    waiting = ("first_party",)
    secrets_setting = "DOCUSEAL_WEBHOOK_SECRETS"
    another_secret = "whsec_YW5vdGhlci1tYWRlLXVwLXNlY3JldA=="
    documents_setting = "DOCUSEAL_DOCUMENTS"
    other_templates = f"{DOCUMENT}:{NEWER_AGREEMENT.id},{OTHER_DOCUMENT}:{RULES.id}"
