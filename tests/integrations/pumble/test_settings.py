"""Pumble as its settings describe it: addresses, scopes, store, handlers, and refusals."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from integrations.pumble import build
from integrations.pumble.connection import PumbleConnection
from integrations.pumble.workspace import PumbleWorkspace
from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    Part,
    ReturnPages,
    SettingsReader,
    Standing,
    Upstream,
    Upstreams,
    WorkspaceAnswer,
)
from tests.integrations.parts import only, proven
from tests.integrations.pumble.fakes import (
    BOT,
    CHANNEL,
    OPERATOR_ID,
    USER,
    WORKSPACE,
    FakeLookup,
    StubUpstream,
    answer_of,
    event,
    exchanging,
    me_answer,
    payload,
    token_answer,
)

REQUIRED = {
    "PUMBLE_APP_ID": "app-id",
    "PUMBLE_APP_KEY": "key canary",
    "PUMBLE_APP_CLIENT_SECRET": "client secret canary",
    "PUMBLE_APP_SIGNING_SECRET": "signing secret canary",
}
OWN = "tests.integrations.pumble.own_handlers"
ROBIN = Standing(OPERATOR_ID, "Robin R", "approved", verified=True)


class StubUpstreams(Upstreams):
    """Makes stub upstreams, which give the answers of a whole exchange."""

    def __init__(self) -> None:
        self.made: list[StubUpstream] = []

    def at(self, name: str, base_url: str) -> Upstream:
        """Return a stub for `base_url`; `name` is always the vendor's."""
        assert "pumble" == name
        answers = token_answer(), me_answer(), Answer("pumble", 200, b"{}")
        self.made.append(StubUpstream(*answers, base_url=base_url))
        return self.made[-1]


def configured(**variables: str) -> tuple[tuple[Part, ...], StubUpstreams]:
    reader, upstreams = SettingsReader({**REQUIRED, **variables}), StubUpstreams()
    parts = build(reader, upstreams)
    assert [] == reader.problems
    assert [] == [line for upstream in upstreams.made for line in upstream.lines]
    return parts, upstreams


def connection(**variables: str) -> PumbleConnection:
    return only(configured(**variables)[0], PumbleConnection)


def workspace(**variables: str) -> PumbleWorkspace:
    return only(configured(**variables)[0], PumbleWorkspace)


def problems(**variables: str) -> list[str]:
    reader = SettingsReader({**REQUIRED, **variables})
    build(reader, StubUpstreams())
    return reader.problems


def authorize_url(vendor: PumbleConnection) -> str:
    request = AuthorizeRequest("https://proxy.example/return", "state", user_tag="0" * 32)
    return vendor.authorize_url(request)


def hosts(vendor: PumbleConnection) -> list[str]:
    return [upstream.base_url for upstream in vendor.upstreams if isinstance(upstream, Upstream)]


def asked_scopes(**variables: str) -> str:
    query = parse_qs(urlsplit(authorize_url(connection(**variables))).query)
    return query["scopes"][0]


def test_four_values_are_enough() -> None:
    assert [] == problems()


def test_hooks_go_to_the_app_and_no_connection_is_called_back() -> None:
    """Their address is a part of the app's manifest: there is nothing to register."""
    parts, _ = configured()
    assert [PumbleConnection, PumbleWorkspace] == [type(part) for part in parts]
    assert {"pumble"} == {part.name for part in parts}


@pytest.mark.parametrize(("secret", "is_theirs"), [("signing-secret", True), ("another", False)])
def test_hooks_are_signed_with_the_signing_secret(secret: str, is_theirs: bool) -> None:
    chat = workspace(PUMBLE_APP_SIGNING_SECRET=secret)
    headers = {
        "x-pumble-request-timestamp": "1793491200000",
        # printf '1793491200000:{"messageType":"X"}' | openssl dgst -sha256 -hmac signing-secret
        "x-pumble-request-signature": (
            "a487eb2700fcd9a681e96b1a4203206b5c7c1d003895ae87217d9d144c1a0167"
        ),
    }
    proof = proven(chat, b'{"messageType":"X"}', headers, now=1_793_491_200)
    assert is_theirs == (proof is not None)


@pytest.mark.parametrize("name", REQUIRED)
def test_each_of_the_four_is_required(name: str) -> None:
    assert [f"{name} is not set"] == problems(**{name: ""})


def test_pumbles_own_addresses_are_the_default() -> None:
    vendor = connection()
    url = urlsplit(authorize_url(vendor))
    assert ("https", "app.pumble.com", "/access-request") == (url.scheme, url.netloc, url.path)
    assert ["https://api-ga.pumble.com"] == hosts(vendor)


def test_another_address_stands_for_both() -> None:
    vendor = connection(PUMBLE_BASE_URL="http://127.0.0.1:5000/")
    assert authorize_url(vendor).startswith("http://127.0.0.1:5000/access-request?")
    assert ["http://127.0.0.1:5000"] == hosts(vendor)


