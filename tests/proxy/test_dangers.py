"""Dangerous settings: refused in a deployment, said aloud anywhere else, in the same sentences."""

from __future__ import annotations

import base64
import os
import runpy
import secrets
from collections.abc import Mapping
from functools import cache

import pytest

from app import create_app
from proxy.operating.configuration import read_configuration
from proxy.operating.dangers import find_advice, find_dangers
from proxy.outgoing.upstream import Upstreams
from proxy.settings import Settings, read_settings
from proxy.settings_reader import ConfigurationError, SettingsReader
from proxy.vendors.part import Parts
from tests.example_environment import random_key, read_deployment, read_example
from tests.proxy.shop import SETTINGS, SHOP
from tests.source_tree import ROOT

GOOD = {**read_deployment(), **SETTINGS, "BILLING_PLANS": ""}
EXAMPLE = read_example()
TRIAL = {"SANDBOX": "true"}
SEAL_KEY, CHECKSUM_KEY = random_key(64), random_key(32)
SPELLED = "7:abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ"
SECRET = secrets.token_hex(32)
PASSWORD = secrets.token_urlsafe(12)
# log_event cuts what is longer.
LONGEST_SENTENCE = 300


def ring(key: bytes, key_id: int = 7) -> str:
    return f"{key_id}:{base64.urlsafe_b64encode(key).decode().rstrip('=')}"


def raw(key: str) -> bytes:
    return base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))


def pairs(*lines: str) -> dict[str, str]:
    return {"SHOP_BASIC_AUTH": "\n".join(lines)}


@cache
def upstreams() -> Upstreams:
    """Return upstreams for all tests: making them loads the world's certificates."""
    return Upstreams("Tests/1.0", lambda *_: None)


def judged(variables: Mapping[str, str]) -> tuple[SettingsReader, Settings]:
    reader = SettingsReader({**GOOD, **variables})
    settings = read_settings(reader)
    SHOP.build(reader, upstreams())
    return reader, settings


def dangers(variables: Mapping[str, str]) -> tuple[str, ...]:
    reader, settings = judged(variables)
    assert [] == reader.problems
    return find_dangers(reader, settings)


def advice(variables: Mapping[str, str]) -> tuple[str, ...]:
    return find_advice(*judged(variables), Parts())


