"""A marketplace and a vendor that take their time, over TLS, in a process of their own.

They answer just what a start needs (current_user/show, initiate, update_profile) and check nothing:
the simulators of `sandbox` are strict, and would be what is measured.
"""

from __future__ import annotations

import asyncio
import ipaddress
import json
import multiprocessing
import ssl
import tempfile
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
STOP_SECONDS = 5.0
# Returns the JSON body for a request whose first header lines are given.
Answer = Callable[[bytes], bytes]


@dataclass(slots=True)
class Upstream:
    """One simulated system: how long it waits before it answers, and who connected."""

    answer: Answer
    seconds: float
    connections: int = 0
    served: int = 0
    open_writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection's requests until the client hangs up."""
        self.connections += 1
        self.open_writers.add(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                await reader.readexactly(content_length(head))
                await asyncio.sleep(self.seconds)
                writer.write(_response(self.answer(head)))
                await writer.drain()
                self.served += 1
        except (asyncio.CancelledError, asyncio.IncompleteReadError, ConnectionError):
            return  # the client hung up, or the measurement is over
        finally:
            self.open_writers.discard(writer)
            writer.close()


class SlowUpstreams:
    """Context manager: the two systems run while it is open; `connections` is known afterwards.

    `marketplace_url` and `vendor_url` are their addresses, `certificate` the PEM file to trust
    (`SSL_CERT_FILE`). Seconds are the wait before each answer.
    """

    def __init__(self, marketplace_seconds: float, vendor_seconds: float) -> None:
        self._seconds = (marketplace_seconds, vendor_seconds)
        self._folder = tempfile.TemporaryDirectory(prefix="echoseal-bench-")
        self.certificate = Path(self._folder.name) / "certificate.pem"
        self.connections = 0

    def __enter__(self) -> Self:
        key = _make_certificate(self.certificate)
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_run, args=(theirs, self._seconds, self.certificate, key), daemon=True
        )
        self._process.start()
        marketplace_port, vendor_port = self._pipe.recv()
        self.marketplace_url = f"https://{HOST}:{marketplace_port}"
        self.vendor_url = f"https://{HOST}:{vendor_port}"
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._pipe.send("stop")
        if self._pipe.poll(STOP_SECONDS):
            self.connections = self._pipe.recv()
        self._process.join(STOP_SECONDS)
        self._process.kill()
        self._folder.cleanup()


def content_length(head: bytes) -> int:
    """Return the Content-Length that a message's header lines state, 0 without one."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    return 0


def _run(
    pipe: Connection, seconds: tuple[float, float], certificate: Path, private_key: Path
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private_key)
    marketplace = Upstream(_marketplace_answer, seconds[0])
    vendor = Upstream(_vendor_answer, seconds[1])
    asyncio.run(_serve_until_told(pipe, context, [marketplace, vendor]))
    pipe.send(marketplace.connections + vendor.connections)


async def _serve_until_told(
    pipe: Connection, context: ssl.SSLContext, upstreams: list[Upstream]
) -> None:
    start = partial(asyncio.start_server, host=HOST, ssl=context, backlog=2048)
    servers = [await start(upstream.serve) for upstream in upstreams]
    pipe.send([server.sockets[0].getsockname()[1] for server in servers])
    await asyncio.to_thread(pipe.recv)
    for server in servers:
        server.close()
    for upstream in upstreams:
        for writer in tuple(upstream.open_writers):
            writer.transport.abort()


def _marketplace_answer(head: bytes) -> bytes:
    """Answer as the user of the access token, who has never been verified."""
    access_token = head.partition(b"Bearer ")[2].partition(b"\r")[0]
    user_id = str(uuid.uuid5(uuid.NAMESPACE_URL, access_token.hex()))
    profile: dict[str, object] = {"privateData": {}}
    user = {"id": user_id, "type": "currentUser", "attributes": {"profile": profile}}
    return json.dumps({"data": user}).encode()


def _vendor_answer(_head: bytes) -> bytes:
    reference = str(uuid.uuid4())
    redirect_url = f"https://vendor.example/web?authorizationToken={reference}"
    return json.dumps({"transactionReference": reference, "redirectUrl": redirect_url}).encode()


def _response(body: bytes) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _make_certificate(path: Path) -> Path:
    """Write a self-signed certificate for loopback to `path`; return where its private key is."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    addresses = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(HOST))])
    today = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(addresses, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_path = path.with_suffix(".key")
    key_path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return key_path
