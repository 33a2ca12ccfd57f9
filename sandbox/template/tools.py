"""Node and yarn for the template: this machine's where they will do, else locked ones."""

import hashlib
import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.proxy_process import REPOSITORY

FOLDER = REPOSITORY / ".template"
LOCKED = Path(__file__).parent
_TAIL_LINES = 25
_PACKAGES = ("package.json", "package-lock.json")

Tell = Callable[[str], object]


class TemplateError(Exception):
    """The template cannot be had as asked for; the message says why."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What runs the template: `path` is the PATH of its processes."""

    path: str

    def environment(self, variables: Mapping[str, str]) -> dict[str, str]:
        """Return the whole environment of a process: nothing of ours but where home is.

        The template reads `.env` for what is not set, so that `variables` win over any file.
        """
        home = {name: os.environ[name] for name in ("HOME", "TMPDIR") if name in os.environ}
        return {"PATH": self.path, **home, "BROWSERSLIST_IGNORE_OLD_DATA": "1", **variables}

    def run(
        self, what: str, command: list[str], folder: Path, variables: Mapping[str, str], tell: Tell
    ) -> None:
        """Run a command in `folder` to its end; its output goes to a file of its own.

        Raises TemplateError, with the end of the output, when it fails.
        """
        tell(f"{what} ...")
        begun = time.monotonic()
        log_path = log_file(f"{command[0]} {Path(command[1]).stem}")
        with log_path.open("wb") as log:
            code = subprocess.run(
                command,
                cwd=folder,
                env=self.environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                check=False,
            ).returncode
        if code:
            raise TemplateError(
                f"{' '.join(command)} ended with {code} ({log_path}):\n{tail(log_path)}"
            )
        tell(f"  done in {time.monotonic() - begun:.0f} s")


def find_tools(tell: Tell) -> Tools:
    """Return Node and yarn; they are installed once where this machine's are too old.

    The template's `engines` ask for Node ^22.22.0 or >=24 (12.2.0). Raises TemplateError.
    """
    path = os.environ.get("PATH", os.defpath)
    if node_suits(_version("node")) and _version("yarn")[:1] == (1,):
        return Tools(path)
    if shutil.which("npm") is None:
        raise TemplateError("There is no npm on PATH, with which Node and yarn can be installed.")
    folder = FOLDER / "tools"
    stamp, locked = folder / "installed-lock-sha256", _locked()
    if not stamp.exists() or stamp.read_text() != locked:
        folder.mkdir(parents=True, exist_ok=True)
        for name in _PACKAGES:
            shutil.copy(LOCKED / name, folder)
        install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        what = "Installing Node 22 and yarn in .template/tools (half a minute)"
        Tools(path).run(what, install, folder, {}, tell)
        stamp.write_text(locked)
    return Tools(f"{folder / 'node_modules' / '.bin'}{os.pathsep}{path}")


def node_suits(version: tuple[int, ...]) -> bool:
    """Tell whether the template runs on this version of Node."""
    return (22, 22) <= version < (23,) or version >= (24,)


def log_file(name: str) -> Path:
    """Return the file that something's output goes to."""
    logs = FOLDER / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    return logs / f"{re.sub(r'[^a-z]+', '-', name.lower()).strip('-')}.log"


def tail(path: Path) -> str:
    """Return the last lines of a file."""
    return "\n".join(path.read_text(errors="replace").splitlines()[-_TAIL_LINES:])


def _version(program: str) -> tuple[int, ...]:
    if shutil.which(program) is None:
        return ()
    asked = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    return tuple(map(int, re.findall(r"[0-9]+", asked.stdout)[:3]))


def _locked() -> str:
    return hashlib.sha256(b"".join((LOCKED / name).read_bytes() for name in _PACKAGES)).hexdigest()
