"""Onfido keeps the contract that every vendor of identity checks keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.integrations.onfido.guest import GUEST
from tests.kit.contracts.identity import IdentityContract


class TestOnfido(IdentityContract):
    """An applicant and a run to begin with; the run, and the applicant of an approved one."""

    vendor, guests = "onfido", (GUEST,)
    words: ClassVar[Mapping[str, str]] = {
        "approved": "approved",
        "rejected": "declined",
        "failed": "error",
        "expired": "abandoned",
    }
    waiting = ("review",)
    secrets_setting = "ONFIDO_WEBHOOK_TOKENS"
    start_calls = 2
    result_calls = 2
