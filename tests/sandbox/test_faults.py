import threading
from collections.abc import Iterator

import pytest
import requests
from flask import Flask, Response

from sandbox.faults import Faults
from sandbox.server import Server


class Vendor:
    """A served application that misbehaves on request and tells when a request has arrived."""

    def __init__(self) -> None:
        self.faults = Faults(rate_limited=lambda: Response('{"slow":"down"}', 429))
        self.arrived = threading.Event()
        app = Flask("vendor")
        app.before_request(self.arrived.set)
        app.before_request(self.faults.apply)
        app.add_url_rule("/api/a", "a", lambda: {"ok": "a"})
        app.add_url_rule("/api/b", "b", lambda: {"ok": "b"})
        self.server = Server(app)

    def get(self, path: str = "/api/a") -> requests.Response:
        return requests.get(self.server.url + path, timeout=5)


@pytest.fixture
def vendor() -> Iterator[Vendor]:
    vendor = Vendor()
    yield vendor
    vendor.faults.reset()
    vendor.server.close()


def test_nothing_happens_at_first(vendor: Vendor) -> None:
    assert {"ok": "a"} == vendor.get().json()


def test_error_is_503_without_json(vendor: Vendor) -> None:
    vendor.faults.mode = "error"

    answer = vendor.get()

    assert (503, "text/html; charset=utf-8") == (answer.status_code, answer.headers["Content-Type"])


def test_garbage_is_200_without_json(vendor: Vendor) -> None:
    vendor.faults.mode = "garbage"

    answer = vendor.get()

    assert (200, "<html>") == (answer.status_code, answer.text[:6])


def test_rate_limit_uses_the_vendors_words_and_no_retry_after(vendor: Vendor) -> None:
    vendor.faults.mode = "rate-limit"

    answer = vendor.get()

    assert (429, '{"slow":"down"}') == (answer.status_code, answer.text)
    assert "Retry-After" not in answer.headers


def test_reset_drops_the_connection_without_an_answer(vendor: Vendor) -> None:
    vendor.faults.mode = "reset"

    with pytest.raises(requests.ConnectionError):
        vendor.get()


def test_hang_holds_the_answer_until_release(vendor: Vendor) -> None:
    vendor.faults.mode = "hang"
    answers: list[requests.Response] = []
    caller = threading.Thread(target=lambda: answers.append(vendor.get()))
    caller.start()
    assert vendor.arrived.wait(5)
    assert [] == answers

    vendor.faults.release()
    caller.join(5)

    assert [{"ok": "a"}] == [answer.json() for answer in answers]


def test_requests_after_release_hang_anew(vendor: Vendor) -> None:
    vendor.faults.mode = "hang"
    vendor.faults.release()

    with pytest.raises(requests.ReadTimeout):
        requests.get(f"{vendor.server.url}/api/a", timeout=0.1)


def test_only_paths_limits_the_fault(vendor: Vendor) -> None:
    vendor.faults.mode = "error"
    vendor.faults.only_paths = frozenset({"/api/b"})

    assert [200, 503] == [vendor.get(path).status_code for path in ("/api/a", "/api/b")]


def test_reset_behaves_again_on_every_path(vendor: Vendor) -> None:
    vendor.faults.mode = "error"
    vendor.faults.only_paths = frozenset({"/api/b"})
    vendor.faults.reset()

    assert ("ok", frozenset(), 200) == (
        vendor.faults.mode,
        vendor.faults.only_paths,
        vendor.get("/api/b").status_code,
    )


def test_a_misspelt_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown fault mode"):
        Faults().mode = "eror"  # type: ignore[assignment]  # the misspelling is the point
