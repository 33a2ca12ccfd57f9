"""The simulated HubRise's authorisation page: what it asks, refuses, and tells the application."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hops import HopLog
from sandbox.hubrise import HubRise
from sandbox.hubrise.authorization import AuthorizationRequest, Decision, read_request
from tests.sandbox.hubrise_callers import (
    ELSEWHERE,
    HERE,
    REDIRECT_URI,
    SCOPE,
    Client,
    query_of,
)

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


@pytest.fixture
def hubrise() -> Iterator[HubRise]:
    with HubRise() as hubrise:
        yield hubrise


@pytest.fixture
def client(hubrise: HubRise) -> Client:
    return Client(hubrise)


def test_page_lists_what_is_asked_and_every_location(client: Client) -> None:
    html = client.page(state="s-1").text

    for words in ("Read and change orders", "Read one catalog", HERE, ELSEWHERE):
        assert words in html


def test_page_loads_nothing_from_elsewhere(client: Client) -> None:
    page = client.page()

    assert [] == re.findall(r"""(?:src|href)="(?!data:)""", page.text)
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]


def test_page_cannot_be_framed(client: Client) -> None:
    assert "frame-ancestors 'none'" in client.page().headers["Content-Security-Policy"]


def test_page_labels_its_select(client: Client) -> None:
    html = client.page().text

    assert 'for="location"' in html
    assert '<select id="location"' in html


def test_page_without_an_access_level_has_nothing_to_select(client: Client) -> None:
    assert "<select" not in client.page(scope="profile").text


@pytest.mark.parametrize("missing", ["redirect_uri", "client_id", "scope"])
def test_missing_parameter_is_refused(client: Client, missing: str) -> None:
    kept = {
        name: value for name, value in query_of(client.authorize_url()).items() if name != missing
    }
    page = client.http.get(f"/oauth2/v1/authorize?{urlencode(kept)}")

    assert 400 == page.status_code
    assert f"{missing} is required" in page.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "1.clients.hubrise.com"},
        {"scope": "location[orders]"},
        {"redirect_uri": "/return"},
        {"redirect_uri": "ftp://shop.example/return"},
        {"redirect_uri": "http://shop.example/return#part"},
        {"redirect_uri": "http://[shop/return"},
        {"redirect_uri": "urn:ietf:wg:oauth:2.0:oob:auto"},
        {"country": "France"},
        {"state": ""},
        {"device_id": "a\nb"},
        {"response_type": "code"},
    ],
)
def test_wrong_parameter_is_an_html_error(client: Client, wrong: dict[str, str]) -> None:
    page = client.page(**wrong)

    assert (400, "text/html") == (page.status_code, page.mimetype)
    assert 'role="alert"' in page.text


def test_repeated_parameter_is_refused(client: Client) -> None:
    page = client.http.get(f"{client.authorize_url(state='a')}&state=b")

    assert 400 == page.status_code


def test_documented_parameters_are_accepted(client: Client) -> None:
    page = client.page(
        country="RE", account_name="Aux Délices", location_name="Plage", state="s", device_id="d-1"
    )

    assert 200 == page.status_code


def test_what_is_shown_is_escaped(client: Client) -> None:
    assert "<script" not in client.page(**{"<script>": "x"}).text


def test_allowing_redirects_with_code_and_state(client: Client) -> None:
    answer = client.http.post(
        client.authorize_url(state="s-1"), data={"decision": "allow", "location_id": ELSEWHERE}
    )

    assert 302 == answer.status_code
    assert answer.headers["Location"].startswith(f"{REDIRECT_URI}?code=")
    assert "s-1" == query_of(answer.headers["Location"])["state"]


@pytest.mark.parametrize(
    ("decision", "error"), [("decline", "access_denied"), ("expire", "expired")]
)
def test_not_allowing_redirects_with_an_error(
    hubrise: HubRise, client: Client, decision: Decision, error: str
) -> None:
    by_page = client.http.post(client.authorize_url(state="s"), data={"decision": decision})
    by_hand = hubrise.authorize(client.authorize_url(state="s"), decision=decision)

    assert f"{REDIRECT_URI}?error={error}&state=s" == by_page.headers["Location"] == by_hand


