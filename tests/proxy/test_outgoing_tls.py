"""TLS to upstreams: verified, with one context for the whole process, under the deadline."""

from __future__ import annotations

import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import Upstream, Upstreams, UpstreamUnavailable
from tests.proxy.conftest import StartServer
from tests.proxy.loopback import Connection, Received, answer, answering


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority that lives as long as one test run."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    folder: Path

    @property
    def file(self) -> Path:
        """The authority's certificate as PEM."""
        return self.folder / "authority.pem"

    def server_context(self, *names: x509.GeneralName, days: int = 1) -> ssl.SSLContext:
        """Return a server's context with a certificate for `names`; negative days: expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        builder = _builder("server", key.public_key(), self.certificate.subject, days)
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key())
        builder = builder.add_extension(issuer, critical=False)
        chain = self.folder / f"server-{id(key)}.pem"
        chain.write_bytes(_pem(builder.sign(self.key, hashes.SHA256())) + _key_pem(key))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def _builder(
    name: str, key: ec.EllipticCurvePublicKey, issuer: x509.Name | None, days: int
) -> x509.CertificateBuilder:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer or subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=2))
        .not_valid_after(now + timedelta(days=days))
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Return a new authority whose certificate is a file."""
    key = ec.generate_private_key(ec.SECP256R1())
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _builder("authority", key.public_key(), None, 1)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Authority(key, certificate, tmp_path_factory.mktemp("tls"))
    made.file.write_bytes(_pem(certificate))
    return made


@pytest.fixture
def upstreams(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Upstreams:
    """Return upstreams of a process that trusts the authority."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    return Upstreams("Tests/1.0", lambda *_: None)


LOOPBACK = x509.IPAddress(ip_address("127.0.0.1"))


def get(upstream: Upstream) -> bytes:
    return upstream.request("GET", "/", headers={}).body


def test_a_server_with_a_trusted_certificate_is_used(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    server = start_server(answering(answer(b"safe")), authority.server_context(LOOPBACK))
    assert b"safe" == get(upstreams.at("up", server.url))


def test_an_unknown_authority_is_refused(start_server: StartServer, authority: Authority) -> None:
    server = start_server(answering(answer(b"safe")), authority.server_context(LOOPBACK))
    upstream = Upstreams("Tests/1.0", lambda *_: None).at("up", server.url)
    with pytest.raises(UpstreamUnavailable, match=r"up: tls untrusted$"):
        get(upstream)


def test_a_certificate_for_another_host_is_refused(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    context = authority.server_context(x509.DNSName("api.example"))
    server = start_server(answering(answer(b"safe")), context)
    with pytest.raises(UpstreamUnavailable, match=r"up: tls name$"):
        get(upstreams.at("up", server.url))


def test_an_expired_certificate_is_refused(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    server = start_server(answering(answer(b"safe")), authority.server_context(LOOPBACK, days=-1))
    with pytest.raises(UpstreamUnavailable, match=r"up: tls expired$"):
        get(upstreams.at("up", server.url))


def test_certificates_are_loaded_once_for_all_upstreams_and_connections(
    start_server: StartServer,
    upstreams: Upstreams,
    authority: Authority,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    loaded: list[object] = []
    for name in ("load_verify_locations", "load_default_certs", "set_default_verify_paths"):
        monkeypatch.setattr(ssl.SSLContext, name, lambda *args, **_: loaded.append(args))
    context = authority.server_context(LOOPBACK)
    once = answer(b"safe", "Connection: close")
    servers = [start_server(answering(once), context) for _ in range(2)]
    for server in servers * 2:
        assert b"safe" == get(upstreams.at("up", server.url))
    assert [2, 2] == [server.connections for server in servers]
    assert [] == loaded


def test_one_tls_connection_carries_many_requests(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    server = start_server(answering(answer(b"safe")), authority.server_context(LOOPBACK))
    for _ in range(3):
        get(upstreams.at("up", server.url))
    assert 1 == server.connections


def test_large_bodies_pass_both_ways(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    received: list[Received] = []
    serve = answering(answer(b"y" * 1_500_000), received=received)
    server = start_server(serve, authority.server_context(LOOPBACK))
    body = upstreams.at("up", server.url).request("POST", "/", headers={}, body=b"x" * 9_000_000)
    assert (9_000_000, 1_500_000) == (len(received[0].body), len(body.body))


def test_a_tls_connection_that_was_closed_is_replaced(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    closed = threading.Event()

    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"safe"))
        connection.close()
        closed.set()

    server = start_server(serve, authority.server_context(LOOPBACK))
    upstream = upstreams.at("up", server.url)
    get(upstream)
    assert closed.wait(5)
    assert b"safe" == upstream.request("POST", "/", headers={}).body


def test_a_server_that_speaks_no_tls_is_told_from_one_that_is_down(
    start_server: StartServer, upstreams: Upstreams
) -> None:
    server = start_server(lambda connection: connection.send(b"HTTP/1.1 400 No\r\n\r\n"))
    with pytest.raises(UpstreamUnavailable, match=r"up: tls$"):
        get(upstreams.at("up", server.url.replace("http:", "https:")))


def test_a_slow_answer_over_tls_is_cut_off(
    start_server: StartServer, upstreams: Upstreams, authority: Authority
) -> None:
    def serve(connection: Connection) -> None:
        connection.receive()
        connection.send(answer(b"", length=450))
        connection.drip(b"x" * 450)

    server = start_server(serve, authority.server_context(LOOPBACK))
    with pytest.raises(UpstreamUnavailable), deadline(0.3):
        get(upstreams.at("up", server.url))
