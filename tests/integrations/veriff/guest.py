"""Veriff as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.veriff import VERIFF
from sandbox.veriff.simulator import SIMULATOR, Veriff
from tests.kit.contracts.identity import guest_of

GUEST = guest_of(VERIFF, SIMULATOR, Veriff)
