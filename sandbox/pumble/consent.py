"""The page on which a demo visitor lets the app into a workspace, or declines.

The visitor is the first user, that is the owner, of whichever workspace they choose. That only
owners and admins may reinstall: `docs/basic-concepts.md` (github.com/CAKE-com/pumble-node-sdk, read
2026-11-20). Code and state are appended to redirectUrl as query parameters.
"""

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, request

from sandbox.kit.pages import leave, page
from sandbox.pumble.access_request import AccessRefusedError, AccessRequest, read_access_request
from sandbox.pumble.installations import Grant
from sandbox.pumble.manifest import SCOPES
from sandbox.pumble.registration import Registration

PAGE_PATH = "/access-request"
DECISIONS = frozenset({"allow", "decline"})
FIELDS = frozenset({"workspaceId", "decision"})


def blueprint(registration: Registration) -> Blueprint:
    """Return the page's routes."""
    routes = Blueprint("consent", __name__)

    @routes.get(PAGE_PATH)
    def show() -> Response:
        return page("access_request.html", **_shown(registration, _asked(registration)))

    @routes.post(PAGE_PATH)
    def decide() -> Response:
        asked = _asked(registration)
        form = request.form.to_dict()
        if set(form) != FIELDS or form["decision"] not in DECISIONS:
            raise AccessRefusedError(400, "The form is incomplete")
        if form["workspaceId"] not in registration.workspaces:
            raise AccessRefusedError(400, "This is not a workspace of yours")
        g.note = form["decision"]
        user_id = registration.workspaces[form["workspaceId"]].users[0].id
        allow = form["decision"] == "allow"
        address = redirect_address(registration, asked, form["workspaceId"], user_id, allow=allow)
        return leave(address)

    return routes


def redirect_address(
    registration: Registration,
    asked: AccessRequest,
    workspace_id: str,
    user_id: str,
    *,
    allow: bool,
) -> str:
    """Return where the browser goes after the user's decision.

    Raises AccessRefusedError (403) where a user who is neither owner nor admin allows a
    reinstallation.
    """
    answer: dict[str, str] = {}
    if allow:
        answer["code"] = registration.installations.issue_code(
            _grant(registration, asked, workspace_id, user_id)
        )
    elif registration.decline == "error":
        answer["error"] = "access_denied"
    if registration.echo_state and asked.state is not None:
        answer["state"] = asked.state
    if not answer:
        return asked.redirect_url
    separator = "&" if "?" in asked.redirect_url else "?"
    return f"{asked.redirect_url}{separator}{urlencode(answer)}"


def refused_page(refusal: AccessRefusedError) -> Response:
    """Return the error page on which a refused access request ends."""
    return page("access_refused.html", refusal.status, message=refusal.message)


def _asked(registration: Registration) -> AccessRequest:
    return read_access_request(registration, request.query_string.decode("latin-1"))


def _grant(
    registration: Registration, asked: AccessRequest, workspace_id: str, user_id: str
) -> Grant:
    workspace = registration.workspaces[workspace_id]
    if asked.reinstall and not workspace.user(user_id).is_admin:
        raise AccessRefusedError(403, "Only owners and admins of a workspace may reinstall an app")
    return Grant(
        workspace_id=workspace_id,
        user_id=user_id,
        bot_id=workspace.bot_id,
        user_scopes=asked.user_scopes,
        bot_scopes=asked.bot_scopes,
        reinstall=asked.reinstall,
    )


def _shown(registration: Registration, asked: AccessRequest) -> dict[str, Any]:
    requests = (("As you", asked.user_scopes), ("As its bot", asked.bot_scopes))
    return {
        "app_name": registration.manifest.name,
        "reinstall": asked.reinstall,
        "scope_lists": [
            (actor, [(name, SCOPES.get(name, name)) for name in names])
            for actor, names in requests
            if names
        ],
        "workspaces": list(registration.workspaces.values()),
        "chosen": asked.default_workspace_id,
    }
