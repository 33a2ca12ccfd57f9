"""The example vendors keep the contracts that every vendor of their parts keeps."""

from __future__ import annotations

from tests.kit.contracts.connection import ConnectionContract


class TestCalendarConnection(ConnectionContract):
    """Calendar."""

    vendor = "calendar"


class TestTillConnection(ConnectionContract):
    """Till."""

    vendor = "till"


class TestGuildConnection(ConnectionContract):
    """Guild."""

    vendor = "guild"
