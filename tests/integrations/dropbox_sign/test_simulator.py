"""The simulated Dropbox Sign is strict: what its documentation does not have is refused."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, Response

from sandbox.dropbox_sign import DropboxSign
from sandbox.server import Server
from tests.clock import Clock

DAY = 24 * 60 * 60
NOON = 1_796_040_000.0  # a full hour
MADE = "/v3/signature_request"
PAGE_OF = {"parent_url": "http://127.0.0.1:8080/account"}


class Client:
    """A client of the simulator, written from Dropbox Sign's documentation."""

    def __init__(self) -> None:
        self.clock = Clock(NOON)
        self.sign = DropboxSign(clock=self.clock)
        self.web = self.sign.app.test_client()

    def asked(self, **changes: Any) -> dict[str, Any]:
        """Return the fields of a request that is taken."""
        signer = {"role": self.sign.role, "name": "Specimena", "email_address": "s@example.com"}
        return {
            "client_id": self.sign.client_id,
            "template_ids": self.sign.template_ids[:1],
            "signers": [signer],
            "metadata": {"carrier": "r" * 1000},
            **changes,
        }

    def send(self, method: str, path: str, body: object = None, **options: Any) -> Any:
        """Send a request with the API key."""
        options.setdefault("auth", (self.sign.api_keys[0], ""))
        return self.web.open(f"/v3{path}", method=method, json=body, **options)

    def create(self, **changes: Any) -> Any:
        """Ask for a signature request."""
        return self.send(
            "POST", "/signature_request/create_embedded_with_template", self.asked(**changes)
        )

    def made(self, **changes: Any) -> dict[str, Any]:
        """Return a signature request that is made."""
        found: dict[str, Any] = self.create(**changes).get_json()["signature_request"]
        return found

    def update(self, made: dict[str, Any], **fields: Any) -> Any:
        """Change a signature request."""
        named = {"signature_id": made["signatures"][0]["signature_id"], "name": "Specimena"}
        path = f"/signature_request/update/{made['signature_request_id']}"
        return self.send("POST", path, {**named, **fields})

    def link(self, made: dict[str, Any]) -> str:
        """Return a link to the page, without its host."""
        found = self.send("GET", f"/embedded/sign_url/{made['signatures'][0]['signature_id']}")
        link: str = found.get_json()["embedded"]["sign_url"]
        return link.removeprefix(self.sign.base_url)

    def opened(self, link: str, destination: str = "iframe", **library: str) -> int:
        """Open a link as the library does; return the status."""
        own = {"client_id": self.sign.client_id, **PAGE_OF, **library}
        query = "".join(f"&{name}={value}" for name, value in own.items())
        headers = {"Sec-Fetch-Dest": destination}
        return self.web.get(link + query, headers=headers).status_code


def refused(answer: Any) -> tuple[int, str, str]:
    """Return status, name and field of a refusal."""
    error = answer.get_json()["error"]
    assert error["error_msg"]
    return answer.status_code, error["error_name"], error.get("error_path", "")


@pytest.fixture
def client() -> Client:
    """Return a client of a new account."""
    return Client()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"expires_at": int(NOON) + 9 * DAY}, "expires_at"),
        ({"callback_url": "https://app.example"}, "callback_url"),
        ({"client_id": "another"}, "client_id"),
        ({"template_ids": []}, "template_ids"),
        ({"template_ids": ["unknown"]}, "template_ids"),
        ({"signers": []}, "signers"),
        ({"signers": [{"role": "Provider", "name": "S"}]}, "signers[0].email_address"),
        ({"signers": [{"role": "provider", "name": "S", "email_address": "s@e.fi"}]}, "signers"),
        (
            {"signers": [{"role": "Provider", "name": "S", "email_address": "s"}]},
            "signers[0].email_address",
        ),
        ({"metadata": {"k" * 41: "v"}}, f"metadata.{'k' * 41}"),
        ({"metadata": {"k": "v" * 1001}}, "metadata.k"),
        ({"metadata": {str(n): "v" for n in range(11)}}, "metadata"),
        ({"metadata": {"k": {str(n): "v" for n in range(51)}}}, "metadata"),
        ({"allow_decline": "true"}, "allow_decline"),
        ({"test_mode": 1}, "test_mode"),
        ({"title": "t" * 256}, "title"),
        ({"message": None}, "message"),
    ],
)
def test_a_field_that_is_not_documented_is_refused(
    client: Client, changes: dict[str, Any], field: str
) -> None:
    assert (400, "bad_request", field) == refused(client.create(**changes))
    assert {} == client.sign.transactions


