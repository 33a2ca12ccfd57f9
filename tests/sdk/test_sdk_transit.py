"""The sandbox's transit and the SDK's (transit-js 0.8.874) understand each other."""

import random
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from sandbox import transit
from sandbox.transit import CACHE_SIZE, Keyword, TaggedValue

pytestmark = pytest.mark.node

WORDS = ["status", "abcd", "abc", "~tilde", "^hat", "^ ", "^0", "`tick", "~#mn", "~:x", "é😀"]


@pytest.fixture
def documents() -> list[Any]:
    """Values of every kind that JavaScript keeps apart, and one that fills the cache."""
    chance = random.Random(20261120)  # noqa: S311  # a fixed seed, so that a failure comes back
    made = [_value(chance, depth=4) for _ in range(200)]
    overflowing = [{Keyword(f"key{number % (CACHE_SIZE + 50)}"): number} for number in range(4500)]
    return [*made, overflowing, None, "x", True, {}, []]


def _value(chance: random.Random, depth: int) -> Any:
    scalars = [
        None,
        True,
        chance.randint(-(2**53) + 1, 2**53 - 1),
        chance.random(),
        chance.choice(WORDS),
        UUID(int=chance.getrandbits(128)),
        datetime.fromtimestamp(chance.randint(-(10**9), 10**10), UTC),
        TaggedValue("mn", [chance.randint(0, 10**6), "EUR"]),
        TaggedValue("geo", [60.5, -24.25]),
    ]
    if depth == 0 or chance.random() < 0.3:
        return chance.choice(scalars)
    size = range(chance.randint(0, 5))
    if chance.random() < 0.5:
        return [_value(chance, depth - 1) for _ in size]
    return {Keyword(chance.choice(WORDS)): _value(chance, depth - 1) for _ in size}


@pytest.mark.parametrize("verbose", [False, True])
def test_what_the_sandbox_writes_survives_the_sdk(
    run_script: Callable[..., dict[str, Any]], documents: list[Any], verbose: bool
) -> None:
    texts = [transit.write(document, verbose) for document in documents]

    written = run_script("transit.cjs", input_json={"documents": texts})

    assert [transit.read(text) for text in written["compact"]] == documents
    assert [transit.read(text) for text in written["verbose"]] == documents


def test_both_write_the_same_text(
    run_script: Callable[..., dict[str, Any]], documents: list[Any]
) -> None:
    texts = [transit.write(document) for document in documents]

    written = run_script("transit.cjs", input_json={"documents": texts})

    assert [transit.write(transit.read(text)) for text in written["compact"]] == texts


def test_integers_beyond_javascripts_reach_are_not_rounded(
    run_script: Callable[..., dict[str, Any]],
) -> None:
    texts = [transit.write([2**53, -(2**62), 2**80])]

    written = run_script("transit.cjs", input_json={"documents": texts})

    assert [transit.write(transit.read(text)) for text in written["compact"]] == texts
