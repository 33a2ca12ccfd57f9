"""What every measurement is given: who takes part, the stand-ins, and where output is kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import Contestant
from bench.machine import Cores
from bench.options import Options
from bench.server import Server
from bench.stand_in import StandIn


class MeasurementFailed(Exception):
    """What was measured is not as it must be; the message holds the tables that say so."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The scene: `ours` are the checkouts, `peers` the ways of Express that are here."""

    options: Options
    cores: Cores
    folder: Path
    upstreams: StandIn
    frontend: StandIn
    ours: tuple[Contestant, ...]
    peers: tuple[Contestant, ...]

    def server(self, contestant: Contestant) -> Server:
        """Return the contestant's server, not started yet; its output is kept in the folder."""
        return Server(contestant, self.cores, self.folder / f"{contestant.name}.log")

    def turns(self, contestants: Sequence[Contestant]) -> Iterator[Contestant]:
        """Iterate over the contestants, once a round, and in every other round backwards.

        So a machine that is busy for a while, or slower as it warms, harms all of them.
        """
        for number in range(self.options.rounds):
            yield from contestants if number % 2 == 0 else reversed(contestants)

    def base(self, names: Sequence[str], usual: str) -> str:
        """Return whose figures are 1.00: the chosen one's, else the usual one's, else the last."""
        candidates = (self.options.base or usual, usual, names[-1])
        return next(name for name in candidates if name in names)


def say(line: str) -> None:
    """Print a line of progress at once."""
    print(line, flush=True)
