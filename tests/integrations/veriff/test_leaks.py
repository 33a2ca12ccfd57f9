"""Veriff's secrets, and what it knows of people, leave the app by no side door."""

from __future__ import annotations

from tests.integrations.veriff.guest import GUEST
from tests.kit.contracts.checks import CheckLeakContract


class TestVeriff(CheckLeakContract):
    """Its checks."""

    listed, guests = "veriff", (GUEST,)
    approval, decisions = "approved", ("resubmission_requested", "declined")
    correction = "approved"
