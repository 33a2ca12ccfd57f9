"""A portal's passwords are the operator's own secrets, and judged as such."""

from __future__ import annotations

import pytest

from integrations.sensedia import SENSEDIA
from proxy.outgoing.upstream import Upstreams
from proxy.settings_reader import SettingsReader
from tests.example_environment import read_example

UPSTREAMS = Upstreams("Tests/1.0", lambda *_: None)


def read(variables: dict[str, str]) -> SettingsReader:
    """Return what has read Sensedia's settings, those of the example but for these."""
    reader = SettingsReader({**read_example(), **variables})
    SENSEDIA.build(reader, UPSTREAMS)
    return reader


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        ("portal:Zq8-mLw4x", "the password in line 1 is shorter than 12"),
        (
            "a:k3Wz-0pQv_7t\nThe-Portal-2026:THE-portal-2026",
            "the password in line 2 is a user name",
        ),
    ],
)
def test_a_weak_password_is_dangerous(pairs: str, said: str) -> None:
    (danger,) = read({"SENSEDIA_BASIC_AUTH": pairs}).dangers
    assert danger.startswith(f"SENSEDIA_BASIC_AUTH: {said}")


def test_every_password_is_one_of_the_operators_own_secrets() -> None:
    reader = read({"SENSEDIA_BASIC_AUTH": "portal:k3Wz-0pQv_7t\nother:x9Qm-4rTz_2w"})
    found = [(own.variable, own.place, own.forms[0]) for own in reader.own_secrets]
    assert [
        ("SENSEDIA_BASIC_AUTH", "the password in line 1", b"k3Wz-0pQv_7t"),
        ("SENSEDIA_BASIC_AUTH", "the password in line 2", b"x9Qm-4rTz_2w"),
    ] == found
