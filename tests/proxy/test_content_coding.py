"""Content codings are undone within a limit."""

from __future__ import annotations

import gzip
import zlib

import pytest

from proxy.wire.content_coding import decoded


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(bytes(10_000_000))),
        ("gzip", gzip.compress(b"x") * 10_000),
        ("deflate", zlib.compress(bytes(10_000_000))),
    ],
)
def test_what_unpacks_without_end_is_not_unpacked_to_its_end(coding: str, packed: bytes) -> None:
    assert 101 == len(decoded(packed, coding, 100))
