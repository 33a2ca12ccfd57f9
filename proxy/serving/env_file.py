"""The file `.env`: settings for one's own machine, which every command and the server read alike.

Flask's command line reads it by itself (flask.palletsprojects.com, Command Line Interface, read
2026-11): the nearest one, from the working folder upwards; what the environment has already is left
as it is. Here the same is done for whatever else starts the app. FLASK_SKIP_DOTENV=1 turns both
off.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values, find_dotenv
from flask.helpers import get_load_dotenv

from proxy.settings_reader import ConfigurationError

_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class EnvFile:
    """Where the file lies, and the variables that have their value from it.

    `is_closed`: the process may not read it, so that nothing is from there.
    """

    path: Path
    names: tuple[str, ...]
    is_closed: bool = False

    def told(self) -> str:
        """Return a sentence that names the file and what it has set; no value is in it."""
        if self.is_closed:
            return f"{self.path} was left out: this process may not read it"
        more = len(self.names) - _MOST_NAMED
        names = ", ".join(self.names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{self.path} was read, and what the environment did not have is from there: {names}"


def read_env_file(variables: MutableMapping[str, str]) -> EnvFile | None:
    """Set what the file says and `variables` lack; None where there is no file, or nothing in it.

    A byte order mark is skipped. Read again, it sets nothing and tells the same. One that is
    closed to this process was read by whoever starts it (systemd's EnvironmentFile, mode 600).
    Raises ConfigurationError where it cannot be read otherwise or is not UTF-8.
    """
    found = find_dotenv(".env", usecwd=True) if get_load_dotenv() else ""
    if not found:
        return None
    path = Path(found)
    try:
        told = dotenv_values(path, encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise ConfigurationError(
            [f"{path} is not UTF-8 text (line {line}); save it with that encoding"]
        ) from None
    except PermissionError:
        return EnvFile(path, (), is_closed=True)
    except OSError as error:
        raise ConfigurationError([f"{path} cannot be read ({error.strerror})"]) from None
    values = {name: value for name, value in told.items() if value is not None}
    for name, value in values.items():
        variables.setdefault(name, value)
    names = tuple(name for name, value in values.items() if variables[name] == value)
    return EnvFile(path, names) if names else None