# What is set, and the beginning of each sentence that it causes.
DANGERS: dict[str, tuple[dict[str, str], tuple[str, ...]]] = {
    "the example's seal key": (
        {"SEAL_KEYS": EXAMPLE["SEAL_KEYS"]},
        ("SEAL_KEYS holds the key of config.example.env",),
    ),
    "the example's key behind another": (
        {"CHECKSUM_KEYS": f"3:{CHECKSUM_KEY},{EXAMPLE['CHECKSUM_KEYS']}"},
        ("CHECKSUM_KEYS holds the key of config.example.env",),
    ),
    "the example's key as the one secret": (
        {"ECHOSEAL_SECRET": EXAMPLE["SEAL_KEYS"].partition(":")[2]},
        ("ECHOSEAL_SECRET holds what config.example.env shows as an example",),
    ),
    "a vendor's example secret": (
        {"SHOP_API_SECRET": "made-up-secret"},
        ("SHOP_API_SECRET holds what config.example.env shows as an example",),
    ),
    "a vendor's example secret that begins as the vendor's own do": (
        {"SHOP_API_SECRET": "shop_test_made-up-secret"},
        ("SHOP_API_SECRET holds what config.example.env shows as an example",),
    ),
    "the same where only letters are allowed": (
        {"SHOP_API_SECRET": "shop_test_MadeUpSecret"},
        ("SHOP_API_SECRET holds what config.example.env shows as an example",),
    ),
    "one character over and over": (
        {"ECHOSEAL_SECRET": "x" * 64},
        ("ECHOSEAL_SECRET is a pattern",),
    ),
    "few characters": ({"ECHOSEAL_SECRET": "aabbccddab" * 4}, ("ECHOSEAL_SECRET is a pattern",)),
    "a word over and over": (
        {"ECHOSEAL_SECRET": "changeme-changeme-changeme-changeme"},
        ("ECHOSEAL_SECRET is a pattern",),
    ),
    "the alphabet": (
        {"ECHOSEAL_SECRET": "abcdefghijklmnopqrstuvwxyz0123456789"},
        ("ECHOSEAL_SECRET is a pattern",),
    ),
    "a key of zeros": ({"SEAL_KEYS": ring(bytes(64))}, ("SEAL_KEYS: key 7 is a pattern",)),
    "a key of one half, twice": (
        {"SEAL_KEYS": ring(raw(CHECKSUM_KEY) * 2)},
        ("SEAL_KEYS: key 7 is a pattern",),
    ),
    "one key under two ids": (
        {"SEAL_KEYS": f"1:{SEAL_KEY},2:{SEAL_KEY}"},
        ("SEAL_KEYS: key 1 and key 2 are the same",),
    ),
    "one key that counts under two ids": (
        {"CHECKSUM_KEYS": f"{ring(bytes(range(32)))},{ring(bytes(range(32)), 8)}"},
        ("CHECKSUM_KEYS: key 7 and key 8 are the same",),
    ),
    "a key that is a part of another": (
        {"SEAL_KEYS": f"1:{SEAL_KEY}", "CHECKSUM_KEYS": ring(raw(SEAL_KEY)[32:])},
        ("SEAL_KEYS and CHECKSUM_KEYS hold the same secret",),
    ),
    "a key as the one secret": (
        {"CHECKSUM_KEYS": f"1:{CHECKSUM_KEY}", "ECHOSEAL_SECRET": CHECKSUM_KEY},
        ("ECHOSEAL_SECRET and CHECKSUM_KEYS hold the same secret",),
    ),
    "a key as the one secret, in hexadecimal": (
        {"CHECKSUM_KEYS": f"1:{CHECKSUM_KEY}", "ECHOSEAL_SECRET": raw(CHECKSUM_KEY).hex()},
        ("ECHOSEAL_SECRET and CHECKSUM_KEYS hold the same secret",),
    ),
    "a secret that a vendor has as well": (
        {"ECHOSEAL_SECRET": SECRET, "SHOP_API_SECRET": SECRET},
        ("ECHOSEAL_SECRET holds what SHOP_API_SECRET holds too",),
    ),
    "a secret that everybody sees": (
        {"ECHOSEAL_SECRET": GOOD["SHARETRIBE_CLIENT_ID"]},
        ("ECHOSEAL_SECRET holds what SHARETRIBE_CLIENT_ID holds too",),
    ),
    "a cookie that may travel in the clear": (
        {"COOKIE_SECURE": "false"},
        ("COOKIE_SECURE is false while PUBLIC_URL is https",),
    ),
    "the same, written in capitals": (
        {"COOKIE_SECURE": "false", "PUBLIC_URL": "HTTPS://Market.Example"},
        ("COOKIE_SECURE is false while PUBLIC_URL is https",),
    ),
    "pages that travel in the clear": (
        {"MARKETPLACE_ORIGINS": "https://a.example,http://a.example,http://b.example"},
        ("MARKETPLACE_ORIGINS lists an origin with http://",),
    ),
    "a short password": (
        pairs("portal:Zq8-mLw4x"),
        ("SHOP_BASIC_AUTH: the password in line 1 is shorter than 12",),
    ),
    "a password that is a user's name": (
        pairs(f"portal:{PASSWORD}", "The-Portal-2026:THE-portal-2026"),
        ("SHOP_BASIC_AUTH: the password in line 2 is a user name",),
    ),
    "a password that counts": (
        pairs("portal:123456789012"),
        ("SHOP_BASIC_AUTH: the password in line 1 is a pattern",),
    ),
    "a password for two": (
        pairs(f"portal:{PASSWORD}", f"other:{PASSWORD}"),
        ("SHOP_BASIC_AUTH: the password in line 1 and the password in line 2 are the same",),
    ),
    "a password that is a secret of another kind": (
        {**pairs(f"portal:{SECRET}"), "ECHOSEAL_SECRET": SECRET},
        ("ECHOSEAL_SECRET and SHOP_BASIC_AUTH hold the same secret",),
    ),
    "callbacks from anywhere": (
        {"SHOP_NETWORKS": "0.0.0.0/0"},
        ("SHOP_NETWORKS lets nearly everybody in",),
    ),
    "callbacks from anywhere, in parts": (
        {"SHOP_NETWORKS": "0.0.0.0/1,128.0.0.0/2,192.0.0.0/2"},
        ("SHOP_NETWORKS lets nearly everybody in",),
    ),
    "callbacks from anywhere, over IPv6": (
        {"SHOP_NETWORKS": "198.51.100.7,2000::/3"},
        ("SHOP_NETWORKS lets nearly everybody in",),
    ),
}


