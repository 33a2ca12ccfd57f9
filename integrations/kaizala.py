"""Kaizala: a guard for calls from its action cards, by the Integration Service token.

Source: devblogs.microsoft.com/microsoft365dev, "Securing API requests from Kaizala action"
(2018-05-31), and the last published MicrosoftDocs/kaizala-docs (2024-03) for hosts and errors.

Microsoft retired the service in 2023. There is no default host: whoever answers there vouches for
every token, and a lapsed domain must not. A token tells its user and its action package, not whom
it is meant for, so only listed action packages count; the connector tokens, which the same endpoint
takes, have none.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from proxy.vendors import (
    Integration,
    JsonApi,
    Principal,
    Probe,
    SettingsReader,
    TokenDoor,
    TokenInvalid,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    display_text,
)

_READ_SECONDS = 5.0
_CLAIMS = ("id", "name", "phoneNumber", "pictureUrl", "actionPackageId")
_MAX_CLAIM_CHARACTERS = 2_000
_REFUSALS = frozenset({"invalidtoken", "unauthenticated", "invalidparameters"})
_REFUSAL_CATEGORY = "authexception"


class Kaizala(TokenDoor):
    """Kaizala as a vendor of tokens."""

    name = "kaizala"
    token_field = "accessToken"  # noqa: S105 - a field's name

    def __init__(
        self,
        *,
        upstream: Upstream,
        token_header: str,
        action_packages: frozenset[str],
        cache_seconds: float,
    ) -> None:
        self._api = JsonApi(upstream, read_seconds=_READ_SECONDS)
        self.token_header = token_header
        self.audiences = action_packages
        self.cache_seconds = cache_seconds
        self.upstreams = (upstream,)

    def probes(self) -> Sequence[Probe]:
        """Return that nothing can be asked: Kaizala knows tokens, and no app; see Part.probes."""
        unproven = "Kaizala knows no credentials of ours; the first card that calls proves it"
        return (Probe(("KAIZALA_ACTION_PACKAGES",), "the action package", None, unproven),)

    def introspect(self, token: str) -> Principal:
        """Ask `v1/users/me` whose token it is; see TokenDoor.introspect."""
        try:
            answer = self._api.call("GET", "/v1/users/me", headers={"accessToken": token})
        except UpstreamRefused as refused:
            if refused.status in (400, 401, 403):
                raise TokenInvalid from None
            raise
        document = _in_lower_case(answer.json_object())
        # Kaizala's own client judges by the error code alone, whatever the status.
        if document.get("errorcode"):
            raise _failure(answer.upstream, document)
        return _read_principal(answer.upstream, document)

    def ends_at(self, token: str) -> float | None:
        """Return the `exp` of a token that looks like a JWT; its signature cannot be checked."""
        parts = token.split(".")
        if len(parts) != 3:
            return None
        try:
            claims = json.loads(urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
        except (ValueError, RecursionError):
            return None
        ends_at = claims.get("exp") if isinstance(claims, dict) else None
        if not isinstance(ends_at, int | float) or isinstance(ends_at, bool):
            return None
        return float(ends_at) if abs(ends_at) < 2**53 else None


def _in_lower_case(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document with its keys in lower case: their case is not documented."""
    return {name.lower(): value for name, value in document.items()}


def _failure(upstream: str, document: Mapping[str, Any]) -> Exception:
    """Return whose failure an error document tells of: the token's, or Kaizala's own."""
    code = str(document.get("errorcode")).lower()
    category = str(document.get("errorcategorykey")).lower()
    if code in _REFUSALS or category == _REFUSAL_CATEGORY:
        return TokenInvalid()
    return UpstreamUnavailable(upstream, "200 with an error code")


def _read_principal(upstream: str, document: Mapping[str, Any]) -> Principal:
    claims = {
        name: value[:_MAX_CLAIM_CHARACTERS]
        for name in _CLAIMS
        if isinstance(value := document.get(name.lower()), str)
    }
    person_id = claims.get("id")
    # It is stored as it is: cut or cleaned, it could become somebody else's.
    if not person_id or display_text(person_id, _MAX_CLAIM_CHARACTERS) != document["id"]:
        raise UpstreamUnavailable(upstream, "a user without id")
    return Principal(person_id, claims.get("actionPackageId", ""), claims)


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Kaizala, ...]:
    """Return Kaizala as the settings `KAIZALA_…` describe it."""
    packages = frozenset(reader.names("KAIZALA_ACTION_PACKAGES"))
    if not packages:
        reader.report("KAIZALA_ACTION_PACKAGES lists no action package; it must list each one")
    card = Kaizala(
        upstream=upstreams.at("kaizala", reader.base_url("KAIZALA_BASE_URL")),
        token_header=reader.text(
            "KAIZALA_TOKEN_HEADER",
            "accessToken",
            pattern=r"[A-Za-z][A-Za-z0-9-]{0,60}",
            form="the name of a header",
        ),
        action_packages=packages,
        cache_seconds=float(reader.integer("KAIZALA_CACHE_SECONDS", 60, minimum=0, maximum=300)),
    )
    return (card,)


KAIZALA = Integration("kaizala", build, Path(__file__).with_suffix(".json"))
