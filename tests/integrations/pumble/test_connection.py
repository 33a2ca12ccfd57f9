"""Pumble's consent address, exchange and revocation, byte by byte, without a network."""

from __future__ import annotations

from email import message_from_bytes, policy
from email.message import EmailMessage, MIMEPart
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.pumble.connection import read_tokens
from integrations.pumble.token_store import MemoryTokenStore, Tokens
from proxy.vendors import (
    Answer,
    AuthorizeRequest,
    Grant,
    GrantRefused,
    Option,
    UpstreamRefused,
    UpstreamUnavailable,
)
from tests.integrations.pumble.fakes import (
    APP_KEY,
    BOT,
    OTHER_USER,
    OTHER_WORKSPACE,
    USER,
    WORKSPACE,
    StubUpstream,
    answered,
    connection,
    exchanging,
    me_answer,
    token_answer,
)
from tests.integrations.stub_upstream import Sent

RETURN_URL = "https://proxy.example/api/connections/pumble/return/s3aled~state-1"
STATE = "s3aled~state-1"
# Written by Node's URL.searchParams in the order of the SDK's ClientUtils.generateAuthUrl.
WRITTEN_BY_NODE = (
    "https://app.pumble.com/access-request"
    "?redirectUrl=https%3A%2F%2Fproxy.example%2Fapi%2Fconnections%2Fpumble%2Freturn%2Fs3aled%7Estate-1"
    "&clientId=app-id&state=s3aled%7Estate-1&defaultWorkspaceId=6640000000000000000000bb"
    "&isReinstall=true"
    "&scopes=messages%3Aread%2Cchannels%3Alist%2Cbot%3Amessages%3Awrite%2Cbot%3Achannels%3Aread"
)
GRANT = Grant(
    {"accessToken": "user-token-1", "botToken": "bot-token-1"},
    {"workspaceId": WORKSPACE, "userId": USER, "botId": BOT},
)
ELSEWHERE = Grant({"accessToken": "user-token-2"}, {"workspaceId": OTHER_WORKSPACE, "userId": USER})


def asked(url: str) -> dict[str, str]:
    """Return an address's parameters, none of which may be there twice."""
    pairs = parse_qsl(url.partition("?")[2], keep_blank_values=True, strict_parsing=True)
    assert len(pairs) == len(dict(pairs))
    return dict(pairs)


def request(**options: str) -> AuthorizeRequest:
    return AuthorizeRequest(RETURN_URL, STATE, user_tag="0" * 32, options=options)


def form_of(sent: Sent) -> dict[str, bytes]:
    """Read multipart/form-data with the mail library (RFC 7578 refers to MIME's)."""
    head = f"Content-Type: {sent.headers['Content-Type']}\r\n\r\n".encode()
    message = message_from_bytes(head + (sent.body or b""), policy=policy.HTTP)
    assert isinstance(message, EmailMessage)
    assert "multipart/form-data" == message.get_content_type()
    assert [] == message.defects
    return {_name_of(part): _content_of(part) for part in message.iter_parts()}


def _name_of(part: MIMEPart) -> str:
    assert "form-data" == part.get_content_disposition()
    assert part.get_filename() is None
    return str(part["Content-Disposition"].params["name"])


