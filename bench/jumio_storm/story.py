"""What a story is, and the piece that most of them have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.jumio_storm.courier import Courier
from bench.jumio_storm.people import Person

ENDS = ("approved", "approved", "approved", "denied-fraud", "no-id-uploaded", "not-readable")


@dataclass(frozen=True, slots=True)
class Story:
    """`tell` is what its user does, `weight` how often it is told.

    `corrects`: the vendor corrects its verdict. `tampers`: the user writes their own private data,
    so not everything can be promised to them; where it `heals`, the Integration API makes it good.
    `is_limited`: it begins more sessions than one may in a day.
    """

    name: str
    tell: Callable[[Person, Courier], None]
    weight: int = 2
    corrects: bool = False
    tampers: bool = False
    heals: bool = False
    is_limited: bool = False


def end(person: Person, courier: Courier, reference: str, outcome: str = "") -> None:
    """Finish a session, some time, and let its callback come."""
    person.finish(reference, outcome or person.dice.choice(ENDS))
    courier.send(reference, person.dice.choice((0.0, 0.0, 0.5))).result()
