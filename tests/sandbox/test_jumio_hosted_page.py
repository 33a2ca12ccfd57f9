"""The simulated identity check in the browser: its token, its page, its messages and redirects."""

import base64
import gzip
import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from sandbox.hops import HopLog
from sandbox.jumio import Jumio
from tests.sandbox.jumio_callers import KYX_BODY, NETVERIFY_BODY, KyxCaller, NetverifyCaller

NOW = 1_790_000_000.0


class Reader(HTMLParser):
    """Collects what a page offers: buttons, headings, addresses and the body's data attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.outcomes: list[str] = []
        self.addresses: list[str] = []
        self.body: dict[str, str] = {}
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "button":
            self.outcomes.append(found["value"])
        if tag == "body":
            self.body = found
        self.addresses += [found[name] for name in ("src", "href", "action") if name in found]

    @property
    def event(self) -> Any:
        return json.loads(self.body["data-event"])


class Visitor:
    """A user's browser, as far as HTTP goes, and the checks that send it there."""

    def __init__(self, jumio: Jumio) -> None:
        self.jumio = jumio
        self.http: FlaskClient = jumio.app.test_client()

    def netverify(self, **fields: object) -> str:
        """Start a Netverify check and return the address of its page."""
        answer = NetverifyCaller(self.jumio).initiate(NETVERIFY_BODY | fields)
        return str(answer.get_json()["redirectUrl"])

    def kyx(self, **fields: object) -> str:
        """Start a KYX check and return the address of its page."""
        answer = KyxCaller(self.jumio).create(KYX_BODY | fields)
        return str(answer.get_json()["web"]["href"])

    def open(self, url: str) -> Reader:
        return Reader(self.http.get(url).get_data(as_text=True))

    def choose(self, url: str, outcome: str) -> Reader:
        form = {"authorizationToken": _token(url), "outcome": outcome}
        return Reader(self.http.post("/web/v4/app", data=form).get_data(as_text=True))

    def only(self) -> Any:
        [transaction] = self.jumio.transactions.values()
        return transaction


def _token(url: str) -> str:
    return parse_qs(urlsplit(url).query)["authorizationToken"][0]


def _payload(token: str) -> Any:
    body = token.split(".")[1]
    return json.loads(gzip.decompress(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))


@pytest.fixture
def now() -> list[float]:
    return [NOW]


@pytest.fixture
def visitor(now: list[float]) -> Iterator[Visitor]:
    jumio = Jumio(HopLog(), clock=lambda: now[0])
    yield Visitor(jumio)
    jumio.close()


def test_token_shows_the_internal_reference_and_hides_the_user_reference(visitor: Visitor) -> None:
    token = _token(visitor.netverify())

    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    payload = _payload(token)

    assert {"alg": "HS512", "zip": "GZIP"} == header
    assert {"exAt", "aId", "cRef", "cId"} == set(payload)
    assert (payload["cRef"], payload["exAt"]) == ("check-1", int((NOW + 1800) * 1000))


def test_kyx_token_names_account_and_execution_too(visitor: Visitor) -> None:
    payload = _payload(_token(visitor.kyx()))

    transaction = visitor.only()
    assert (payload["accId"], payload["wfeId"]) == (transaction.account_id, transaction.reference)
    assert payload["exAt"] == str(int((NOW + 1800) * 1000))


def test_page_may_be_embedded_and_loads_nothing_from_elsewhere(visitor: Visitor) -> None:
    answer = visitor.http.get(visitor.netverify())

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors *" in policy
    assert "X-Frame-Options" not in answer.headers
    addresses = Reader(answer.get_data(as_text=True)).addresses
    assert ["data:,", "/web/v4/app"] == addresses


@pytest.mark.parametrize(
    ("workflow", "outcomes"),
    [
        (
            200,
            [
                "approved",
                "approved-no-match",
                "approved-selfie-invalid",
                "denied-fraud",
                "unsupported-type",
                "unsupported-country",
                "not-readable",
                "no-id-uploaded",
            ],
        ),
        (
            100,
            [
                "approved",
                "denied-fraud",
                "unsupported-type",
                "unsupported-country",
                "not-readable",
                "no-id-uploaded",
            ],
        ),
    ],
)
def test_buttons_follow_the_netverify_workflow(
    visitor: Visitor, workflow: int, outcomes: list[str]
) -> None:
    assert visitor.open(visitor.netverify(workflowId=workflow)).outcomes == outcomes


def test_kyx_page_offers_its_own_outcomes(visitor: Visitor) -> None:
    outcomes = visitor.open(visitor.kyx()).outcomes

    assert {"warning", "technical-error"} <= set(outcomes)


def test_loaded_event_of_netverify(visitor: Visitor) -> None:
    url = visitor.netverify()

    assert visitor.open(url).event == {
        "authorizationToken": _token(url),
        "transactionReference": visitor.only().reference,
        "customerInternalReference": "check-1",
        "eventType": 510,
        "payload": {"value": "loaded"},
    }


def test_loaded_event_of_kyx(visitor: Visitor) -> None:
    url = visitor.kyx()

    assert visitor.open(url).event == {
        "authorizationToken": _token(url),
        "accountId": visitor.only().account_id,
        "workflowExecutionId": visitor.only().reference,
        "customerInternalReference": "check-1",
        "eventType": 510,
        "payload": {"value": "loaded"},
    }


