"""`config.example.env` as a mapping, read the way a shell reads it."""

from __future__ import annotations

import base64
import re
import secrets

from tests.source_tree import ROOT

EXAMPLE = ROOT / "config.example.env"
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=([A-Za-z0-9_.,:/@*+-]*)", re.ASCII)


def read_example() -> dict[str, str]:
    """Return the example's variables.

    Raises ValueError for a line that is neither blank, a comment nor a plain assignment, and for a
    name that stands there twice: shells and `heroku config:set` would disagree about both.
    """
    variables: dict[str, str] = {}
    for line in EXAMPLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(line)
        if assignment is None or assignment[1] in variables:
            raise ValueError(f"not a plain, single assignment: {line}")
        variables[assignment[1]] = assignment[2]
    return variables


def read_deployment() -> dict[str, str]:
    """Return the example as an operator would have it deployed: with an address, and his own keys.

    Values that the example marks as made up are as random as what a vendor gives out.
    """
    example = read_example()
    own = {
        name: value.replace("made-up", secrets.token_hex(16))
        for name, value in example.items()
        if "made-up-" in value
    }
    return {
        **example,
        **own,
        "PUBLIC_URL": "https://api.market.example",
        "SEAL_KEYS": f"1:{random_key(64)}",
        "CHECKSUM_KEYS": f"1:{random_key(32)}",
        "COOKIE_SECURE": "true",
    }


def random_key(key_bytes: int) -> str:
    """Return a key as a ring has it."""
    return base64.urlsafe_b64encode(secrets.token_bytes(key_bytes)).decode().rstrip("=")
