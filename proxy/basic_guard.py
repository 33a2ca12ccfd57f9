"""A guard for routes: basic authentication (RFC 7617), with several pairs accepted for rotation."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence

from crypto import equal
from proxy.door import BasicPair
from proxy.problems import Problem

MAX_CHARACTERS = 4_096
CHALLENGE = 'Basic realm="credentials", charset="UTF-8"'


def parse_pairs(text: str) -> tuple[BasicPair, ...]:
    """Return the pairs of a setting: one `user:password` per line, split at the first colon.

    Raises ValueError, naming the line, for one without a colon, a user or a password.
    """
    pairs = []
    for number, line in enumerate(text.strip().splitlines(), start=1):
        user, colon, password = line.strip().partition(":")
        if not colon or not user or not password:
            raise ValueError(f"line {number} is not user:password")
        pairs.append(BasicPair(user, password))
    return tuple(pairs)


def check_basic(authorization: str | None, pairs: Sequence[BasicPair]) -> None:
    """Let a caller pass who presents one of the pairs; raises Problem `credentials-invalid`.

    All pairs are compared, each half of them, in time that tells nothing about which one failed.
    """
    presented = _decode(authorization or "")
    passes = False
    for pair in pairs:
        has_user, has_password = equal(presented[0], pair.user), equal(presented[1], pair.password)
        passes |= has_user and has_password
    if not passes or not presented[1]:
        raise Problem("credentials-invalid", challenge=CHALLENGE)


def _decode(authorization: str) -> tuple[str, str]:
    """Return the user and password that a header carries, two empty texts where it carries none.

    Text is UTF-8; what is not UTF-8 is read as Latin-1, which some callers still send.
    """
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() != "basic" or len(value) > MAX_CHARACTERS:
        return "", ""
    try:
        data = base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return "", ""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    user, colon, password = text.partition(":")
    return (user, password) if colon else ("", "")
