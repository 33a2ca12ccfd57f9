"""Runs scripts under Node with packages that are locked beside them.

`python -m tests.node_packages` installs them all.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import subprocess
from pathlib import Path
from typing import Any

from tests import missing
from tests.source_tree import ROOT, tracked_files

INSTALL_SECONDS = 300
SCRIPT_SECONDS = 60
_UNTESTED = "what runs JavaScript is not tested"


def node() -> str:
    """Return the path of Node; skips the test where there is none."""
    return missing.program("node", otherwise=_UNTESTED)


def install(folder: Path) -> None:
    """Install what the lock file in a folder lists, once; skips the test where that fails."""
    stamp = folder / "node_modules" / ".installed-lock-sha256"
    with (folder / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one lane installs, the others wait for it
        locked = hashlib.sha256(lock.read()).hexdigest()
        if not stamp.exists() or stamp.read_text().strip() != locked:
            _install(folder)
            stamp.write_text(locked)


def folders() -> list[Path]:
    """Return where the tests have packages locked."""
    locks = [path for path in tracked_files() if path.name == "package-lock.json"]
    return [(ROOT / path).parent for path in locks if path.parts[0] in ("frontend", "tests")]


def run(script: Path, *args: str, input_json: object = None) -> dict[str, Any]:
    """Return the JSON object that a script prints; `input_json` goes to its standard input.

    A script that ends with an error, or prints anything else, fails the test.
    """
    process = subprocess.run(
        [node(), script, *args],
        input=json.dumps(input_json),
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=SCRIPT_SECONDS,
    )
    assert 0 == process.returncode, process.stderr
    printed: dict[str, Any] = json.loads(process.stdout)
    return printed


def _install(folder: Path) -> None:
    npm = missing.program("npm", otherwise=_UNTESTED)
    try:
        subprocess.run(
            [npm, "ci", "--no-audit", "--no-fund"],
            cwd=folder,
            capture_output=True,
            check=True,
            encoding="utf-8",
            timeout=INSTALL_SECONDS,
        )
    except subprocess.TimeoutExpired:
        missing.do_without(f"npm ci took more than {INSTALL_SECONDS} seconds: {_UNTESTED}")
    except subprocess.CalledProcessError as failure:
        lines = [line for line in failure.stderr.splitlines() if line.startswith("npm err")]
        failed = lines[0] if lines else "no message"
        missing.do_without(f"npm ci failed ({failed}): {_UNTESTED}")


if __name__ == "__main__":
    for folder in folders():
        install(folder)
