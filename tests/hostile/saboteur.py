"""Somebody who answers in place of simulated upstreams, while the app asks them step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, request

from tests.flows.connecting import begin
from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import SESSION

Step = Callable[[AttackedWorld], HostileRequest]
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{24,}|(?<=/)[0-9A-Za-z]{20,}")


def asking(method: str, path: str, body: bytes = b"") -> Step:
    """Return the step of a request by the user's browser that needs no preparation."""
    return lambda _: HostileRequest(method, path, SESSION, body, "application/json")


def coming_back(vendor: str, **options: object) -> Step:
    """Return the step of a return from a vendor's consent page."""

    def prepare(attacked: AttackedWorld) -> HostileRequest:
        begun = begin(attacked.browser, vendor, **options)
        address = urlsplit(attacked.world.vendors[vendor].authorize(begun.authorize_url))
        nonces = "; ".join(f"{name}={nonce}" for name, nonce in begun.cookie.items())
        cookies = f"st-@@client@@-token=@@cookie@@; {nonces}"
        headers = {"Cookie": cookies, "Sec-Fetch-Site": "cross-site"}
        return HostileRequest("GET", address.path, headers, query=address.query)

    return prepare


def _ordering(vendor: str, metadata: Mapping[str, Any], method: str = "POST") -> Step:
    def prepare(attacked: AttackedWorld) -> HostileRequest:
        attacked.sale.metadata = dict(metadata)
        if method == "GET":
            return HostileRequest("GET", f"/api/{vendor}/orders/@@sale@@", SESSION)
        body = b'{"transactionId":"@@sale@@"}'
        return HostileRequest("POST", f"/api/{vendor}/orders", SESSION, body, "application/json")

    return prepare


def usual_steps(attacked: AttackedWorld) -> dict[str, Step]:
    """Return the steps that follow from the parts of the vendors, for each of them."""
    steps: dict[str, Step] = {}
    if attacked.subject is not None:
        path = f"/api{attacked.subject.path}"
        steps["read"] = asking("GET", path)
        steps["restart"] = asking("POST", path, b'{"restart":true}')
    for vendor in attacked.connected:
        path = f"/api/connections/{vendor}"
        steps[f"list for {vendor}"] = asking("GET", "/api/connections")
        steps[f"begin at {vendor}"] = asking("POST", path)
        steps[f"come back from {vendor}"] = coming_back(vendor)
        steps[f"disconnect from {vendor}"] = asking("DELETE", path)
    for vendor in attacked.tills:
        steps[f"order at {vendor}"] = _ordering(vendor, {})
        again = {f"{vendor}Order": {"status": "sending"}}
        steps[f"order again at {vendor}"] = _ordering(vendor, again)
        steps[f"read from {vendor}"] = asking("GET", f"/api/{vendor}/orders/@@sale@@")
        steps[f"search at {vendor}"] = _ordering(vendor, again, "GET")
        steps[f"catch up at {vendor}"] = asking("POST", f"/api/{vendor}/orders/catch-up")
    return steps


class Saboteur:
    """Answers in place of the upstreams, in the steps that ask for a path.

    `genuine` holds what they really answer, by "METHOD path", where ids count as one.
    """

    def __init__(
        self,
        attacked: AttackedWorld,
        steps: Mapping[str, Step],
        lives: Callable[[AttackedWorld, str], bool],
        *apps: Flask,
    ) -> None:
        """`lives` tells whether a vendor still takes the user's token; `apps` answer besides."""
        self.attacked = attacked
        self.genuine: dict[str, Any] = {}
        self._all_steps, self._lives = steps, lives
        self._steps: dict[str, set[str]] = {}
        self._step, self._path = "", ""
        self._answer = Response()
        vendors = attacked.world.vendors.values()
        for app in (attacked.world.sharetribe.app, *(vendor.app for vendor in vendors), *apps):
            app.before_request_funcs.setdefault(None, []).append(self._sabotage)
            app.after_request_funcs.setdefault(None, []).append(self._remember)
        for step in steps:
            self._take(step, "")

    def _sabotage(self) -> Response | None:
        return self._answer if self._step and _key() == self._path else None

    def _remember(self, response: Response) -> Response:
        if self._step and not self._path:
            self._steps.setdefault(_key(), set()).add(self._step)
            if response.is_json:
                self.genuine[_key()] = response.get_json()
        return response

    @property
    def paths(self) -> list[str]:
        """Every "METHOD path" that a step asks an upstream for."""
        return sorted(self._steps)

    def steps(self, path: str) -> list[str]:
        """Return the steps that ask for a path."""
        return sorted(self._steps[path])

    @property
    def idle(self) -> set[str]:
        """The steps that ask nobody."""
        return set(self._all_steps) - {step for steps in self._steps.values() for step in steps}

    def answer_with(self, step: str, path: str, status: int, body: bytes) -> None:
        """Take a step in which `path` gets this answer."""
        headers = {"X-Cursor-Next": "again", "Retry-After": "1e9"}
        self._answer = Response(body, status, headers, content_type="application/json")
        self._take(step, path)

    def _take(self, step: str, path: str) -> None:
        attacked = self.attacked
        attacked.log_in()
        attacked.reset()
        for vendor in attacked.connected:
            if not self._lives(attacked, vendor):
                attacked.connect(vendor)
        hostile = self._all_steps[step](attacked)
        self._step, self._path = step, path
        try:
            attacked.judge.send(hostile)
        finally:
            self._step, self._path = "", ""


def _key() -> str:
    """Name what is asked for; ids in the path count as one."""
    return f"{request.method} {_ID.sub('*', request.path)}"
