"""The kit's example built by Vite, as a marketplace behind the real product, in the sandbox."""

from __future__ import annotations

import fcntl
import hashlib
import os
import subprocess
import time
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory
from playwright.sync_api import Page
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from sandbox.address import settle
from sandbox.control import create_control
from sandbox.ports import free_port
from sandbox.proxy_process import ProxyProcess, environment_for
from sandbox.runner import Sandbox
from sandbox.server import Server
from sandbox.sharetribe import User
from sandbox.simulator import Simulator
from sandbox.stage import Options, Stage, start_services
from tests import node_packages
from tests.source_tree import ROOT
from tests.world import encode_cookie

FRONTEND = ROOT / "frontend"
SOURCES = ("client", "react", "example")
BUILD_SECONDS = 120
# The React of the Web Template as it is deployed, and the newest as developers have it: that one
# warns on the console, and runs every effect twice (StrictMode).
REACTS = ("18", "19")
MODES = {"18": "production", "19": "development"}


@dataclass(frozen=True)
class ShopOptions(Options):
    """The vendors that a component is about: no card, no portal, no chat."""

    @property
    def simulators(self) -> tuple[Simulator[Any], ...]:
        """The vendors that check, sign, bill or are connected."""
        known = Options.simulators.__get__(self)
        return tuple(one for one in known if one.checks or one.signs or one.bills or one.connects)


class Shop(Sandbox):
    """A sandbox whose marketplace is the example."""

    def __init__(self, built: dict[str, Path]) -> None:
        """Start all of it; `built` are the example's files by React's version."""
        self.options = ShopOptions(port=0)
        with ExitStack() as starting:
            self.stage = start_services(self.options, starting, time.time, lambda _: None)
            self.proxy = ProxyProcess(free_port(0))
            sharetribe = self.stage.sharetribe
            self._first = {*sharetribe.transactions, *sharetribe.listings}
            there = settle(self.stage, self.proxy, self.proxy.url)
            there["CONNECTIONS_RETURN_URL"] = f"{self.proxy.url}/connections"
            shop = _create_shop(self.stage, self.proxy, built)
            frontend = starting.enter_context(Server(shop))
            starting.enter_context(self.proxy)
            self.proxy.start(environment_for(self.proxy.port, self.stage, frontend.url) | there)
            self._running = starting.pop_all()

    @property
    def user(self) -> User:
        """Who is logged in."""
        return next(iter(self.stage.sharetribe.users.values()))

    def log_in(self, page: Page) -> None:
        """Give a page's browser the session that Sharetribe's SDK would."""
        sharetribe = self.stage.sharetribe
        value = encode_cookie(sharetribe.log_in(self.user.id))
        name = f"st-{sharetribe.client_id}-token"
        page.context.add_cookies([{"name": name, "value": value, "url": self.url}])


def _create_shop(stage: Stage, proxy: ProxyProcess, built: dict[str, Path]) -> Flask:
    app = Flask(__name__, static_folder=None)
    app.register_blueprint(create_control(stage, proxy))
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, stage.services)  # type: ignore[method-assign]

    @app.get("/", defaults={"path": ""})
    @app.get("/<path:path>")
    def show(path: str) -> Response:
        folder = built[request.cookies.get("react", REACTS[-1])]
        is_file = path.startswith("assets/")
        return send_from_directory(folder, path if is_file else "index.html")

    return app


def build() -> dict[str, Path]:
    """Build the example with each React, where that was not done; return where it is."""
    node_packages.install(FRONTEND)
    node_packages.install(FRONTEND / "tests" / "react-18")
    folder = FRONTEND / "build"
    folder.mkdir(exist_ok=True)
    built = {version: folder / f"example-{version}" for version in REACTS}
    with (folder / ".building").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one lane builds, the others wait for it
        digest = _digest()
        stamp = folder / ".example-sha256"
        if not stamp.exists() or stamp.read_text() != digest:
            for version, target in built.items():
                _build(version, target)
            stamp.write_text(digest)
    return built


def _digest() -> str:
    found = hashlib.sha256((FRONTEND / "package-lock.json").read_bytes())
    for path in sorted(path for name in SOURCES for path in (FRONTEND / name).rglob("*.*")):
        if path.is_file():
            found.update(path.as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def _build(version: str, target: Path) -> None:
    vite = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
    options = ("--mode", MODES[version], "--logLevel", "warn")
    process = subprocess.run(
        [node_packages.node(), vite, "build", "example", "--outDir", target, *options],
        cwd=FRONTEND,
        env={**os.environ, "ECHOSEAL_REACT": version, "NODE_ENV": MODES[version]},
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=BUILD_SECONDS,
    )
    assert (0, "") == (process.returncode, process.stdout + process.stderr)