def _content_of(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return content


def exchanged(*answers: Answer | Exception) -> tuple[Grant, StubUpstream]:
    upstream = StubUpstream(*answers)
    return connection(upstream).exchange(exchanging("code-1")), upstream


# Consent


def test_the_address_holds_what_the_vendors_own_client_puts_there() -> None:
    scopes = ("messages:read", "channels:list", "bot:messages:write", "bot:channels:read")
    options = {"defaultWorkspaceId": "6640000000000000000000bb", "isReinstall": "true"}
    url = connection(scopes=scopes).authorize_url(request(**options))
    assert asked(WRITTEN_BY_NODE) == asked(url)
    assert "https://app.pumble.test/access-request" == url.partition("?")[0]


def test_what_was_not_chosen_is_not_in_the_address() -> None:
    parameters = asked(connection().authorize_url(request()))
    assert {"redirectUrl", "clientId", "state", "scopes"} == set(parameters)


def test_the_frontend_may_choose_a_workspace_and_a_reinstallation() -> None:
    workspace, reinstall = connection().options
    assert ("defaultWorkspaceId", Option("isReinstall")) == (workspace.name, reinstall)
    assert workspace.pattern is not None


def test_the_state_travels_in_the_path_too() -> None:
    assert connection().state_in_path


# Exchange


def test_the_exchange_is_a_form_of_three_parts() -> None:
    _, upstream = exchanged(token_answer(), me_answer())
    sent = upstream.sent[0]
    assert ("POST", "/oauth2/access") == (sent.method, sent.path)
    expected = {
        "client-id": b"app-id",
        "client-secret": "client secret / ü".encode(),
        "code": b"code-1",
    }
    assert expected == form_of(sent)


@given(code=st.text(min_size=1, max_size=60).filter(str.isprintable))
def test_any_code_arrives_as_it_is(code: str) -> None:
    upstream = StubUpstream(token_answer(), me_answer())
    connection(upstream).exchange(exchanging(code))
    assert code.encode() == form_of(upstream.sent[0])["code"]


def test_the_exchange_carries_neither_the_apps_key_nor_a_token() -> None:
    _, upstream = exchanged(token_answer(), me_answer())
    names = {name.lower() for name in upstream.sent[0].headers}
    assert set() == names & {"x-app-token", "token", "authorization"}


def test_the_new_token_is_asked_whose_it_is() -> None:
    _, upstream = exchanged(token_answer(), me_answer())
    assert ["POST /oauth2/access", "GET /oauth2/me"] == upstream.lines
    headers = upstream.sent[1].headers
    assert ("user-token-1", APP_KEY) == (headers["token"], headers["x-app-token"])
    assert "Authorization" not in headers


def test_a_grant_seals_the_tokens_and_shows_ids_and_names() -> None:
    grant, _ = exchanged(token_answer(), me_answer())
    assert {"accessToken": "user-token-1", "botToken": "bot-token-1"} == grant.secret
    expected = {
        "workspaceId": WORKSPACE,
        "userId": USER,
        "botId": BOT,
        "workspaceName": "Riverside Rentals",
        "userName": "Rosa Reed",
    }
    assert expected == grant.details
    assert "token-1" not in repr(grant)


@pytest.mark.parametrize("lacking", ["botToken", "botId"])
def test_half_a_bot_is_no_bot(lacking: str) -> None:
    grant, _ = exchanged(token_answer(**{lacking: None}), me_answer())
    assert {"accessToken": "user-token-1"} == grant.secret
    assert "botId" not in grant.details


def test_a_reinstallation_brings_the_new_bot_token() -> None:
    grant, _ = exchanged(token_answer(botToken="bot-token-2"), me_answer())
    assert "bot-token-2" == grant.secret["botToken"]


def test_unknown_fields_of_an_answer_do_no_harm() -> None:
    grant, _ = exchanged(token_answer(refreshToken="r", scopes=["x"]), me_answer(avatar={}))
    assert {"accessToken", "botToken"} == set(grant.secret)


@pytest.mark.parametrize("name", ["", None, 7, ["x"]])
def test_a_name_that_is_none_is_left_out(name: object) -> None:
    grant, _ = exchanged(token_answer(), me_answer(workspaceName=name))
    assert "workspaceName" not in grant.details
    assert "Rosa Reed" == grant.details["userName"]


def test_a_long_name_is_cut() -> None:
    grant, _ = exchanged(token_answer(), me_answer(workspaceName="n" * 5_000))
    assert len(grant.details["workspaceName"]) < 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_refused_code_is_no_grant(status: int) -> None:
    with pytest.raises(GrantRefused):
        exchanged(answered({"code": status * 1000}, status))


def test_another_status_than_200_is_no_grant() -> None:
    with pytest.raises(UpstreamRefused):
        exchanged(answered({}, 202))


@pytest.mark.parametrize("lacking", ["accessToken", "userId", "workspaceId"])
def test_an_answer_without_its_tokens_is_no_answer(lacking: str) -> None:
    with pytest.raises(UpstreamUnavailable):
        exchanged(token_answer(**{lacking: None}))


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b"\xff", b"[" * 100_000])
def test_an_answer_that_is_no_object_is_no_answer(body: bytes) -> None:
    with pytest.raises(UpstreamUnavailable):
        exchanged(Answer("pumble", 200, body))


@pytest.mark.parametrize("revoked", [Answer("pumble", 200, b""), answered({}, 401)])
def test_a_token_of_another_workspace_is_refused_and_given_back(revoked: Answer) -> None:
    upstream = StubUpstream(token_answer(), me_answer(workspaceId=OTHER_WORKSPACE), revoked)
    with pytest.raises(GrantRefused):
        connection(upstream).exchange(exchanging("code-1"))
    assert "DELETE /v1/app/authorization" == upstream.lines[-1]
    assert "user-token-1" == upstream.sent[-1].headers["token"]


def test_a_token_that_cannot_be_given_back_is_refused_all_the_same() -> None:
    down = UpstreamUnavailable("pumble", "answered 503")
    with pytest.raises(GrantRefused):
        exchanged(token_answer(), me_answer(workspaceId=OTHER_WORKSPACE), down)


@pytest.mark.parametrize(
    "answer",
    [answered({}, 401), answered({}, 403), UpstreamUnavailable("pumble", "answered 503")],
)
def test_names_that_cannot_be_had_now_are_left_out(answer: Answer | Exception) -> None:
    grant, _ = exchanged(token_answer(), answer)
    assert {"accessToken", "botToken"} == set(grant.secret)
    assert {"workspaceId": WORKSPACE, "userId": USER, "botId": BOT} == grant.details


TEXTS = st.text(st.characters() | st.characters(categories=["Cs"]), max_size=8)
VALUES = st.none() | st.booleans() | st.integers() | TEXTS | st.lists(TEXTS, max_size=2)
FIELDS = st.sampled_from(["accessToken", "botToken", "userId", "botId", "workspaceId"])


