"""The WSGI environ (PEP 3333) of a request whose body has been received."""

from __future__ import annotations

import io
import sys
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from proxy.http.bodies import BODY_STATE, BodyState
from proxy.wire.answer_reader import Field
from proxy.wire.exchange import Exchange

_WITHOUT_PREFIX = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


def environ_of(exchange: Exchange, body: bytes | None) -> dict[str, Any]:
    """Return the environ of `exchange` with what has come of its `body`.

    None: nobody knows yet whether it is wanted.
    """
    head = exchange.head
    state = BodyState.WHOLE if exchange.body_is_whole else BodyState.BROKEN_OFF
    environ: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(head.path).decode("latin-1"),
        "QUERY_STRING": (head.query or b"").decode("latin-1"),
        "SERVER_PROTOCOL": f"HTTP/{head.version}",
        "SERVER_NAME": exchange.local[0],
        "SERVER_PORT": str(exchange.local[1]),
        "REMOTE_ADDR": exchange.client[0],
        "REMOTE_PORT": str(exchange.client[1]),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
        BODY_STATE: BodyState.AWAITED if body is None else state,
    }
    for name, value in head.fields:
        if name != b"upgrade":  # werkzeug would look for a route that speaks that protocol
            _add(environ, (name, value))
    return environ


def _add(environ: dict[str, Any], field: Field) -> None:
    """Add a header field; a repeated one makes a list (RFC 9110 5.3, of cookies RFC 6265 5.4)."""
    name, value = field
    key = _key(name)
    text = value.decode("latin-1")
    if key in environ:
        text = f"{environ[key]}{'; ' if name == b'cookie' else ','}{text}"
    environ[key] = text


@lru_cache(maxsize=512)
def _key(name: bytes) -> str:
    return _WITHOUT_PREFIX.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
