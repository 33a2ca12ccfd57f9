"""`POST /oauth2/access`: an authorization code for tokens.

`docs/authorization.md` (github.com/CAKE-com/pumble-node-sdk, read 2026-11-20): multipart/form-data
with `client-id`, `client-secret` and `code`. Statuses of refusals are not documented.
"""

from flask import Blueprint, Response, g, jsonify, request

from sandbox.kit.bodies import same
from sandbox.pumble.admission import check_query
from sandbox.pumble.installations import Tokens
from sandbox.pumble.refusal import RefusalError
from sandbox.pumble.registration import Registration

FIELDS = ("client-id", "client-secret", "code")


def blueprint(registration: Registration) -> Blueprint:
    """Return the exchange's route."""
    routes = Blueprint("exchange", __name__)

    @routes.post("/oauth2/access")
    def exchange() -> Response:
        check_query()
        form = _form()
        known = same(form["client-id"], registration.app_id)
        if not (known and same(form["client-secret"], registration.client_secret)):
            raise RefusalError(401, 20, "client-id or client-secret is wrong")
        tokens = registration.installations.redeem(form["code"], with_bot=registration.manifest.bot)
        if tokens is None:
            raise RefusalError(400, 20, "code is unknown, used or expired")
        g.note = "reinstallation" if tokens.grant.reinstall else "authorization"
        return jsonify(_body(tokens))

    return routes


def _form() -> dict[str, str]:
    if request.mimetype != "multipart/form-data":
        raise RefusalError(415, 20, "Content-Type must be multipart/form-data")
    if request.files:
        raise RefusalError(400, 21, "A field has a file name")
    pairs = list(request.form.items(multi=True))
    if sorted(name for name, _ in pairs) != sorted(FIELDS):
        raise RefusalError(400, 22, f"The fields must be {', '.join(FIELDS)}")
    return dict(pairs)


def _body(tokens: Tokens) -> dict[str, str]:
    grant = tokens.grant
    body = {
        "accessToken": tokens.user_token,
        "userId": grant.user_id,
        "workspaceId": grant.workspace_id,
    }
    if tokens.bot_token is not None:
        body |= {"botToken": tokens.bot_token, "botId": grant.bot_id}
    return body
