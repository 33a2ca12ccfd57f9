"""A checkout of the template, or a copy of one with our kit in it, made ready to be served."""

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from sandbox.hosting.addresses import Addresses
from sandbox.hosting.environment import template_environment, write_env
from sandbox.proxy_process import REPOSITORY
from sandbox.template.tools import FOLDER, Tell, TemplateError, Tools

KIT = REPOSITORY / "frontend" / "template" / "apply.mjs"
FRAME = "REACT_APP_ECHOSEAL_FRAME"
"""What the kit's page is built with where vendors' pages are to be in a frame."""
_NEEDED = ("package.json", "yarn.lock", "server/index.js", "src/index.js")
# What is no source: it is made here, or is the checkout's owner's own business.
_LEFT_OUT = frozenset({".git", "node_modules", "build"})


def prepare_copy(
    source: Path, at: Addresses, tools: Tools, tell: Tell, *, is_framed: bool = False
) -> Path:
    """Return a copy of a checkout that is built for a marketplace at `at`, with our kit in it.

    The checkout itself stays as it is. `is_framed` has vendors' pages shown in a frame. Raises
    TemplateError.
    """
    require_checkout(source)
    folder = copy_checkout(source, FOLDER / ("framed" if is_framed else "checkout"))
    environment = template_environment(at)
    if KIT.exists():
        frame = at.services_url.partition("//")[2] if is_framed else "none"
        apply_kit(folder, frame, tools, tell)
        environment[FRAME] = str(is_framed).lower()
    install(folder, tools, tell)
    build(folder, environment, tools, tell)
    return folder


def require_checkout(folder: Path) -> None:
    """Raise TemplateError unless a folder holds the Web Template."""
    missing = [name for name in _NEEDED if not (folder / name).is_file()]
    if missing:
        raise TemplateError(
            f"{folder} is no checkout of Sharetribe's Web Template: it has no {missing[0]}."
        )


def copy_checkout(source: Path, target: Path) -> Path:
    """Copy the sources of a checkout to a folder of ours, anew, and return that.

    Its `.env` stays behind; packages that are installed there are used from there.
    """
    target.mkdir(parents=True, exist_ok=True)
    for path in target.iterdir():
        if path.name not in _LEFT_OUT:
            _remove(path)
    for path in source.iterdir():
        if path.name in _LEFT_OUT or path.name == ".env" or path.name.endswith(".local"):
            continue
        if path.is_dir():
            shutil.copytree(path, target / path.name, symlinks=True)
        elif path.exists():  # editors leave links behind that lead nowhere
            shutil.copy2(path, target)
    modules = target / "node_modules"
    if (source / "node_modules" / ".yarn-integrity").exists():
        _remove(modules)
        modules.symlink_to((source / "node_modules").resolve())
    elif modules.is_symlink():
        modules.unlink()
    return target


def apply_kit(folder: Path, frame: str, tools: Tools, tell: Tell) -> None:
    """Put our kit into a checkout; `frame` is the host that its pages may show in a frame.

    Raises TemplateError where it does not fit.
    """
    command = ["node", str(KIT), "--frame", frame, str(folder)]
    # The copy is in nobody's repository: this one's knows nothing of it.
    alone = {"GIT_CEILING_DIRECTORIES": str(FOLDER)}
    tools.run("Applying the kit", command, folder, alone, tell)


def install(folder: Path, tools: Tools, tell: Tell) -> None:
    """Install the template's packages as its lock file says, unless they are there."""
    stamp = folder / "node_modules" / ".echoseal-lock-sha256"
    locked = hashlib.sha256((folder / "yarn.lock").read_bytes()).hexdigest()
    if (folder / "node_modules").is_symlink() or (stamp.exists() and stamp.read_text() == locked):
        return
    command = ["yarn", "install", "--frozen-lockfile", "--non-interactive"]
    tools.run("Installing the template's packages (1 to 3 minutes)", command, folder, {}, tell)
    stamp.write_text(locked)


def build(folder: Path, environment: dict[str, str], tools: Tools, tell: Tell) -> None:
    """Write `.env` and build the template, unless it is built of the same sources with the same.

    Raises NotOursError and TemplateError.
    """
    write_env(folder / ".env", environment)
    stamp = folder / "build" / ".echoseal-sources-sha256"
    state = _state_of(folder)
    if stamp.exists() and stamp.read_text() == state:
        tell("The template is built already.")
        return
    variables = {**environment, "NODE_ENV": "production", "GENERATE_SOURCEMAP": "false"}
    tools.run("Building the template (1 to 3 minutes)", ["yarn", "build"], folder, variables, tell)
    stamp.write_text(state)


def version_of(folder: Path) -> str:
    """Return the version of the template in a folder."""
    return str(json.loads((folder / "package.json").read_text())["version"])


def _state_of(folder: Path) -> str:
    """Return what is the same for the same files with the same content."""
    digest = hashlib.sha256()
    for path in sorted(_sources(folder)):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(folder)}\0{content}\n".encode())
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name not in _LEFT_OUT:
            yield from (path,) if path.is_file() else filter(Path.is_file, path.rglob("*"))


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