@given(document=st.dictionaries(FIELDS, VALUES | st.just("usable")))
def test_tokens_are_whole_and_can_be_sent_on_or_there_are_none(
    document: dict[str, object],
) -> None:
    tokens = read_tokens(document)
    if tokens is None:
        return
    texts = [tokens.access_token, tokens.workspace_id, tokens.user_id]
    assert (tokens.bot_id is None) == (tokens.bot_token is None)
    texts += [tokens.bot_id, tokens.bot_token] if tokens.bot_id and tokens.bot_token else []
    assert all(text.isascii() and text.isprintable() and " " not in text for text in texts)


# Keeping and giving back


def test_a_first_grant_is_kept_as_it_is() -> None:
    grant, _ = exchanged(token_answer(), me_answer())
    assert grant == connection().merged(None, grant)


def test_a_grant_without_a_bot_keeps_the_known_one() -> None:
    grant, _ = exchanged(token_answer(botToken=None, botId=None, accessToken="u2"), me_answer())
    merged = connection().merged(GRANT, grant)
    assert {"accessToken": "u2", "botToken": "bot-token-1"} == merged.secret
    assert BOT == merged.details["botId"]


def test_a_grant_with_a_bot_replaces_the_known_one() -> None:
    grant, _ = exchanged(token_answer(botToken="bot-token-2"), me_answer())
    assert grant == connection().merged(GRANT, grant)


def test_a_bot_of_another_workspace_is_not_kept() -> None:
    assert ELSEWHERE == connection().merged(GRANT, ELSEWHERE)


def test_another_store_takes_the_tokens_and_leaves_ids_and_names() -> None:
    store = MemoryTokenStore()
    vendor = connection(StubUpstream(token_answer(), me_answer()), extra_store=store)
    grant = vendor.exchange(exchanging("code-1"))
    expected = {"workspaceId", "userId", "botId", "workspaceName", "userName"}
    assert ({}, expected) == (grant.secret, set(grant.details))
    assert grant == vendor.merged(GRANT, grant)
    assert "user-token-1" == store.get_user_token(WORKSPACE, USER)
    assert "bot-token-1" == store.get_bot_token(WORKSPACE)


def test_there_is_no_consent_page_that_shows_a_code() -> None:
    assert connection().out_of_band is None


def test_releasing_takes_the_users_authorization_back() -> None:
    upstream = StubUpstream(Answer("pumble", 200, b""))
    connection(upstream).release(GRANT, None)
    (sent,) = upstream.sent
    assert ["DELETE /v1/app/authorization"] == upstream.lines
    assert ("user-token-1", APP_KEY, None) == (
        sent.headers["token"],
        sent.headers["x-app-token"],
        sent.body,
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_what_pumble_does_not_take_back_is_released(status: int) -> None:
    connection(StubUpstream(answered({}, status))).release(GRANT, None)


def test_while_pumble_is_down_nothing_is_released() -> None:
    with pytest.raises(UpstreamUnavailable):
        connection(StubUpstream(UpstreamUnavailable("pumble", "down"))).release(GRANT, None)


def test_without_a_users_token_there_is_nothing_to_give_back() -> None:
    connection().release(Grant({"botToken": "bot-token-1"}, GRANT.details), None)


def test_releasing_finds_the_token_in_another_store_and_forgets_it() -> None:
    store, upstream = MemoryTokenStore(), StubUpstream(Answer("pumble", 200, b""))
    store.save_tokens(Tokens(WORKSPACE, USER, "kept-token"))
    connection(upstream, extra_store=store).release(Grant({}, GRANT.details), None)
    assert "kept-token" == upstream.sent[0].headers["token"]
    assert store.get_user_token(WORKSPACE, USER) is None


def test_a_token_that_could_not_be_given_back_stays_in_its_store() -> None:
    store = MemoryTokenStore()
    store.save_tokens(Tokens(WORKSPACE, USER, "kept-token"))
    down = StubUpstream(UpstreamUnavailable("pumble", "answered 503"))
    with pytest.raises(UpstreamUnavailable):
        connection(down, extra_store=store).release(Grant({}, GRANT.details), None)
    assert "kept-token" == store.get_user_token(WORKSPACE, USER)


@pytest.mark.parametrize(
    "kept",
    [
        ELSEWHERE,
        Grant({"accessToken": "x"}, {"workspaceId": WORKSPACE, "userId": OTHER_USER}),
        Grant({}),
    ],
)
def test_the_authorization_of_another_user_or_workspace_is_given_back(kept: Grant) -> None:
    upstream = StubUpstream(Answer("pumble", 200, b""))
    connection(upstream).release(GRANT, kept)
    assert ["user-token-1"] == [sent.headers["token"] for sent in upstream.sent]


def test_the_same_users_newer_authorization_is_the_same_one() -> None:
    """Taking the old token back would end the new one too."""
    store = MemoryTokenStore()
    store.save_tokens(Tokens(WORKSPACE, USER, "user-token-2"))
    newer = Grant({"accessToken": "user-token-2"}, GRANT.details)
    connection().release(GRANT, newer)
    connection(extra_store=store).release(GRANT, newer)
    assert "user-token-2" == store.get_user_token(WORKSPACE, USER)
