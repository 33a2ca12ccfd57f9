"""An authorisation request, and how the user's decision is told to the application.

Parameters: "Request Authorisation", "Installed App Workflow" and "Connection Reuse" in
"Authentication", read 2026-11-20. `error=expired` stands in older versions of that page only.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.hubrise.connections import DEAD_MESSAGES, Target
from sandbox.hubrise.grants import is_unpaid
from sandbox.hubrise.scopes import Scope, parse_scope
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.bodies import parameters

Decision = Literal["allow", "decline", "expire"]

AUTHORIZE_PATH = "/oauth2/v1/authorize"
OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"
REQUIRED = ("redirect_uri", "client_id", "scope")
OPTIONAL = ("country", "account_name", "location_name", "state", "device_id")
ERRORS: dict[str, str] = {"decline": "access_denied", "expire": "expired"}
_COUNTRY = re.compile(r"[A-Z]{2}")


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """What the application asks the user for."""

    redirect_uri: str
    scope: Scope
    state: str | None
    device_id: str | None

    @property
    def is_out_of_band(self) -> bool:
        """Whether the code is shown to the user instead of being sent to a URL."""
        return self.redirect_uri == OUT_OF_BAND

    def address(self, answer: dict[str, str]) -> str:
        """Return the redirect URI with `answer` in its query, after what was there."""
        parts = urlsplit(self.redirect_uri)
        query = "&".join(filter(None, (parts.query, urlencode(answer))))
        return parts._replace(query=query).geturl()


def read_request(tenant: Tenant, pairs: Iterable[tuple[str, str]]) -> AuthorizationRequest:
    """Return the request in a query; raises ValueError with what is wrong.

    Refused beyond what is documented: unknown, repeated and empty parameters.
    """
    values = parameters(pairs, REQUIRED, OPTIONAL)
    if values["client_id"] != tenant.client_id:
        raise ValueError("The client_id is unknown.")
    _check_redirect_uri(values["redirect_uri"])
    if not _COUNTRY.fullmatch(values.get("country", "FR")):
        raise ValueError("The country is not a two-letter ISO code.")
    return AuthorizationRequest(
        values["redirect_uri"],
        _scope(values["scope"]),
        values.get("state"),
        values.get("device_id"),
    )


def query_pairs(url: str) -> list[tuple[str, str]]:
    """Return the query of an authorisation URL; raises ValueError for another path."""
    parts = urlsplit(url)
    if parts.path != AUTHORIZE_PATH:
        raise ValueError(f"users are sent to {AUTHORIZE_PATH}, not to {parts.path}")
    return parse_qsl(parts.query, keep_blank_values=True)


def decide(
    tenant: Tenant, asked: AuthorizationRequest, location_id: str, decision: str
) -> dict[str, str]:
    """Return the parameters that tell the application what the user decided.

    Raises ValueError for an unknown location or decision, and where the account is suspended ("the
    HubRise authorisation page will display a message indicating the issue").
    """
    state = {} if asked.state is None else {"state": asked.state}
    if decision in ERRORS:
        return {"error": ERRORS[decision], **(state if tenant.echo_state_on_error else {})}
    if decision != "allow":
        raise ValueError("Choose one of the buttons.")
    target = _target(tenant, asked, location_id)
    if is_unpaid(tenant, target):
        raise ValueError(f"{DEAD_MESSAGES['unpaid']}.")
    return {"code": tenant.codes.issue((target, asked.scope.text)), **state}


def _check_redirect_uri(uri: str) -> None:
    """Refuse what no browser can be sent to.

    Clients do not register theirs beforehand ("Clients and Apps": only a name is configured).
    """
    if uri == OUT_OF_BAND:
        return
    try:
        parts = urlsplit(uri)
        absolute = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        absolute = False
    if not absolute or "#" in uri or not uri.isascii() or " " in uri:
        raise ValueError("The redirect_uri is not an absolute http or https URL.")


def _scope(text: str) -> Scope:
    try:
        return parse_scope(text)
    except ValueError as problem:
        raise ValueError(f"The scope is invalid: {problem}.") from problem


def _target(tenant: Tenant, asked: AuthorizationRequest, location_id: str) -> Target:
    if asked.scope.level is None:
        return Target(None, None, asked.device_id)
    location = tenant.locations.get(location_id)
    if location is None:
        raise ValueError("Choose a location.")
    by_location = asked.scope.level == "location"
    return Target(location.account_id, location.id if by_location else None, asked.device_id)
