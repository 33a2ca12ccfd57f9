"""What the web process does with requests: many at once, and until the last one is answered."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import pytest

from tests.patience import wait_until
from tests.serving.conftest import Served, StartServed

# What one vendor may hold of 200 threads.
MANY = 150


@pytest.fixture
def slow_vendor(served: Served) -> Iterator[Served]:
    """Return the shared world with a vendor that answers nothing until it is released."""
    served.world.checks.faults.mode = "hang"
    yield served
    served.world.checks.faults.reset()


def _start_statuses(served: Served, browsers: int) -> list[int]:
    """Let so many browsers start at once; release the vendor when all requests wait there."""
    waiting_before = served.initiated()
    add_user = served.world.sharetribe.add_user
    opened = [served.world.browser(add_user(f"User{n}")) for n in range(browsers)]
    with ThreadPoolExecutor(browsers) as pool:
        starts = [pool.submit(browser.start) for browser in opened]
        wait_until(lambda: served.initiated() - waiting_before == browsers, "not all wait")
        served.world.checks.faults.reset()
        return [start.result().status_code for start in starts]


def test_procfile_serves_the_app(served: Served) -> None:
    assert 200 == served.web.request("GET", "/healthz").status


def test_a_verification_starts_through_the_web_process(served: Served) -> None:
    assert 201 == served.world.browser().start(restart=True).status_code


def test_there_is_one_worker_whatever_the_buildpack_exports(served: Served) -> None:
    assert 1 == served.web.worker_count()


def test_two_requests_wait_for_the_vendor_at_once(slow_vendor: Served) -> None:
    assert [201, 201] == _start_statuses(slow_vendor, 2)


def test_a_hundred_and_fifty_requests_wait_for_the_vendor_at_once(slow_vendor: Served) -> None:
    assert [201] * MANY == _start_statuses(slow_vendor, MANY)


def test_the_server_answers_while_others_wait_for_the_vendor(slow_vendor: Served) -> None:
    before = slow_vendor.initiated()
    world = slow_vendor.world
    with ThreadPoolExecutor(1) as pool:
        start = pool.submit(world.browser(world.sharetribe.add_user("Sam")).start)
        wait_until(lambda: slow_vendor.initiated() > before, "the vendor was not asked")
        assert 200 == slow_vendor.web.request("GET", "/healthz").status
        assert not start.done()
        slow_vendor.world.checks.faults.reset()


def test_a_double_click_is_one_verification(start_served: StartServed) -> None:
    served = start_served()
    served.world.checks.faults.mode = "hang"
    browser = served.world.browser()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(browser.start)
        wait_until(lambda: served.initiated() == 1, "the vendor was not asked")
        second = pool.submit(browser.start)
        served.world.checks.faults.reset()
        statuses = [first.result().status_code, second.result().status_code]
    assert ([201, 200], 1) == (statuses, served.initiated())


def test_a_connection_is_kept_for_the_next_request(served: Served) -> None:
    with contextlib.closing(served.web.connect()) as connection:
        connection.request("GET", "/healthz")
        connection.getresponse().read()
        first_socket = connection.sock
        connection.request("GET", "/healthz")
        second = connection.getresponse()
        second.read()
        assert (200, first_socket) == (second.status, connection.sock)
        assert first_socket is not None


@pytest.mark.parametrize("whole_dyno", [False, True])
def test_a_request_in_flight_is_answered_after_sigterm(
    start_served: StartServed, *, whole_dyno: bool
) -> None:
    served = start_served()
    served.world.checks.faults.mode = "hang"
    with ThreadPoolExecutor(1) as pool, contextlib.closing(served.web.connect()) as kept:
        start = pool.submit(served.world.browser().start)
        wait_until(lambda: served.initiated() == 1, "the vendor was not asked")
        assert not _says_goodbye(kept)
        served.web.terminate(whole_dyno=whole_dyno)
        wait_until(lambda: _says_goodbye(kept), "the worker goes on as before")
        assert not start.done()
        served.world.checks.faults.reset()
        assert 201 == start.result().status_code
    assert 0 == served.web.wait()
    assert served.world.checksum_holds()


def _says_goodbye(connection: HTTPConnection) -> bool:
    """Ask once more on a kept connection: a worker that is stopping announces its end."""
    connection.request("GET", "/healthz")
    answer = connection.getresponse()
    answer.read()
    return answer.headers["Connection"] == "close"
