"""Header fields on their way through: what is dropped, what is told anew, what is rewritten."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from proxy.passthrough.loops import FIELD as CDN_LOOP
from proxy.wire.answer_reader import AnswerReader, Field
from proxy.wire.exchange import Head, date_field

# RFC 9110 7.6.1: meant for one connection only.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Told anew: what a client claims here would be believed as ours. Its X-Forwarded-For is kept, to
# the left of the address that we saw, as every proxy does. A body that is on its way already, or
# has been asked for, needs no Expect. CF-Connecting-IP is what Cloudflare tells its own origin of
# the one connection between them: a frontend that is behind Cloudflare too (all of Render is) would
# be kept from us with "Error 1000" (github.com/cloudflare/cloudflare-docs/issues/8066, 2026-11).
_TOLD_ANEW = frozenset(
    {
        CDN_LOOP,
        b"cf-connecting-ip",
        b"content-length",
        b"expect",
        b"forwarded",
        b"host",
        b"x-forwarded-for",
        b"x-forwarded-host",
        b"x-forwarded-proto",
        b"x-request-id",
    }
)
_DROPPED_OF_REQUESTS = _HOP_BY_HOP | _TOLD_ANEW
_DROPPED_OF_ANSWERS = _HOP_BY_HOP | {b"content-length"}
# Where a frontend leaves these out, or has nothing in them, ours stand there.
_OURS_OTHERWISE = frozenset({b"date", b"x-request-id"})
# An absolute address, one without a scheme, or a path; a user before the host is no part of it.
_LOCATION = re.compile(
    rb"(?:(?:(https?):)?//([A-Za-z0-9._~-]+(?::[0-9]*)?|\[[0-9A-Fa-f:.]+\](?::[0-9]*)?))?"
    rb"(|[/?#].*)",
    re.IGNORECASE | re.DOTALL,
)
# Without a scheme, browsers read these as the slashes before another host, and leave tabs out.
_HOST_BEGINS = re.compile(rb"/\t*[/\\]")
_DEFAULT_PORTS = {b"http": b"80", b"https": b"443"}


@dataclass(frozen=True, slots=True)
class Asked:
    """How the client asked for it: `http` or `https`, which host (and port), and the request id.

    `target` is what it asked for, path and query; `loop` is who has passed the request on,
    ourselves included (RFC 8586).
    """

    scheme: bytes
    host: bytes
    request_id: bytes
    loop: bytes
    target: bytes


@dataclass(frozen=True, slots=True)
class Trust:
    """What is believed about the way that a request took.

    `hops` proxies in front are trusted. `origins` are the marketplace's own, as `scheme://host`:
    another host is not believed, since a router that tells the host by itself is rare, and one that
    lets a client's claim through is not. `loop_name` is our own name among those who pass on.
    """

    hops: int
    origins: frozenset[str]
    loop_name: bytes


def asked_for(head: Head, trust: Trust, request_id: str) -> Asked:
    """Return how the client asked, told by trusted proxies where there are some.

    `X-Forwarded-Proto` and `-Host` may be lists to which each proxy adds, in any case.
    """
    scheme = _told(head, b"x-forwarded-proto", trust.hops).lower()
    if scheme not in _DEFAULT_PORTS:
        scheme = b"http"
    host = head.value(b"host") or b""
    claimed = _told(head, b"x-forwarded-host", trust.hops).lower()
    if claimed and _origin(scheme, claimed) in trust.origins:
        host = claimed
    loop = b", ".join([*head.values(CDN_LOOP), trust.loop_name])
    return Asked(scheme, host, request_id.encode(), loop, _target(head))


def _told(head: Head, name: bytes, hops: int) -> bytes:
    """Return the entry of a list that the outermost trusted proxy wrote, or the only one."""
    if hops == 0:
        return b""
    entries = [entry.strip(b' \t"') for entry in (head.value(name) or b"").split(b",")]
    return entries[-min(hops, len(entries))]


def _origin(scheme: bytes, host: bytes) -> str:
    return f"{scheme.decode()}://{_without_default_port(scheme, host).decode('latin-1')}"


def _without_default_port(scheme: bytes, host: bytes) -> bytes:
    """Return a host in lower case, without a port that need not be told; an IPv6 one has `[]`."""
    name, colon, port = host.lower().rpartition(b":")
    is_port = colon and not (port.endswith(b"]") or port.strip(b"0123456789"))
    return name if is_port and port in (b"", _DEFAULT_PORTS[scheme]) else host.lower()


def request_head(
    head: Head, base: bytes, host: bytes, asked: Asked, client: str, framing: Iterable[Field]
) -> bytes:
    """Return the head that the frontend gets.

    `base` is the path before all of its paths, `host` its own name, since routers choose by it;
    `client` is the address at the other end of the connection; `framing` tells of the body.
    """
    lines = [head.method.encode(), b" ", base, _target(head), b" HTTP/1.1\r\nHost: ", host, b"\r\n"]
    named = _named_in_connection(head.values(b"connection"))
    for name, value in head.fields:
        if name not in _DROPPED_OF_REQUESTS and name not in named:
            lines += (name, b": ", value, b"\r\n")
    forwarded_for = [*head.values(b"x-forwarded-for"), client.encode()]
    told = (
        (b"X-Forwarded-For", b", ".join(forwarded_for)),
        (b"X-Forwarded-Host", asked.host),
        (b"X-Forwarded-Proto", asked.scheme),
        (b"X-Request-Id", asked.request_id),
        (b"CDN-Loop", asked.loop),
        *framing,
    )
    for name, value in told:
        lines += (name, b": ", value, b"\r\n")
    lines.append(b"\r\n")
    return b"".join(lines)


def _target(head: Head) -> bytes:
    return head.path if head.query is None else b"%b?%b" % (head.path, head.query)


def _named_in_connection(values: Iterable[bytes]) -> frozenset[bytes]:
    return frozenset(part.strip().lower() for value in values for part in value.split(b","))


@dataclass(frozen=True, slots=True)
class Address:
    """The frontend's own address, which no visitor can use: scheme, host, the path before all."""

    scheme: bytes
    host: bytes
    base: bytes

    @classmethod
    def of(cls, url: str) -> Address:
        """Return the address that FRONTEND_URL names."""
        parts = urlsplit(url)
        scheme = parts.scheme.encode()
        host = _without_default_port(scheme, parts.netloc.encode())
        return cls(scheme, host, parts.path.rstrip("/").encode())


