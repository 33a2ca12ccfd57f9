"""Measure this checkout beside its peers and print tables: `python -m bench --help`."""

from __future__ import annotations

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from types import FrameType, ModuleType

from bench import in_flight, pass_through, quiet_streams, saturation, soak, stop, tls
from bench.contestants import Contestant, ContestantMissing, checkout, express, install_peer
from bench.machine import Cores, allow_many_descriptors, claim_cores, lacks
from bench.options import Options, read_options
from bench.server import ServerFailed
from bench.setting import MeasurementFailed, Setting, say
from bench.stand_in import StandIn

_MODULES: dict[str, ModuleType] = {
    "saturation": saturation,
    "pass-through": pass_through,
    "in-flight": in_flight,
    "quiet-streams": quiet_streams,
    "stop": stop,
    "tls": tls,
    "soak": soak,
}
# A vendor's own, and gone with its files.
_STORM = "bench.jumio_storm"
_DESCRIPTORS = 10_000


def main() -> int:
    """Make the measurements that the command line asks for; return the exit code."""
    options = read_options()
    signal.signal(signal.SIGTERM, _end)  # so that what was started is ended
    cores = claim_cores()
    missing = lacks("taskset")
    if cores is None or missing:
        print(missing or "Two cores are needed: one for the server, one for the load.")
        return 1
    if allow_many_descriptors() < _DESCRIPTORS:
        say(f"Fewer than {_DESCRIPTORS} open files are allowed here: see `ulimit -Hn`.")
    with ExitStack() as stack:
        folder = options.log_folder or Path(stack.enter_context(tempfile.TemporaryDirectory()))
        folder.mkdir(parents=True, exist_ok=True)
        upstreams = stack.enter_context(StandIn("bench.upstreams"))
        frontend = stack.enter_context(StandIn("bench.frontend"))
        try:
            ours = [checkout(name, path, upstreams.url) for name, path in options.checkouts]
        except ContestantMissing as error:
            print(error)
            return 1
        peers = _peers(options, upstreams.url)
        return _measure_all(
            Setting(options, cores, folder.resolve(), upstreams, frontend, tuple(ours), peers)
        )


def _end(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(143)


def _peers(options: Options, upstream_url: str) -> tuple[Contestant, ...]:
    if not options.ways:
        return ()
    missing = lacks("node", "npm")
    if missing is None:
        try:
            install_peer()
        except ContestantMissing as error:
            missing = str(error)
    if missing is not None:
        say(f"Without Express: {missing}")
        return ()
    return tuple(express(way, upstream_url) for way in options.ways)


def _measure_all(setting: Setting) -> int:
    sections = [_heading(setting.cores)]
    failed = False
    for name in setting.options.measurements:
        module = _MODULES.get(name) or import_module(_STORM)
        missing = lacks(*module.NEEDS)
        if missing is not None:
            say(f"{name} is skipped: {missing}")
            continue
        say(f"{name} ...")
        began = time.monotonic()
        try:
            sections.append(module.measure(setting))
        except MeasurementFailed as error:
            sections.append(str(error))
            failed = True
        except ServerFailed as error:
            say(f"{name} failed: {error}")
            failed = True
        say(f"  took {time.monotonic() - began:.0f} s")
    print("\n" + "\n".join(sections))
    return 1 if failed else 0


def _heading(cores: Cores) -> str:
    return (
        f"Server on core {cores.server}, upstreams and load on core {cores.load}. Medians of"
        " interleaved rounds; read ratios, not absolutes.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
