"""Mistakes in the settings: what is set, and the line that is said of it."""

from __future__ import annotations

import ast
import base64
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import pytest

from proxy.operating.configuration import read_configuration
from proxy.operating.known_names import did_you_mean
from proxy.settings_reader import ConfigurationError
from proxy.vendors import Part, SettingsReader, Upstreams
from proxy.vendors.integration import Integration
from tests.example_environment import random_key, read_deployment
from tests.example_vendors import KNOWN, SETTINGS
from tests.kit.passcheck.vendor import PASSCHECK
from tests.source_tree import parse, python_files

UUID, OTHER_UUID = str(uuid4()), str(uuid4())
CLIENT_SECRET = secrets.token_hex(20)
GOOD = {
    **read_deployment(),
    **SETTINGS,
    "INTEGRATIONS": "passcheck",
    "BILLING_PLANS": "",
    "SHARETRIBE_CLIENT_ID": UUID,
    "SHARETRIBE_INTEGRATION_CLIENT_ID": OTHER_UUID,
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET": CLIENT_SECRET,
    "PUBLIC_URL": "https://market.example",
    "MARKETPLACE_ORIGINS": "https://market.example",
    "FRONTEND_URL": "http://frontend.internal:3000",
    "PORT": "8000",
}
SEAL_KEYS, CHECKSUM_KEYS = f"1:{random_key(64)}", f"1:{random_key(32)}"
LONGEST_SENTENCE = 300


def said(variables: Mapping[str, str | None], known: tuple[Integration, ...] = KNOWN) -> list[str]:
    """Return all that is said of a good deployment with some variables changed, None: taken away.

    What ends the start begins with an exclamation mark.
    """
    changed = {**GOOD, **variables}
    given = {name: value for name, value in changed.items() if value is not None}
    try:
        return list(read_configuration(given, known).warnings)
    except ConfigurationError as error:
        return [f"! {problem}" for problem in error.problems]


def test_a_deployment_without_mistakes_is_told_none() -> None:
    assert [] == said({})


def test_a_secret_that_the_operator_makes_up_may_look_like_anything() -> None:
    def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
        reader.secrets("HOOK_SECRETS", are_chosen=True)
        return PASSCHECK.build(reader, upstreams)

    chosen = {"HOOK_SECRETS": "a phrase that one remembers,<in brackets>"}
    assert [] == said(chosen, (Integration("passcheck", build),))


