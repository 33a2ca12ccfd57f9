"""Compare ways to serve the app while a vendor is slow: `python -m bench.serving --help`.

Each run starts slow upstreams over TLS and the app under one WSGI server, lets N users start a
verification at once, and stops both. Variants take turns, so that a machine that is busy for a
while slows all of them; medians are printed, with the spread of the throughput beside them.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from collections import Counter
from dataclasses import dataclass
from statistics import median

from bench.load import Load, put_load
from bench.server_process import ServerProcess, ServerStartError, Variant
from bench.slow_upstreams import SlowUpstreams

DEFAULT_VARIANTS = ("gthread:1x100", "gthread:1x200", "gthread:1x300", "gthread:2x100")
SAMPLE_SECONDS = 0.25


@dataclass(frozen=True, slots=True)
class Run:
    """One measured load and what it cost the server."""

    load: Load
    peak_mib: float
    shared_once_mib: float
    cpu_ms_per_request: float
    connections: int


def main() -> int:
    """Measure what the command line asks for and print a table."""
    options = _read_options()
    ends_at = time.monotonic() + options.max_seconds
    runs: dict[str, list[Run]] = {text: [] for text in options.variants}
    for text in list(runs) * options.repeat:
        if time.monotonic() > ends_at:
            print("out of time: what follows is incomplete", file=sys.stderr)
            break
        try:
            runs[text].append(_measure(Variant.parse(text), options))
        except ServerStartError as error:
            print(f"{text} did not start: {error}", file=sys.stderr)
    _print_table(options, runs)
    return 0


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.serving", description=__doc__)
    parser.add_argument(
        "variants",
        nargs="*",
        default=DEFAULT_VARIANTS,
        help="<gthread|gevent|waitress>:<processes>x<threads>[,pool=N][,stack=KIB][,arenas=N]",
    )
    parser.add_argument("--users", type=int, default=300, help="at once (default 300)")
    parser.add_argument("--starts", type=int, default=4, help="by each user (default 4)")
    parser.add_argument("--vendor-seconds", type=float, default=1.0, help="default 1.0")
    parser.add_argument("--marketplace-seconds", type=float, default=0.05, help="default 0.05")
    parser.add_argument("--repeat", type=int, default=3, help="rounds (default 3)")
    parser.add_argument("--max-seconds", type=float, default=300.0, help="for all (default 300)")
    parser.add_argument("--python", default=sys.executable, help="interpreter that has the server")
    options = parser.parse_args()
    if not 1 <= options.users <= 2000 or not 1 <= options.starts <= 50:
        parser.error("at most 2000 users with 50 starts each")
    for text in options.variants:
        try:
            Variant.parse(text)
        except ValueError as error:
            parser.error(str(error))
    return options


def _measure(variant: Variant, options: argparse.Namespace) -> Run:
    upstreams = SlowUpstreams(options.marketplace_seconds, options.vendor_seconds)
    with upstreams, ServerProcess(variant, upstreams, options.python) as server:
        load, shared_once = asyncio.run(_put_load_and_watch(server, options))
        peak, cpu = server.peak_mib(), server.cpu_seconds()
    answered = max(1, len(load.latencies))
    return Run(load, peak, shared_once, cpu * 1000 / answered, upstreams.connections)


async def _put_load_and_watch(
    server: ServerProcess, options: argparse.Namespace
) -> tuple[Load, float]:
    load = asyncio.create_task(
        put_load(server.port, server.client_id, options.users, options.starts)
    )
    largest = 0.0
    while not load.done():
        largest = max(largest, server.shared_once_mib())
        await asyncio.wait([load], timeout=SAMPLE_SECONDS)
    return load.result(), largest


def _print_table(options: argparse.Namespace, runs: dict[str, list[Run]]) -> None:
    vendor, marketplace = options.vendor_seconds, options.marketplace_seconds
    ideal = options.users / (vendor + 2 * marketplace)
    print(f"{options.users} users at once, {options.starts} starts each; answers take {vendor} s")
    print(f"(vendor) and 2 x {marketplace} s (marketplace): at most {ideal:.0f} requests/s")
    print(_HEADER)
    for text, measured in runs.items():
        if measured:
            print(_row(text, measured))


_HEADER = (
    f"{'variant':<28}{'req/s':>7}{'(min-max)':>12}{'p50 s':>8}{'p99 s':>8}"
    f"{'MiB':>7}{'RSS MiB':>9}{'CPU ms':>8}{'TLS conns':>11}  errors"
)


def _row(text: str, runs: list[Run]) -> str:
    rates = [run.load.requests_per_second for run in runs]
    errors = Counter(error for run in runs for error in run.load.errors)
    return (
        f"{text:<28}{median(rates):>7.0f}{f'({min(rates):.0f}-{max(rates):.0f})':>12}"
        f"{median(run.load.percentile(50) for run in runs):>8.2f}"
        f"{median(run.load.percentile(99) for run in runs):>8.2f}"
        f"{median(run.shared_once_mib for run in runs):>7.0f}"
        f"{median(run.peak_mib for run in runs):>9.0f}"
        f"{median(run.cpu_ms_per_request for run in runs):>8.1f}"
        f"{median(run.connections for run in runs):>11.0f}"
        f"  {dict(errors) if errors else 'none'}"
    )


if __name__ == "__main__":
    sys.exit(main())
