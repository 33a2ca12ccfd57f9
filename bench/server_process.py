"""The app under a WSGI server, as processes of its own whose memory and CPU time are watched."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import signal
import socket
import subprocess
import tempfile
import time
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import uuid4

from bench.slow_upstreams import HOST, SlowUpstreams

REPOSITORY = Path(__file__).resolve().parent.parent
APP = "bench.measured_app:create_app()"
START_SECONDS = 20.0
STOP_SECONDS = 10.0
_TICKS = os.sysconf("SC_CLK_TCK")
_SPEC = re.compile(r"(?P<kind>gthread|gevent|waitress):(?P<processes>\d{1,2})x(?P<width>\d{1,4})")


class ServerStartError(Exception):
    """The server did not come up; the message holds the end of its output."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A way to serve: kind, processes, threads (or greenlets) each, and what is tuned."""

    kind: str
    processes: int
    width: int
    pool_size: int | None = None
    stack_kib: int | None = None
    arenas: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<kind>:<processes>x<threads>[,pool=N][,stack=KIB][,arenas=N]`; or ValueError."""
        spec, *tuned = text.split(",")
        match = _SPEC.fullmatch(spec)
        pairs = dict(pair.split("=", 1) for pair in tuned if "=" in pair)
        if match is None or pairs.keys() - {"pool", "stack", "arenas"} or len(pairs) != len(tuned):
            raise ValueError(f"{text!r} is not <kind>:<processes>x<threads>[,pool=N][,stack=KIB]")
        return cls(
            match["kind"],
            int(match["processes"]),
            int(match["width"]),
            *(int(pairs[name]) if name in pairs else None for name in ("pool", "stack", "arenas")),
        )

    def command(self, python: str, port: int) -> list[str]:
        """Return the command line; gthread runs with the repository's own gunicorn.conf.py."""
        if self.kind == "waitress":
            listen = f"--listen={HOST}:{port}"
            # Its default, select(), ends the process with the 1,024th open descriptor.
            width = ["--threads", str(self.width), "--connection-limit=2000", "--asyncore-use-poll"]
            return [python, "-m", "waitress", listen, *width, "--call", APP.removesuffix("()")]
        gunicorn = [python, "-m", "gunicorn", "--config"]
        if self.kind == "gthread":
            return [*gunicorn, "gunicorn.conf.py", APP]
        # Without preload: gevent must patch the standard library before the app is imported. The
        # module `bench` sets nothing; no configuration at all would mean gunicorn.conf.py.
        return [
            *(*gunicorn, "python:bench", "--worker-class", "gevent", "--bind", f"{HOST}:{port}"),
            *("--workers", str(self.processes), "--worker-connections", str(self.width), APP),
        ]

    def environment(self) -> dict[str, str]:
        """Return the variables that carry what is tuned."""
        tuned = {
            "BENCH_POOL_SIZE": self.pool_size,
            "BENCH_STACK_KIB": self.stack_kib,
            "MALLOC_ARENA_MAX": self.arenas,
            "WEB_PROCESSES": self.processes,
            "WEB_THREADS": self.width,
        }
        return {name: str(value) for name, value in tuned.items() if value is not None}


class ServerProcess:
    """Context manager: the app under `variant`, answering at `port` while it is open."""

    def __init__(self, variant: Variant, upstreams: SlowUpstreams, python: str) -> None:
        self.port = _free_port()
        self.client_id = str(uuid4())
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOST": HOST,
            "PORT": str(self.port),
            "SSL_CERT_FILE": str(upstreams.certificate),
            **_settings(self.port, self.client_id, upstreams),
            **variant.environment(),
        }
        self._command = variant.command(python, self.port)
        self._output = tempfile.TemporaryFile()  # noqa: SIM115 - closed in __exit__

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command,
            cwd=REPOSITORY,
            env=self._environment,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        deadline = time.monotonic() + START_SECONDS
        while not _is_healthy(self.port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self._stop()
                self._output.seek(0)
                output = self._output.read().decode(errors="replace")
                raise ServerStartError(output[-2000:])
            time.sleep(0.05)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop()
        self._output.close()

    def _stop(self) -> None:
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def peak_mib(self) -> float:
        """Return the largest resident memory of each process so far, summed (an upper bound)."""
        return sum(_status_kib(pid, "VmHWM") for pid in self._pids()) / 1024

    def shared_once_mib(self) -> float:
        """Return the memory now, pages that are shared counted once, as a dyno's limit does."""
        return sum(_rollup_kib(pid, "Pss") for pid in self._pids()) / 1024

    def cpu_seconds(self) -> float:
        """Return the CPU time that the processes have used so far."""
        return sum(_cpu_ticks(pid) for pid in self._pids()) / _TICKS

    def _pids(self) -> list[int]:
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children")
        return [self._process.pid, *map(int, children.read_text().split())]


def _settings(port: int, client_id: str, upstreams: SlowUpstreams) -> dict[str, str]:
    return {
        "SHARETRIBE_CLIENT_ID": client_id,
        "SHARETRIBE_BASE_URL": upstreams.marketplace_url,
        "MARKETPLACE_ORIGINS": "https://market.example",
        "PUBLIC_URL": f"http://{HOST}:{port}",
        "SEAL_KEYS": f"1:{_key(64)}",
        "CHECKSUM_KEYS": f"1:{_key(32)}",
        "TRUSTED_PROXY_HOPS": "0",
        "COOKIE_SECURE": "false",
        "INTEGRATIONS": "jumio",
        "JUMIO_API_TOKEN": "bench-token",
        "JUMIO_API_SECRET": "bench-secret",
        "JUMIO_BASE_URL": upstreams.vendor_url,
    }


def _key(size: int) -> str:
    return urlsafe_b64encode(os.urandom(size)).rstrip(b"=").decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=2)
    with contextlib.closing(connection), contextlib.suppress(OSError):
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    return False


def _status_kib(pid: int, name: str) -> int:
    return _read_kib(Path(f"/proc/{pid}/status"), name)


def _rollup_kib(pid: int, name: str) -> int:
    return _read_kib(Path(f"/proc/{pid}/smaps_rollup"), name)


def _read_kib(path: Path, name: str) -> int:
    try:
        text = path.read_text()
    except OSError:
        return 0  # it has ended in the meantime
    found = re.search(rf"^{name}:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) if found else 0


def _cpu_ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])