def test_the_apps_credentials_are_sent_where_they_belong() -> None:
    parts, upstreams = configured()
    vendor = only(parts, PumbleConnection)
    vendor.exchange(exchanging("code-1"))
    me, exchange = (sent for upstream in upstreams.made for sent in upstream.sent)
    body = (exchange.body or b"").decode()
    assert "client secret canary" in body
    assert "key canary" not in body
    assert "key canary" == me.headers["x-app-token"]
    assert "clientId=app-id" in authorize_url(vendor)
    assert "canary" not in authorize_url(vendor)


def test_the_default_scopes_let_the_bot_write() -> None:
    assert "messages:read,bot:messages:write" == asked_scopes()


def test_scopes_are_asked_for_as_they_are_set() -> None:
    expected = "user:read,channels:list,bot:messages:write"
    assert expected == asked_scopes(PUMBLE_SCOPES="user:read, bot:messages:write ,,channels:list")


def test_an_unknown_scope_is_told_with_its_position() -> None:
    assert ["PUMBLE_SCOPES: entry 2: 'messages' is not a scope"] == problems(
        PUMBLE_SCOPES="user:read,messages"
    )


def test_the_operator_is_a_marketplace_user() -> None:
    assert OPERATOR_ID == workspace(PUMBLE_OPERATOR_USER_ID=str(OPERATOR_ID)).operator_id
    assert UUID(int=0) == workspace(PUMBLE_OPERATOR_USER_ID=str(UUID(int=0))).operator_id


def test_without_an_operator_there_is_none() -> None:
    assert workspace().operator_id is None


@pytest.mark.parametrize("text", ["robin@example.com", "1", "664000000000000000000011"])
def test_an_operator_that_is_no_uuid_is_told(text: str) -> None:
    assert ["PUMBLE_OPERATOR_USER_ID is not a marketplace user's uuid"] == problems(
        PUMBLE_OPERATOR_USER_ID=text
    )


def test_news_goes_where_the_channel_is_set() -> None:
    parts, upstreams = configured(PUMBLE_CHANNEL_ID=CHANNEL)
    only(parts, PumbleWorkspace).announce(FakeLookup(), ROBIN)
    sent = [line for upstream in upstreams.made for line in upstream.lines]
    assert [f"POST /v1/channels/{CHANNEL}/messages"] == sent


def test_without_a_channel_there_is_no_news() -> None:
    parts, upstreams = configured()
    only(parts, PumbleWorkspace).announce(FakeLookup(), ROBIN)
    assert [] == [line for upstream in upstreams.made for line in upstream.lines]