@pytest.mark.parametrize(("variables", "beginnings"), DANGERS.values(), ids=DANGERS)
def test_it_is_dangerous_to_have(variables: dict[str, str], beginnings: tuple[str, ...]) -> None:
    found = dangers(variables)
    told = zip(found, beginnings, strict=True)
    assert beginnings == tuple(sentence[: len(start)] for sentence, start in told)
    assert all(";" in sentence and len(sentence) < LONGEST_SENTENCE for sentence in found)
    assert "".join(found).isascii()
    assert '"' not in "".join(found)


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"SEAL_KEYS": "", "CHECKSUM_KEYS": "", "ECHOSEAL_SECRET": SECRET},
        {"ECHOSEAL_SECRET": "a-secret-of-an-operator-only-0123456789"},
        {"SEAL_KEYS": f"1:{SEAL_KEY},2:{random_key(64)}"},
        {"SEAL_KEYS": ring(bytes(range(64))), "CHECKSUM_KEYS": ring(bytes(range(32)))},
        # What a vendor hands out may be of any length, and the same twice.
        {"SHOP_API_SECRET": "secret", "SHOP_CLIENT_ID": "secret"},
        {"SHOP_CLIENT_ID": "made-up.clients.example"},
        {"MARKETPLACE_ORIGINS": "https://market.example,http://localhost:3000,http://127.0.0.1"},
        {"SHOP_NETWORKS": "34.0.0.0/8,2001:db8::/32"},
        {"TRUSTED_PROXY_HOPS": "0", "SHOP_BASE_URL": "http://127.0.0.1:9"},
        pairs("portal:k3Wz-0pQv_7t", f"portal:{PASSWORD}"),
    ],
    ids=lambda variables: ",".join(variables) or "the example",
)
def test_it_is_not_dangerous_to_have(variables: dict[str, str]) -> None:
    assert () == dangers(variables)


def test_random_secrets_are_never_taken_for_patterns() -> None:
    made = [secrets.token_hex(16), secrets.token_urlsafe(24), secrets.token_hex(32)] * 20
    assert [()] * len(made) == [dangers({"ECHOSEAL_SECRET": secret}) for secret in made]


@pytest.mark.parametrize(
    ("variables", "beginning"),
    [
        ({"CHECKSUM_KEYS": ring(bytes(range(32)))}, "CHECKSUM_KEYS: key 7 counts"),
        ({"SEAL_KEYS": ring(bytes(range(64, 0, -1)))}, "SEAL_KEYS: key 7 counts"),
        ({"CHECKSUM_KEYS": SPELLED}, "CHECKSUM_KEYS: key 7 counts"),
        ({"TRUSTED_PROXY_HOPS": "0"}, "TRUSTED_PROXY_HOPS is 0 while PUBLIC_URL is https"),
        ({"SHOP_BASE_URL": "http://127.0.0.1:9"}, "SHOP_BASE_URL is on this machine"),
        ({"SHARETRIBE_BASE_URL": "http://[::1]:9"}, "SHARETRIBE_BASE_URL is on this machine"),
        ({"SIGNING_DOCUMENTS": "terms:1"}, "SIGNING_DOCUMENTS is set, and no vendor for it"),
        ({"BILLING_PLANS": "card::setup"}, "BILLING_PLANS is set, and no vendor for it"),
    ],
)
def test_what_is_worth_knowing_is_said(variables: dict[str, str], beginning: str) -> None:
    new = set(advice(variables)) - set(advice({}))
    assert [beginning] == [sentence[: len(beginning)] for sentence in new]