def test_what_the_account_may_not_do_is_refused(client: Client) -> None:
    client.sign.has_quota = False
    assert (402, "payment_required", "") == refused(client.create())
    assert 200 == client.create(test_mode=True).status_code
    client.sign.has_quota, client.sign.is_approved = True, False
    assert (403, "forbidden", "") == refused(client.create())
    client.sign.is_identical = True
    assert (409, "conflict", "") == refused(client.create(test_mode=True))


@pytest.mark.parametrize("pair", [("guessed", ""), ("", "key"), None])
def test_who_shows_no_key_is_refused(client: Client, pair: tuple[str, str] | None) -> None:
    answer = client.send("GET", "/signature_request/0", auth=pair)
    assert (401, "unauthorized", "") == refused(answer)
    key = client.sign.api_keys[0]
    answer = client.send("GET", "/signature_request/0", auth=(key, "password"))
    assert (401, "unauthorized", "") == refused(answer)


def test_too_many_requests_are_refused_with_the_documented_headers(client: Client) -> None:
    client.sign.faults.mode = "rate-limit"
    answer = client.create()
    assert (429, "exceeded_rate", "") == refused(answer)
    assert ("10", "0") == tuple(answer.headers[f"X-RateLimit-{n}"] for n in ("Limit", "Remaining"))
    assert str(int(NOON) + 60) == answer.headers["X-Ratelimit-Reset"]


@pytest.mark.parametrize(
    ("days", "status"), [(0, 400), (1, 200), (60, 200), (90, 200), (91, 400), (-1, 400)]
)
def test_a_deadline_is_one_to_ninety_days_ahead_on_the_full_hour(
    client: Client, days: int, status: int
) -> None:
    made = client.made()
    answer = client.update(made, expires_at=int(NOON) + days * DAY + 59 * (0 < days < 90))
    assert status == answer.status_code
    if status == 200:
        expires_at = answer.get_json()["signature_request"]["expires_at"]
        assert int(NOON) + days * DAY == expires_at


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"signature_id": "0" * 32}, (404, "not_found", "signature_id")),
        ({"expires_at": "1796040000"}, (400, "bad_request", "expires_at")),
        ({"expires_at": True}, (400, "bad_request", "expires_at")),
        ({"role": "Provider"}, (400, "bad_request", "role")),
    ],
)
def test_an_update_is_read_as_strictly(
    client: Client, fields: dict[str, Any], told: tuple[int, str, str]
) -> None:
    assert told == refused(client.update(client.made(), **fields))


def test_an_update_names_the_signer(client: Client) -> None:
    made = client.made()
    path = f"/signature_request/update/{made['signature_request_id']}"
    own = {"signature_id": made["signatures"][0]["signature_id"]}
    assert (400, "bad_request", "email_address") == refused(client.send("POST", path, own))


def test_another_address_of_the_signer_makes_another_signature(client: Client) -> None:
    made = client.made()
    answer = client.update(made, email_address="new@example.com").get_json()
    (before,), (after,) = made["signatures"], answer["signature_request"]["signatures"]
    assert before["signature_id"] != after["signature_id"]
    gone = client.send("GET", f"/embedded/sign_url/{before['signature_id']}")
    assert (404, "not_found", "") == refused(gone)


# Links and the page


def test_a_link_opens_its_page_once(client: Client) -> None:
    link = client.link(client.made())
    assert [200, 404] == [client.opened(link), client.opened(link)]


def test_a_link_opens_within_an_hour(client: Client) -> None:
    made = client.made()
    early, late = client.link(made), client.link(made)
    client.clock.now += 3599
    assert 200 == client.opened(early)
    client.clock.now += 1
    assert 404 == client.opened(late)


def test_an_escaped_link_opens_nothing_as_it_is(client: Client) -> None:
    client.sign.escapes_links = True
    escaped = client.link(client.made())
    assert 404 == client.opened(escaped)
    assert 200 == client.opened(client.link(client.made()).replace("&amp;", "&"))


