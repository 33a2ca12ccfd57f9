"""The template's own servers, as processes that end with this one."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import requests

from sandbox.closable import Closable
from sandbox.hosting.addresses import Addresses
from sandbox.hosting.environment import template_environment
from sandbox.proxy_process import REPOSITORY
from sandbox.template.tools import TemplateError, Tools, log_file, tail

START_SECONDS = 60.0
COMPILE_SECONDS = 300.0
POLL_SECONDS = 0.2


class TemplateProcess(Closable):
    """One of the template's servers; `log_path` is the file of its output."""

    def __init__(
        self, name: str, command: list[str], folder: Path, environment: Mapping[str, str]
    ) -> None:
        """Start `command` in `folder`; nothing of it outlives this process."""
        self.log_path = log_file(name)
        held, tether = os.pipe()
        self._tether: int | None = tether
        with self.log_path.open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "sandbox.tether", *command],
                cwd=folder,
                env={**environment, "PYTHONPATH": str(REPOSITORY)},
                stdin=held,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        os.close(held)

    @property
    def running(self) -> bool:
        """Whether it runs."""
        return self._process.poll() is None

    def wait_for(self, url: str, seconds: float = START_SECONDS) -> None:
        """Return once `url` is answered without an error; raises TemplateError."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.running:
                raise TemplateError(f"The template's server ended.\n{tail(self.log_path)}")
            if _answers(url):
                return
            time.sleep(POLL_SECONDS)
        raise TemplateError(f"No answer at {url} in {seconds:.0f} s.\n{tail(self.log_path)}")

    def close(self) -> None:
        """End it with all that it has started; calling it twice is harmless."""
        with contextlib.suppress(ProcessLookupError, PermissionError):  # macOS: none is left
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        if self._tether is not None:
            os.close(self._tether)
            self._tether = None


def serve(folder: Path, at: Addresses, tools: Tools) -> TemplateProcess:
    """Start the server of a built template and return once it answers; raises TemplateError."""
    variables = {**template_environment(at), "NODE_ENV": "production"}
    command = ["node", "server/index.js"]
    server = TemplateProcess("template", command, folder, tools.environment(variables))
    with contextlib.ExitStack() as starting:
        starting.callback(server.close)
        server.wait_for(f"{at.frontend_url}/_status.json")
        starting.pop_all()
    return server


def develop(folder: Path, at: Addresses, tools: Tools) -> tuple[TemplateProcess, ...]:
    """Start both servers of `yarn run dev`, each with the port that is right for it.

    `yarn run dev` gives both the same one; the product stands between them here. Returns once the
    pages are compiled; raises TemplateError.
    """
    common = {**template_environment(at), "NODE_ENV": "development"}
    pages = {"PORT": str(at.pages), "HOST": "127.0.0.1", "BROWSER": "none"}
    port = "REACT_APP_DEV_API_SERVER_PORT"
    with contextlib.ExitStack() as starting:
        backend = TemplateProcess(
            "dev-backend",
            ["node_modules/.bin/nodemon", "server/apiServer.js"],
            folder,
            tools.environment({**common, port: str(at.template)}),
        )
        starting.callback(backend.close)
        frontend = TemplateProcess(
            "dev-frontend",
            ["node", "scripts/start.js"],
            folder,
            tools.environment({**common, **pages, port: str(at.product)}),
        )
        starting.callback(frontend.close)
        backend.wait_for(f"{at.frontend_url}/robots.txt")
        frontend.wait_for(f"http://127.0.0.1:{at.pages}/static/js/bundle.js", COMPILE_SECONDS)
        starting.pop_all()
    return frontend, backend


def _answers(url: str) -> bool:
    with requests.Session() as session:
        session.trust_env = False
        try:
            return session.get(url, timeout=COMPILE_SECONDS, stream=True).ok
        except requests.RequestException:
            return False
