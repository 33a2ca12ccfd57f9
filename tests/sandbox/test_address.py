"""The one address of the demo: how it is read, and what happens where it becomes another one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from sandbox.address import read_origin
from sandbox.drive import drive
from sandbox.kit import router
from sandbox.runner import Sandbox
from sandbox.stage import Options
from tests.patience import wait_until

PUBLIC = "https://demo-8080.app.example"
FORWARDED = "http://localhost:9000"


@pytest.fixture(scope="module")
def shared() -> Iterator[Sandbox]:
    """Start one sandbox for all tests, for another address than its own."""
    with Sandbox(Options(port=0, public_url=PUBLIC)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared: Sandbox) -> Sandbox:
    """Return the sandbox as it was started."""
    if shared.public_url != PUBLIC:
        assert "" == shared.move(PUBLIC)
    shared.start_afresh()
    return shared


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        (PUBLIC, PUBLIC),
        (f" {PUBLIC}/ ", PUBLIC),
        ("HTTPS://Demo.Example:443", "https://demo.example"),
        ("http://demo.example:80/", "http://demo.example"),
        ("http://demo.example:443", "http://demo.example:443"),
        ("http://[::1]:9000", "http://[::1]:9000"),
    ],
)
def test_an_address_is_read_as_browsers_write_it(text: str, origin: str) -> None:
    assert origin == read_origin(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "demo.example",
        "ftp://demo.example",
        "https://demo.example/path",
        "https://demo.example?x",
        "https://user@demo.example",
        "https://demo..example",
        "https://demo.example:0",
        "https://demo.example:65536",
        "https://demo.example,https://other.example",
        "https://demo.example\nSANDBOX=true",
        "null",
    ],
)
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="no address such as"):
        read_origin(text)


def test_only_what_leads_here_goes_to_this_machine() -> None:
    router.lead("https://led.example", "http://127.0.0.1:1")
    assert "http://127.0.0.1:1/a?b=c" == router.led("https://led.example/a?b=c")
    assert "https://led.example:8443/a" == router.led("https://led.example:8443/a")


def test_the_router_tells_who_calls_behind_what_they_claim() -> None:
    assert ("X-Forwarded-For", "192.0.2.10") == router.forwarded_for("192.0.2.10")
    claimed = router.forwarded_for("198.51.100.66", "192.0.2.10")
    assert ("X-Forwarded-For", "192.0.2.10, 198.51.100.66") == claimed


def test_everything_goes_its_way_through_one_port(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    send = requests.Session.send

    def noted(session: requests.Session, request: Any, **options: Any) -> requests.Response:
        if "Mozilla/5.0" in str(session.headers.get("User-Agent")):
            asked.add(urlsplit(request.url).netloc)
        return send(session, request, **options)

    monkeypatch.setattr(requests.Session, "send", noted)
    lines: list[str] = []

    assert drive(sandbox, lines.append), lines[-1]

    assert {urlsplit(sandbox.url).netloc} == asked


def test_the_demo_moves_with_all_that_is_stored(sandbox: Sandbox) -> None:
    assert drive(sandbox, lambda _: None)
    stored = [dict(user.private_data) for user in sandbox.stage.sharetribe.users.values()]
    boats = set(sandbox.stage.sharetribe.listings)
    session = requests.Session()
    asked = {"origin": FORWARDED}

    answer = session.post(f"{sandbox.url}/sandbox/address", json=asked, timeout=30)

    assert {"publicUrl": PUBLIC, "refused": ""} == answer.json()
    wait_until(lambda: FORWARDED == sandbox.public_url and sandbox.proxy.answers, "it stays")
    assert FORWARDED == session.get(f"{sandbox.url}/sandbox/config", timeout=30).json()["publicUrl"]
    assert [{}] != stored
    assert stored == [user.private_data for user in sandbox.stage.sharetribe.users.values()]
    assert boats == set(sandbox.stage.sharetribe.listings)
    sandbox.start_afresh()
    assert drive(sandbox, lambda _: None)


def test_the_demo_stays_where_it_is_if_the_proxy_refuses_the_address(sandbox: Sandbox) -> None:
    refused = sandbox.move("https://")
    assert "PUBLIC_URL" in refused
    assert PUBLIC == sandbox.public_url
    assert requests.get(f"{sandbox.url}/healthz", timeout=30).ok


@pytest.mark.parametrize("body", [{}, {"origin": 1}, {"origin": "https://demo.example/x"}])
def test_a_move_to_what_is_no_address_is_refused(sandbox: Sandbox, body: dict[str, Any]) -> None:
    answer = requests.post(f"{sandbox.url}/sandbox/address", json=body, timeout=30)
    assert 400 == answer.status_code


def test_no_other_page_can_have_the_demo_moved(sandbox: Sandbox) -> None:
    plain = requests.post(f"{sandbox.url}/sandbox/address", data="{}", timeout=30)
    assert 415 == plain.status_code
    assert PUBLIC == sandbox.public_url
