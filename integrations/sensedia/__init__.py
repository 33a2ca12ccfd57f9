"""Sensedia's developer portal: credentials for apps, provisioned on AWS when the portal asks.

Source: docs.sensedia.com, developer portal guide, webhook (read 2026-11).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Access, Aws, is_installed
from integrations.sensedia.contract import (
    API_KEY,
    CLIENT_CREDENTIALS,
    App,
    check_type,
    read_changed_app,
    read_ended_app,
    read_new_app,
)
from integrations.sensedia.gateway import Gateway
from integrations.sensedia.probes import of_aws, of_plans, of_portal
from proxy.vendors import (
    BasicPair,
    Integration,
    PortalAnswer,
    PortalDoor,
    Probe,
    SettingsReader,
    Upstreams,
    UpstreamUnavailable,
    parse_pairs,
    password_dangers,
)

CREATE, UPDATE, REVOKE = "v1/createCredentials", "v1/updateCredentials", "v1/revokeCredentials"
HEALTH = "v1/health"
# docs.aws.amazon.com, IAM identifiers, "Understanding unique ID prefixes", read 2026-11.
_KEY_ID = r"A[KS]IA[A-Z0-9]{16,124}"
_OWNER = r"[A-Za-z0-9._-]{1,30}"


class Provisioner(Protocol):
    """A kind of credentials."""

    @property
    def credential_type(self) -> str:
        """The kind's name in the contract."""

    def create(self, app: App) -> dict[str, Any]:
        """Return the app's credentials as the contract writes them; repeated, the same."""

    def update(self, app: App) -> None:
        """Bring the app's credentials to what it is to have now."""

    def revoke(self, app: App) -> None:
        """Remove the app's credentials; absent ones are removed already."""


class Sensedia(PortalDoor):
    """The portal as a vendor of a webhook."""

    name = "sensedia"

    def __init__(
        self,
        credentials: tuple[BasicPair, ...],
        provisioner: Provisioner,
        aws: Aws,
        more: Iterable[Probe] = (),
    ) -> None:
        """`more` are probes of what is configured for this kind of credentials."""
        self.credentials = credentials
        self.operations = {CREATE: "POST", UPDATE: "POST", REVOKE: "POST", HEALTH: "GET"}
        self._provisioner = provisioner
        self._aws = aws
        self.upstreams = (aws,)
        self._probes = (of_aws(aws), *more, of_portal())

    def probes(self) -> Sequence[Probe]:
        """Return those of AWS and of the portal; see Part.probes."""
        return self._probes

    def handle(self, operation: str, document: Mapping[str, Any]) -> PortalAnswer:
        """Do one operation of the contract; see PortalDoor.handle."""
        if operation == HEALTH:
            return self._health()
        check_type(document, self._provisioner.credential_type)
        if operation == CREATE:
            return PortalAnswer(200, self._provisioner.create(read_new_app(document)))
        if operation == UPDATE:
            self._provisioner.update(read_changed_app(document))
        else:
            self._provisioner.revoke(read_ended_app(document))
        return PortalAnswer(204)

    def _health(self) -> PortalAnswer:
        cause = self._aws.why_unreachable()
        if cause is not None:
            raise UpstreamUnavailable(self._aws.name, f"the probe failed: {cause}")
        return PortalAnswer(204)


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Sensedia, ...]:
    """Return the portal's webhook as the settings `SENSEDIA_…` and `AWS_…` describe it."""
    if not is_installed():
        reader.report("INTEGRATIONS lists sensedia, which needs boto3: see requirements-aws.txt")
    access = _read_access(reader)
    owner = reader.text(
        "SENSEDIA_OWNER",
        "echoseal",
        pattern=_OWNER,
        form="30 letters, digits, dots, hyphens and underscores at most",
    )
    pairs = _read_pairs(reader)
    kind = reader.choice("SENSEDIA_CREDENTIAL_TYPE", (API_KEY, CLIENT_CREDENTIALS), API_KEY)
    if kind == API_KEY:
        plan_ids = frozenset(reader.names("SENSEDIA_USAGE_PLANS"))
        if not plan_ids:
            reader.report("SENSEDIA_USAGE_PLANS lists no usage plan; it must list each one")
        gateway = Aws("apigateway", access, upstreams, ("get_usage_plans", {"limit": 1}))
        provisioner = ApiKeys(Gateway(gateway, owner), plan_ids)
        return (Sensedia(pairs, provisioner, gateway, of_plans(gateway, plan_ids)),)
    pool_id = reader.text(
        "SENSEDIA_USER_POOL_ID",
        pattern=r"[A-Za-z0-9-]+_[0-9A-Za-z]+",
        form="the id of the user pool, such as eu-west-1_AbCdEf123; not its name",
    )
    token_url = reader.optional("SENSEDIA_TOKEN_URL") and reader.base_url("SENSEDIA_TOKEN_URL")
    scopes = _read_scopes(reader)
    probe = ("list_user_pool_clients", {"UserPoolId": pool_id, "MaxResults": 1})
    cognito = Aws("cognito-idp", access, upstreams, probe)
    return (Sensedia(pairs, AppClients(cognito, pool_id, scopes, owner, token_url), cognito),)


def _read_access(reader: SettingsReader) -> Access:
    key_id, secret = reader.optional("AWS_ACCESS_KEY_ID"), reader.optional("AWS_SECRET_ACCESS_KEY")
    if (key_id is None) != (secret is None):
        reader.report("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together")
    if re.fullmatch(_KEY_ID, secret or ""):
        reader.report("AWS_SECRET_ACCESS_KEY holds an access key's id; exchange the two")
    return Access(
        region=reader.text(
            "AWS_REGION", pattern=r"[a-z0-9-]{4,30}", form="the name of a region, such as eu-west-1"
        ),
        access_key_id=key_id,
        secret_access_key=secret,
        session_token=reader.optional("AWS_SESSION_TOKEN"),
        base_url=reader.override_url("AWS_BASE_URL"),
    )


def _read_pairs(reader: SettingsReader) -> tuple[BasicPair, ...]:
    text = reader.optional("SENSEDIA_BASIC_AUTH")
    if text is None:
        reader.report("SENSEDIA_BASIC_AUTH is not set")
        return ()
    try:
        pairs = parse_pairs(text)
    except ValueError as error:
        reader.report(f"SENSEDIA_BASIC_AUTH: {error}")
        return ()
    for danger in password_dangers("SENSEDIA_BASIC_AUTH", pairs):
        reader.danger(danger)
    for number, pair in enumerate(pairs, start=1):
        place = f"the password in line {number}"
        password = pair.password.encode(errors="surrogatepass")
        reader.own_secret("SENSEDIA_BASIC_AUTH", password, place=place)
    return pairs


def _read_scopes(reader: SettingsReader) -> dict[str, tuple[str, ...]]:
    """Read the OAuth scopes by API id: entries `<api id>:<resource server>/<scope>`."""
    scopes: dict[str, tuple[str, ...]] = {}
    entries = reader.names("SENSEDIA_API_SCOPES")
    if not entries:
        reader.report("SENSEDIA_API_SCOPES lists no scope; it must list each API with its scopes")
    for position, entry in enumerate(entries, start=1):
        api_id, colon, scope = entry.partition(":")
        if not (api_id and colon and scope):
            reader.report(f"SENSEDIA_API_SCOPES: entry {position} is not <api id>:<scope>")
            continue
        scopes[api_id] = (*scopes.get(api_id, ()), scope)
    return scopes


SENSEDIA = Integration("sensedia", build, Path(__file__).with_name("contract.json"))
