"""What the command line asks for."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

from bench.contestants import WAYS
from sandbox.stage import ROTATIONS

MEASUREMENTS = (
    "saturation",
    "pass-through",
    "in-flight",
    "quiet-streams",
    "stop",
    "tls",
    "soak",
    "storm",
)
_UNLESS_ASKED = tuple(name for name in MEASUREMENTS if name not in {"soak", "storm"})
_ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Scale:
    """How large and how long everything is; seconds unless it says otherwise."""

    rounds: int
    warm: int
    blow: int
    in_flight: int
    in_flight_seconds: float
    streams: int
    streams_held: float
    stream_gap: float
    stopped: int
    tls_users: int
    soak_requests: int
    soak_rest: float
    storm_users: int


FULL = Scale(
    rounds=3,
    warm=2,
    blow=4,
    in_flight=1_000,
    in_flight_seconds=8.0,
    streams=2_000,
    streams_held=60.0,
    stream_gap=20.0,
    stopped=500,
    tls_users=300,
    soak_requests=100_000,
    soak_rest=10.0,
    storm_users=300,
)
QUICK = Scale(
    rounds=1,
    warm=1,
    blow=1,
    in_flight=100,
    in_flight_seconds=3.0,
    streams=100,
    streams_held=6.0,
    stream_gap=2.0,
    stopped=100,
    tls_users=50,
    soak_requests=3_000,
    soak_rest=3.0,
    storm_users=40,
)


@dataclass(frozen=True, slots=True)
class Options:
    """The measurements to make, on which checkouts, beside which ways of Express."""

    measurements: tuple[str, ...]
    checkouts: tuple[tuple[str, Path], ...]
    ways: tuple[str, ...]
    scale: Scale
    rounds: int
    requests: int
    users: int
    seed: int
    plain: bool
    integration_api: bool
    access_rules: bool
    rotation: str
    base: str | None
    log_folder: Path | None


def read_options(arguments: list[str] | None = None) -> Options:
    """Read the command line; what is wrong with it ends the process."""
    parser = _parser()
    given = parser.parse_args(arguments)
    scale = QUICK if given.quick else FULL
    unknown = [name for name in given.measurements if name not in MEASUREMENTS]
    ways = [] if given.peers == "none" else given.peers.split(",")
    if unknown:
        parser.error(
            f"no such measurement: {', '.join(unknown)}; there are {', '.join(MEASUREMENTS)}"
        )
    if set(ways) - set(WAYS):
        parser.error(f"--peers takes {', '.join(WAYS)}, or none")
    checkouts = given.checkout or [("echoseal", _ROOT)]
    if len({name for name, _ in checkouts}) < len(checkouts):
        parser.error("two checkouts have the same name")
    return Options(
        measurements=tuple(given.measurements) or _UNLESS_ASKED,
        checkouts=tuple(checkouts),
        ways=tuple(ways),
        scale=scale,
        rounds=given.rounds or scale.rounds,
        requests=given.requests or scale.soak_requests,
        users=given.users or scale.storm_users,
        seed=given.seed,
        plain=given.plain,
        integration_api=given.integration_api,
        access_rules=given.access_rules,
        rotation=given.rotation,
        base=given.base,
        log_folder=given.logs,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m bench",
        description="Measure this checkout beside Express and nginx; bench/README.md says more.",
    )
    parser.add_argument(
        "measurements",
        nargs="*",
        metavar="MEASUREMENT",
        help=f"of {', '.join(MEASUREMENTS)} (default: all but soak and storm)",
    )
    parser.add_argument(
        "--checkout",
        action="append",
        type=_checkout,
        metavar="NAME=FOLDER",
        help="a checkout with its .venv, once for each (default: this one)",
    )
    parser.add_argument("--peers", default=",".join(WAYS), help="ways of Express, or none")
    parser.add_argument("--rounds", type=int, help="of saturation, pass-through, in-flight and tls")
    parser.add_argument("--requests", type=int, help="of soak (default 100,000)")
    parser.add_argument("--users", type=int, help="of storm (default 300)")
    parser.add_argument("--seed", type=int, default=1, help="of storm: who does what, what fails")
    parser.add_argument("--plain", action="store_true", help="a storm in which nothing fails")
    parser.add_argument("--integration-api", action="store_true", help="a storm with it configured")
    parser.add_argument(
        "--access-rules", action="store_true", help="a storm in which rights follow, with it too"
    )
    parser.add_argument(
        "--rotation", choices=ROTATIONS, default="strict", help="of refresh tokens in a storm"
    )
    parser.add_argument("--base", help="whom ratios are taken against (default: Express)")
    parser.add_argument("--quick", action="store_true", help="everything small: does it run?")
    parser.add_argument("--logs", type=Path, help="keep the servers' output in this folder")
    return parser


def _checkout(text: str) -> tuple[str, Path]:
    name, separator, folder = text.partition("=")
    if not separator or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=FOLDER")
    return name, Path(folder).resolve()