@pytest.mark.parametrize(
    "library",
    [
        {"client_id": "another"},
        {"parent_url": "https://elsewhere.example/127.0.0.1"},
        {"parent_url": "https://not127.0.0.1/"},
        {"skip_domain_verification": "1", "parent_url": "https://elsewhere.example/"},
    ],
)
def test_a_page_that_the_app_does_not_know_opens_nothing(
    client: Client, library: dict[str, str]
) -> None:
    link = client.link(client.made())
    assert 403 == client.opened(link, **library)
    assert 404 == client.opened(link)


def test_in_test_mode_the_domain_need_not_be_verified(client: Client) -> None:
    link = client.link(client.made(test_mode=True))
    assert 200 == client.opened(link, skip_domain_verification="1", parent_url="https://a.example/")


@pytest.mark.parametrize(("destination", "status"), [("document", 403), ("iframe", 200)])
def test_a_page_opens_in_a_frame_alone(client: Client, destination: str, status: int) -> None:
    link = client.link(client.made())
    assert status == client.opened(link, destination)


@pytest.mark.parametrize("outcome", ["signed", "signed_first", "declined", "expired", "error"])
def test_who_has_nothing_to_sign_gets_no_link(client: Client, outcome: str) -> None:
    made = client.made()
    client.sign.finish(made["signature_request_id"], outcome)
    answer = client.send("GET", f"/embedded/sign_url/{made['signatures'][0]['signature_id']}")
    assert (409, "conflict", "") == refused(answer)


def test_a_cancelled_request_is_deleted(client: Client) -> None:
    made = client.made()
    path = f"/signature_request/cancel/{made['signature_request_id']}"
    answer = client.send("POST", path)
    assert (200, b"") == (answer.status_code, answer.data)
    for gone in (
        client.send("GET", f"/signature_request/{made['signature_request_id']}"),
        client.send("GET", f"/embedded/sign_url/{made['signatures'][0]['signature_id']}"),
        client.send("POST", path),
    ):
        assert (410, "deleted", "") == refused(gone)


def test_what_has_ended_is_not_cancelled(client: Client) -> None:
    made = client.made()
    client.sign.finish(made["signature_request_id"], "signed")
    path = f"/signature_request/cancel/{made['signature_request_id']}"
    assert (400, "bad_request", "") == refused(client.send("POST", path))


# What it tells


class Listener:
    """Takes events, and answers them as it is told."""

    def __init__(self) -> None:
        self.answer: tuple[int, str] = (200, "Hello API Event Received")
        app = Flask("listener")
        app.add_url_rule("/events", view_func=self._take, methods=["POST"])
        self.server = Server(app)
        self.url = f"{self.server.url}/events"

    def _take(self) -> Response:
        status, text = self.answer
        return Response(text, status)


@pytest.fixture
def listener(client: Client) -> Iterator[Listener]:
    """Return who takes the events."""
    found = Listener()
    client.sign.callback_url = found.url
    yield found
    client.sign.close()
    found.server.close()


@pytest.mark.parametrize(
    ("answer", "settled"),
    [
        ((200, "Hello API Event Received"), True),
        ((200, '{"status":"stored"}'), False),
        ((200, "Hello API Event Received\n"), False),
        ((202, "Hello API Event Received"), False),
        ((503, "Hello API Event Received"), False),
    ],
)
def test_one_answer_alone_settles_an_event(
    client: Client, listener: Listener, answer: tuple[int, str], *, settled: bool
) -> None:
    made = client.made()["signature_request_id"]
    listener.answer = answer
    client.sign.finish(made, "declined")
    client.clock.now += DAY
    assert settled == (client.sign.undelivered.due() == [])


def test_an_event_comes_six_times_more_and_then_no_event_comes(
    client: Client, listener: Listener
) -> None:
    made = client.made()["signature_request_id"]
    client.sign.wait_for_callbacks(5)
    listener.answer = (503, "")
    assert [503] == client.sign.finish(made, "declined")
    for minutes in (5, 15, 45, 135, 405, 1215):
        client.clock.now += 60 * minutes - 1
        assert [] == client.sign.come_again()
        client.clock.now += 1
        assert [503] == client.sign.come_again()
    assert client.sign.callback_url is None


def test_an_address_is_kept_if_it_acknowledges_the_test(client: Client, listener: Listener) -> None:
    client.sign.callback_url = None
    listener.answer = (200, '{"status":"ignored"}')
    client.sign.enter_callback_url(listener.url)
    assert client.sign.callback_url is None
    listener.answer = (200, "Hello API Event Received")
    client.sign.enter_callback_url(listener.url)
    assert listener.url == client.sign.callback_url
