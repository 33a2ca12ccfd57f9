"""Steps of the reference trip that many flow tests take."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sandbox.sharetribe import User
from tests.kit.simulated import Told
from tests.world import Browser, World


class _ListHandler(logging.Handler):
    def __init__(self, lines: list[str]) -> None:
        super().__init__()
        self._lines = lines

    def emit(self, record: logging.LogRecord) -> None:
        self._lines.append(record.getMessage())


def started(browser: Browser, **body: object) -> str:
    """Start a verification and return its transaction reference."""
    answer = browser.start(**body)
    assert 201 == answer.status_code, answer.text
    reference: str = answer.json()["transactionReference"]
    return reference


def standing(browser: Browser) -> dict[str, Any]:
    """Return what the app tells a browser about the verification."""
    answer = browser.read()
    assert 200 == answer.status_code, answer.text
    told: dict[str, Any] = answer.json()
    return told


# Where a signature proves the vendor, what is not ours is another's at the same account; where only
# an address does, it may be anybody's.
NOT_OURS = {"passcheck": (200, "ignored"), "facecheck": (400, "reference-invalid")}


def outcome(answered: Told) -> tuple[int, str]:
    """Return what a callback was answered: the status, and the word for what became of it."""
    return answered.status, answered.body.get("code") or answered.body["status"]


def assert_recorded(world: World, status: str, user: User | None = None) -> None:
    """Require that private data holds this status, with a checksum for this very user."""
    record = world.verification(user)
    assert record is not None
    assert status == record["status"]
    assert world.checksum_holds(user)


def private_data(world: World) -> dict[str, dict[str, Any]]:
    """Return a copy of all users' private data."""
    copied: dict[str, dict[str, Any]] = json.loads(
        json.dumps({user.id: user.private_data for user in world.sharetribe.users.values()})
    )
    return copied


def log_fields(line: str) -> dict[str, str]:
    """Return the fields of a log line, by name."""
    found = re.findall(r'([a-z_]+)=(?:"([^"]*)"|(\S*))', line)
    return {name: plain or quoted for name, quoted, plain in found}


@contextmanager
def logged() -> Iterator[list[str]]:
    """Collect the app's log lines inside the block, which begins after the app has started."""
    lines: list[str] = []
    handler = _ListHandler(lines)
    logger = logging.getLogger("echoseal")
    logger.addHandler(handler)
    try:
        yield lines
    finally:
        logger.removeHandler(handler)
