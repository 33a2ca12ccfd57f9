"""Orders about one app, the product's view of AWS, and what must hold there."""

from __future__ import annotations

from typing import Any

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Access
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.contract import App
from integrations.sensedia.gateway import Gateway
from integrations.sensedia.retries import Retries
from proxy.outgoing.upstream import Upstreams
from sandbox.sensedia import Aws

SLUG = "7c1e09d4ab52"
OWNER = "echoseal"


def service_at(
    url: str | None, service: str, upstreams: Upstreams, make: type[AwsService] = AwsService
) -> AwsService:
    """Return an AWS service at `url` (None: Amazon's own), with the sandbox's credentials.

    What it tries again, it tries again at once.
    """
    access = Access(Aws.region, Aws.access_key_id, Aws.secret_access_key, None, url)
    probes: dict[str, tuple[str, dict[str, Any]]] = {
        "apigateway": ("get_usage_plans", {"limit": 1}),
        "cognito-idp": ("list_user_pools", {"MaxResults": 1}),
    }
    return make(service, access, upstreams, probes[service], retries=Retries(lambda _: None))


def api_keys_at(service: AwsService, aws: Aws) -> ApiKeys:
    """Return API keys as one process provisions them."""
    return ApiKeys(Gateway(service, OWNER), frozenset(aws.plan_ids.values()))


def app_clients_at(service: AwsService, aws: Aws) -> AppClients:
    """Return app clients as one process provisions them."""
    return AppClients(service, aws.pool_id, aws.scopes, OWNER)


def app(aws: Aws, *plans: str, **named: Any) -> App:
    """Return an app that is to have these plans (by name) and all APIs; or other `named` fields."""
    fields: dict[str, Any] = {
        "slug": SLUG,
        "has_slug": True,
        "name": "Parcel tracker",
        "developer": "dev@parcels.example",
        "has_apis": True,
        "api_ids": tuple(aws.scopes),
        "plan_ids": tuple(aws.plan_ids[plan] for plan in plans),
    }
    return App(**{**fields, **named})


def assert_one_working_key(aws: Aws, told: dict[str, str], *plans: str) -> None:
    """Require that there is one key, that it works, and that it is what was told."""
    [key] = aws.keys()
    assert {
        "credentialType": "API_KEY",
        "apiKeyId": key["id"],
        "apiKey": key["value"],
    } == told
    assert (True, set(plans)) == (key["enabled"], set(key["plans"]))


def assert_one_client(aws: Aws, told: dict[str, Any]) -> None:
    """Require that there is one client with all scopes, and that it is what was told."""
    [client] = aws.clients()
    assert {
        "credentialType": "CLIENT_CREDENTIALS",
        "clientId": client["ClientId"],
        "clientSecret": client["ClientSecret"],
    } == told
    expected = {scope for scopes in aws.scopes.values() for scope in scopes}
    assert expected == set(client["AllowedOAuthScopes"])
