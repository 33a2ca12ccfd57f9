"""`config.example.env` as a mapping, and as an operator would deploy it."""

from __future__ import annotations

import base64
import re
import secrets

from tests.documents import example, variables


def read_example() -> dict[str, str]:
    """Return the example's variables, without those of an integration that is not there."""
    return variables(example())


def read_deployment() -> dict[str, str]:
    """Return the example as an operator would deploy it: with an address, and keys of its own.

    Values that the example marks as made up are as random as what a vendor gives out.
    """
    example = read_example()
    own = {
        name: re.sub("made-up|MadeUp", secrets.token_hex(16), value)
        for name, value in example.items()
        if re.search("made-up-|_MadeUp", value)
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