def test_errors_come_without_state_when_told_so(hubrise: HubRise, client: Client) -> None:
    hubrise.echo_state_on_error = False

    back = hubrise.authorize(client.authorize_url(state="s"), decision="decline")

    assert f"{REDIRECT_URI}?error=access_denied" == back


def test_no_state_is_sent_where_none_was_given(client: Client, hubrise: HubRise) -> None:
    assert {"code"} == set(query_of(hubrise.authorize(client.authorize_url())))


def test_query_of_the_redirect_uri_is_kept(hubrise: HubRise, client: Client) -> None:
    back = hubrise.authorize(client.authorize_url(redirect_uri=f"{REDIRECT_URI}?wh=1"))

    assert back.startswith(f"{REDIRECT_URI}?wh=1&code=")


@pytest.mark.parametrize("form", [{}, {"decision": "allow"}, {"decision": "perhaps"}])
def test_incomplete_form_is_asked_again(client: Client, form: dict[str, str]) -> None:
    page = client.http.post(client.authorize_url(), data=form)

    assert 400 == page.status_code
    assert "<form" in page.text


def test_out_of_band_code_is_shown_and_works(client: Client) -> None:
    page = client.http.post(
        client.authorize_url(redirect_uri=OUT_OF_BAND),
        data={"decision": "allow", "location_id": HERE},
    )
    code = re.search(r"<code>([0-9a-f]+)</code>", page.text)

    assert code is not None
    assert 200 == client.exchange(code[1]).status_code


def test_out_of_band_code_is_returned_without_a_browser(hubrise: HubRise, client: Client) -> None:
    code = hubrise.authorize(client.authorize_url(redirect_uri=OUT_OF_BAND), HERE)

    assert 200 == client.exchange(code).status_code


def test_out_of_band_refusal_is_shown(client: Client) -> None:
    page = client.http.post(
        client.authorize_url(redirect_uri=OUT_OF_BAND), data={"decision": "decline"}
    )

    assert "access_denied" in page.text


def test_suspended_account_is_told_so_and_not_connected(hubrise: HubRise, client: Client) -> None:
    hubrise.block(client.connect(HERE).token, "unpaid")

    page = client.http.post(client.authorize_url(), data={"decision": "allow", "location_id": HERE})

    assert "suspended for non payment" in page.text
    with pytest.raises(ValueError, match="suspended"):
        hubrise.authorize(client.authorize_url(), HERE)


def test_other_accounts_can_be_connected_meanwhile(hubrise: HubRise, client: Client) -> None:
    hubrise.block(client.connect(HERE).token, "unpaid")

    assert ELSEWHERE == client.connect(ELSEWHERE).location_id


def test_authorize_without_a_browser_is_as_strict(hubrise: HubRise, client: Client) -> None:
    with pytest.raises(ValueError, match="Unknown"):
        hubrise.authorize(client.authorize_url(prompt="login"))
    with pytest.raises(ValueError, match="/oauth2/v1/authorize"):
        hubrise.authorize("http://127.0.0.1/authorize")
    with pytest.raises(ValueError, match="location"):
        hubrise.authorize(client.authorize_url(), "no-such-1")


def test_browser_is_the_caller_of_the_page() -> None:
    hops = HopLog()
    with HubRise(hops) as hubrise:
        client = Client(hubrise)
        client.page(state="secret-state")
        client.http.post(client.authorize_url(), data={"decision": "decline"})

    asked, decided = hops.since(0)
    assert ("browser", "HubRise", "GET", 200) == (
        asked.caller, asked.callee, asked.method, asked.status
    )  # fmt: skip
    assert ("/oauth2/v1/authorize", 302, "decline") == (decided.path, decided.status, decided.note)


@given(st.dictionaries(st.sampled_from(["redirect_uri", "scope", "state", "country"]), st.text()))
def test_any_query_is_read_or_refused(values: dict[str, str]) -> None:
    hubrise = HubRise()
    usual = {"client_id": hubrise.client_id, "redirect_uri": REDIRECT_URI, "scope": SCOPE}
    try:
        asked = read_request(hubrise, {**usual, **values}.items())
    except ValueError:
        return
    assert isinstance(asked, AuthorizationRequest)
    assert asked.address({"code": "c"})