QUOTED = (
    "begins and ends with quotes, which count as a part of it (docker's --env-file keeps them):"
    " take them away"
)
PLACEHOLDER = "still holds a placeholder; put in your own"
SPACE = "has a space inside, and must have none; was it copied whole, and nothing else?"
HIDDEN = "has a character inside that nobody sees, as pasting leaves it; type that place anew"
KEY = "PASSCHECK_API_KEY"
# What is set in place of what is good, and the line that is said; "!" where it ends the start.
MISTAKES: dict[str, tuple[dict[str, str | None], str]] = {
    "quotes that docker keeps": ({KEY: '"issued-key"'}, f"! {KEY} {QUOTED}"),
    "the other quotes": ({KEY: "'issued-key'"}, f"! {KEY} {QUOTED}"),
    "a word processor's quotes": ({KEY: "\u201cissued-key\u201d"}, f"! {KEY} {QUOTED}"),
    "quotes around an address": (
        {"PUBLIC_URL": '"https://market.example"'},
        f"! PUBLIC_URL {QUOTED}",
    ),
    "quotes around the client id": (
        {"SHARETRIBE_CLIENT_ID": f'"{UUID}"'},
        f"! SHARETRIBE_CLIENT_ID {QUOTED}",
    ),
    "quotes inside a list": (
        {"MARKETPLACE_ORIGINS": 'https://market.example,"https://market.example"'},
        f"! MARKETPLACE_ORIGINS {QUOTED}",
    ),
    "quotes around a secret of one's own, which works": (
        {"OPERATOR_TOKEN": f'"{secrets.token_hex(20)}"'},
        f"OPERATOR_TOKEN {QUOTED}",
    ),
    "quotes around a name, which works": (
        {"MARKETPLACE_NAME": '"Harbour Bikes"'},
        f"MARKETPLACE_NAME {QUOTED}",
    ),
    "a placeholder": ({KEY: "<your API key>"}, f"! {KEY} {PLACEHOLDER}"),
    "a placeholder in words": ({KEY: "your-api-key"}, f"! {KEY} {PLACEHOLDER}"),
    "a placeholder to be changed": ({KEY: "changeme"}, f"! {KEY} {PLACEHOLDER}"),
    "a placeholder in an address": (
        {"PUBLIC_URL": "https://<app>.market.example"},
        f"! PUBLIC_URL {PLACEHOLDER}",
    ),
    "a variable that nobody has filled in": (
        {"PUBLIC_URL": "https://${APP_NAME}.market.example"},
        f"! PUBLIC_URL {PLACEHOLDER}",
    ),
    "a space inside a key": ({KEY: "issued key"}, f"! {KEY} {SPACE}"),
    "a line end inside a key": (
        {KEY: "issued\nkey"},
        f"! {KEY} has a line end inside; write it in one line",
    ),
    "a character that nobody sees": ({KEY: "issued\u200bkey"}, f"! {KEY} {HIDDEN}"),
    "a space inside an address": (
        {"PUBLIC_URL": "https://market .example"},
        f"! PUBLIC_URL {SPACE}",
    ),
    "a required name that is one letter off": (
        {"PUBLIC_URL": None, "PUBLIC_URI": "https://market.example"},
        "! PUBLIC_URL is not set, and PUBLIC_URI is, which nothing reads: rename it",
    ),
    "a name that lacks a letter": (
        {"SEAL_KEYS": None, "SEAL_KEY": SEAL_KEYS},
        "! SEAL_KEYS is not set, and SEAL_KEY is, which nothing reads: rename it",
    ),
    "a name that may be absent, two letters off": (
        {"TRUSTED_PROXY_HOPS": None, "TRUST_PROXY_HOPS": "2"},
        "TRUST_PROXY_HOPS is set, and nothing reads it; did you mean TRUSTED_PROXY_HOPS?",
    ),
    "a name that may be absent, unless another one needs it": (
        {
            "MARKETPLACE_ORIGINS": None,
            "MARKETPLACE_ORIGIN": "https://market.example",
            "RETURN_URL": None,
            "LINK_PAGES": "true",
            "MARKETPLACE_NAME": "Harbour Bikes",
        },
        "! MARKETPLACE_ORIGIN is set, and nothing reads it; did you mean MARKETPLACE_ORIGINS?",
    ),
    "the secret's name that lacks a letter": (
        {"SEAL_KEYS": None, "CHECKSUM_KEYS": None, "ECHOSEAL_SECRT": secrets.token_hex(20)},
        "! ECHOSEAL_SECRT is set, and nothing reads it; did you mean ECHOSEAL_SECRET?",
    ),
    "a vendor's name that is one letter off": (
        {KEY: None, "PASSCHECK_API_KEI": "issued-key"},
        f"! {KEY} is not set, and PASSCHECK_API_KEI is, which nothing reads: rename it",
    ),
    "small letters": (
        {"FRONTEND_URL": None, "frontend_url": "http://frontend.internal:3000"},
        "frontend_url is set, and nothing reads it; did you mean FRONTEND_URL?",
    ),
    "an integration that is misspelt": (
        {"INTEGRATIONS": "pascheck"},
        "! INTEGRATIONS names 'pascheck'; did you mean passcheck?; known:",
    ),
    "integrations without commas": (
        {"INTEGRATIONS": "passcheck badge"},
        "! INTEGRATIONS: 'passcheck badge' is several; separate them by commas",
    ),
    "an address that ends in the prefix": (
        {"PUBLIC_URL": "https://market.example/api"},
        "PUBLIC_URL ends in /api, and API_PREFIX puts it there again",
    ),
    "the same with a slash": (
        {"PUBLIC_URL": "https://market.example/own/", "API_PREFIX": "/own"},
        "PUBLIC_URL ends in /own, and API_PREFIX puts it there again",
    ),
    "an address without scheme": (
        {"PUBLIC_URL": "market.example"},
        "! PUBLIC_URL: must start with https:// and name a host",
    ),
    "an address of plain http": (
        {"PUBLIC_URL": "http://market.example"},
        "! PUBLIC_URL: must start with https:// (plain http is accepted on loopback only)",
    ),
    "an origin of plain http": (
        {"MARKETPLACE_ORIGINS": "http://market.example"},
        "! MARKETPLACE_ORIGINS lists an origin with http://",
    ),
    "an origin without scheme": (
        {"MARKETPLACE_ORIGINS": "market.example"},
        "! MARKETPLACE_ORIGINS: must start with https:// and name a host",
    ),
    "a page for an origin": (
        {"MARKETPLACE_ORIGINS": "https://market.example/en"},
        "! MARKETPLACE_ORIGINS: 'https://market.example/en' is not an origin such as",
    ),
    "www in one place": (
        {"MARKETPLACE_ORIGINS": "https://www.market.example"},
        "MARKETPLACE_ORIGINS has www.market.example and PUBLIC_URL market.example",
    ),
    "www in the other": (
        {"PUBLIC_URL": "https://www.market.example"},
        "MARKETPLACE_ORIGINS has market.example and PUBLIC_URL www.market.example",
    ),
    "a prefix with a slash behind it": (
        {"API_PREFIX": "/api/"},
        "! API_PREFIX must look like /api, without a trailing slash",
    ),
    "a frontend that is this app": (
        {"FRONTEND_URL": "http://localhost:8000"},
        "! FRONTEND_URL is where this app itself listens (HOST, PORT)",
    ),
    "a frontend at the public address": (
        {"FRONTEND_URL": "https://market.example/"},
        "! FRONTEND_URL is the address in PUBLIC_URL: this app would ask itself",
    ),
    "one client id for both APIs": (
        {"SHARETRIBE_INTEGRATION_CLIENT_ID": UUID},
        "! SHARETRIBE_CLIENT_ID and SHARETRIBE_INTEGRATION_CLIENT_ID are the same",
    ),
    "id and secret swapped": (
        {
            "SHARETRIBE_INTEGRATION_CLIENT_ID": CLIENT_SECRET,
            "SHARETRIBE_INTEGRATION_CLIENT_SECRET": OTHER_UUID,
        },
        "! SHARETRIBE_INTEGRATION_CLIENT_ID and SHARETRIBE_INTEGRATION_CLIENT_SECRET are swapped",
    ),
    "the secret for the client id": (
        {"SHARETRIBE_CLIENT_ID": CLIENT_SECRET},
        "! SHARETRIBE_CLIENT_ID looks like a client secret",
    ),
    "a client id that was not copied whole": (
        {"SHARETRIBE_CLIENT_ID": UUID[:-3]},
        "SHARETRIBE_CLIENT_ID is no UUID, as Console shows client ids",
    ),
    "half of a pair": (
        {"SHARETRIBE_INTEGRATION_CLIENT_SECRET": None},
        "! SHARETRIBE_INTEGRATION_CLIENT_ID and SHARETRIBE_INTEGRATION_CLIENT_SECRET must be set",
    ),
    "one value for id and secret": (
        {
            "INTEGRATIONS": "calendar",
            "CALENDAR_CLIENT_ID": "issued-twice",
            "CALENDAR_CLIENT_SECRET": "issued-twice",
        },
        "! CALENDAR_CLIENT_ID and CALENDAR_CLIENT_SECRET hold the same; one of them was pasted",
    ),
    "key rings swapped": (
        {"SEAL_KEYS": CHECKSUM_KEYS, "CHECKSUM_KEYS": SEAL_KEYS},
        "! SEAL_KEYS and CHECKSUM_KEYS are swapped; exchange them",
    ),
    "a word for a number": (
        {"TRUSTED_PROXY_HOPS": "one"},
        "! TRUSTED_PROXY_HOPS must be a whole number from 0 to 10",
    ),
    "yes for true": ({"SANDBOX": "yes"}, "! SANDBOX must be true or false"),
    "a token that is too short": (
        {"OPERATOR_TOKEN": "short"},
        "! OPERATOR_TOKEN does not have the expected form (32 or more printable characters, no",
    ),
    "an origin with a star": (
        {"MARKETPLACE_ORIGINS": "https://*.market.example"},
        "! MARKETPLACE_ORIGINS: must name each host by itself, without *",
    ),
    "the Integration API's address for the Marketplace API's": (
        {"SHARETRIBE_BASE_URL": "https://flex-integ-api.sharetribe.com/"},
        "! SHARETRIBE_BASE_URL is where the Integration API is; leave it empty, or correct it",
    ),
    "the Marketplace API's address for the Integration API's": (
        {"SHARETRIBE_INTEGRATION_BASE_URL": "https://flex-api.sharetribe.com/v1"},
        "! SHARETRIBE_INTEGRATION_BASE_URL is where the Marketplace API is; leave it empty, or",
    ),
    "an address of Sharetribe's with the path of its API": (
        {"SHARETRIBE_BASE_URL": "https://flex-api.sharetribe.com/v1/"},
        "SHARETRIBE_BASE_URL ends in /v1, which is put there again; take it away",
    ),
    "a client id in capitals": (
        {"SHARETRIBE_CLIENT_ID": "0A1B2C3D-0000-4000-8000-00000000000E"},
        "SHARETRIBE_CLIENT_ID has capitals, and Console shows none",
    ),
    "a public address without a domain": (
        {"PUBLIC_URL": "https://market"},
        "PUBLIC_URL is not https with a name and no port; vendors may refuse to call it",
    ),
}


