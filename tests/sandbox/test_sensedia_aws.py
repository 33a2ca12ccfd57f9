"""AWS in the sandbox: served over HTTP, seen from inside, prepared and forgotten."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from typing import Any

import pytest
import requests

from sandbox.hops import HopLog
from sandbox.sensedia import Aws
from sandbox.sensedia import aws as module

SIGNED = "AWS4-HMAC-SHA256 Credential=x/20261101/{region}/{service}/aws4_request, Signature=0"


@pytest.fixture(scope="module")
def hops() -> HopLog:
    """Return the log that AWS writes to."""
    return HopLog()


@pytest.fixture(scope="module")
def served(hops: HopLog) -> Iterator[Aws]:
    """Return AWS, for all tests of this file."""
    with Aws(hops) as aws:
        yield aws


@pytest.fixture
def aws(served: Aws, hops: HopLog) -> Aws:
    """Return AWS without keys and clients, and with an empty log."""
    served.clear()
    hops.clear()
    return served


def ask(aws: Aws, method: str, path: str, document: Any = None, **headers: str) -> Any:
    """Send a request over HTTP, as a client of AWS does; return the answer's JSON."""
    service = "cognito-idp" if headers else "apigateway"
    signed = {
        "Authorization": SIGNED.format(region=aws.region, service=service),
        "Content-Type": "application/x-amz-json-1.1" if headers else "application/json",
    }
    body = None if document is None else json.dumps(document)
    with requests.Session() as session:
        session.trust_env = False
        answer = session.request(
            method, aws.url + path, headers=signed | headers, data=body, timeout=10
        )
    assert answer.ok, answer.text
    return answer.json()


def test_a_key_made_over_http_is_seen_with_its_value_and_plans(aws: Aws) -> None:
    made = ask(aws, "POST", "/apikeys", {"name": "a", "enabled": True, "tags": {"t": "1"}})
    path = f"/usageplans/{aws.plan_ids['gold']}/keys"
    ask(aws, "POST", path, {"keyId": made["id"], "keyType": "API_KEY"})
    [key] = aws.keys()
    assert (made["id"], made["value"], ["gold"]) == (key["id"], key["value"], key["plans"])
    assert (True, {"t": "1"}) == (key["enabled"], key["tags"])


def test_a_client_made_over_http_is_seen_with_its_secret(aws: Aws) -> None:
    target = {"X-Amz-Target": "AWSCognitoIdentityProviderService.CreateUserPoolClient"}
    document = {"UserPoolId": aws.pool_id, "ClientName": "a", "GenerateSecret": True}
    made = ask(aws, "POST", "/", document, **target)["UserPoolClient"]
    [client] = aws.clients()
    assert made["ClientSecret"] == client["ClientSecret"]


def test_the_pool_knows_the_scopes(aws: Aws) -> None:
    listed = aws.cognito("ListResourceServers", UserPoolId=aws.pool_id, MaxResults=10)
    [server] = listed["ResourceServers"]
    known = {f"{server['Identifier']}/{scope['ScopeName']}" for scope in server["Scopes"]}
    assert known == {scope for scopes in aws.scopes.values() for scope in scopes}


def test_what_comes_over_http_is_logged_and_what_is_looked_at_from_inside_is_not(
    aws: Aws, hops: HopLog
) -> None:
    ask(aws, "GET", "/apikeys?includeValues=true")
    aws.keys()
    aws.clients()
    [hop] = hops.since(0)
    assert ("proxy", "AWS", "GET", "/apikeys", 200) == (
        hop.caller,
        hop.callee,
        hop.method,
        hop.path,
        hop.status,
    )


def test_clear_leaves_plans_and_pool(aws: Aws) -> None:
    before = (dict(aws.plan_ids), aws.pool_id)
    key = aws.api_gateway("POST", "/apikeys", {"name": "a"})
    document = {"keyId": key["id"], "keyType": "API_KEY"}
    aws.api_gateway("POST", f"/usageplans/{aws.plan_ids['gold']}/keys", document)
    aws.cognito("CreateUserPoolClient", UserPoolId=aws.pool_id, ClientName="a")
    aws.clear()
    assert ([], [], before) == (aws.keys(), aws.clients(), (aws.plan_ids, aws.pool_id))


def test_prepare_begins_anew(aws: Aws) -> None:
    pool_id = aws.pool_id
    aws.api_gateway("POST", "/apikeys", {"name": "a"})
    aws.prepare()
    assert [] == aws.keys()
    assert pool_id != aws.pool_id
    assert {"bronze", "silver", "gold"} == set(aws.plan_ids)


def test_a_refusal_from_inside_is_an_error(aws: Aws) -> None:
    with pytest.raises(ValueError, match="404"):
        aws.api_gateway("GET", "/apikeys/gone")


def test_without_moto_an_error_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def find(_: str) -> ModuleSpec | None:
        return None

    monkeypatch.setattr(module, "find_spec", find)
    with pytest.raises(ImportError, match="make demo WITH=aws"):
        Aws()
