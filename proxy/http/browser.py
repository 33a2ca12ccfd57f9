"""Requests of a logged-in user's browser: guarded, authenticated, and given the renewed session."""

from __future__ import annotations

import time
from dataclasses import dataclass

from flask import Request, Response, g

from proxy.http.guards import cross_site_cause, is_cross_site, source_of_request
from proxy.http.session import (
    COOKIE_SECONDS,
    Credentials,
    Impersonated,
    cookie_name,
    cookie_value,
    read_credentials,
)
from proxy.problems import Problem
from proxy.settings import Settings
from proxy.sharetribe.call_budget import Source
from proxy.sharetribe.client import Marketplace, NobodysSession, UserSession
from proxy.sharetribe.token import Token


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: `only_looks` is an operator, for whom nobody is asked and nothing written."""

    session: UserSession
    only_looks: bool = False


class Browser:
    """Turns a browser's request into a marketplace session, and its renewal into a cookie."""

    def __init__(self, settings: Settings, marketplace: Marketplace) -> None:
        self._settings = settings
        self._marketplace = marketplace

    def session(self, request: Request) -> UserSession:
        """Return the caller's session; nothing is sent yet.

        Raises Problem `cross-site` and those of `read_credentials`.
        """
        headers = request.headers
        credentials = read_credentials(
            self._settings.client_id, headers.get("Cookie"), headers.get("Authorization")
        )
        self._guard(request, from_cookie=credentials.from_cookie)
        return self._open(credentials, self._source(request))

    def reader(self, request: Request) -> Reader:
        """Return who reads what is stored: the caller's session, or an operator's as the user.

        An operator who is logged in as a user may look where the settings say so. Raises as
        `session`.
        """
        try:
            return Reader(self.session(request))
        except Impersonated as operators:
            if not self._settings.log_in_as_may_read:
                raise
            self._guard(request, from_cookie=operators.from_cookie)
            token = Token(operators.access_token)
            session = UserSession(self._marketplace, token, self._source(request))
            return Reader(session, only_looks=True)

    def _guard(self, request: Request, *, from_cookie: bool) -> None:
        """Raise Problem `cross-site` where a page of another site sends the cookie along."""
        origins = self._settings.marketplace_origins
        if from_cookie and is_cross_site(request.method, request.headers, origins):
            raise Problem("cross-site", cause=cross_site_cause(request.headers, origins))

    def _source(self, request: Request) -> Source:
        hops = self._settings.trusted_proxy_hops
        return lambda: source_of_request(request, hops)

    def returning_session(self, request: Request) -> UserSession | None:
        """Return the session of a browser that another site has just sent back here, if it has one.

        Such a navigation is cross-site by nature; the caller must know it by something else. Of
        several sessions that differ none is the browser's, and that is not the same as to have
        none: nothing may be done for anybody then.
        """
        cookie = request.headers.get("Cookie")
        try:
            return self._open(read_credentials(self._settings.client_id, cookie, None))
        except Problem as problem:
            is_ambiguous = problem.code == "session-ambiguous"
            return NobodysSession(self._marketplace) if is_ambiguous else None

    def _open(self, credentials: Credentials, source: Source | None = None) -> UserSession:
        session = UserSession(self._marketplace, credentials.token, source)
        if credentials.from_cookie:
            g.cookie_session = session
        return session

    def is_from_cookie(self, session: UserSession) -> bool:
        """Tell whether a session of this request came in the cookie, not as a bearer token."""
        return g.get("cookie_session") is session

    def hand_back(self, response: Response) -> Response:
        """Write a renewed session into the cookie, on refusals too.

        Sharetribe may have retired the old refresh token with the renewal; an answer without the
        new one would log the user out.
        """
        session: UserSession | None = g.get("cookie_session")
        if session is None or not session.renewed:
            return response
        response.set_cookie(
            cookie_name(self._settings.client_id),
            cookie_value(session.token),
            max_age=COOKIE_SECONDS,
            expires=int(time.time()) + COOKIE_SECONDS,
            path="/",
            secure=self._settings.cookie_secure,
            httponly=False,  # the marketplace's own JavaScript reads and renews this cookie
            samesite="Lax",
        )
        return response