def test_the_command_may_have_another_name() -> None:
    chat = workspace(PUMBLE_COMMAND="/checked")
    for command, is_ours in (("/checked", True), ("/verified", False)):
        asked = payload("SLASH_COMMAND", slashCommand=command, text="")
        assert is_ours == ("message" in (answer_of(chat, asked).body or {}))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PUMBLE_CHANNEL_ID", "#general"),
        ("PUMBLE_CHANNEL_ID", "a/b"),
        ("PUMBLE_CHANNEL_ID", "c" * 61),
        ("PUMBLE_COMMAND", "verified"),
        ("PUMBLE_COMMAND", "/two words"),
        ("PUMBLE_COMMAND", "/" + "c" * 32),
        ("PUMBLE_BASE_URL", "http://pumble.example"),
        ("PUMBLE_BASE_URL", "https://pumble.example?x"),
        ("PUMBLE_SUCCESS_URL", "market.example"),
        ("PUMBLE_ERROR_URL", "https://market.example#x"),
    ],
)
def test_a_value_of_another_form_is_told(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(name)


def test_the_pages_at_the_end_can_be_replaced() -> None:
    pages = connection(
        PUMBLE_SUCCESS_URL="https://market.example/ok?x=1",
        PUMBLE_ERROR_URL="https://market.example/no",
    ).pages
    assert ReturnPages("https://market.example/ok?x=1", "https://market.example/no") == pages
    assert ReturnPages() == connection().pages


def test_no_problem_and_no_repr_shows_a_secret() -> None:
    shown = problems(PUMBLE_SCOPES="x", PUMBLE_OPERATOR_USER_ID="x", PUMBLE_TOKEN_STORE="x")
    assert 3 == len(shown)
    assert "canary" not in repr((shown, configured()[0]))


def judged(**variables: str) -> SettingsReader:
    reader = SettingsReader({**REQUIRED, **variables})
    build(reader, StubUpstreams())
    return reader


def test_what_is_set_up_for_news_is_no_advice() -> None:
    reader = judged(PUMBLE_OPERATOR_USER_ID=str(OPERATOR_ID), PUMBLE_CHANNEL_ID=CHANNEL)
    assert ([], []) == (reader.advice, reader.dangers)


@pytest.mark.parametrize(
    "variables",
    [{}, {"PUMBLE_CHANNEL_ID": CHANNEL}, {"PUMBLE_OPERATOR_USER_ID": str(OPERATOR_ID)}],
)
def test_that_no_news_will_be_told_is_advice(variables: dict[str, str]) -> None:
    (advice,) = judged(**variables).advice
    assert "PUMBLE_OPERATOR_USER_ID and PUMBLE_CHANNEL_ID" in advice


def test_tokens_in_the_clear_are_a_danger(tmp_path: Path) -> None:
    (danger,) = judged(PUMBLE_TOKEN_STORE=f"json-file:{tmp_path / 't.json'}").dangers
    assert danger.startswith("PUMBLE_TOKEN_STORE keeps tokens in a file, in the clear;")


# The token store


def kept(vendor: PumbleConnection) -> dict[str, str]:
    """Connect, and return what private data holds sealed."""
    return dict(vendor.merged(None, vendor.exchange(exchanging("code-1"))).secret)


@pytest.mark.parametrize("variables", [{}, {"PUMBLE_TOKEN_STORE": "private-data"}])
def test_private_data_keeps_the_tokens_by_default(variables: dict[str, str]) -> None:
    assert {"accessToken", "botToken"} == set(kept(connection(**variables)))


def test_a_json_file_may_keep_them_instead(tmp_path: Path) -> None:
    path = tmp_path / "tokens: mine.json"
    vendor = connection(PUMBLE_TOKEN_STORE=f"json-file:{path}")
    assert {} == json.loads(path.read_text())
    assert {} == kept(vendor)
    expected = {"userTokens": {USER: "user-token-1"}, "botId": BOT, "botToken": "bot-token-1"}
    assert {WORKSPACE: expected} == json.loads(path.read_text())


def test_the_workspace_reads_the_same_file(tmp_path: Path) -> None:
    path = tmp_path / "tokens.json"
    path.write_text(json.dumps({WORKSPACE: {"botId": BOT, "botToken": "from-the-file"}}))
    parts, upstreams = configured(PUMBLE_TOKEN_STORE=f"json-file:{path}", PUMBLE_CHANNEL_ID=CHANNEL)
    only(parts, PumbleWorkspace).announce(FakeLookup(), ROBIN)
    (sent,) = [sent for upstream in upstreams.made for sent in upstream.sent]
    assert "from-the-file" == sent.headers["token"]


@pytest.mark.parametrize("text", ["memory", "json-file", "json-file:", "mongo:x", "PRIVATE-DATA"])
def test_another_store_is_told(text: str) -> None:
    assert ["PUMBLE_TOKEN_STORE must be private-data or json-file:<path>"] == problems(
        PUMBLE_TOKEN_STORE=text
    )


@pytest.mark.parametrize("name", ["missing/tokens.json", "."])
def test_a_file_that_cannot_be_written_is_told(tmp_path: Path, name: str) -> None:
    (problem,) = problems(PUMBLE_TOKEN_STORE=f"json-file:{tmp_path / name}")
    assert problem.startswith("PUMBLE_TOKEN_STORE: the file cannot be written (")


# Handlers of the operator's own


def test_the_operators_own_handlers_are_registered() -> None:
    chat = workspace(PUMBLE_HANDLERS=f"{OWN}:register")
    asked = payload("SLASH_COMMAND", slashCommand="/refuse", text="")
    answer = answer_of(chat, asked)
    assert (400, {"message": "Not today"}) == (answer.status, answer.body)


def test_the_built_in_command_stays_beside_them() -> None:
    chat = workspace(PUMBLE_HANDLERS=f"{OWN}:register")
    asked = payload("SLASH_COMMAND", slashCommand="/verified", text="")
    assert "Usage" in str(answer_of(chat, asked).body)


def test_an_own_handler_takes_the_place_of_the_built_in_one() -> None:
    chat = workspace(PUMBLE_HANDLERS=f"{OWN}:register", PUMBLE_COMMAND="/refuse")
    asked = payload("SLASH_COMMAND", slashCommand="/refuse", text="x")
    assert {"message": "Not today"} == answer_of(chat, asked).body


BROKEN = {
    "no function": OWN,
    "an empty function": f"{OWN}:",
    "no module": ":register",
    "an unknown module": "tests.integrations.pumble.no_such_module:register",
    "an unknown function": f"{OWN}:no_such_function",
    "something that cannot be called": f"{OWN}:WORDS",
    "a function that fails": f"{OWN}:fail",
    "a relative module": ".own_handlers:register",
    "a path": "tests/integrations/pumble/own_handlers.py:register",
    "rubbish": "\N{SNOWMAN}:\N{SNOWMAN}",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
def test_handlers_that_cannot_be_used_are_told(text: str) -> None:
    (problem,) = problems(PUMBLE_HANDLERS=text)
    assert problem.startswith(f"PUMBLE_HANDLERS: {text!r} cannot be used (")
    assert "what the handler knows" not in problem


def test_without_handlers_there_are_none() -> None:
    new = event("NEW_MESSAGE", {"aId": USER})
    assert WorkspaceAnswer(200) == answer_of(workspace(), new)
