"""OAuth 2.0 (RFC 6749 4.1) as data: what a vendor's turns are, and one connection that takes them.

Three sizes. **Data only**: `oauth2_integration(name, OAuth2(…))` is a whole vendor. **A step of its
own**: a subclass of OAuth2Connection overrides `consent_parameters`, `is_refused`, `read_grant`,
`complete`, `revoke` or `release`. **Free form**: a Connection with methods of its own.

What vendors do differently (read 2026-11): Square takes the client's secret in the body
(doc/models/obtain-token-request.md of its SDKs), and one revocation ends all tokens of an account;
Notion takes JSON beside basic authentication; Google gives a refresh token for
`access_type=offline` only, and the same one stays.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any, Literal
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

from proxy.display_text import display_text
from proxy.outgoing.deadline import deadline, uncounted
from proxy.outgoing.forms import multipart
from proxy.outgoing.headers import basic, is_token
from proxy.outgoing.upstream import (
    Answer,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
)
from proxy.settings_reader import SettingsReader
from proxy.vendors.client_credentials import oauth_error
from proxy.vendors.connection import (
    AuthorizeRequest,
    Connection,
    ConnectionLost,
    ExchangeRequest,
    Grant,
    GrantRefused,
    ReturnPages,
)
from proxy.vendors.integration import Integration
from proxy.vendors.part import Part
from proxy.vendors.probe import Probe, Unproven

ClientAuth = Literal["basic", "form", "none"]
Encoding = Literal["form", "json", "multipart"]
TOKEN, REFRESH_TOKEN = "token", "refreshToken"
_FORM = "application/x-www-form-urlencoded"
_CODE_REFUSED = "the code is wrong, expired or used"
_REFRESH_REFUSED = "the refresh token is expired, revoked or used"
_FAILURES = (GrantRefused, ConnectionLost, UpstreamRefused, UpstreamUnavailable)
_MAX_DETAIL_CHARACTERS = 120
_MAX_LIFE_SECONDS = 10 * 366 * 24 * 60 * 60
_GIVE_BACK_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class OAuth2:
    """A vendor's OAuth 2.0. The addresses are absolute; `revoke` is None where there is none.

    - `scopes`: what is asked for, joined by `scope_separator`. `requires`: those of them without
      which a grant is of no use; an answer without scopes grants what was asked (RFC 6749 5.1).
    - `client_auth`: how the client proves itself, at `revoke` by `revoke_auth` where that differs:
      basic authentication, fields of the body, or not at all. Basic credentials are not encoded
      as a form first (RFC 6749 2.3.1): few vendors decode them, and few credentials need it.
    - `encoding`: how a body is written; RFC 6749 has forms only.
    - `pkce`, `sends_redirect_uri`: whether the vendor knows these. `names_flow`: `response_type`
      and `grant_type` are sent; some vendors have one flow, and no word for it.
    - `refreshes`: access tokens end, and a refresh token comes along, which may be a new one with
      each renewal. `lives_seconds`: how long they work where the answer does not say it.
    - `consent`: more parameters of the consent page. `consent_names`, `token_names`: the vendor's
      own words for the standard's.
    - `details`: fields of the token answer that people may read, theirs by ours.
    - `revoked`: statuses of `revoke` that say that the token is dead now. `revokes_all`: revoking
      ends every grant of this user to the app, so nothing is revoked where a newer one is kept.
    - `out_of_band`: the redirect URI that makes the consent page show the code.
    - `shows_client`: the place at the vendor that shows the app's id and secret, where a probe can
      prove these: a grant that is none is refused by another word than an unknown client (RFC 6749
      5.2), and needs no redirect URI, since refresh tokens have none. None elsewhere.
    """

    authorize: str
    token: str
    revoke: str | None = None
    scopes: tuple[str, ...] = ()
    scope_separator: str = " "
    requires: tuple[str, ...] = ()
    client_auth: ClientAuth = "basic"
    revoke_auth: ClientAuth | None = None
    encoding: Encoding = "form"
    pkce: bool = False
    sends_redirect_uri: bool = True
    names_flow: bool = True
    refreshes: bool = False
    lives_seconds: int | None = None
    consent: Mapping[str, str] = field(default_factory=dict)
    consent_names: Mapping[str, str] = field(default_factory=dict)
    token_names: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, str] = field(default_factory=dict)
    revoked: frozenset[int] = frozenset({200, 204})
    revokes_all: bool = False
    out_of_band: str | None = None
    shows_client: str | None = None


@dataclass(frozen=True, slots=True)
class OAuth2App:
    """The operator's app at a vendor; `base_url` stands in for all of the vendor's hosts."""

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str | None = None
    pages: ReturnPages = field(default_factory=ReturnPages)


def oauth2_integration(name: str, oauth: OAuth2) -> Integration:
    """Return a vendor that is data only; its settings are those of `read_app`."""

    def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
        return (OAuth2Connection(oauth, read_app(reader, name), upstreams, name),)

    return Integration(name, build)


def read_app(reader: SettingsReader, name: str) -> OAuth2App:
    """Read `<NAME>_CLIENT_ID`, `_CLIENT_SECRET`, and, optional, `_BASE_URL` and two pages."""
    prefix = name.upper()
    return OAuth2App(
        client_id=reader.text(f"{prefix}_CLIENT_ID"),
        client_secret=reader.secret(f"{prefix}_CLIENT_SECRET"),
        base_url=reader.override_url(f"{prefix}_BASE_URL"),
        pages=ReturnPages(
            reader.page_url(f"{prefix}_SUCCESS_URL"), reader.page_url(f"{prefix}_ERROR_URL")
        ),
    )


class OAuth2Connection(Connection):
    """A vendor whose OAuth 2.0 is told by data; each method is a step that a subclass may take."""

    def __init__(
        self, oauth: OAuth2, app: OAuth2App, upstreams: Upstreams, name: str | None = None
    ) -> None:
        """`name` is for vendors without a subclass of their own."""
        self.name = name or self.name
        self.oauth = oauth
        self.app = app
        self.pages = app.pages
        self.refreshes = oauth.refreshes
        self.out_of_band = oauth.out_of_band
        self._hosts: dict[str, Upstream] = {}
        for url in (oauth.token, oauth.authorize, oauth.revoke or oauth.token):
            base_url = self._base_url(url)
            if base_url not in self._hosts:
                self._hosts[base_url] = upstreams.at(self.name, base_url)
        self.upstreams = (self._endpoint(oauth.token)[0],)

    def probes(self) -> Sequence[Probe]:
        """Return whether the vendor knows the app, where it can be asked; see Part.probes."""
        if self.oauth.shows_client is None:
            return ()
        prefix = self.name.upper()
        variables = f"{prefix}_CLIENT_ID", f"{prefix}_CLIENT_SECRET"
        return (Probe(variables, self.oauth.shows_client, self._ask_client),)

    def _ask_client(self) -> str:
        """Redeem a grant that is none: whoever is told that is known. Nothing can come of it."""
        nothing = uuid4().hex
        fields = {"grant_type": "authorization_code", "code": nothing}
        if self.oauth.refreshes:
            fields = {"grant_type": "refresh_token", "refresh_token": nothing}
        try:
            self._redeemed(fields, "").json_object()
        except GrantRefused:
            return ""
        raise Unproven("the token endpoint takes whatever it is sent")

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the address of the consent page."""
        upstream, path = self._endpoint(self.oauth.authorize)
        oauth = self.oauth
        query = {
            "response_type": "code" if oauth.names_flow else "",
            "client_id": self.app.client_id,
            "redirect_uri": request.return_url,
            "scope": oauth.scope_separator.join(oauth.scopes),
            "state": request.state,
        }
        if oauth.pkce:
            query |= {"code_challenge": request.code_challenge, "code_challenge_method": "S256"}
        named = _renamed(query, oauth.consent_names) | self.consent_parameters(request)
        return f"{upstream.base_url}{path}?{urlencode({n: v for n, v in named.items() if v})}"

    def consent_parameters(self, request: AuthorizeRequest) -> dict[str, str]:  # noqa: ARG002 - for vendors with options
        """Return the consent page's parameters beyond the standard's."""
        return dict(self.oauth.consent)

    def exchange(self, request: ExchangeRequest) -> Grant:
        """Redeem a code; see Connection.exchange."""
        fields = {"grant_type": "authorization_code", "code": request.code}
        if self.oauth.sends_redirect_uri:
            fields["redirect_uri"] = request.return_url
        if self.oauth.pkce:
            fields["code_verifier"] = request.code_verifier
        answer = self._redeemed(fields, _CODE_REFUSED)
        document = answer.agreed_object()
        grant = self.read_grant(answer, document)
        try:
            self._check_sufficient(grant, document)
            return self.complete(grant)
        except _FAILURES:
            # A token that nobody holds must not live, unless an older one would die with it.
            with uncounted(), deadline(_GIVE_BACK_SECONDS), suppress(*_FAILURES):
                if not self.oauth.revokes_all:
                    self.revoke(grant)
            raise

    def _redeemed(self, fields: Mapping[str, str], refusal: str) -> Answer:
        """Return the answer of the token endpoint; raises GrantRefused(refusal), Upstream…."""
        if not self.oauth.names_flow:
            fields = {name: value for name, value in fields.items() if name != "grant_type"}
        answer = self._post(self.oauth.token, fields, self.oauth.client_auth)
        if answer.status == 200:
            return answer
        if self.is_refused(answer):
            raise GrantRefused(refusal)
        raise UpstreamRefused(answer.upstream, answer.status, oauth_error(answer))

    def is_refused(self, answer: Answer) -> bool:
        """Tell whether a 4xx means that the code or the refresh token is dead (RFC 6749 5.2)."""
        return answer.status in (400, 401) and oauth_error(answer) == "invalid_grant"

    def read_grant(self, answer: Answer, document: Mapping[str, Any]) -> Grant:
        """Read a token answer (RFC 6749 5.1); raises UpstreamUnavailable for what cannot be used.

        What contradicts itself is null in `document`.
        """
        token, kind = document.get("access_token"), document.get("token_type", "bearer")
        if not is_token(token):
            raise UpstreamUnavailable(answer.upstream, "a token answer without access_token")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise UpstreamUnavailable(answer.upstream, "a token of an unknown type")
        secret = {TOKEN: token}
        refresh_token = document.get("refresh_token")
        if self.oauth.refreshes and refresh_token is not None:
            if not is_token(refresh_token):
                raise UpstreamUnavailable(answer.upstream, "a refresh token that cannot be used")
            secret[REFRESH_TOKEN] = refresh_token
        told = {ours: document.get(theirs) for theirs, ours in self.oauth.details.items()}
        return Grant(secret, as_details(told), self._life(answer, document))

    def _life(self, answer: Answer, document: Mapping[str, Any]) -> int | None:
        """Return for how many seconds the access token works, None where that has no end for us."""
        if not self.oauth.refreshes:
            return None
        told = document.get("expires_in", self.oauth.lives_seconds)
        if isinstance(told, str) and told.isascii() and told.isdigit() and len(told) < 12:
            told = int(told)  # some write the number as text
        if told is None and "expires_in" not in document:
            return None
        if type(told) is not int or not 0 < told <= _MAX_LIFE_SECONDS:
            raise UpstreamUnavailable(answer.upstream, "a token answer with an odd expires_in")
        return told

    def _check_sufficient(self, grant: Grant, document: Mapping[str, Any]) -> None:
        """Refuse a grant that is less than what is needed; raises GrantRefused."""
        if self.refreshes and REFRESH_TOKEN not in grant.secret:
            raise GrantRefused("no refresh token was granted")
        scope = document.get("scope")
        if not isinstance(scope, str):
            if "scope" in document and self.oauth.requires:
                raise GrantRefused("which scopes were granted cannot be read")
            return
        granted = set(scope.replace(",", " ").split())
        if not granted.issuperset(self.oauth.requires):
            raise GrantRefused("not every scope was granted")

    def complete(self, grant: Grant) -> Grant:
        """Return a new grant with what the token answer does not tell.

        Raises GrantRefused for one that is of no use; it is given back then.
        """
        return grant

    def refresh(self, grant: Grant) -> Grant:
        """Redeem a refresh token; see Connection.refresh.

        A vendor that answers without a new one goes on taking the old one (RFC 6749 6).
        """
        fields = {"grant_type": "refresh_token", "refresh_token": grant.secret[REFRESH_TOKEN]}
        answer = self._redeemed(fields, _REFRESH_REFUSED)
        renewed = self.read_grant(answer, answer.agreed_object())
        return replace(
            renewed,
            secret={**grant.secret, **renewed.secret},
            details={**grant.details, **renewed.details},
        )

    def release(self, grant: Grant, kept: Grant | None) -> None:
        """Give back what `kept` does not need; see Connection.release."""
        if kept is not None and (self.oauth.revokes_all or kept.secret == grant.secret):
            return
        self.revoke(grant)

    def revoke(self, grant: Grant) -> None:
        """Revoke a grant's tokens (RFC 7009), by the refresh token where there is one.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        oauth = self.oauth
        if oauth.revoke is None:
            return
        fields = {"token": grant.secret.get(REFRESH_TOKEN, grant.secret[TOKEN])}
        if REFRESH_TOKEN in grant.secret:
            fields["token_type_hint"] = "refresh_token"  # noqa: S105
        answer = self._post(oauth.revoke, fields, oauth.revoke_auth or oauth.client_auth)
        if answer.status not in oauth.revoked:
            raise UpstreamRefused(answer.upstream, answer.status, oauth_error(answer))

    def _post(self, url: str, fields: Mapping[str, str], client_auth: ClientAuth) -> Answer:
        upstream, path = self._endpoint(url)
        app, headers = self.app, {"Accept": "application/json"}
        if client_auth == "basic":
            headers["Authorization"] = basic(app.client_id, app.client_secret)
        elif client_auth == "form":
            fields = {**fields, "client_id": app.client_id, "client_secret": app.client_secret}
        else:
            fields = {**fields, "client_id": app.client_id}
        content_type, body = _encoded(_renamed(fields, self.oauth.token_names), self.oauth.encoding)
        headers["Content-Type"] = content_type
        return upstream.request("POST", path, headers=headers, body=body)

    def _endpoint(self, url: str) -> tuple[Upstream, str]:
        """Return where an address is, and the path there."""
        return self._hosts[self._base_url(url)], urlsplit(url).path

    def _base_url(self, url: str) -> str:
        parts = urlsplit(url)
        return self.app.base_url or f"{parts.scheme}://{parts.netloc}"


def as_details(values: Mapping[str, object]) -> dict[str, str]:
    """Return those values that are texts, as a grant's details can hold them."""
    shown = {name: display_text(value, _MAX_DETAIL_CHARACTERS) for name, value in values.items()}
    return {name: text for name, text in shown.items() if text is not None}


def _renamed(fields: Mapping[str, str], names: Mapping[str, str]) -> dict[str, str]:
    return {names.get(name, name): value for name, value in fields.items()}


def _encoded(fields: Mapping[str, str], encoding: Encoding) -> tuple[str, bytes]:
    """Return content type and body."""
    if encoding == "multipart":
        return multipart(fields)
    if encoding == "json":
        return "application/json", json.dumps(fields).encode()
    return _FORM, urlencode(fields).encode()
