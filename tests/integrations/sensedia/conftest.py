"""moto over HTTP behind a gate, and the two kinds of credentials provisioned there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Aws as AwsService
from proxy.outgoing.upstream import Upstreams
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import Gate
from tests.integrations.sensedia.orders import api_keys_at, app_clients_at, service_at


@pytest.fixture(scope="session")
def served() -> Iterator[Gate]:
    """Return the gate that all tests share."""
    with Aws() as aws:
        gate = Gate(aws)
        yield gate
        gate.close()


@pytest.fixture
def gate(served: Gate) -> Gate:
    """Return the gate, open, with nothing behind it but plans and a pool."""
    served.aws.clear()
    served.reset()
    return served


@pytest.fixture
def aws(gate: Gate) -> Aws:
    """Return AWS as it is behind the gate."""
    return gate.aws


@pytest.fixture(scope="session")
def upstreams() -> Upstreams:
    """Return a process's connections, which nobody watches."""
    return Upstreams("tests", lambda *_: None)


@pytest.fixture(scope="session")
def api_gateway(served: Gate, upstreams: Upstreams) -> AwsService:
    """Return API Gateway as the product calls it; making a client takes long, so there is one."""
    return _made(service_at(served.url, "apigateway", upstreams))


@pytest.fixture(scope="session")
def cognito(served: Gate, upstreams: Upstreams) -> AwsService:
    """Return Cognito as the product calls it."""
    return _made(service_at(served.url, "cognito-idp", upstreams))


def _made(service: AwsService) -> AwsService:
    """Return a service whose client is there: making it may take longer than a test's deadline."""
    with service.place():
        return service


@pytest.fixture
def api_keys(aws: Aws, api_gateway: AwsService) -> ApiKeys:
    """Return API keys that may have any of the plans."""
    return api_keys_at(api_gateway, aws)


@pytest.fixture
def app_clients(aws: Aws, cognito: AwsService) -> AppClients:
    """Return app clients that may have the scopes of any API."""
    return app_clients_at(cognito, aws)
