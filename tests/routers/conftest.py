"""Each router in front of Echoseal and a marketplace frontend, as docs/deploy.md puts it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.ports import free_port
from tests.kit.world import KitWorld
from tests.missing import do_without
from tests.proxy.fronted import Frontend
from tests.proxy.loopback import Received, answer, answering
from tests.routers.asking import CLAIMED, VENDOR
from tests.routers.router_process import FILES, NAME, Places, Router, installed

PATH_ROUTING, TLS_ONLY = "path-routing", "tls-only"
CLOSES = "Connection: close"
StartRouter = Callable[..., Router]


class Upstream(Frontend):
    """A server that answers `upstream` to everything until it is told otherwise.

    Unless it `keeps` connections, it closes each: a router that reuses one while it is being
    dropped cannot send a POST a second time.
    """

    def __init__(self, *, keeps: bool = False) -> None:
        super().__init__()
        self.received: list[Received] = []
        self._fields = () if keeps else (CLOSES,)
        self.behave()

    def behave(self) -> None:
        """Answer `upstream` to everything, and forget what was received."""
        self.received.clear()
        self.serve = answering(answer(b"upstream", *self._fields), received=self.received)

    def told(self, name: str) -> list[str]:
        """Return all values of a header field of the last request."""
        return self.received[-1].headers.get_all(name) or []


class Deployment:
    """One router in front of a world and a frontend."""

    def __init__(self, program: str, deployment: str, folder: Path, certificate: Path) -> None:
        self.program = program
        self.has_path_routing = deployment == PATH_ROUTING
        self.frontend = Upstream()
        port = free_port()
        self.world = KitWorld(
            INTEGRATIONS="facecheck",
            FACECHECK_NETWORKS=f"{VENDOR},{CLAIMED}",
            PUBLIC_URL=f"http://127.0.0.1:{port}",
            TRUSTED_PROXY_HOPS="1",
            FRONTEND_URL=None if self.has_path_routing else self.frontend.server.url,
        )
        echoseal = int(self.world.settings["PORT"])
        places = Places(folder, certificate, echoseal, self.frontend.server.port, port=port)
        self.router = Router(program, deployment, places)
        self.world.url = self.router.url

    def close(self) -> None:
        """Stop everything."""
        self.router.close()
        self.world.close()
        self.frontend.server.close()


def _ensured(program: str) -> str:
    """Return `program`; a test without it ends as `do_without` says."""
    if installed(program) is None:
        do_without(f"no {program} on PATH: docs/deploy is not tested with it")
    return program


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a PEM file with a self-signed certificate for `NAME`, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "market.pem"
    key_text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(made.public_bytes(serialization.Encoding.PEM) + key_text)
    return path


@pytest.fixture(params=FILES, scope="module")
def program(request: pytest.FixtureRequest) -> str:
    """Return the name of each router in turn."""
    return _ensured(request.param)


@pytest.fixture(params=[PATH_ROUTING, TLS_ONLY], scope="module")
def each_deployment(
    request: pytest.FixtureRequest,
    program: str,
    certificate: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Deployment]:
    """Return each router in each of its two deployments, for all tests of a file."""
    folder = tmp_path_factory.mktemp(program)
    deployment = Deployment(program, request.param, folder, certificate)
    yield deployment
    deployment.close()


@pytest.fixture
def deployed(each_deployment: Deployment) -> Iterator[Deployment]:
    """Return each router in each of its two deployments, with a frontend that behaves."""
    each_deployment.frontend.behave()
    yield each_deployment
    each_deployment.frontend.server.drop_connections()


@pytest.fixture
def echoseal() -> Iterator[Upstream]:
    """Return a stand-in for Echoseal, which shows what it is told."""
    stand_in = Upstream(keeps=True)
    yield stand_in
    stand_in.server.close()


@pytest.fixture(params=[PATH_ROUTING, TLS_ONLY])
def start_router(
    request: pytest.FixtureRequest, program: str, certificate: Path, tmp_path: Path
) -> Iterator[StartRouter]:
    """Return a function that starts each router in each deployment: `start_router(port)`.

    Both of its upstreams are at this port; `is_tls=True` has it want TLS.
    """
    started: list[Router] = []

    def start(port: int, *, is_tls: bool = False) -> Router:
        places = Places(tmp_path, certificate, echoseal=port, frontend=port, is_tls=is_tls)
        started.append(Router(program, request.param, places))
        return started[-1]

    yield start
    for router in started:
        router.close()
