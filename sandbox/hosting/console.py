"""A piece of Console: the people of the marketplace, and "log in as".

The authorization follows sharetribe.com/docs, "Log in as user", and what the template sends: a code
for the `authorization_code` grant, with PKCE (RFC 7636, S256 alone). Read 2026-11-30.
"""

from urllib.parse import urlencode

from flask import Flask, Response, abort, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.hosting.addresses import Addresses
from sandbox.sharetribe import Sharetribe

_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Console (sandbox)</title>
<h1>Console</h1>
<p>Everything is simulated.</p>
<table>
<tr><th>User</th><th>E-mail</th><th>Password</th><th></th></tr>
{% for user in users %}
<tr>
<td>{{ user.display_name }}</td><td>{{ user.email }}</td><td><code>{{ user.password }}</code></td>
<td><a href="{{ marketplace }}/api/initiate-login-as?user_id={{ user.id }}">Log in as</a></td>
</tr>
{% endfor %}
</table>
</html>
"""
_ASKED = ("response_type", "client_id", "redirect_uri", "user_id", "state", "code_challenge")


def create_console(sharetribe: Sharetribe, addresses: Addresses) -> Flask:
    """Return what answers under the console's address.

    `/` lists the people, and `/api/authorize-as` leads the operator's browser back with a code.
    """
    app = Flask("sandbox.hosting.console", static_folder=None)
    back = f"{addresses.marketplace_url}/api/login-as"

    @app.get("/")
    def people() -> str:
        users = list(sharetribe.users.values())
        return render_template_string(_PAGE, users=users, marketplace=addresses.marketplace_url)

    @app.get("/api/authorize-as")
    def authorize() -> AnyResponse:
        asked = request.args
        missing = [name for name in _ASKED if not asked.get(name)]
        if missing:
            abort(Response(f"Missing: {', '.join(missing)}", 400, content_type="text/plain"))
        known = {
            "response_type": "code",
            "client_id": sharetribe.client_id,
            "redirect_uri": back,
            "code_challenge_method": "S256",
        }
        wrong = [name for name, value in known.items() if asked.get(name) != value]
        if wrong:
            abort(Response(f"Not as expected: {', '.join(wrong)}", 400, content_type="text/plain"))
        told = {"state": asked["state"]}
        if asked["user_id"] in sharetribe.users:
            told["code"] = sharetribe.login_as_code(asked["user_id"])
        else:
            told["error"] = "access_denied"
        return redirect(f"{back}?{urlencode(told)}")

    return app