@pytest.mark.parametrize(("variables", "line"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_named(variables: dict[str, str | None], line: str) -> None:
    told = said(variables)
    assert [line] == [line for sentence in told if sentence.startswith(line)], told
    assert {True} == {len(sentence) < LONGEST_SENTENCE for sentence in told}


@pytest.mark.parametrize("name", [name for name in MISTAKES if name.startswith(("quotes", "a sp"))])
def test_one_mistake_is_one_line(name: str) -> None:
    assert 1 == len(said(MISTAKES[name][0]))


@pytest.mark.parametrize(
    "variables",
    [
        {"PATH": "/bin", "HOME": "/home/app", "RENDER": "true", "DYNO": "web.1", "_": "/bin/sh"},
        {"HOSTS": "x", "SORT": "x", "PUBLICATIONS_URL": "x", "DATABASE_URL": "postgres://x"},
        {"public_url": "https://elsewhere.example"},
        {"ECHOSEAL_SECRET": f"{secrets.token_hex(16)} {secrets.token_hex(16)}"},
        {"MARKETPLACE_NAME": "Harbour <Bikes>"},
        {"MARKETPLACE_ORIGINS": "https://market.example, https://www.market.example/"},
        {"SEAL_KEYS": f"2:{random_key(64)}, {SEAL_KEYS}"},
        {"PASSCHECK_SIGNING_SECRET": "a=b+c/d$e'f\"g"},
    ],
    ids=",".join,
)
def test_what_works_is_no_mistake(variables: dict[str, str]) -> None:
    assert [] == said(variables)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Integration]:
    """Return an integration of a module with an example of its settings beside it."""
    (tmp_path / "acme_pay.py").write_text(
        "from proxy.vendors import Integration\n"
        "ACME_PAY = Integration('acme-pay', lambda reader, upstreams: ())\n"
    )
    (tmp_path / "acme_pay.env").write_text("# Its key.\nACME_PAY_KEY=made-up\nACME_PAY_URL=\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    import acme_pay  # type: ignore[import-not-found]  # noqa: PLC0415 - it is written by the test

    yield acme_pay.ACME_PAY
    del acme_pay


def test_settings_of_a_disabled_integration_are_told(elsewhere: Integration) -> None:
    expected = "ACME_PAY_* are set, and INTEGRATIONS does not list acme-pay: nothing reads them"
    assert [expected] == said({"ACME_PAY_KEY": "issued"}, (PASSCHECK, elsewhere))


def test_settings_of_a_disabled_integration_are_known(elsewhere: Integration) -> None:
    told = said({"ACME_PAY_KYE": "issued"}, (PASSCHECK, elsewhere))
    assert ["ACME_PAY_KYE is set, and nothing reads it; did you mean ACME_PAY_KEY?"] == told


def test_a_variable_that_no_vendor_has_is_told(elsewhere: Integration) -> None:
    told = said({"ACME_PAY_COLOUR": "red"}, (PASSCHECK, elsewhere))
    assert ["ACME_PAY_COLOUR: there is no such variable, and nothing reads it"] == told


def test_what_the_example_shows_is_not_set_on_purpose(elsewhere: Integration) -> None:
    assert [] == said({"ACME_PAY_KEY": "made-up", "ACME_PAY_URL": ""}, (PASSCHECK, elsewhere))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("First", "; did you mean first?"),
        ("the_other", "; did you mean the-other?"),
        ("x", ""),
    ],
)
def test_what_was_meant_is_guessed_whatever_its_case(text: str, expected: str) -> None:
    assert expected == did_you_mean(text, ["first", "the-other"])


def test_no_message_holds_a_value_that_may_be_a_secret() -> None:
    given = {name: value for name, value in GOOD.items() if name.endswith(("_KEY", "_SECRET"))}
    for flaw in ("{}\n{}", '"{}"', "<{}>", "{} {}", "{}\u200b"):
        told = said({name: flaw.format(value, value) for name, value in given.items()})
        assert [] == [value for value in given.values() if value and value in "".join(told)]


def _calls_with_a_pattern() -> Iterator[tuple[str, ast.Call]]:
    for folder in ("proxy/", "integrations/"):
        for path in python_files(folder):
            for node in ast.walk(parse(path)):
                if isinstance(node, ast.Call) and "pattern" in {word.arg for word in node.keywords}:
                    yield f"{path}:{node.lineno}", node


def test_every_form_is_told_in_words() -> None:
    silent = [
        place
        for place, call in _calls_with_a_pattern()
        if "form" not in {word.arg for word in call.keywords}
    ]
    assert [] == silent


def test_random_secrets_hold_no_mistake() -> None:
    for _ in range(20):
        key = base64.b64encode(secrets.token_bytes(24)).decode()
        assert [] == said({KEY: key, "PASSCHECK_SIGNING_SECRET": secrets.token_urlsafe()})
