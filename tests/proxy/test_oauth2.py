"""OAuth 2.0 as data: what is sent, how answers are read, what is refused and given back."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from email import message_from_bytes
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.outgoing.upstream import (
    Answer,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxy.settings_reader import SettingsReader
from proxy.vendors import (
    AuthorizeRequest,
    ExchangeRequest,
    Grant,
    GrantRefused,
    OAuth2,
    OAuth2App,
    OAuth2Connection,
    Unproven,
    oauth2_integration,
)
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams, Sent

RETURN_URL = "https://proxy.example/api/connections/acme/return"
APP = OAuth2App("client-1", "secret 1 & more")
PLAIN = OAuth2(
    authorize="https://login.acme.example/oauth/authorize",
    token="https://api.acme.example/oauth/token",
    revoke="https://api.acme.example/oauth/revoke",
    scopes=("read", "write"),
    details={"account_id": "accountId"},
)
ENDING = replace(PLAIN, refreshes=True, pkce=True)
REQUEST = ExchangeRequest("code-1", RETURN_URL, "verifier-1")
GRANT = Grant({"token": "t1", "refreshToken": "r1"}, {"accountId": "a1"})
TOKENS = {
    "access_token": "t1",
    "token_type": "Bearer",
    "expires_in": 1800,
    "refresh_token": "r1",
    "account_id": "a1",
}


class Acme(PreparedUpstream):
    """Acme with prepared answers."""

    vendor = "acme"
    usual_base_url = "https://acme.test"


def answered(document: object, status: int = 200) -> Answer:
    return Answer("acme", status, json.dumps(document).encode())


def acme(oauth: OAuth2, *answers: Answer | Exception) -> tuple[OAuth2Connection, Acme]:
    upstream = Acme(*answers)
    return OAuth2Connection(oauth, APP, PreparedUpstreams(upstream), "acme"), upstream


def form(sent: Sent) -> dict[str, str]:
    assert "application/x-www-form-urlencoded" == sent.headers["Content-Type"]
    return dict(parse_qsl((sent.body or b"").decode(), strict_parsing=True))


def exchanged(oauth: OAuth2 = PLAIN, **changes: Any) -> Grant:
    """Exchange a code; a change to None takes a field of the answer away."""
    document = {n: v for n, v in (TOKENS | changes).items() if v is not None}
    return acme(oauth, answered(document), answered({}))[0].exchange(REQUEST)


# Consent


def consent(oauth: OAuth2, **fields: Any) -> dict[str, str]:
    asked = AuthorizeRequest(RETURN_URL, "state-1", "tag", code_challenge="challenge-1", **fields)
    address = urlsplit(acme(oauth)[0].authorize_url(asked))
    assert "/oauth/authorize" == address.path
    return dict(parse_qsl(address.query, strict_parsing=True))


def test_the_consent_page_is_asked_for_what_the_standard_wants() -> None:
    expected = {
        "response_type": "code",
        "client_id": "client-1",
        "redirect_uri": RETURN_URL,
        "scope": "read write",
        "state": "state-1",
    }
    assert expected == consent(PLAIN)


def test_a_vendor_that_knows_pkce_gets_the_challenge() -> None:
    told = consent(replace(PLAIN, pkce=True))
    assert ("challenge-1", "S256") == (told["code_challenge"], told["code_challenge_method"])


def test_a_vendors_own_words_and_parameters_are_data() -> None:
    own = replace(
        PLAIN,
        scope_separator=",",
        names_flow=False,
        consent={"access_type": "offline"},
        consent_names={"client_id": "clientKey"},
    )
    expected = {
        "clientKey": "client-1",
        "redirect_uri": RETURN_URL,
        "scope": "read,write",
        "state": "state-1",
        "access_type": "offline",
    }
    assert expected == consent(own)


# Exchange


def test_a_code_is_redeemed_with_what_it_was_asked_for_with() -> None:
    vendor, upstream = acme(ENDING, answered(TOKENS))
    vendor.exchange(REQUEST)
    (sent,) = upstream.sent
    credentials = base64.b64encode(b"client-1:secret 1 & more").decode()
    assert ["POST /oauth/token"] == upstream.lines
    assert f"Basic {credentials}" == sent.headers["Authorization"]
    expected = {
        "grant_type": "authorization_code",
        "code": "code-1",
        "redirect_uri": RETURN_URL,
        "code_verifier": "verifier-1",
    }
    assert expected == form(sent)


def test_what_a_vendor_does_not_know_is_not_sent() -> None:
    bare = replace(PLAIN, sends_redirect_uri=False, names_flow=False)
    vendor, upstream = acme(bare, answered(TOKENS))
    vendor.exchange(REQUEST)
    assert {"code": "code-1"} == form(upstream.sent[0])


def test_a_client_may_prove_itself_in_the_body() -> None:
    vendor, upstream = acme(replace(PLAIN, client_auth="form"), answered(TOKENS))
    vendor.exchange(REQUEST)
    told = form(upstream.sent[0])
    assert ("client-1", "secret 1 & more") == (told["client_id"], told["client_secret"])
    assert "Authorization" not in upstream.sent[0].headers


def test_a_client_without_proof_says_only_who_it_is() -> None:
    vendor, upstream = acme(replace(PLAIN, client_auth="none"), answered(TOKENS))
    vendor.exchange(REQUEST)
    assert "client_secret" not in form(upstream.sent[0])
    assert "client-1" == form(upstream.sent[0])["client_id"]
    assert "Authorization" not in upstream.sent[0].headers


def test_a_body_may_be_json() -> None:
    vendor, upstream = acme(replace(PLAIN, encoding="json"), answered(TOKENS))
    vendor.exchange(REQUEST)
    assert "application/json" == upstream.sent[0].headers["Content-Type"]
    assert "code-1" == upstream.sent[0].document["code"]


def test_a_body_may_be_multipart_with_other_names() -> None:
    own = replace(PLAIN, encoding="multipart", token_names={"code": "the-code"})
    vendor, upstream = acme(own, answered(TOKENS))
    vendor.exchange(REQUEST)
    sent = upstream.sent[0]
    head = f"Content-Type: {sent.headers['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + (sent.body or b"")).get_payload()
    assert isinstance(parts, list)
    assert 'name="the-code"' in str(parts[1])


def test_what_was_granted_is_read() -> None:
    assert Grant({"token": "t1"}, {"accountId": "a1"}) == exchanged()


def test_a_grant_that_ends_says_when() -> None:
    assert replace(GRANT, lives_seconds=1800) == exchanged(ENDING)


def test_a_life_may_be_written_as_text_or_be_known_from_the_data() -> None:
    assert 1800 == exchanged(ENDING, expires_in="1800").lives_seconds
    assert 600 == exchanged(replace(ENDING, lives_seconds=600), expires_in=None).lives_seconds
    assert exchanged(ENDING, expires_in=None).lives_seconds is None


@pytest.mark.parametrize("life", [0, -1, True, 1.5, "soon", "", [], 10**12])
def test_an_odd_life_is_no_answer(life: object) -> None:
    with pytest.raises(UpstreamUnavailable):
        exchanged(ENDING, expires_in=life)


@pytest.mark.parametrize("field", ["access_token", "refresh_token"])
@pytest.mark.parametrize("token", ["", 7, "two words", "line\nfeed", "a" * 5000, ["x"]])
def test_a_token_that_cannot_be_sent_on_is_no_answer(field: str, token: object) -> None:
    with pytest.raises(UpstreamUnavailable):
        exchanged(ENDING, **{field: token})


@pytest.mark.parametrize("kind", ["mac", "", 7])
def test_a_token_of_an_unknown_type_is_no_answer(kind: object) -> None:
    """RFC 6749 7.1: a client must not use it."""
    with pytest.raises(UpstreamUnavailable):
        exchanged(token_type=kind)


def test_a_token_that_stands_there_twice_is_none() -> None:
    body = b'{"access_token": "t1", "access_token": "t2"}'
    with pytest.raises(UpstreamUnavailable):
        acme(PLAIN, Answer("acme", 200, body))[0].exchange(REQUEST)


@pytest.mark.parametrize("scope", ["read write", "write,read,more", None])
def test_what_is_required_may_be_granted_with_more_or_silently(scope: str | None) -> None:
    assert exchanged(replace(PLAIN, requires=("write",)), scope=scope).secret


@pytest.mark.parametrize(
    ("oauth", "changes"),
    [
        (replace(PLAIN, requires=("write",)), {"scope": "read"}),
        (replace(PLAIN, requires=("write",)), {"scope": ["write"]}),
        (ENDING, {"refresh_token": None}),
    ],
)
def test_what_is_less_than_needed_is_refused_and_given_back(
    oauth: OAuth2, changes: dict[str, Any]
) -> None:
    document = {n: v for n, v in (TOKENS | changes).items() if v is not None}
    vendor, upstream = acme(oauth, answered(document), answered({}))
    with pytest.raises(GrantRefused):
        vendor.exchange(REQUEST)
    assert "POST /oauth/revoke" == upstream.lines[-1]


def test_a_refusal_stands_even_where_nothing_can_be_given_back() -> None:
    vendor, _ = acme(
        replace(PLAIN, requires=("write",)),
        answered(TOKENS | {"scope": "read"}),
        UpstreamUnavailable("acme", "down"),
    )
    with pytest.raises(GrantRefused):
        vendor.exchange(REQUEST)


@pytest.mark.parametrize("status", [400, 401])
def test_an_invalid_grant_is_a_refused_code(status: int) -> None:
    """RFC 6749 5.2."""
    vendor, _ = acme(PLAIN, answered({"error": "invalid_grant"}, status))
    with pytest.raises(GrantRefused):
        vendor.exchange(REQUEST)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, {"error": "invalid_client"}, "invalid_client"),
        (400, {"error": "invalid_scope", "error_description": "x"}, "invalid_scope"),
        (400, {"error": "made up by somebody"}, ""),
        (403, {"error": "invalid_grant"}, "invalid_grant"),
        (400, [], ""),
        (204, {}, ""),
    ],
)
def test_other_refusals_are_not_blamed_on_the_code(status: int, body: object, code: str) -> None:
    vendor, _ = acme(PLAIN, answered(body, status))
    with pytest.raises(UpstreamRefused) as refusal:
        vendor.exchange(REQUEST)
    assert (status, code) == (refusal.value.status, refusal.value.code)


VALUES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=4)
ANSWERS = st.dictionaries(
    st.sampled_from([*TOKENS, "scope"]), VALUES | st.lists(VALUES, max_size=2) | st.just("usable")
)


@given(ANSWERS | VALUES, st.booleans())
def test_any_answer_is_a_grant_that_can_be_stored_or_a_failure(
    document: object, is_renewal: bool
) -> None:
    vendor, _ = acme(replace(ENDING, requires=("read",)), answered(document), answered({}))
    try:
        granted = vendor.refresh(GRANT) if is_renewal else vendor.exchange(REQUEST)
    except (GrantRefused, UpstreamUnavailable):
        return
    assert {"token", "refreshToken"} == set(granted.secret)
    assert granted.lives_seconds is None or granted.lives_seconds > 0
    for text in (*granted.secret.values(), *granted.details.values()):
        assert text.encode()  # UTF-8 takes it


@given(ANSWERS | VALUES, st.sampled_from([400, 401, 403, 404, 422]))
def test_any_refusal_is_told_without_the_vendors_words(document: object, status: int) -> None:
    vendor, _ = acme(PLAIN, answered(document, status))
    with pytest.raises((GrantRefused, UpstreamRefused)):
        vendor.exchange(REQUEST)


# Refreshing


def test_a_refresh_token_is_redeemed() -> None:
    vendor, upstream = acme(ENDING, answered(TOKENS))
    vendor.refresh(GRANT)
    assert ["POST /oauth/token"] == upstream.lines
    assert {"grant_type": "refresh_token", "refresh_token": "r1"} == form(upstream.sent[0])


def test_a_renewed_grant_takes_the_whole_ones_place() -> None:
    answer = {"access_token": "t2", "refresh_token": "r2", "expires_in": 60}
    vendor, _ = acme(ENDING, answered(answer))
    expected = Grant({"token": "t2", "refreshToken": "r2"}, {"accountId": "a1"}, 60)
    assert expected == vendor.refresh(GRANT)


def test_a_vendor_that_keeps_its_refresh_token_need_not_repeat_it() -> None:
    vendor, _ = acme(ENDING, answered({"access_token": "t2", "expires_in": 60}))
    assert "r1" == vendor.refresh(GRANT).secret["refreshToken"]


def test_a_dead_refresh_token_is_a_refused_grant() -> None:
    vendor, _ = acme(ENDING, answered({"error": "invalid_grant"}, 400))
    with pytest.raises(GrantRefused):
        vendor.refresh(GRANT)


def test_a_refused_client_is_not_the_grants_fault() -> None:
    vendor, _ = acme(ENDING, answered({"error": "invalid_client"}, 401))
    with pytest.raises(UpstreamRefused):
        vendor.refresh(GRANT)


# Giving back


def test_a_grant_is_revoked_by_its_refresh_token() -> None:
    """RFC 7009 2.1: its access tokens end with it."""
    vendor, upstream = acme(ENDING, answered({}))
    vendor.release(GRANT, None)
    assert ["POST /oauth/revoke"] == upstream.lines
    assert {"token": "r1", "token_type_hint": "refresh_token"} == form(upstream.sent[0])


def test_a_grant_without_one_is_revoked_by_its_token() -> None:
    vendor, upstream = acme(PLAIN, answered({}))
    vendor.release(Grant({"token": "t1"}), None)
    assert {"token": "t1"} == form(upstream.sent[0])


def test_a_revocation_that_is_refused_is_told() -> None:
    vendor, _ = acme(PLAIN, answered({"error": "invalid_client"}, 401))
    with pytest.raises(UpstreamRefused):
        vendor.release(GRANT, None)


def test_the_very_same_grant_is_kept() -> None:
    acme(PLAIN)[0].release(GRANT, Grant(GRANT.secret))


def test_where_revoking_ends_everything_nothing_is_revoked_beside_a_newer_grant() -> None:
    acme(replace(PLAIN, revokes_all=True))[0].release(GRANT, Grant({"token": "t2"}))


def test_a_vendor_without_revocation_is_told_nothing() -> None:
    acme(replace(PLAIN, revoke=None))[0].release(GRANT, None)


# A vendor that is data only


def built(**variables: str) -> tuple[OAuth2Connection, SettingsReader, PreparedUpstreams]:
    reader, upstreams = SettingsReader(variables), PreparedUpstreams(Acme())
    (part,) = oauth2_integration("acme", PLAIN).build(reader, upstreams)
    assert isinstance(part, OAuth2Connection)
    return part, reader, upstreams


def test_data_is_a_whole_vendor() -> None:
    part, reader, upstreams = built(ACME_CLIENT_ID="i", ACME_CLIENT_SECRET="s")
    assert ("acme", []) == (part.name, reader.problems)
    assert ["acme https://api.acme.example", "acme https://login.acme.example"] == upstreams.asked


def test_one_address_stands_in_for_all_of_the_vendors_hosts() -> None:
    part, _, upstreams = built(
        ACME_CLIENT_ID="i", ACME_CLIENT_SECRET="s", ACME_BASE_URL="http://127.0.0.1:9"
    )
    part.authorize_url(AuthorizeRequest(RETURN_URL, "s", "tag"))
    assert {"acme http://127.0.0.1:9"} == set(upstreams.asked)


def test_missing_credentials_are_problems() -> None:
    expected = ["ACME_CLIENT_ID is not set", "ACME_CLIENT_SECRET is not set"]
    assert expected == built()[1].problems


def test_no_repr_of_an_app_or_a_request_shows_a_secret() -> None:
    assert "secret" not in repr(APP).replace("client_secret", "")
    assert "ExchangeRequest()" == repr(REQUEST)


# Whether the vendor knows the app


def asking(oauth: OAuth2, *answers: Answer | Exception) -> tuple[str, Acme]:
    """Return what a probe told, of a vendor that can be asked."""
    connection, upstream = acme(replace(oauth, shows_client="Acme's console"), *answers)
    (probe,) = connection.probes()
    assert (("ACME_CLIENT_ID", "ACME_CLIENT_SECRET"), "Acme's console") == (
        probe.variables,
        probe.found_at,
    )
    assert probe.ask is not None
    return probe.ask(), upstream


def test_an_app_that_is_told_of_a_wrong_grant_is_known() -> None:
    told, upstream = asking(ENDING, answered({"error": "invalid_grant"}, 400))
    assert ("", ["POST /oauth/token"]) == (told, upstream.lines)


@pytest.mark.parametrize(
    ("oauth", "field"), [(ENDING, "refresh_token"), (replace(PLAIN, pkce=True), "code")]
)
def test_the_grant_is_another_each_time_and_of_nobody(oauth: OAuth2, field: str) -> None:
    refused = answered({"error": "invalid_grant"}, 400)
    sent = [dict(parse_qsl((asking(oauth, refused)[1].sent[0].body or b"").decode())) for _ in "ab"]
    assert {"grant_type", field} == set(sent[0])
    assert sent[0][field] != sent[1][field]


@pytest.mark.parametrize("error", ["invalid_client", "unauthorized_client", "invalid_request"])
def test_every_other_refusal_is_one(error: str) -> None:
    with pytest.raises(UpstreamRefused) as refused:
        asking(ENDING, answered({"error": error}, 401))
    assert (401, error) == (refused.value.status, refused.value.code)


def test_an_endpoint_that_takes_anything_proves_nothing() -> None:
    with pytest.raises(Unproven):
        asking(ENDING, answered(TOKENS))


def test_an_answer_that_is_no_document_proves_nothing() -> None:
    with pytest.raises(UpstreamUnavailable):
        asking(ENDING, Answer("acme", 200, b"<html>hello"))


def test_a_vendor_that_cannot_be_asked_is_not() -> None:
    assert () == acme(ENDING)[0].probes()
