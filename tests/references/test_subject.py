"""What a trip is about: names of keys, and which records are about the present version."""

from __future__ import annotations

import pytest

from proxy.references.session_record import SessionRecord
from proxy.references.subject import Subject
from proxy.vendors.matters import IDENTITY, SIGNING

RULES = Subject(SIGNING, "rules", {"acme": "7"})


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("signing_rules-AbC_-019", True),
        ("signing_rules", False),
        ("signing_rules-AbC_-01", False),
        ("signing_rules-AbC_-0190", False),
        ("signing_rules-of-house-AbC_-019", False),
        ("signing_rules-AbC_-01=", False),
        ("idVerification-AbC_-019", False),
    ],
)
def test_only_its_own_sessions_keys_are_its_own(key: str, *, expected: bool) -> None:
    assert expected is RULES.is_session_key(key)


def test_a_record_is_written_where_it_is_looked_for() -> None:
    record = SessionRecord({"provider": "acme", "transactionReference": "1", "revision": 1})
    for subject in (RULES, Subject(IDENTITY)):
        keys = subject.keys_of(record)
        assert 2 == len(set(keys))
        assert all(subject.is_session_key(key) for key in keys)


@pytest.mark.parametrize(
    ("provider", "version", "expected"),
    [
        ("acme", "7", True),
        ("acme", "6", False),
        ("acme", None, False),
        # Not enabled any more: nobody says that there is another one.
        ("another", "6", True),
    ],
)
def test_a_version_is_the_present_one_by_its_vendor(
    provider: str, version: str | None, *, expected: bool
) -> None:
    fields = {"provider": provider, **({"version": version} if version else {})}
    assert expected is RULES.is_current(SessionRecord(fields))