def test_no_sentence_holds_a_value() -> None:
    canary = "canary-canary-canary-canary-canary"
    variables = {
        **pairs(f"{canary}:{canary}", f"x:{canary}"),
        "ECHOSEAL_SECRET": canary,
        "SHOP_API_SECRET": f"made-up-{canary}",
        "MARKETPLACE_ORIGINS": "http://canary.example",
        "SHOP_CLIENT_ID": canary,
    }
    found = dangers(variables)
    assert len(found) > 5
    assert "canary" not in str(found)


# What becomes of them

DANGEROUS = {**GOOD, "COOKIE_SECURE": "false", "ECHOSEAL_SECRET": "x" * 64}


def refused(variables: Mapping[str, str]) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        read_configuration({**DANGEROUS, **variables}, (SHOP,))
    return caught.value.problems


@pytest.mark.parametrize(
    "url", ["https://market.example", "https://10.0.0.1", "https://localhost.example"]
)
def test_a_deployment_refuses_them(url: str) -> None:
    assert dangers(DANGEROUS) == refused({"PUBLIC_URL": url})


def test_they_show_at_once_beside_other_problems() -> None:
    problem = "TRUSTED_PROXY_HOPS must be a whole number from 0 to 10"
    assert (problem, *dangers(DANGEROUS)) == refused({"TRUSTED_PROXY_HOPS": "x"})


def test_a_short_secret_is_one_problem() -> None:
    problem = "ECHOSEAL_SECRET: must be random and at least 32 characters long"
    assert [problem] == [told for told in refused({"ECHOSEAL_SECRET": "xx"}) if "ECHO" in told]


def test_they_wait_for_an_address_that_can_be_read() -> None:
    assert ("PUBLIC_URL is not set",) == refused({"PUBLIC_URL": ""})


@pytest.mark.parametrize(
    "changed",
    [
        TRIAL,
        {"PUBLIC_URL": "https://localhost"},
        {"PUBLIC_URL": "https://app.localhost:8443"},
        {"PUBLIC_URL": "https://127.0.0.1:8000"},
        {"PUBLIC_URL": "https://[::1]:8000"},
    ],
    ids=str,
)
def test_elsewhere_they_are_said(changed: dict[str, str]) -> None:
    said = read_configuration({**DANGEROUS, **changed}, (SHOP,)).warnings
    expected = [f"{danger} (a deployment would refuse this)" for danger in dangers(DANGEROUS)]
    assert expected == [sentence for sentence in said if "would refuse" in sentence]
    assert ("SANDBOX" in changed) == said[0].startswith("SANDBOX is true:")


def test_gunicorn_refuses_what_check_refuses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", {**DANGEROUS, "WEB_PROCESSES": "0"})
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    monkeypatch.undo()
    processes = "WEB_PROCESSES must be a whole number from 1 to 32"
    assert str(ConfigurationError([*dangers(DANGEROUS), processes])) == ended.value.code


def test_every_start_logs_what_check_says(capsys: pytest.CaptureFixture[str]) -> None:
    create_app({**DANGEROUS, **TRIAL}, known=(SHOP,))
    expected = read_configuration({**DANGEROUS, **TRIAL}, (SHOP,)).warnings
    assert [
        f'event=configuration level=warning cause="{sentence}" request_id=-'
        for sentence in expected
    ] == capsys.readouterr().out.splitlines()
