"""Who may call, with which headers and which kind of body: the checks in front of the API.

`docs/api-client.md` (github.com/CAKE-com/pumble-node-sdk, read 2026-11-20): every request carries
the user's or bot's token in `token` and the app's key in `x-app-token`. Which status a
wrong header gives is not documented.
"""

from flask import request

from sandbox.kit.bodies import JSON, json_object, same
from sandbox.pumble.installations import Access
from sandbox.pumble.refusal import RefusalError
from sandbox.pumble.registration import Registration


def check_caller(registration: Registration, scope: str | None = None) -> Access:
    """Return what the current request's token stands for.

    Raises RefusalError: 401 for an Authorization header, a wrong app key and a dead token, 403
    where the token lacks `scope`.
    """
    if "Authorization" in request.headers:
        raise RefusalError(401, 1, "Send the access token in the header token")
    if not same(request.headers.get("x-app-token", ""), registration.app_key):
        raise RefusalError(401, 2, "x-app-token is missing or wrong")
    access = registration.installations.access(request.headers.get("token", ""))
    if access is None:
        raise RefusalError(401, 3, "token is missing, unknown or revoked")
    if scope is not None and scope not in access.scopes:
        raise RefusalError(403, 1, f"The scope {scope} is required")
    return access


def check_query(*known: str) -> None:
    """Refuse (400) a query parameter that the current request's route does not have."""
    for name in request.args:
        if name not in known:
            raise RefusalError(400, 10, f"Unknown parameter: {name[:50]!r}")


def check_no_body() -> None:
    """Refuse (400) a body on a route that takes none."""
    if request.get_data():
        raise RefusalError(400, 11, "No body is expected")


def json_body() -> dict[str, object]:
    """Return the JSON object in the body of the current request.

    Raises RefusalError: 415 for another content type, 400 for what is no plain JSON object.
    """
    if request.mimetype != JSON:
        raise RefusalError(415, 1, "Content-Type must be application/json")
    try:
        return json_object(request.get_data())
    except ValueError as problem:
        raise RefusalError(400, 12, str(problem)) from problem
