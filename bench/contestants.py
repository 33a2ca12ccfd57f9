"""Who is compared: checkouts of Echoseal, and Express in three ways; how each is started."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import subprocess
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field, replace
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bench import messages
from bench.machine import HOST

WAYS = ("article", "tuned", "expert")
PEER_FOLDER = Path(__file__).parent / "peer"
_PEER_KEY = bytes(range(32))
# So many users call back in turn.
_MARKS = [f"{0xCA110000 + number:08x}" for number in range(64)]
_INSTALL_SECONDS = 300


class ContestantMissing(Exception):
    """A contestant cannot take part; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A server that can be started: its command, where, with which variables; its requests.

    `callbacks` holds references that this server can open.
    """

    name: str
    command: tuple[str, ...]
    folder: Path
    environment: dict[str, str] = field(repr=False)
    callbacks: messages.Recipe = field(repr=False)
    is_ours: bool

    def with_variables(self, **variables: str) -> Contestant:
        """Return it with more variables in its environment."""
        return replace(self, environment={**self.environment, **variables})


def checkout(name: str, folder: Path, upstream_url: str) -> Contestant:
    """Return the server of a checkout as the `web` line of its Procfile starts it.

    The programs of its own `.venv` come first in PATH. Raises ContestantMissing.
    """
    python = folder / ".venv" / "bin" / "python"
    procfile = folder / "Procfile"
    if not procfile.exists():
        raise ContestantMissing(f"{name}: {folder} is no checkout of Echoseal")
    if not python.exists():
        raise ContestantMissing(f"{name}: no .venv in {folder}: run `make install` there")
    lines = dict(line.split(":", 1) for line in procfile.read_text().splitlines() if ":" in line)
    environment = settings(upstream_url)
    path = f"{python.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    return Contestant(
        name=name,
        command=("sh", "-c", f"exec {lines['web'].strip()}"),
        folder=folder,
        environment={**environment, "PATH": path},
        callbacks=messages.callbacks(_sealed(name, folder, python, environment)),
        is_ours=True,
    )


def express(way: str, upstream_url: str) -> Contestant:
    """Return the Express server in one of `WAYS`; `install_peer` must have been called."""
    environment = {
        "PATH": os.environ.get("PATH", os.defpath),
        "NODE_ENV": "production",
        "WAY": way,
        "UPSTREAM_URL": upstream_url,
        "CLIENT_ID": messages.CLIENT_ID,
        "SEAL_KEY": _PEER_KEY.hex(),
        "CHECKSUM_KEY": "bench-checksum-key",
        "HOST": HOST,
    }
    references = [_peer_reference(messages.refresh_token(mark)) for mark in _MARKS]
    callbacks = messages.callbacks(references)
    command = ("node", "server.js")
    return Contestant(f"express-{way}", command, PEER_FOLDER, environment, callbacks, False)


def install_peer() -> None:
    """Install what the Express servers need, as locked, unless it is there already.

    Raises ContestantMissing.
    """
    locked = hashlib.sha256((PEER_FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = PEER_FOLDER / "node_modules" / ".installed-lock-sha256"
    if stamp.exists() and stamp.read_text() == locked:
        return
    print("Installing the Express servers' packages (npm ci) ...", flush=True)
    command = ["npm", "ci", "--no-audit", "--no-fund", "--silent"]
    try:
        subprocess.run(command, cwd=PEER_FOLDER, check=True, timeout=_INSTALL_SECONDS)
    except (OSError, subprocess.SubprocessError) as error:
        raise ContestantMissing(f"express: npm ci failed in {PEER_FOLDER}: {error}") from None
    stamp.write_text(locked)


def settings(upstream_url: str) -> dict[str, str]:
    """Return the environment of a checkout whose upstreams are all at one address; fresh keys."""
    page = f"https://{messages.PAGE_HOST}"
    return {
        "SHARETRIBE_CLIENT_ID": messages.CLIENT_ID,
        "SHARETRIBE_BASE_URL": upstream_url,
        "MARKETPLACE_ORIGINS": page,
        "PUBLIC_URL": page,
        "SEAL_KEYS": f"1:{_key(64)}",
        "CHECKSUM_KEYS": f"1:{_key(32)}",
        "TRUSTED_PROXY_HOPS": "1",
        "INTEGRATIONS": "jumio",
        "JUMIO_API": "netverify",
        "JUMIO_API_TOKEN": "bench-token",
        "JUMIO_API_SECRET": "bench-secret",
        "JUMIO_BASE_URL": upstream_url,
        # What the callback tells is believed, as Express does: no fourth call asks the vendor.
        "JUMIO_CONFIRM": "callback",
        "HOST": HOST,
    }


def _key(size: int) -> str:
    return urlsafe_b64encode(secrets.token_bytes(size)).rstrip(b"=").decode()


def _sealed(name: str, folder: Path, python: Path, environment: dict[str, str]) -> list[str]:
    asked = {
        "environment": environment,
        "user_ids": [messages.user_id(mark) for mark in _MARKS],
        "refresh_tokens": [messages.refresh_token(mark) for mark in _MARKS],
    }
    program = Path(__file__).with_name("seal_references.py").read_text()
    done = subprocess.run(
        [python, "-c", program],
        cwd=folder,
        input=json.dumps(asked),
        capture_output=True,
        check=False,
        text=True,
    )
    if done.returncode != 0:
        raise ContestantMissing(f"{name}: no reference could be sealed:\n{done.stderr[-800:]}")
    sealed: list[str] = json.loads(done.stdout)
    return sealed


def _peer_reference(token: str) -> str:
    nonce = os.urandom(12)
    sealed = nonce + AESGCM(_PEER_KEY).encrypt(nonce, token.encode(), None)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()
