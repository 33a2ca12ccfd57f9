"""The page on which a user allows or declines the connection, and where it leads."""

from dataclasses import dataclass

from flask import Blueprint, Response, g, request

from sandbox.hubrise.authorization import (
    AUTHORIZE_PATH,
    AuthorizationRequest,
    decide,
    read_request,
)
from sandbox.hubrise.scopes import Scope
from sandbox.hubrise.tenant import CLIENT_NAME, Tenant
from sandbox.kit.pages import leave, page

RESOURCE_WORDS = {
    "orders": "orders",
    "customer_list": "the customers of one list",
    "all_customer_lists": "the customers of all lists",
    "catalog": "one catalog",
    "all_catalogs": "all catalogs",
    "inventory": "the inventory",
}


@dataclass(frozen=True, slots=True)
class _View:
    """What the template shows; exactly one of `asked` and `answer` is set unless all failed."""

    asked: AuthorizationRequest | None = None
    answer: dict[str, str] | None = None
    problem: str | None = None


def blueprint(tenant: Tenant) -> Blueprint:
    """Return the routes of the page for `tenant`."""
    routes = Blueprint("consent_page", __name__)

    @routes.get(AUTHORIZE_PATH)
    def show() -> Response:
        try:
            return _page(tenant, _View(asked=_asked(tenant)))
        except ValueError as problem:
            return _page(tenant, _View(problem=str(problem)), 400)

    @routes.post(AUTHORIZE_PATH)
    def submit() -> Response:
        asked = None
        decision = request.form.get("decision", "")
        try:
            asked = _asked(tenant)
            answer = decide(tenant, asked, request.form.get("location_id", ""), decision)
        except ValueError as problem:
            return _page(tenant, _View(asked=asked, problem=str(problem)), 400)
        g.note = decision
        if asked.is_out_of_band:
            return _page(tenant, _View(answer=answer))
        return leave(asked.address(answer))

    return routes


def _asked(tenant: Tenant) -> AuthorizationRequest:
    return read_request(tenant, request.args.items(multi=True))


def _page(tenant: Tenant, view: _View, status: int = 200) -> Response:
    return page(
        "consent_page.html",
        status,
        view=view,
        client_name=CLIENT_NAME,
        permissions=_in_words(view.asked.scope) if view.asked else [],
        locations=list(tenant.locations.values()),
        action=request.script_root + request.full_path,
    )


def _in_words(scope: Scope) -> list[str]:
    permissions = [
        f"{'Read and change' if scope.grants(resource, 'write') else 'Read'} {words}"
        for resource, words in RESOURCE_WORDS.items()
        if scope.names(resource)
    ]
    return [*permissions, "See your profile"] if "profile" in scope.text else permissions
