"""App clients: made, handed out again, changed, revoked; nobody else's is touched."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.contract import App
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import Upstreams, UpstreamUnavailable
from proxy.vendors.doors import PortalRefused
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import Gate, Passed, answered
from tests.integrations.sensedia.orders import (
    OWNER,
    SLUG,
    app,
    app_clients_at,
    assert_one_client,
    service_at,
)

FORMER_SLUG = "0123456789abcdef"
READS = {"ListUserPoolClients", "DescribeUserPoolClient"}


def changes(gate: Gate) -> list[str]:
    """Return the requests that change something."""
    return [call for call in gate.calls if call not in READS]


def foreign_client(aws: Aws, name: str, *, has_secret: bool = True) -> str:
    """Have somebody else make a client."""
    answer = aws.cognito(
        "CreateUserPoolClient", UserPoolId=aws.pool_id, ClientName=name, GenerateSecret=has_secret
    )
    client_id: str = answer["UserPoolClient"]["ClientId"]
    return client_id


def test_a_client_gets_client_credentials_only_and_the_scopes_of_its_apis(
    app_clients: AppClients, aws: Aws
) -> None:
    told = app_clients.create(app(aws))
    assert_one_client(aws, told)
    [client] = aws.clients()
    assert f"{OWNER}={SLUG} Parcel tracker" == client["ClientName"]
    assert ["client_credentials"] == client["AllowedOAuthFlows"]
    assert client["AllowedOAuthFlowsUserPoolClient"]
    # Left out, AWS would allow people to sign in, by passwords and by custom code.
    assert ["ALLOW_REFRESH_TOKEN_AUTH"] == client["ExplicitAuthFlows"]


def test_a_client_for_one_api_gets_no_other_scopes(app_clients: AppClients, aws: Aws) -> None:
    api_id = next(iter(aws.scopes))
    app_clients.create(app(aws, api_ids=(api_id,)))
    [client] = aws.clients()
    assert set(aws.scopes[api_id]) == set(client["AllowedOAuthScopes"])


@pytest.mark.parametrize(
    ("app_name", "expected"),
    [
        ("Preço/Lieferung: 'now'", "Pre-o-Lieferung- -now-"),
        ("x" * 256, "x" * (128 - len(f"{OWNER}={SLUG} "))),
        ("+=,.@- _9", "+=,.@- _9"),
        ("日本", "--"),
    ],
)
def test_a_name_is_brought_to_what_aws_takes(
    app_clients: AppClients, aws: Aws, app_name: str, expected: str
) -> None:
    told = app_clients.create(app(aws, name=app_name))
    [client] = aws.clients()
    assert f"{OWNER}={SLUG} {expected}" == client["ClientName"]
    assert told == app_clients.create(app(aws, name=app_name))


def test_a_repeated_create_returns_the_same_and_changes_nothing(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    told = app_clients.create(app(aws))
    gate.reset()
    assert told == app_clients.create(app(aws))
    assert [] == changes(gate)


def test_a_repeated_create_with_other_apis_changes_the_scopes(
    app_clients: AppClients, aws: Aws
) -> None:
    told = app_clients.create(app(aws, api_ids=(next(iter(aws.scopes)),)))
    assert told == app_clients.create(app(aws))
    assert_one_client(aws, told)


def test_the_token_url_is_told_where_it_is_set(
    app_clients: AppClients, cognito: AwsService, aws: Aws
) -> None:
    url = "https://login.parcels.example/oauth2/token"
    telling = AppClients(cognito, aws.pool_id, aws.scopes, OWNER, url)
    assert "customCredentials" not in app_clients.create(app(aws))
    assert {"tokenUrl": url} == telling.create(app(aws))["customCredentials"]


@pytest.mark.parametrize("order", ["create", "update"])
def test_an_api_that_is_not_listed_is_refused_before_aws_is_asked(
    app_clients: AppClients, aws: Aws, gate: Gate, order: str
) -> None:
    unlisted = app(aws, api_ids=(*aws.scopes, "unlisted"))
    with pytest.raises(PortalRefused, match="not-allowed"):
        getattr(app_clients, order)(unlisted)
    assert [] == gate.calls


@pytest.mark.parametrize("order", ["create", "update"])
def test_an_order_without_any_api_is_refused(app_clients: AppClients, aws: Aws, order: str) -> None:
    with pytest.raises(PortalRefused, match="body-invalid"):
        getattr(app_clients, order)(app(aws, api_ids=()))


def test_a_client_beyond_the_first_page_is_found(app_clients: AppClients, aws: Aws) -> None:
    for number in range(60):
        foreign_client(aws, f"another {number}")
    told = app_clients.create(app(aws))
    assert told == app_clients.create(app(aws))


def test_an_update_sends_every_attribute_that_aws_would_reset(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    """The operator has changed a validity by hand; AWS tells more than it takes back."""
    told = app_clients.create(app(aws))
    sent: list[dict[str, Any]] = []

    def script(name: str, environ: Any) -> Passed | None:
        if name == "UpdateUserPoolClient":
            sent.append(json.loads(environ["wsgi.input"].read()))
            return answered({"UserPoolClient": {}})
        passed = gate.pass_on(environ)
        if name == "DescribeUserPoolClient":
            client = passed.document()["UserPoolClient"]
            added = {"AccessTokenValidity": 20, "ClientType": "CONFIDENTIAL", "CreationDate": 1.5}
            return answered({"UserPoolClient": client | added})
        return passed

    gate.script = script
    api_id = next(iter(aws.scopes))
    app_clients.update(app(aws, client_id=told["clientId"], api_ids=(api_id,), name="Other"))

    [update] = sent
    assert (20, ["client_credentials"]) == (
        update["AccessTokenValidity"],
        update["AllowedOAuthFlows"],
    )
    assert f"{OWNER}={SLUG} Other" == update["ClientName"]
    assert set(aws.scopes[api_id]) == set(update["AllowedOAuthScopes"])
    assert not update.keys() & {"ClientType", "CreationDate", "ClientSecret"}


def test_an_update_without_apis_changes_the_name_only(app_clients: AppClients, aws: Aws) -> None:
    told = app_clients.create(app(aws))
    named = App(slug="", has_slug=False, name="Tracker 2", developer="", client_id=told["clientId"])
    app_clients.update(named)
    [client] = aws.clients()
    assert f"{OWNER}={SLUG} Tracker 2" == client["ClientName"]
    assert_one_client(aws, told)


@pytest.mark.parametrize("named", [{"client_id": "gone"}, {}])
def test_an_update_of_an_unknown_app_is_refused_and_makes_no_client(
    app_clients: AppClients, aws: Aws, named: dict[str, str]
) -> None:
    with pytest.raises(PortalRefused, match="app-unknown"):
        app_clients.update(app(aws, **named))
    assert [] == aws.clients()


@pytest.mark.parametrize("by", ["id", "slug", "both"])
def test_a_revoke_removes_the_client_and_a_second_one_succeeds(
    app_clients: AppClients, aws: Aws, by: str
) -> None:
    told = app_clients.create(app(aws))
    named = {"client_id": told["clientId"]} if by != "slug" else {}
    slug = {"slug": "", "has_slug": False} if by == "id" else {}
    app_clients.revoke(app(aws, **named, **slug))
    assert [] == aws.clients()
    app_clients.revoke(app(aws, **named, **slug))


def test_an_app_approved_anew_gets_another_secret(app_clients: AppClients, aws: Aws) -> None:
    told = app_clients.create(app(aws))
    app_clients.revoke(app(aws))
    again = app_clients.create(app(aws))
    assert told["clientSecret"] != again["clientSecret"]
    app_clients.revoke(app(aws, client_id=told["clientId"]))
    assert_one_client(aws, again)


@pytest.mark.parametrize(
    ("name", "has_secret"),
    [
        (f"{OWNER} {SLUG} by hand", True),
        (f"somebody={SLUG} Parcel tracker", True),
        (f"{OWNER}=other Parcel tracker", True),
        (f"{OWNER}={SLUG} without a secret", False),
    ],
)
@pytest.mark.parametrize("order", ["update", "revoke"])
def test_clients_of_others_are_not_touched(
    app_clients: AppClients, aws: Aws, gate: Gate, order: str, name: str, *, has_secret: bool
) -> None:
    client_id = foreign_client(aws, name, has_secret=has_secret)
    before = aws.clients()
    for named in ({"client_id": client_id}, {}):
        if order == "revoke":
            app_clients.revoke(app(aws, **named))
        else:
            with pytest.raises(PortalRefused, match="app-unknown"):
                app_clients.update(app(aws, **named))
    assert (before, []) == (aws.clients(), changes(gate))


def test_what_an_older_version_made_is_found_for_an_app_without_slug_and_for_no_other(
    app_clients: AppClients, aws: Aws
) -> None:
    former = foreign_client(aws, f"{OWNER}={FORMER_SLUG} App")
    sent = app(aws, slug=f"portal.{FORMER_SLUG}", former_slug=FORMER_SLUG)
    assert former != app_clients.create(sent)["clientId"]
    app_clients.revoke(sent)
    assert former in [client["ClientId"] for client in aws.clients()]
    derived = app(aws, slug="derived.0123", former_slug=FORMER_SLUG, has_slug=False)
    assert former == app_clients.create(derived)["clientId"]


def test_the_id_of_a_client_and_the_slug_that_an_older_version_knew_it_by_go_together(
    app_clients: AppClients, aws: Aws
) -> None:
    named = {"slug": f"portal.{FORMER_SLUG}", "former_slug": FORMER_SLUG}
    former = foreign_client(aws, f"{OWNER}={FORMER_SLUG} App")
    app_clients.revoke(app(aws, client_id=former, **named))
    assert [] == aws.clients()


def test_an_order_with_an_id_alone_takes_turns_with_those_that_name_the_app(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    told = app_clients.create(app(aws, api_ids=(next(iter(aws.scopes)),)))
    alone = App(slug="", has_slug=False, name="", developer="", client_id=told["clientId"])
    waited: list[Exception] = []

    def script(name: str, _: Any) -> Passed | None:
        if name == "UpdateUserPoolClient":
            with deadline(0.5), pytest.raises(UpstreamUnavailable, match="this app") as refusal:
                app_clients.revoke(alone)
            waited.append(refusal.value)
        return None

    gate.script = script
    app_clients.update(app(aws))
    assert 1 == len(waited)
    assert_one_client(aws, told)


def test_creates_at_the_same_time_in_one_process_make_one_client(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(lambda _: app_clients.create(app(aws)), range(4)))
    assert [told[0]] * 4 == told
    assert ["CreateUserPoolClient", "UpdateUserPoolClient"] == changes(gate)
    assert_one_client(aws, told[0])


def test_creates_at_the_same_time_in_two_processes_leave_one_client(
    cognito: AwsService, upstreams: Upstreams, aws: Aws, gate: Gate
) -> None:
    both_looked, both_made = threading.Barrier(2), threading.Barrier(2)
    lock = threading.Lock()

    def script(name: str, environ: Any) -> Passed | None:
        if name == "CreateUserPoolClient":
            both_looked.wait(10)
            with lock:  # moto's own backend is not made for threads
                passed = gate.pass_on(environ)
            both_made.wait(10)
            return passed
        return None

    gate.script = script
    services = (cognito, service_at(gate.url, "cognito-idp", upstreams))
    processes = [app_clients_at(service, aws) for service in services]
    with ThreadPoolExecutor(2) as pool:
        told = list(pool.map(lambda one: one.create(app(aws)), processes))
    assert told[0] == told[1]
    assert_one_client(aws, told[0])
