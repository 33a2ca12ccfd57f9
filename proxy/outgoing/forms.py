"""Request bodies that vendors ask for, besides JSON."""

from __future__ import annotations

from collections.abc import Mapping

from urllib3 import encode_multipart_formdata


def multipart(fields: Mapping[str, str]) -> tuple[str, bytes]:
    """Return content type and body of multipart/form-data (RFC 7578) with text fields only."""
    body, content_type = encode_multipart_formdata(dict(fields))
    return content_type, body
