"""Fixtures that run the marketplace's real JavaScript clients under Node."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pytest

INSTALL_SECONDS = 300
SCRIPT_SECONDS = 60


class RunScript(Protocol):
    """Runs a script of this folder and returns the JSON object that it prints."""

    def __call__(self, name: str, *args: str, input_json: object = None) -> dict[str, Any]:
        """Pass `args` on the command line and `input_json` on standard input.

        A script that ends with an error, or prints anything else, fails the test.
        """


@pytest.fixture(scope="session")
def node() -> str:
    """The path of Node."""
    path = shutil.which("node")
    if path is None:
        _do_without("there is no node on PATH")
    return path


@pytest.fixture(scope="session")
def sdk_folder() -> Path:
    """This folder, with the locked SDKs installed in its `node_modules`."""
    folder = Path(__file__).parent
    stamp = folder / "node_modules" / ".installed-lock-sha256"
    with (folder / "package-lock.json").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one lane installs, the others wait for it
        locked = hashlib.sha256(lock.read()).hexdigest()
        if not stamp.exists() or stamp.read_text() != locked:
            _install(folder)
            stamp.write_text(locked)
    return folder


@pytest.fixture(scope="session")
def run_script(node: str, sdk_folder: Path) -> RunScript:
    """A function that runs a script of this folder under Node."""

    def run(name: str, *args: str, input_json: object = None) -> dict[str, Any]:
        process = subprocess.run(
            [node, sdk_folder / name, *args],
            input=json.dumps(input_json),
            capture_output=True,
            check=False,
            encoding="utf-8",
            timeout=SCRIPT_SECONDS,
        )
        assert 0 == process.returncode, process.stderr
        printed: dict[str, Any] = json.loads(process.stdout)
        return printed

    return run


def _install(folder: Path) -> None:
    npm = shutil.which("npm")
    if npm is None:
        _do_without("there is no npm on PATH")
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
        _do_without(f"npm ci took more than {INSTALL_SECONDS} seconds")
    except subprocess.CalledProcessError as failure:
        lines = [line for line in failure.stderr.splitlines() if line.startswith("npm err")]
        _do_without(f"npm ci failed: {lines[0] if lines else 'no message'}")


def _do_without(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI=true, but {reason}")
    pytest.skip(f"{reason}: the real JavaScript SDKs were not tested")