def answer_fields(answer: AnswerReader, asked: Asked, frontend: Address) -> list[Field]:
    """Return the fields that the client gets, without the framing of the body.

    A `Date` is added where there is none (RFC 9110 6.6.1), and so is our request id: a frontend
    that gives its own answers a number of its own has that one in its log.
    """
    named: frozenset[bytes] = frozenset()
    kept: list[Field] = []
    for name, value in answer.fields:
        key = name.lower()
        if key == b"connection":
            named |= _named_in_connection((value,))
        elif key == b"location":
            kept.append((name, public_location(value, asked, frontend)))
        elif key not in _DROPPED_OF_ANSWERS and (value.strip() or key not in _OURS_OTHERWISE):
            kept.append((name, value))
    if named:
        kept = [(name, value) for name, value in kept if name.lower() not in named]
    names = {name.lower() for name, _ in kept}
    if b"date" not in names:
        kept.append(date_field())
    if b"x-request-id" not in names:
        kept.append((b"X-Request-Id", asked.request_id))
    return kept


def public_location(location: bytes, asked: Asked, frontend: Address) -> bytes:
    """Return where a redirect leads, the frontend's own address replaced by the public one.

    What leads elsewhere stays as it is, byte for byte. The scheme becomes the visitor's too, unless
    the frontend means another by it: one that wants TLS for what was asked for without it
    (express-enforces-ssl, in the Web Template) would be asked the same again for ever.
    """
    found = _LOCATION.fullmatch(location)
    if found is None:
        return location
    told, host, rest = found.groups()
    scheme = (told or b"").lower()
    if host is not None:
        own = _without_default_port(scheme or frontend.scheme, host)
        if own != frontend.host:
            return location
    path = _without_base(rest, frontend.base)
    if path is None:
        return location
    if host is None:
        return b"/." + path if _HOST_BEGINS.match(path) else path
    if not told:
        return b"//" + asked.host + path
    wants_tls = scheme == b"https" and asked.scheme == b"http"
    if wants_tls and (frontend.scheme == b"http" or (path or b"/") == asked.target):
        return b"https://" + _without_default_port(b"http", asked.host) + path
    return asked.scheme + b"://" + asked.host + path


def _without_base(path: bytes, base: bytes) -> bytes | None:
    """Return a path as visitors know it, None when they cannot reach it."""
    if not base:
        return path
    if not path.startswith(base) or path[len(base) : len(base) + 1] not in (b"", b"/", b"?", b"#"):
        return None
    return path[len(base) :] or b"/"
