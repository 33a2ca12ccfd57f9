"""The file `.env`: settings for one's own machine, which every command and the server read alike.

Flask's command line reads it by itself (flask.palletsprojects.com, Command Line Interface, read
2026-11): the nearest one, from the working folder upwards; what the environment has already is left
as it is. Here the same is done for whatever else starts the app. FLASK_SKIP_DOTENV=1 turns both
off.
"""

from __future__ import annotations

import codecs
import io
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values, find_dotenv
from dotenv.parser import parse_stream
from flask.helpers import get_load_dotenv

from proxy.settings_reader import ConfigurationError

_MOST_NAMED = 5
# All that there is to set fills a fiftieth of it.
_MOST_BYTES = 1024 * 1024
_OF_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_UTF8, _SAVE = "not UTF-8 text", "save it with that encoding"


@dataclass(frozen=True, slots=True)
class EnvFile:
    """Where the file lies, and the variables that have their value from it.

    `left_out`: why nothing is from there, None where it was read.
    """

    path: Path
    names: tuple[str, ...]
    left_out: str | None = None

    def told(self) -> str:
        """Return a sentence that names the file and what it has set; no value is in it."""
        if self.left_out is not None:
            return f"{self.path} was left out: {self.left_out}"
        more = len(self.names) - _MOST_NAMED
        names = ", ".join(self.names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{self.path} was read, and what the environment did not have is from there: {names}"


def read_env_file(variables: MutableMapping[str, str]) -> EnvFile | None:
    """Set what the file says and `variables` lack; None where there is no file, or nothing in it.

    A byte order mark is skipped. Read again, it sets nothing and tells the same. One that is
    closed to this process was read by whoever starts it (systemd's EnvironmentFile, mode 600).
    Raises ConfigurationError, which names file and line, where it cannot be read otherwise, or not
    whole: half of the settings would be others than those that were meant.
    """
    if not get_load_dotenv():
        return None
    found = find_dotenv(".env", usecwd=True)
    if not found:
        return _no_file(Path.cwd() / ".env")
    path = Path(found)
    try:
        text = _text(path, _content(path))
    except PermissionError:
        return EnvFile(path, (), "this process may not read it")
    except OSError as error:
        raise _unreadable(path, f"cannot be read ({error.strerror})") from None
    _refuse_broken_lines(path, text)
    read = dotenv_values(stream=io.StringIO(text))
    values = {name: value for name, value in read.items() if value is not None}
    for name, value in values.items():
        variables.setdefault(name, value)
    names = tuple(name for name, value in values.items() if variables[name] == value)
    return EnvFile(path, names) if names else None


def refused_with(error: ConfigurationError, env_file: EnvFile | None) -> ConfigurationError:
    """Return `error` with the file that was left out: what is missing may be in there."""
    if env_file is None or env_file.left_out is None:
        return error
    return ConfigurationError([env_file.told(), *error.problems])


def _no_file(path: Path) -> EnvFile | None:
    """Tell of what has the name and is no file: a folder, a link that leads nowhere."""
    if path.is_dir():
        return EnvFile(path, (), "it is a folder")
    return EnvFile(path, (), "it is no file") if path.exists() or path.is_symlink() else None


def _content(path: Path) -> bytes:
    """Return what is in the file. Raises OSError, ConfigurationError."""
    if path.is_fifo():
        raise _unreadable(
            path,
            "is a pipe, which gives its content once, and it is read more than once; make it a"
            " file, or set the variables themselves and FLASK_SKIP_DOTENV=1",
        )
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _unreadable(path, "has more than 1 MiB, and was not read")
    return content


def _text(path: Path, content: bytes) -> str:
    r"""Return content as text, with \n at each end of a line. Raises ConfigurationError."""
    if content.startswith(_OF_UTF16):
        raise _unreadable(path, f"is UTF-16, and {_NO_UTF8} (line 1); {_SAVE}")
    try:
        text = io.StringIO(content.decode("utf-8-sig"), newline=None).read()
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise _unreadable(path, f"is {_NO_UTF8} (line {line}); {_SAVE}") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise _unreadable(path, f"is {_NO_UTF8} (line {line} has a NUL character); {_SAVE}")
    return text


def _refuse_broken_lines(path: Path, text: str) -> None:
    """Raise ConfigurationError at the first line that dotenv would leave out.

    What stands there is not told: it may be a secret, or the half of one.
    """
    for binding in parse_stream(io.StringIO(text)):
        if binding.error:
            broken = binding.original.string
            line = binding.original.line + broken[: -len(broken.lstrip())].count("\n")
            why = "there is no NAME=value, or quotes do not fit"
            raise _unreadable(path, f"cannot be read from line {line} on: {why}")


def _unreadable(path: Path, why: str) -> ConfigurationError:
    return ConfigurationError([f"{path} {why}"])
