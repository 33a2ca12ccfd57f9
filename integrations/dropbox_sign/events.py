"""Dropbox Sign's events: a form with one field of JSON, and a hash in it that covers a moment.

Source: hellosign-openapi @ad21451f (callbacks, EventCallbackRequest), the SDKs' EventCallbackHelper
(`dropbox-sign` 2.0.0), help.dropbox.com, "Example of a Dropbox Sign callback event" (all read
2026-11). `event_hash` is the HMAC-SHA256, in hex, of `event_time` and `event_type`, under an API
key of the account: whoever has seen one can send any signature request with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from proxy.vendors import (
    CallbackUnreadable,
    RequestHeaders,
    Signature,
    as_object,
    as_text,
    read_lenient_object,
)

_BOUNDARY = re.compile(r'(?i);\s*boundary=(?:"([^"]{1,70})"|([^\s";,]{1,70}))\s*(?:;|$)')
_FIELD = re.compile(rb'(?im)^content-disposition:[ \t]*form-data;[^\r\n]*\bname="json"')
# So that time and type can be told apart in what is signed.
_MOMENT, _TYPE = re.compile(r"[0-9]{1,15}", re.ASCII), re.compile(r"[a-z_]{1,100}", re.ASCII)

_TEST = "test_of_echoseal"


def read_signatures(headers: RequestHeaders, body: bytes) -> Sequence[Signature]:
    """Return the hash in an event, and what it is said to be made over; see Signatures.read."""
    event = as_object(read_event(headers, body).get("event"))
    moment, kind = as_text(event.get("event_time")), as_text(event.get("event_type"))
    presented = as_text(event.get("event_hash"))
    if moment is None or kind is None or presented is None:
        return ()
    if not _MOMENT.fullmatch(moment) or not _TYPE.fullmatch(kind):
        return ()
    return (Signature(f"{moment}{kind}".encode(), presented),)


def write_test(sign: Callable[[bytes], str], now: int) -> tuple[Mapping[str, str], bytes]:
    """Return a test event, of a kind that Dropbox Sign does not send; see Signatures.write."""
    event = {
        "event_time": str(now),
        "event_type": _TEST,
        "event_hash": sign(f"{now}{_TEST}".encode()),
    }
    body = (
        f'--{_TEST}\r\nContent-Disposition: form-data; name="json"\r\n\r\n'
        f"{json.dumps({'event': event})}\r\n--{_TEST}--\r\n"
    )
    return {"Content-Type": f"multipart/form-data; boundary={_TEST}"}, body.encode()


def read_event(headers: RequestHeaders, body: bytes) -> dict[str, Any]:
    """Return the event in the field `json` of a form (RFC 7578); raises CallbackUnreadable."""
    boundary = _BOUNDARY.search(headers.get("Content-Type") or "")
    if boundary is None:
        raise CallbackUnreadable("The body is not a form with a boundary.")
    delimiter = f"\r\n--{boundary[1] or boundary[2]}".encode()
    found = []
    for part in (b"\r\n" + body).split(delimiter)[1:-1]:
        head, _, value = part.partition(b"\r\n\r\n")
        if _FIELD.search(head):
            found.append(value)
    if len(found) != 1:
        raise CallbackUnreadable("The form does not have one field json.")
    return read_lenient_object(found[0])
