"""The routes behind a vendor's token: who am I, and tie me to a marketplace user."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from proxy.doors.account_links import AccountLinks
from proxy.doors.token_guard import TokenGuard
from proxy.http.answers import as_response
from proxy.http.bodies import read_body, read_object
from proxy.http.guards import source_of_request
from proxy.http.web import allowed_headers
from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.vendors.doors import TokenDoor

_PREFLIGHT_SECONDS = "600"


def token_routes(vendor: TokenDoor, kernel: Kernel) -> Blueprint:
    """Return the blueprint of one token door, without the API prefix."""
    routes = Blueprint(f"token-{vendor.name}", __name__)
    guard, links = TokenGuard(vendor, kernel.clock), AccountLinks(vendor.name, kernel)
    trusted_hops = kernel.settings.trusted_proxy_hops

    @routes.get(f"/{vendor.name}/me")
    def me() -> Response:
        source = source_of_request(request, trusted_hops)
        principal = guard.principal(request.headers, {}, source)
        return jsonify(dict(principal.claims))

    @routes.post(f"/{vendor.name}/link")
    def link() -> Response:
        body = read_object(request.mimetype, read_body(request))
        unknown = body.keys() - {"code", vendor.token_field}
        if unknown or "code" not in body:
            raise Problem("body-invalid", "The body has the field code, and may have the token.")
        source = source_of_request(request, trusted_hops)
        principal = guard.principal(request.headers, body, source)
        return as_response(links.redeem(principal, body["code"]))

    @routes.post(f"/{vendor.name}/link-codes")
    def issue_code() -> Response:
        return as_response(links.issue_code(kernel.browser.session(request)))

    @routes.after_request
    def let_any_page_read(response: Response) -> Response:
        """Allow pages of any origin, without cookies: a card's WebView has the origin `null`.

        Nothing here counts but a token that the page itself sends; what the cookie opens
        (`link-codes`) stays with the listed origins.
        """
        if request.endpoint != f"{routes.name}.issue_code":
            response.headers["Access-Control-Allow-Origin"] = "*"
            response.headers["Access-Control-Expose-Headers"] = "X-Request-Id, Retry-After"
            if request.method == "OPTIONS":
                response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
                response.headers["Access-Control-Allow-Headers"] = allowed_headers(
                    vendor.token_header
                )
                response.headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        return response

    return routes
