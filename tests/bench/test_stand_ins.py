"""The stand-ins of a measurement, asked over loopback by its own client."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import messages
from bench.answering import RUDE_ACTS
from bench.client import Answer, Asker, Unanswered
from bench.stand_in import StandIn
from tests import event_loop

PATIENCE_SECONDS = 1.0
SHOW = "/v1/api/current_user/show"


@pytest.fixture(scope="module")
def upstreams() -> Iterator[StandIn]:
    """The marketplace and the vendor, in a process of their own."""
    with StandIn("bench.upstreams") as stand_in:
        yield stand_in


@pytest.fixture(scope="module")
def frontend() -> Iterator[StandIn]:
    """A marketplace frontend, in a process of its own."""
    with StandIn("bench.frontend") as stand_in:
        yield stand_in


def _ask(stand_in: StandIn, *requests: bytes) -> list[Answer]:
    async def ask() -> list[Answer]:
        asker = Asker(stand_in.port)
        try:
            return [await asker.ask(request, PATIENCE_SECONDS) for request in requests]
        finally:
            asker.close()

    return event_loop.run(ask())


def _get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: a", *headers, "", ""]).encode()


def test_an_access_token_is_known_and_counted(upstreams: StandIn) -> None:
    upstreams.order()
    authorization = f"Authorization: Bearer {messages.access_token('0000abcd')}"

    answers = _ask(upstreams, _get(SHOW, authorization), _get(SHOW))

    assert [200, 401] == [answer.status for answer in answers]
    assert {"show": 2, "refused": 1} == upstreams.order()


def test_what_was_counted_is_counted_once(upstreams: StandIn) -> None:
    upstreams.order()
    _ask(upstreams, _get("/elsewhere"))

    assert {"unknown": 1} == upstreams.order()
    assert {} == upstreams.order()


def test_a_page_has_the_size_that_its_path_says(frontend: StandIn) -> None:
    answers = _ask(frontend, _get("/pages/1024"), _get("/pages/70000"))

    assert [Answer(200, 1_024), Answer(200, 70_000)] == answers


@pytest.mark.parametrize(
    ("act", "status"), [("hang", None), ("slow", None), ("cut", 200), ("garbage", None)]
)
def test_an_answer_that_goes_wrong_is_no_answer(
    frontend: StandIn, act: str, status: int | None
) -> None:
    assert act in RUDE_ACTS
    with pytest.raises(Unanswered) as caught:
        _ask(frontend, _get(f"/rude/{act}"))

    assert status == caught.value.status


def test_an_interim_answer_is_not_taken_for_the_answer(frontend: StandIn) -> None:
    assert [Answer(200, 20_000)] == _ask(frontend, _get("/rude/early"))


def test_each_request_of_a_recipe_is_another_users() -> None:
    recipe = messages.start()

    assert 100 == len({recipe.request(number) for number in range(100)})
    assert 1 == len({len(recipe.request(number)) for number in range(100)})
