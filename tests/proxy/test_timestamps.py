"""Timestamps: one form out, every form of the vendors in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.timestamps import format_utc, parse_utc

NOON = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (NOON, "2026-01-31T12:00:00.000Z"),
        (NOON.astimezone(timezone(timedelta(hours=2))), "2026-01-31T12:00:00.000Z"),
        (NOON + timedelta(milliseconds=7), "2026-01-31T12:00:00.007Z"),
        (0, "1970-01-01T00:00:00.000Z"),
        (1769860800, "2026-01-31T12:00:00.000Z"),
        (1769860800.25, "2026-01-31T12:00:00.250Z"),
    ],
)
def test_a_moment_is_written_in_utc_with_milliseconds(
    moment: datetime | float, expected: str
) -> None:
    assert expected == format_utc(moment)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31T12:00:00Z", NOON),
        ("2026-01-31T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-01-31T12:00:00.25Z", NOON + timedelta(milliseconds=250)),
        ("2026-01-31T12:00:00.007Z", NOON + timedelta(milliseconds=7)),
        ("2026-01-31T12:00:00.000001Z", NOON + timedelta(microseconds=1)),
        ("2026-01-31T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
    ],
)
def test_every_number_of_digits_is_read(text: str, expected: datetime) -> None:
    assert expected == parse_utc(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-01-31",
        "2026-01-31T12:00:00",
        "2026-01-31T12:00:00+00:00",
        "2026-01-31 12:00:00Z",
        "2026-13-31T12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-01-31T12:00:60Z",
        "2026-01-31T12:00:00.Z",
        "2026-01-31T12:00:00Z\n",
        "0000-01-01T00:00:00Z",
        "\u0662\u0660\u0662\u0666-01-31T12:00:00Z",
        "yesterday",
        None,
        1769860800,
        ["2026-01-31T12:00:00Z"],
    ],
)
def test_what_is_not_a_utc_timestamp_is_none(text: object) -> None:
    assert parse_utc(text) is None


@given(st.datetimes(timezones=st.just(UTC)))
def test_what_is_written_is_read_back_to_the_millisecond(moment: datetime) -> None:
    parsed = parse_utc(format_utc(moment))
    assert parsed == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


@given(st.text())
def test_any_text_is_read_or_none(text: str) -> None:
    assert parse_utc(text) is None or text.endswith("Z")
