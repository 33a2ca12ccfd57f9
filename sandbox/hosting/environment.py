"""The file `.env` of the template, for a hosted marketplace."""

import re
from pathlib import Path

from sandbox.hosting.addresses import Addresses
from sandbox.hosting.people import APPLICATIONS, CHECKSUM_KEYS, NAME

MARK = "# Written by Echoseal's sandbox (python -m sandbox --marketplace), for what it simulates."
_PLAIN = re.compile(r"[\w.:/@-]*")


class NotOursError(Exception):
    """A file is in the way that somebody else has written; it is as it was."""


def template_environment(addresses: Addresses) -> dict[str, str]:
    """Return the variables of the template's server and of its build.

    The names are those of its `.env-template`, `server/` and `src/config/` (12.2.0, read 2026-11).
    Stripe's and the map's keys are made up: neither answers here. CSP is enforced, so that what it
    would block for real users is seen.
    """
    environment = {
        "REACT_APP_SHARETRIBE_SDK_CLIENT_ID": APPLICATIONS.client_id,
        "SHARETRIBE_SDK_CLIENT_SECRET": APPLICATIONS.client_secret,
        "REACT_APP_SHARETRIBE_SDK_BASE_URL": addresses.sharetribe_url,
        "REACT_APP_SHARETRIBE_SDK_ASSET_CDN_BASE_URL": addresses.sharetribe_url,
        "REACT_APP_MARKETPLACE_ROOT_URL": addresses.marketplace_url,
        "REACT_APP_MARKETPLACE_NAME": NAME,
        "REACT_APP_ENV": addresses.mode,
        "REACT_APP_CSP": "block",
        "REACT_APP_SHARETRIBE_USING_SSL": "false",
        "REACT_APP_SHARETRIBE_SDK_TRANSIT_VERBOSE": str(addresses.mode == "development").lower(),
        "REACT_APP_STRIPE_PUBLISHABLE_KEY": "pk_test_sandbox",
        "REACT_APP_MAPBOX_ACCESS_TOKEN": "pk.sandbox",
        "SERVER_SHARETRIBE_CONSOLE_URL": addresses.console_url,
        "CHECKSUM_KEYS": CHECKSUM_KEYS,
    }
    if addresses.mode == "production":
        # In development this would be that of the pages.
        environment["PORT"] = str(addresses.template)
    return environment


def written(environment: dict[str, str]) -> str:
    """Return variables as a file `.env` that dotenv reads."""
    lines = [f"{name}={_quoted(value)}" for name, value in environment.items()]
    return "\n".join([MARK, *lines, ""])


def write_env(path: Path, environment: dict[str, str]) -> None:
    """Write the file, anew where it is one of these.

    Raises NotOursError for a file of somebody else's and for a symbolic link, which would lead the
    writing elsewhere, and OSError.
    """
    if path.is_symlink():
        raise NotOursError(f"{path} is a symbolic link and stays as it is; move it away first.")
    if path.exists() and not path.read_text(encoding="utf-8", errors="replace").startswith(MARK):
        raise NotOursError(f"{path} is not the sandbox's and stays as it is; move it away first.")
    path.write_text(written(environment), encoding="utf-8")


def _quoted(value: str) -> str:
    return value if _PLAIN.fullmatch(value) else f'"{value}"'
