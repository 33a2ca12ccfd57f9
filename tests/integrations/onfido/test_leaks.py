"""Onfido's secrets, and what its workflow puts out of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.onfido.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract


class TestOnfido(CheckLeakContract):
    """Its checks."""

    listed, guests = "onfido", (GUEST,)
    approval, decisions = "approved", ("review", "approved")
