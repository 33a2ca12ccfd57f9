"""Signatures as OpenSSL makes them, so that none comes from the code under test."""

from __future__ import annotations

import subprocess

from tests import missing


def hmac_sha256(message: bytes, secret: str) -> str:
    """Return the HMAC-SHA256 (RFC 2104) of a message, in hex."""
    program = missing.program("openssl", otherwise="signatures are not compared with its own")
    made = subprocess.run(
        [program, "dgst", "-sha256", "-hmac", secret, "-r"],
        input=message,
        capture_output=True,
        check=True,
    )
    return made.stdout.split()[0].decode()
