"""Who may ask the frontend, and who waits: in turn, for a while, and nobody for nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from proxy.passthrough.admission import Admission, Place
from proxy.problems import Problem
from proxy.wire.limits import Limits
from tests import event_loop

LIMITS = Limits(
    passed_through=2,
    unanswered_by_frontend=2,
    waiting_for_frontend=4,
    frontend_place_seconds=10.0,
    frontend_still_seconds=4.0,
)
Asking = asyncio.Task[Place]


class Scene:
    """A frontend with two places, both of which are taken, and four more requests may wait."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.now = 1_000.0
        self.admission = Admission(limits, lambda: self.now)
        self.let_in: list[str] = []
        self.inside: list[Place] = []

    async def fill(self) -> None:
        """Take both places."""
        for _ in range(2):
            await self.asks("first")

    async def asks(self, name: str, client: str | None = None, *, is_whole: bool = True) -> Asking:
        """Let a request come; `name` is in `let_in` once it has its place."""

        async def enter() -> Place:
            place = await self.admission.enter(lambda: client or name, is_asked_whole=is_whole)
            self.let_in.append(name)
            self.inside.append(place)
            return place

        asking = asyncio.get_running_loop().create_task(enter())
        await self.settle()
        return asking

    async def settle(self) -> None:
        """Let the loop do what there is to do."""
        for _ in range(4):
            await asyncio.sleep(0)

    async def one_leaves(self) -> None:
        """Have the oldest request answered to its end."""
        place = self.inside.pop(0)
        place.answered()
        place.leave()
        await self.settle()

    @property
    def taken(self) -> tuple[int, int, int]:
        """How many are passed through, unanswered, and waiting."""
        shares = self.admission
        return shares.passed_through.taken, shares.unanswered.taken, shares.waiting.taken


def _scene(
    story: Callable[[Scene], Coroutine[Any, Any, None]], limits: Limits = LIMITS
) -> tuple[list[str], tuple[int, int, int]]:
    """Return who was let in after the first two, in order, and what is taken in the end."""

    async def run() -> tuple[list[str], tuple[int, int, int]]:
        scene = Scene(limits)
        await scene.fill()
        await story(scene)
        return scene.let_in[2:], scene.taken

    return event_loop.run(run())


def _code(asking: Asking) -> str | None:
    """Return the code of the problem that a request was told, None when it was told none."""
    failure = asking.exception() if asking.done() else None
    return failure.code if isinstance(failure, Problem) else None


def test_who_comes_when_all_places_are_taken_waits_for_one() -> None:
    async def story(scene: Scene) -> None:
        await scene.asks("a")
        assert (2, 2, 1) == scene.taken
        await scene.one_leaves()

    assert (["a"], (2, 2, 0)) == _scene(story)


def test_lines_take_turns() -> None:
    """The requests of one client do not keep those of others out."""

    async def story(scene: Scene) -> None:
        for name in ("a1", "a2", "a3", "b1"):
            await scene.asks(name, name[0])
        for _ in range(4):
            await scene.one_leaves()

    assert (["a1", "b1", "a2", "a3"], (2, 2, 0)) == _scene(story)


def test_who_takes_its_time_leaves_places_to_others() -> None:
    """One client has seven eighths of the places at most, however long it keeps them."""

    async def story(scene: Scene) -> None:
        for number in range(20):
            await scene.asks(f"slow {number}", "slow")
        scene.now += LIMITS.frontend_still_seconds + 1
        await scene.asks("b")
        await scene.asks("c")
        slow = [name for name in scene.let_in if name.startswith("slow")]
        assert (12, ["b", "c"]) == (len(slow), scene.let_in[-2:])
        await scene.asks("d")
        await scene.one_leaves()

    many = replace(LIMITS, passed_through=16, unanswered_by_frontend=16, waiting_for_frontend=20)
    assert ["b", "c", "slow 12"] == _scene(story, many)[0][-3:]


def test_the_longest_line_loses_its_last_when_too_many_wait() -> None:
    async def story(scene: Scene) -> None:
        many = [await scene.asks(f"a{number}", "a") for number in range(4)]
        other = await scene.asks("b")
        assert ["frontend-unavailable" if asking is many[3] else None for asking in many] == [
            _code(asking) for asking in many
        ]
        assert not other.done()
        for _ in range(4):
            await scene.one_leaves()

    assert (["a0", "b", "a1", "a2"], (2, 2, 0)) == _scene(story)


def test_nobody_waits_beyond_the_bound() -> None:
    async def story(scene: Scene) -> None:
        for number in range(4):
            await scene.asks(f"{number}")
        assert "frontend-unavailable" == _code(await scene.asks("too many"))

    assert ([], (2, 2, 4)) == _scene(story)


@pytest.mark.parametrize("when", ["while it waits", "in the moment of its turn"])
def test_who_leaves_gives_its_turn_to_the_next(when: str) -> None:
    async def story(scene: Scene) -> None:
        leaving = await scene.asks("leaving")
        await scene.asks("next")
        if when == "in the moment of its turn":
            scene.inside.pop(0).leave()
        leaving.cancel()
        await scene.settle()
        if when == "while it waits":
            await scene.one_leaves()

    assert (["next"], (2, 2, 0)) == _scene(story)


def test_who_leaves_just_before_a_place_is_free_takes_none_along() -> None:
    async def story(scene: Scene) -> None:
        leaving = await scene.asks("leaving")
        leaving.cancel()
        scene.inside.pop(0).leave()
        await scene.settle()

    assert ([], (1, 1, 0)) == _scene(story)


@pytest.mark.parametrize(("seconds", "code"), [(9.0, None), (11.0, "frontend-unavailable")])
def test_nobody_waits_for_ever(seconds: float, code: str | None) -> None:
    async def story(scene: Scene) -> None:
        asking = await scene.asks("a")
        scene.admission.check(scene.now + seconds)
        await scene.settle()
        assert code == _code(asking)

    _scene(story, replace(LIMITS, frontend_still_seconds=1_000.0))


@pytest.mark.parametrize(("seconds", "code"), [(3.0, None), (5.0, "frontend-unavailable")])
def test_nobody_waits_for_a_frontend_that_stands_still(seconds: float, code: str | None) -> None:
    async def story(scene: Scene) -> None:
        asking = await scene.asks("a")
        scene.admission.check(scene.now + seconds)
        await scene.settle()
        assert code == _code(asking)

    _scene(story)


def test_while_the_frontend_stands_still_nobody_begins_to_wait() -> None:
    async def story(scene: Scene) -> None:
        scene.now += 5.0
        assert "frontend-unavailable" == _code(await scene.asks("a"))

    assert ([], (2, 2, 0)) == _scene(story)


def test_after_a_quiet_night_a_crowd_waits_all_the_same() -> None:
    async def run() -> tuple[int, int, int]:
        scene = Scene()
        scene.now += 30_000.0
        await scene.fill()
        await scene.asks("a")
        return scene.taken

    assert (2, 2, 1) == event_loop.run(run())


def test_a_place_is_free_only_when_what_was_answered_has_ended_too() -> None:
    async def run() -> None:
        scene = Scene()
        await scene.fill()
        scene.inside[0].answered()
        scene.now += 5.0
        assert (2, 1, 0) == scene.taken
        assert "overloaded" == _code(await scene.asks("a"))

    event_loop.run(run())


def test_what_is_still_uploaded_is_not_the_frontends_delay() -> None:
    async def run() -> tuple[int, int, int]:
        scene = Scene()
        await scene.asks("upload", is_whole=False)
        return scene.taken

    assert (1, 0, 0) == event_loop.run(run())
