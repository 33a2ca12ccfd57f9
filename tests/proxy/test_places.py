"""Places for outgoing calls: who gets one, who waits, and who is turned away at once."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context

import pytest

from proxy.outgoing.deadline import deadline
from proxy.outgoing.places import NoPlace, Places, lane, lane_threads
from proxy.outgoing.upstream import Upstream, Upstreams, UpstreamUnavailable
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, answer, answering

# Of eight threads an upstream may hold six in a lane.
THREADS, PLACES = 8, 6
LONG = 10.0
# Less than anybody would wait, and enough for a busy machine.
AT_ONCE = 0.9
# Less than the two seconds after which one who waits looks unasked.
SOON = 1.8


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


class Caller:
    """A thread that holds a place until it is told to let go."""

    def __init__(self, places: Places, upstream: str = "up") -> None:
        self.holds = threading.Event()
        self.is_refused = False
        self._let_go = threading.Event()
        self._thread = threading.Thread(target=self._call, args=(places, upstream))
        self._thread.start()

    def _call(self, places: Places, upstream: str) -> None:
        try:
            with places.taken(upstream):
                self.holds.set()
                self._let_go.wait(LONG)
        except NoPlace:
            self.is_refused = True

    def end(self) -> None:
        """Let go, and wait for the end of the thread."""
        self._let_go.set()
        self._thread.join()


@contextmanager
def calling(places: Places, count: int = PLACES, upstream: str = "up") -> Iterator[list[Caller]]:
    """Have so many calls under way inside the block."""
    callers = [Caller(places, upstream) for _ in range(count)]
    assert all(caller.holds.wait(LONG) for caller in callers)
    yield callers
    for caller in callers:
        caller.end()


@contextmanager
def refused_at_once() -> Iterator[None]:
    """Expect that the block is refused without waiting."""
    began = time.monotonic()
    with pytest.raises(NoPlace):
        yield
    assert time.monotonic() - began < AT_ONCE


def take(places: Places, upstream: str = "up") -> None:
    # Where the clock stands still, nothing else would end the waiting of a defect.
    with deadline(LONG), places.taken(upstream):
        pass


@pytest.mark.parametrize(
    ("threads", "expected"), [(1, 1), (2, 1), (3, 2), (8, 7), (200, 175), (1_000, 875)]
)
def test_a_lane_has_seven_eighths_of_the_threads(threads: int, expected: int) -> None:
    assert expected == lane_threads(threads)


@pytest.mark.parametrize(
    ("threads", "expected"), [(1, 1), (2, 1), (4, 3), (8, 6), (200, 150), (1_000, 750)]
)
def test_an_upstream_has_three_quarters_of_the_threads(threads: int, expected: int) -> None:
    clock = Clock()
    places = Places(threads, clock)
    taken = [(copy_context(), places.taken("up")) for _ in range(expected)]
    for context, place in taken:
        context.run(place.__enter__)
    clock.now += 1
    with refused_at_once():
        take(places)
    for context, place in taken:
        context.run(place.__exit__, None, None, None)


def test_what_stands_still_is_waited_for_by_nobody() -> None:
    clock = Clock()
    places = Places(THREADS, clock)
    with calling(places):
        clock.now += 1
        with refused_at_once():
            take(places)


def test_a_place_is_given_back() -> None:
    places = Places(THREADS)
    with calling(places):
        pass
    take(places)


def test_a_place_is_given_back_after_a_failure() -> None:
    clock = Clock()
    places = Places(1, clock)
    with pytest.raises(KeyError), places.taken("up"):
        raise KeyError
    clock.now += 1
    take(places)


def test_another_upstream_has_places_of_its_own() -> None:
    clock = Clock()
    places = Places(THREADS, clock)
    with calling(places):
        clock.now += 1
        take(places, "other")


def test_another_lane_has_places_of_its_own() -> None:
    clock = Clock()
    places = Places(THREADS, clock)
    with calling(places):
        clock.now += 1
        token = lane.set("callbacks")
        take(places)
        lane.reset(token)


def test_a_call_within_a_call_to_the_same_upstream_needs_no_place() -> None:
    places = Places(1, Clock())
    with places.taken("up"):
        take(places)


def test_a_call_within_a_call_to_another_upstream_needs_one() -> None:
    clock = Clock()
    places = Places(1, clock)
    with calling(places, 1, "other"):
        clock.now += 1
        with refused_at_once(), places.taken("up"), places.taken("other"):
            pytest.fail("the only place is taken")


def test_where_calls_end_a_place_is_waited_for() -> None:
    clock = Clock()
    places = Places(THREADS, clock)
    with calling(places) as callers:
        clock.now -= 100  # as if the calls had just begun, for as long as the test takes
        waiting = Caller(places)
        callers[0].end()
        assert waiting.holds.wait(SOON)
        waiting.end()


def test_one_who_waits_is_refused_when_all_stands_still() -> None:
    places = Places(THREADS)
    with calling(places), pytest.raises(NoPlace):
        take(places)


def test_waiting_ends_with_the_deadline() -> None:
    places = Places(THREADS, Clock())
    with calling(places), deadline(0.05), refused_at_once():
        take(places)


def test_no_more_wait_than_will_have_a_place_in_time() -> None:
    clock = Clock()
    places = Places(THREADS, clock)
    outcomes: queue.SimpleQueue[str] = queue.SimpleQueue()

    def wait() -> None:
        try:
            take(places)
        except NoPlace:
            outcomes.put("refused")
        else:
            outcomes.put("taken")

    take(places)  # one call has ended within the last second: two will have in the next two
    clock.now += 0.5
    waiting = [threading.Thread(target=wait) for _ in range(3)]
    with calling(places):
        for thread in waiting:
            thread.start()
        assert "refused" == outcomes.get(timeout=LONG)
    for thread in waiting:
        thread.join()
    assert ["taken"] * 2 == [outcomes.get_nowait() for _ in range(2)]


@pytest.fixture
def upstreams() -> Upstreams:
    """Return upstreams of a process with few threads."""
    return Upstreams("Tests/1.0", lambda *_: None, THREADS)


@contextmanager
def hanging(start_server: StartServer, upstreams: Upstreams) -> Iterator[Upstream]:
    """Have all places of an upstream taken by calls that hang; others are answered."""
    reached = threading.Semaphore(0)

    def serve(connection: Connection) -> None:
        request = connection.receive()
        if request is not None and request.target == "/":
            connection.send(answer())
            return
        reached.release()
        connection.hang()

    server = start_server(serve)
    upstream = upstreams.at("up", server.url)
    threads = [threading.Thread(target=call_in_vain, args=(upstream,)) for _ in range(PLACES)]
    for thread in threads:
        thread.start()
    for _ in threads:
        assert reached.acquire(timeout=LONG)
    yield upstream
    server.close()
    for thread in threads:
        thread.join()


def call_in_vain(upstream: Upstream) -> None:
    with pytest.raises(UpstreamUnavailable):
        upstream.request("POST", "/hang", headers={})


def test_an_upstream_that_hangs_holds_no_more_than_its_places(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    with hanging(start_server, upstreams) as upstream:
        for _ in range(2):
            with pytest.raises(UpstreamUnavailable, match="up: too many calls under way"):
                upstream.request("POST", "/hang", headers={})


def test_others_are_called_while_one_hangs(start_server: StartServer, upstreams: Upstreams) -> None:
    other = upstreams.at("other", start_server(answering(answer(b"fine"))).url)
    with hanging(start_server, upstreams):
        assert b"fine" == other.request("GET", "/", headers={}).body


def test_asking_whether_it_is_reachable_needs_no_place(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    with hanging(start_server, upstreams) as upstream:
        assert upstream.why_unreachable() is None


def test_whoever_waits_for_a_lock_around_calls_holds_a_place(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    with (
        hanging(start_server, upstreams) as upstream,
        pytest.raises(UpstreamUnavailable, match="up: too many calls under way"),
        upstream.alone(threading.Lock()),
    ):
        pytest.fail("all places are taken")
