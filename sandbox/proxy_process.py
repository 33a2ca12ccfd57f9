"""Run the real proxy, as a process of its own, against the simulated services."""

import contextlib
import os
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import requests

from sandbox.closable import Closable
from sandbox.gates import gates_of, variables
from sandbox.kit.sender import is_loopback
from sandbox.kit.tokens import encoded
from sandbox.stage import Stage

REPOSITORY = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
START_SECONDS = 30.0
STOP_SECONDS = 8.0
POLL_SECONDS = 0.05
TAIL_LINES = 30
COMMAND = (sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "app:create_app()")
"""That of `Procfile`, run from the root of the repository."""
TETHERED = (sys.executable, "-m", "sandbox.tether", *COMMAND)
"""The same, so that nothing of it outlives this process."""


class ProxyStartError(Exception):
    """The proxy did not come up; the message holds the end of its own output."""


class ProxyProcess(Closable):
    """`gunicorn` serving `app:create_app()` on loopback, with nothing but the given environment."""

    def __init__(self, port: int) -> None:
        """Choose the port; nothing runs before `start`.

        `keep_log`, which may be set at any time, says whether the log outlives a good end.
        """
        self.port = port
        self.url = f"http://{HOST}:{port}"
        self.log_path = Path(os.devnull)
        self.keep_log = False
        self._environment: dict[str, str] = {}
        self._process: subprocess.Popen[bytes] | None = None
        self._tether: int | None = None
        self._changing = threading.Lock()
        self._restarting = False
        self._closed = False

    @property
    def public_url(self) -> str:
        """Where browsers reach it; its own address before the first start."""
        return self._environment.get("PUBLIC_URL", self.url)

    @property
    def running(self) -> bool:
        """Whether the process runs, or is just being replaced."""
        return self._restarting or self._code is None

    @property
    def pid(self) -> int:
        """The id of the process, 0 before the first start."""
        return self._process.pid if self._process else 0

    def start(self, environment: dict[str, str]) -> None:
        """Start the process and return once it answers; its output goes to the file `log_path`.

        Raises ProxyStartError when it does not answer.
        """
        self._environment = environment
        descriptor, name = tempfile.mkstemp(prefix="echoseal-sandbox-proxy-", suffix=".log")
        os.close(descriptor)
        self.log_path = Path(name)
        self._spawn()
        self._wait_until_ready()

    def restart(self, changed: Mapping[str, str] = MappingProxyType({})) -> None:
        """Kill the process in the middle of whatever it does and start another one in its place.

        That one has the `changed` variables. After `close` this does nothing. Raises
        ProxyStartError as `start` does.
        """
        with self._changing:
            if self._closed:
                return
            self._restarting = True
            self._environment |= changed
            try:
                self._kill()
                self._spawn()
                self._wait_until_ready()
            finally:
                self._restarting = False

    def tail(self, lines: int = TAIL_LINES) -> str:
        """Return the last lines of what the process has printed."""
        printed = self.log_path.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(printed[-lines:])

    def close(self) -> None:
        """Ask the process to end at once, insist after a while; calling it twice is harmless."""
        with self._changing:
            self._closed = True
            if self._process is None:
                return
            ended_by_itself = self._code is not None
            if not ended_by_itself:
                self._process.send_signal(signal.SIGQUIT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    self._process.wait(STOP_SECONDS)
            self._kill()
        if not (ended_by_itself or self.keep_log):
            self.log_path.unlink(missing_ok=True)

    @property
    def _code(self) -> int | None:
        """The exit code; None while the process runs."""
        return self._process.poll() if self._process else 0

    def _spawn(self) -> None:
        held, self._tether = os.pipe()
        try:
            with self.log_path.open("ab") as log:
                self._process = subprocess.Popen(
                    TETHERED,
                    cwd=REPOSITORY,
                    env=self._environment,
                    stdin=held,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C reaches the sandbox alone, which stops this
                )
        finally:
            os.close(held)

    def _kill(self) -> None:
        """End what is left: the group is its own, so workers end with it."""
        if self._process is None or self._tether is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: none is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        os.close(self._tether)
        self._tether = None

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._code is not None:
                raise ProxyStartError(f"The proxy ended with code {self._code}.\n{self.tail()}")
            if self.answers:
                return
            time.sleep(POLL_SECONDS)
        raise ProxyStartError(f"No answer from the proxy in {START_SECONDS:.0f} s.\n{self.tail()}")

    @property
    def answers(self) -> bool:
        """Whether it answers right now."""
        with requests.Session() as session:
            session.trust_env = False
            try:
                return session.get(f"{self.url}/healthz", timeout=2).ok
            except requests.RequestException:
                return False


def environment_for(port: int, stage: Stage, frontend_url: str) -> dict[str, str]:
    """Return what the proxy's process is given besides addresses: fresh keys, simulated services.

    `port` is the proxy's own, `frontend_url` the marketplace that it passes requests on to.
    """
    environment = {
        **{name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ},
        # What somebody has written for `make run` is no part of a demo.
        "FLASK_SKIP_DOTENV": "1",
        "HOST": HOST,
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "FRONTEND_URL": frontend_url,
        "SEAL_KEYS": f"1:{_random_key(64)}",
        "CHECKSUM_KEYS": f"1:{_random_key(32)}",
        # The senders of the sandbox tell who calls, as a router does (sandbox/kit/router.py).
        "TRUSTED_PROXY_HOPS": "1",
        # Who tries the page out presses its buttons more often than a user should.
        "MAX_STARTS_PER_DAY": "50",
        # A button asks again at once.
        "PENDING_ASK_SECONDS": "0",
        "INTEGRATIONS": ",".join(stage.integrations),
        "SHARETRIBE_CLIENT_ID": stage.sharetribe.client_id,
        "SHARETRIBE_BASE_URL": stage.sharetribe_url,
        "SHARETRIBE_ASSET_BASE_URL": stage.sharetribe_url,
    }
    if stage.options.integration_api:
        environment |= {
            "SHARETRIBE_INTEGRATION_CLIENT_ID": stage.sharetribe.integration_client_id,
            "SHARETRIBE_INTEGRATION_CLIENT_SECRET": stage.sharetribe.integration_client_secret,
            "SHARETRIBE_INTEGRATION_BASE_URL": stage.sharetribe_url,
        }
    return environment | variables(gates_of(stage))


def addresses(stage: Stage, own: str, origin: str) -> dict[str, str]:
    """Tell the vendors that the proxy is at `origin`; return its variables for that.

    `own` is its address on this machine, at which it can be called all the same.
    """
    scheme, _, authority = origin.partition("://")
    return {
        "PUBLIC_URL": origin,
        "MARKETPLACE_ORIGINS": ",".join(dict.fromkeys((origin, own))),
        "RETURN_URL": f"{origin}/",
        "COOKIE_SECURE": str(scheme == "https").lower(),
        # What no deployment may do, a demo may, wherever it is seen.
        "SANDBOX": str(not is_loopback(authority.rpartition(":")[0] or authority)).lower(),
        **stage.environment(f"{origin}/api"),
    }


def _random_key(size: int) -> str:
    return encoded(secrets.token_bytes(size))
