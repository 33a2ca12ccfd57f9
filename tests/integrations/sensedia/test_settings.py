"""Sensedia as its settings describe it, and every problem with them."""

from __future__ import annotations

import sys
from importlib.machinery import ModuleSpec
from typing import Any

import pytest

from integrations.sensedia import Sensedia, aws, build
from proxy.vendors import BasicPair, SettingsReader, Upstreams

KEYS = {
    "SENSEDIA_BASIC_AUTH": "portal:a made-up password",
    "SENSEDIA_USAGE_PLANS": "abc123, def456",
    "AWS_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "AKIDMADEUP",
    "AWS_SECRET_ACCESS_KEY": "made-up-secret",
}
CLIENTS = {
    **KEYS,
    "SENSEDIA_USAGE_PLANS": "",
    "SENSEDIA_CREDENTIAL_TYPE": "CLIENT_CREDENTIALS",
    "SENSEDIA_USER_POOL_ID": "eu-west-1_AbCdEf123",
    "SENSEDIA_API_SCOPES": "q1w2e3:parcels/read,q1w2e3:https://api.example/track,z9y8:parcels/read",
}


def read(variables: dict[str, str], **changed: str) -> tuple[Sensedia, list[str]]:
    """Return the portal's door that variables describe, and the problems with them."""
    reader = SettingsReader({**variables, **changed})
    (door,) = build(reader, Upstreams("tests", lambda *_: None))
    return door, reader.problems


@pytest.mark.parametrize("variables", [KEYS, CLIENTS])
def test_the_settings_of_either_type_are_enough(variables: dict[str, str]) -> None:
    door, problems = read(variables)
    assert [] == problems
    assert (BasicPair("portal", "a made-up password"),) == door.credentials
    assert ["aws"] == [upstream.name for upstream in door.upstreams]


@pytest.mark.parametrize(
    ("variables", "changed", "named"),
    [
        (KEYS, {"SENSEDIA_BASIC_AUTH": ""}, "SENSEDIA_BASIC_AUTH is not set"),
        (KEYS, {"SENSEDIA_BASIC_AUTH": "portal:x\nnobody"}, "line 2"),
        (KEYS, {"SENSEDIA_BASIC_AUTH": "portal:"}, "line 1"),
        (KEYS, {"SENSEDIA_USAGE_PLANS": " , "}, "SENSEDIA_USAGE_PLANS"),
        (KEYS, {"SENSEDIA_CREDENTIAL_TYPE": "PASSWORD"}, "SENSEDIA_CREDENTIAL_TYPE"),
        (KEYS, {"SENSEDIA_OWNER": "two words"}, "SENSEDIA_OWNER"),
        (KEYS, {"SENSEDIA_OWNER": "a=b"}, "SENSEDIA_OWNER"),
        (KEYS, {"AWS_REGION": ""}, "AWS_REGION is not set"),
        (KEYS, {"AWS_REGION": "evil.example/"}, "AWS_REGION"),
        (KEYS, {"AWS_ACCESS_KEY_ID": ""}, "must be set together"),
        (KEYS, {"AWS_SECRET_ACCESS_KEY": ""}, "must be set together"),
        (KEYS, {"AWS_SECRET_ACCESS_KEY": f"AKIA{'Q' * 16}"}, "exchange the two"),
        (KEYS, {"AWS_BASE_URL": "http://elsewhere.example"}, "AWS_BASE_URL"),
        (CLIENTS, {"SENSEDIA_USER_POOL_ID": ""}, "SENSEDIA_USER_POOL_ID is not set"),
        (CLIENTS, {"SENSEDIA_USER_POOL_ID": "pool"}, "SENSEDIA_USER_POOL_ID"),
        (CLIENTS, {"SENSEDIA_API_SCOPES": ""}, "SENSEDIA_API_SCOPES"),
        (CLIENTS, {"SENSEDIA_API_SCOPES": "a:b,c"}, "entry 2"),
        (CLIENTS, {"SENSEDIA_TOKEN_URL": "http://login.example/token"}, "SENSEDIA_TOKEN_URL"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named(
    variables: dict[str, str], changed: dict[str, str], named: str
) -> None:
    _, problems = read(variables, **changed)
    assert [named in problem for problem in problems] == [True]


def test_all_problems_show_at_once_and_none_holds_a_secret() -> None:
    secret = "pa55-without-a-colon"
    _, problems = read({"SENSEDIA_BASIC_AUTH": secret, "AWS_SECRET_ACCESS_KEY": secret})
    assert 4 == len(problems)
    assert secret not in str(problems)


def test_without_boto3_a_problem_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(name: str) -> ModuleSpec | None:
        assert "boto3" == name
        return None

    monkeypatch.setattr(aws, "find_spec", find)
    _, problems = read(KEYS)
    assert ["requirements-aws.txt" in problem for problem in problems] == [True]


def test_nobody_pays_for_boto3_before_the_first_call(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded = [name for name in sys.modules if name.split(".")[0] in ("boto3", "botocore")]
    for name in loaded:
        monkeypatch.delitem(sys.modules, name)
    read(KEYS)
    read(CLIENTS)
    assert not any(name.split(".")[0] in ("boto3", "botocore") for name in sys.modules)


def test_no_repr_shows_a_secret() -> None:
    access = aws.Access("eu-west-1", "AKIDMADEUP", "made-up-secret", "made-up-token", None)
    pair: Any = BasicPair("portal", "made-up-password")
    assert "made-up" not in f"{access} {pair}"