def test_opening_the_page_starts_kyx_acquisition_once(visitor: Visitor) -> None:
    url = visitor.kyx()

    visitor.open(url)
    visitor.open(url)

    assert ["ACQUISITION_STARTED"] == visitor.only().announced


def test_choice_finishes_the_check(visitor: Visitor) -> None:
    page = visitor.choose(visitor.netverify(), "approved-no-match")

    assert {"value": "success"} == page.event["payload"]
    assert ("approved-no-match", "DONE") == (visitor.only().outcome, visitor.only().status)


@pytest.mark.parametrize(("outcome", "code"), [("not-readable", 9835), ("no-id-uploaded", 9210)])
def test_check_without_usable_images_ends_with_an_error_event(
    visitor: Visitor, outcome: str, code: int
) -> None:
    page = visitor.choose(visitor.netverify(), outcome)

    assert page.event["payload"] == {"value": "error", "metainfo": {"code": code}}
    assert visitor.only().outcome == outcome


@pytest.mark.parametrize("outcome", ["", "warning", "approved-no-match", "no-such-outcome"])
def test_outcome_that_was_not_offered_changes_nothing(visitor: Visitor, outcome: str) -> None:
    page = visitor.choose(visitor.netverify(workflowId=100), outcome)

    assert visitor.only().outcome is None
    assert {"value": "loaded"} == page.event["payload"]


def test_used_token_shows_that_the_session_is_over(visitor: Visitor) -> None:
    url = visitor.netverify()
    visitor.choose(url, "approved")

    again = [visitor.open(url), visitor.choose(url, "denied-fraud")]

    codes = [page.event["payload"]["metainfo"]["code"] for page in again]
    assert [9210, 9210] == codes
    assert "approved" == visitor.only().outcome


def test_expired_token_shows_an_error(visitor: Visitor, now: list[float]) -> None:
    url = visitor.netverify(tokenLifetimeInMinutes=5)
    now[0] += 300

    pages = [visitor.open(url), visitor.choose(url, "approved")]

    assert [9200, 9200] == [page.event["payload"]["metainfo"]["code"] for page in pages]
    assert [] == pages[0].outcomes
    assert visitor.only().outcome is None


def test_token_of_another_vendor_account_opens_nothing(visitor: Visitor) -> None:
    foreign = Visitor(Jumio()).netverify()

    assert {"code": 9200} == visitor.open(foreign).event["payload"]["metainfo"]


@given(token=st.text() | st.tuples(st.text(), st.text(), st.text()).map(".".join))
def test_any_other_token_shows_an_error(token: str) -> None:
    http = Jumio().app.test_client()

    answer = http.get("/web/v4/app", query_string={"authorizationToken": token})

    assert 200 == answer.status_code
    event = Reader(answer.get_data(as_text=True)).event
    assert {"value": "error", "metainfo": {"code": 9200}} == event["payload"]


@given(place=st.integers(0, 999), other=st.sampled_from("Aa0-_."))
def test_changed_token_shows_an_error(place: int, other: str) -> None:
    visitor = Visitor(Jumio())
    token = _token(visitor.netverify())
    position = place * len(token) // 1000
    changed = token[:position] + other + token[position + 1 :]

    page = visitor.open(f"/web/v4/app?authorizationToken={changed}")

    assert page.event["payload"]["value"] == ("loaded" if changed == token else "error")


def test_hop_log_shows_the_browser_without_the_token(now: list[float]) -> None:
    hops = HopLog()
    visitor = Visitor(Jumio(hops, clock=lambda: now[0]))

    visitor.open(visitor.netverify())

    hop = hops.since(0)[-1]
    assert ("browser", "Jumio", "/web/v4/app") == (hop.caller, hop.callee, hop.path)


@pytest.mark.parametrize(
    ("outcome", "path", "verdict"),
    [
        ("approved", "/ok", {"transactionStatus": ["SUCCESS"]}),
        ("not-readable", "/no", {"transactionStatus": ["ERROR"], "errorCode": ["9835"]}),
    ],
)
def test_page_outside_an_iframe_sends_the_user_on(
    visitor: Visitor, outcome: str, path: str, verdict: dict[str, list[str]]
) -> None:
    url = visitor.netverify(
        successUrl="https://shop.example/ok", errorUrl="https://shop.example/no"
    )

    address = urlsplit(visitor.choose(url, outcome).body["data-address"])

    assert address.path == path
    assert parse_qs(address.query) == verdict | {
        "transactionReference": [visitor.only().reference],
        "customerInternalReference": ["check-1"],
    }


def test_kyx_redirect_has_its_own_parameters(visitor: Visitor) -> None:
    page = visitor.choose(visitor.kyx(web={"successUrl": "https://shop.example/ok"}), "approved")

    query = parse_qs(urlsplit(page.body["data-address"]).query)
    assert query == {
        "acquisitionStatus": ["SUCCESS"],
        "accountId": [visitor.only().account_id],
        "workflowExecutionId": [visitor.only().reference],
        "customerInternalReference": ["check-1"],
    }


def test_page_without_a_return_address_stays(visitor: Visitor) -> None:
    assert "data-address" not in visitor.choose(visitor.netverify(), "approved").body
