"""A piece of Console: the people of the marketplace, "log in as", and e-mails that were sent.

The authorization follows sharetribe.com/docs, "Log in as user", and what the template sends: a code
for the `authorization_code` grant, with PKCE (RFC 7636, S256 alone). Read 2026-11-30.
"""

from urllib.parse import urlencode

from flask import Flask, Response, abort, redirect, render_template_string, request
from werkzeug.wrappers import Response as AnyResponse

from sandbox.hosting.addresses import Addresses
from sandbox.sharetribe import Sharetribe
from sandbox.sharetribe.account_api import RESET
from sandbox.sharetribe.marketplace import Email

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
<h2>E-mails that were sent</h2>
<ul>
{% for email in emails %}
<li>To {{ email.to }}: <a href="{{ link_of(email) }}">{{ email.subject }}</a></li>
{% else %}
<li>None</li>
{% endfor %}
</ul>
</html>
"""
_ASKED = ("response_type", "client_id", "redirect_uri", "user_id", "state", "code_challenge")


def create_console(sharetribe: Sharetribe, addresses: Addresses) -> Flask:
    """Return what answers under the console's address.

    `/` lists people and e-mails; `/api/authorize-as` leads the operator's browser back with a code.
    The subject of an e-mail is the path at which a marketplace answers the link in it.
    """
    app = Flask("sandbox.hosting.console", static_folder=None)
    back = f"{addresses.marketplace_url}/api/login-as"

    def link_of(email: Email) -> str:
        told = {"t": email.token} | ({"e": email.to} if email.subject == RESET else {})
        return f"{addresses.marketplace_url}/{email.subject}?{urlencode(told)}"

    @app.get("/")
    def people() -> str:
        return render_template_string(
            _PAGE,
            users=list(sharetribe.users.values()),
            emails=reversed(sharetribe.emails),
            marketplace=addresses.marketplace_url,
            link_of=link_of,
        )

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
