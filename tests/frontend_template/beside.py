"""A server like the Web Template's beside the app, as a process of Node."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from sandbox import transit
from sandbox.ports import HOST, free_port
from sandbox.transit import Keyword
from tests import node_packages
from tests.flows.steps import started
from tests.kit.world import KitWorld
from tests.patience import wait_until
from tests.source_tree import ROOT
from tests.world import Browser, World

FOLDER = Path(__file__).parent
TRANSIT = "application/transit+json"
REFUSED = (403, "echoseal-required")
INITIATE, TRANSITION = "initiate-privileged", "transition-privileged"
PAY = "transition/request-payment"
PAY_AFTER_INQUIRY = "transition/request-payment-after-inquiry"
_STOP_SECONDS = 10


class TemplateServer(World):
    """The server, which browsers open as they open a world; `url` is where it listens."""

    def __init__(
        self,
        world: KitWorld,
        folder: Path,
        port: int = 0,
        express: str = "express",
        *,
        has_verifier: bool = True,
        **settings: str | None,
    ) -> None:
        """Copy our files to `folder`, as `apply.mjs` does, and return when the server listens.

        `has_verifier` is false where somebody copies only what is in `server`. `settings` are its
        environment's; ECHOSEAL_URL is the world's, None leaves one out.
        """
        self.world, self.sharetribe = world, world.sharetribe
        self.port = port or free_port()
        self.url = f"http://{HOST}:{self.port}"
        copy_helpers(folder, has_verifier=has_verifier)
        chosen = {"ECHOSEAL_URL": world.url, **marketplace(world), **settings}
        self._output = folder / "server.log"
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [
                    *(node_packages.node(), FOLDER / "template_server.cjs"),
                    *(folder, str(self.port), express),
                ],
                env=environment(chosen),
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        wait_until(self._is_decided, "the server does not listen")

    def _is_decided(self) -> bool:
        return self._process.poll() is not None or "listening" in self.logged()

    def logged(self) -> str:
        """Return what it has written so far."""
        return self._output.read_text()

    def close(self) -> None:
        """End the process."""
        self._process.communicate(timeout=_STOP_SECONDS)


StartServer = Callable[..., TemplateServer]


def copy_helpers(folder: Path, *, has_verifier: bool) -> None:
    """Copy what stands in the template's `server/api-util`."""
    verifier = ROOT.glob("verifier/*.mjs") if has_verifier else ()
    for path in (*ROOT.glob("frontend/server/*.cjs"), *verifier):
        (folder / path.name).write_bytes(path.read_bytes())


def marketplace(world: KitWorld) -> dict[str, str]:
    """Return what the server must know of the marketplace."""
    return {
        "REACT_APP_SHARETRIBE_SDK_CLIENT_ID": world.sharetribe.client_id,
        "SHARETRIBE_SDK_CLIENT_SECRET": world.sharetribe.client_secret,
        "SHARETRIBE_URL": world.settings["SHARETRIBE_BASE_URL"],
    }


def environment(chosen: Mapping[str, str | None]) -> dict[str, str]:
    """Return the environment of a process of Node."""
    told = {name: value for name, value in chosen.items() if value is not None}
    return {"PATH": os.environ.get("PATH", os.defpath), **told}


def verify(world: KitWorld, word: str = "passed") -> None:
    """Have the first user checked, with this end."""
    assert [200] == world.checks.finish(started(world.browser()), word)


def order(
    browser: Browser,
    endpoint: str = INITIATE,
    transition: object = PAY,
    *,
    is_speculative: bool = False,
    **body: object,
) -> requests.Response:
    """Order as the template's page does; `body` replaces parts of the request's."""
    asked = {
        "isSpeculative": is_speculative,
        "orderData": {},
        "bodyParams": {"transition": transition, "params": {}},
        "queryParams": {},
        **body,
    }
    return send(browser, endpoint, transit.write(keyed(asked)).encode(), TRANSIT)


def send(
    browser: Browser, endpoint: str, data: bytes, content_type: str, cookies: str | None = None
) -> requests.Response:
    """Send a body to one of the two endpoints; `cookies`, of Latin-1, replaces the browser's."""
    headers = {"Content-Type": content_type, **({"Cookie": cookies} if cookies else {})}
    return browser.call("POST", f"/api/{endpoint}", data=data, headers=headers)


def keyed(value: object) -> Any:
    """Return a value as the SDK writes it: the keys of objects are keywords."""
    if isinstance(value, dict):
        return {Keyword(name): keyed(one) for name, one in value.items()}
    return [keyed(one) for one in value] if isinstance(value, list) else value


def outcome(answer: requests.Response) -> tuple[int, str]:
    """Return the status, and the transition that got through or the code of the refusal."""
    told = answer.json()
    return answer.status_code, str(told.get("ordered") or told.get("code") or told)
