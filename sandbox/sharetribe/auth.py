"""The Authentication API: `/v1/auth/token` with its grants, and `/v1/auth/revoke`.

Parameters, scopes and lifetimes follow sharetribe.com/docs, "Authentication API" and "Log in as
user", read 2026-11-20. A refused grant is 401 with the bare text `Unauthorized`. A request that is
malformed is answered 400 with a bare text, which is a choice of the sandbox.
"""

import json
import secrets
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.tokens import LOGIN_AS_SECONDS, Grant

FORM = "application/x-www-form-urlencoded"

_GrantType = tuple[Callable[[dict[str, str]], dict[str, Any]], tuple[str, ...]]
"""What makes the token object of a grant type, and the parameters without which it is malformed."""


class AuthApi:
    """The endpoints under `/v1/auth`."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Serve the users and tokens of `marketplace`."""
        self._marketplace = marketplace
        self._codes: dict[str, str] = {}
        self._grants: dict[str, _GrantType] = {
            "client_credentials": (self._client_credentials, ("client_id", "scope")),
            "password": (self._password, ("client_id", "username", "password", "scope")),
            "refresh_token": (self._refresh, ("refresh_token",)),
            "token_exchange": (self._exchange, ("client_id", "client_secret", "subject_token")),
            "authorization_code": (
                self._log_in_as,
                ("client_id", "code", "redirect_uri", "code_verifier"),
            ),
        }

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        app.add_url_rule("/v1/auth/token", view_func=self.token, methods=["POST"])
        app.add_url_rule("/v1/auth/revoke", view_func=self.revoke, methods=["POST"])

    def login_as_code(self, user_id: str) -> str:
        """Make a one-time code with which an operator logs in as this user."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = user_id
        return code

    def token(self) -> Response:
        """Answer `POST /v1/auth/token`."""
        form = _form()
        grant_type = form.get("grant_type", "")
        if grant_type not in self._grants:
            raise _refusal(400)
        g.note = f"grant {grant_type}"
        make_token, parameters = self._grants[grant_type]
        if not all(form.get(name) for name in parameters):
            raise _refusal(400)
        return _json_answer(make_token(form))

    def revoke(self) -> Response:
        """Answer `POST /v1/auth/revoke`: end the session of the refresh token in `token`."""
        form = _form()
        scheme, _, access_token = request.headers.get("Authorization", "").partition(" ")
        grant = self._marketplace.tokens.access_grant(access_token)
        if scheme.lower() != "bearer" or grant is None:
            raise _refusal(401)
        if not form.get("token"):
            raise _refusal(400)
        self._marketplace.tokens.revoke(form["token"], grant.user_id)
        return _json_answer({"revoked": True})

    def _client_credentials(self, form: dict[str, str]) -> dict[str, Any]:
        client_id, scope = form["client_id"], form["scope"]
        if scope == "public-read":
            self._check_client(client_id)
            return self._marketplace.tokens.issue_alone(Grant(client_id, scope))
        if scope != "integ":
            raise _refusal(400)
        marketplace = self._marketplace
        known = (marketplace.integration_client_id, marketplace.integration_client_secret)
        if (client_id, form.get("client_secret")) != known:
            raise _refusal(401)
        return self._marketplace.tokens.start_session(Grant(client_id, scope))

    def _password(self, form: dict[str, str]) -> dict[str, Any]:
        self._check_client(form["client_id"])
        if form["scope"] != "user":
            raise _refusal(400)
        user = self._marketplace.user_by_email(form["username"])
        if user is None or user.banned or user.deleted or user.password != form["password"]:
            raise _refusal(401)
        return self._marketplace.tokens.start_session(Grant(form["client_id"], "user", user.id))

    def _refresh(self, form: dict[str, str]) -> dict[str, Any]:
        grant = self._marketplace.tokens.session_grant(form["refresh_token"])
        if grant is None or not self._may_act(grant):
            raise _refusal(401)
        # A user's refresh names its application; the operator's was seen to work without.
        default = grant.client_id if grant.scope == "integ" else ""
        if form.get("client_id", default) != grant.client_id:
            raise _refusal(401)
        token = self._marketplace.tokens.refresh(form["refresh_token"])
        if token is None:  # a parallel refresh was faster
            raise _refusal(401)
        return token

    def _exchange(self, form: dict[str, str]) -> dict[str, Any]:
        self._check_client(form["client_id"])
        subject = self._marketplace.tokens.access_grant(form["subject_token"])
        if form["client_secret"] != self._marketplace.client_secret:
            raise _refusal(401)
        if subject is None or subject.scope != "user" or not self._may_act(subject):
            raise _refusal(401)
        grant = Grant(subject.client_id, "trusted:user", subject.user_id)
        return self._marketplace.tokens.start_session(grant)

    def _log_in_as(self, form: dict[str, str]) -> dict[str, Any]:
        self._check_client(form["client_id"])
        user_id = self._codes.pop(form["code"], None)
        if user_id is None:
            raise _refusal(401)
        grant = Grant(form["client_id"], self._marketplace.login_as_scope, user_id)
        return self._marketplace.tokens.issue_alone(grant, LOGIN_AS_SECONDS)

    def _check_client(self, client_id: str) -> None:
        if client_id != self._marketplace.client_id:
            raise _refusal(401)

    def _may_act(self, grant: Grant) -> bool:
        if grant.user_id is None:
            return True
        user = self._marketplace.users.get(grant.user_id)
        return user is not None and not user.banned and not user.deleted


def _form() -> dict[str, str]:
    if request.mimetype != FORM:
        raise _refusal(400)
    return dict(request.form)


def _json_answer(body: dict[str, Any]) -> Response:
    text = json.dumps(body, separators=(",", ":"))
    return Response(text, content_type="application/json;charset=UTF-8")


def _refusal(status: int) -> HTTPException:
    text = {400: "Bad Request", 401: "Unauthorized"}[status]
    response = Response(text, status, content_type="text/plain;charset=UTF-8")
    return HTTPException(response=response)
