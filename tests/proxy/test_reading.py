"""Values in what vendors send: one line reads one, whatever stands in its place."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from proxy.vendors import as_unix_time


@pytest.mark.parametrize(
    ("seconds", "moment"),
    [
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (1_796_000_060, datetime(2026, 11, 30, 0, 54, 20, tzinfo=UTC)),
        (253_402_300_799, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_whole_seconds_are_a_time(seconds: int, moment: datetime) -> None:
    assert moment == as_unix_time(seconds)


@pytest.mark.parametrize("value", [None, "1796000060", 1.5, True, -1, 253_402_300_800, 10**30])
def test_what_is_no_whole_second_of_our_era_is_no_time(value: object) -> None:
    assert as_unix_time(value) is None
