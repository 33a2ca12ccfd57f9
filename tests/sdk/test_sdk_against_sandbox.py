"""The marketplace's real JavaScript clients work with the simulated Sharetribe.

What they are expected to do was read from sharetribe-flex-sdk 1.24.2 and
sharetribe-flex-integration-sdk 1.14.1, 2026-11-20.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import unquote

import pytest

from sandbox.server import Server
from sandbox.sharetribe import Sharetribe, User

pytestmark = pytest.mark.node

SHOW = "GET /v1/api/current_user/show"
TOKEN = "POST /v1/auth/token"
REVOKE = "POST /v1/auth/revoke"

LOGGED_IN = {
    "scopes": ["user"],
    "isAnonymous": False,
    "grantType": "refresh_token",
    "isLoggedInAs": False,
}
ANONYMOUS = {
    "scopes": ["public-read"],
    "isAnonymous": True,
    "grantType": "client_credentials",
    "isLoggedInAs": False,
}


class Client:
    """Makes calls with a real SDK against a served simulator."""

    def __init__(self, run_script: Callable[..., dict[str, Any]], sharetribe: Sharetribe) -> None:
        self._run_script = run_script
        self._sharetribe = sharetribe
        self.server = Server(sharetribe.app)

    def run(self, *calls: object, options: dict[str, Any] | None = None, **more: Any) -> Any:
        """Make calls and return the script's output; `options` go to the SDK, `more` to stdin."""
        known = {
            "clientId": self._sharetribe.client_id,
            "clientSecret": self._sharetribe.client_secret,
            "baseUrl": self.server.url,
            "assetCdnBaseUrl": self.server.url,
        }
        request = {
            "sdk": "marketplace",
            "store": "memory",
            "options": {**known, **(options or {})},
            "calls": calls,
        }
        return self._run_script("client.cjs", input_json={**request, **more})

    def run_as_operator(self, *calls: object) -> Any:
        """Make calls with the Integration SDK and return its results."""
        options = {
            "clientId": self._sharetribe.integration_client_id,
            "clientSecret": self._sharetribe.integration_client_secret,
        }
        return self.run(*calls, options=options, sdk="integration")["results"]


@pytest.fixture
def now() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
def sharetribe(now: list[float]) -> Sharetribe:
    return Sharetribe(clock=lambda: now[0])


@pytest.fixture
def client(run_script: Callable[..., dict[str, Any]], sharetribe: Sharetribe) -> Iterator[Client]:
    client = Client(run_script, sharetribe)
    yield client
    client.server.close()


@pytest.fixture
def user(sharetribe: Sharetribe) -> User:
    return next(iter(sharetribe.users.values()))


@pytest.fixture
def credentials(user: User) -> dict[str, str]:
    return {"username": user.email, "password": user.password}


@pytest.fixture
def cookie_name(sharetribe: Sharetribe) -> str:
    return f"st-{sharetribe.client_id}-token"


def test_auth_info_follows_log_in_and_log_out(client: Client, credentials: dict[str, str]) -> None:
    run = client.run(["authInfo"], ["login", credentials], ["authInfo"], ["logout"], ["authInfo"])

    before, _, logged_in, _, after = run["results"]
    assert [{}, LOGGED_IN, {}] == [before["data"], logged_in["data"], after["data"]]
    assert run["token"] is None


def test_a_wrong_password_is_unauthorized(client: Client, credentials: dict[str, str]) -> None:
    (refused,) = client.run(["login", {**credentials, "password": "b+d &=é"}])["results"]

    assert {"status": 401, "data": "Unauthorized"} == refused


def test_a_user_is_shown_with_sdk_types(client: Client, sharetribe: Sharetribe, user: User) -> None:
    user.private_data = {"~key": "^value", "price": 12}
    query = {"include": ["profileImage"], "fields.image": ["variants.square-small"]}

    (shown,) = client.run(["currentUser.show", query], token=sharetribe.log_in(user.id))["results"]

    data = shown["data"]["data"]
    assert data["id"] == {"_sdkType": "UUID", "uuid": user.id}
    assert "currentUser" == data["type"]
    assert "2024-05-17T08:30:15.250Z" == data["attributes"]["createdAt"]
    assert data["attributes"]["profile"]["privateData"] == user.private_data


@pytest.mark.parametrize("verbose", [False, True])
def test_an_update_is_stored_and_shown_when_expanded(
    client: Client, sharetribe: Sharetribe, user: User, verbose: bool
) -> None:
    private_data = {
        "idVerification": {"status": "approved", "score": 0.5, "list": ["a", None, True]},
        "~tilde": "~x",
        "^hat": "^y",
        "large": 2**53 - 1,
    }
    change = {"privateData": private_data}

    expanded, short = client.run(
        ["currentUser.updateProfile", change, {"expand": True}],
        ["currentUser.updateProfile", {"privateData": {"large": None}}],
        token=sharetribe.log_in(user.id),
        options={"transitVerbose": verbose},
    )["results"]

    assert expanded["data"]["data"]["attributes"]["profile"]["privateData"] == private_data
    assert ["id", "type"] == sorted(short["data"]["data"])
    assert sharetribe.updates == [(user.id, private_data), (user.id, {"large": None})]
    assert "large" not in user.private_data


def test_a_refused_update_carries_the_documented_error(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    (refused,) = client.run(
        ["currentUser.updateProfile", {"metadata": {"verified": True}}],
        token=sharetribe.log_in(user.id),
    )["results"]

    (error,) = refused["data"]["errors"]
    assert (400, "validation-disallowed-key") == (refused["status"], error["code"])


def test_an_expired_access_token_is_refreshed_on_the_way(
    client: Client, sharetribe: Sharetribe, user: User, now: list[float]
) -> None:
    token = sharetribe.log_in(user.id)
    now[0] += 601

    run = client.run(["currentUser.show"], ["authInfo"], token=token)

    assert (200, LOGGED_IN) == (run["results"][0]["status"], run["results"][1]["data"])
    assert run["token"]["access_token"] != token["access_token"]
    assert [SHOW, TOKEN, SHOW] == sharetribe.calls


@pytest.mark.parametrize("expired", [False, True])
def test_logging_out_revokes_the_session(
    client: Client, sharetribe: Sharetribe, user: User, expired: bool
) -> None:
    token = sharetribe.log_in(user.id)
    if expired:
        sharetribe.expire_access_tokens()

    run = client.run(["logout"], token=token)

    assert (None, REVOKE) == (run["token"], sharetribe.calls[-1])
    assert sharetribe.tokens.session_grant(token["refresh_token"]) is None


@pytest.mark.parametrize(
    ("rotation", "survivors", "auth_info"),
    [("none", 3, LOGGED_IN), ("grace", 3, LOGGED_IN), ("strict", 1, ANONYMOUS)],
)
def test_parallel_calls_after_expiry_end_as_the_rotation_lets_them(
    client: Client,
    sharetribe: Sharetribe,
    user: User,
    rotation: Any,
    survivors: int,
    auth_info: dict[str, Any],
) -> None:
    sharetribe.rotation = rotation
    token = sharetribe.log_in(user.id)
    sharetribe.expire_access_tokens()

    shows, info = client.run({"parallel": [["currentUser.show"]] * 3}, ["authInfo"], token=token)[
        "results"
    ]

    expected = [200] * survivors + [403] * (3 - survivors)
    assert sorted(shown["status"] for shown in shows) == expected
    assert info["data"] == auth_info


def test_a_session_that_was_revoked_elsewhere_becomes_anonymous(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    token = sharetribe.log_in(user.id)
    sharetribe.log_out(user.id)
    sharetribe.expire_access_tokens()

    shown, info = client.run(["currentUser.show"], ["authInfo"], token=token)["results"]

    assert (403, "forbidden") == (shown["status"], shown["data"]["errors"][0]["code"])
    assert ANONYMOUS == info["data"]
    assert [SHOW, TOKEN, TOKEN, SHOW] == sharetribe.calls


def test_a_token_is_exchanged_for_a_trusted_one(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    (exchanged,) = client.run(["exchangeToken"], token=sharetribe.log_in(user.id))["results"]

    assert "trusted:user" == exchanged["data"]["scope"]


def test_an_anonymous_visitor_sees_a_users_public_profile(client: Client, user: User) -> None:
    user.private_data, user.metadata = {"secret": 1}, {"verified": True}

    shown, info = client.run(["users.show", {"id": user.id}], ["authInfo"])["results"]

    profile = shown["data"]["data"]["attributes"]["profile"]
    assert ({"verified": True}, False) == (profile["metadata"], "privateData" in profile)
    assert ANONYMOUS == info["data"]


def test_an_operator_logs_in_as_a_user_with_a_code(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    code = {
        "code": sharetribe.login_as_code(user.id),
        "redirect_uri": "http://127.0.0.1:3000/api/login-as",
        "code_verifier": "v" * 43,
    }

    run = client.run(["loginAs", code], ["authInfo"], ["currentUser.show"], ["loginAs", code])

    _, info, shown, again = run["results"]
    assert info["data"] == {**LOGGED_IN, "isLoggedInAs": True}
    assert shown["data"]["data"]["id"]["uuid"] == user.id
    assert (401, False) == (again["status"], "refresh_token" in run["token"])


def test_the_simulators_log_in_as_token_is_what_the_sdk_stores(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    token = sharetribe.log_in_as(user.id)

    info, shown = client.run(["authInfo"], ["currentUser.show"], token=token)["results"]

    assert info["data"] == {**LOGGED_IN, "isLoggedInAs": True}
    assert 200 == shown["status"]


def test_the_integration_sdk_shows_and_updates_users(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    user_id = {"_sdkType": "UUID", "uuid": user.id}
    change = {"id": user_id, "metadata": {"verified": True}, "privateData": {"x": 1}}

    updated, by_email, by_id, info = client.run_as_operator(
        ["users.updateProfile", change, {"expand": True}],
        ["users.show", {"email": user.email}],
        ["users.show", {"id": user_id}],
        ["authInfo"],
    )

    for answer in (updated, by_email, by_id):
        assert {"x": 1} == answer["data"]["data"]["attributes"]["profile"]["privateData"]
    assert {"grantType": "refresh_token"} == info["data"]
    assert sharetribe.updates == [(user.id, {"x": 1})]


def test_a_sale_is_shown_to_its_seller_with_sdk_types(
    client: Client, sharetribe: Sharetribe, user: User
) -> None:
    (sale,) = sharetribe.transactions.values()
    query = {"id": sale.id, "include": ["provider", "customer", "listing"]}

    (shown,) = client.run(["transactions.show", query], token=sharetribe.log_in(user.id))["results"]

    attributes = shown["data"]["data"]["attributes"]
    assert {"_sdkType": "Money", "amount": 2020, "currency": "EUR"} == attributes["payinTotal"]
    assert {"_sdkType": "BigDecimal", "value": "2"} == attributes["lineItems"][0]["quantity"]
    assert "transition/confirm-payment" == attributes["lastTransition"]
    assert ["user", "user", "listing"] == [related["type"] for related in shown["data"]["included"]]


def test_the_integration_sdk_writes_a_sales_metadata(
    client: Client, sharetribe: Sharetribe
) -> None:
    (sale,) = sharetribe.transactions.values()
    sale_id = {"_sdkType": "UUID", "uuid": sale.id}

    updated, shown = client.run_as_operator(
        ["transactions.updateMetadata", {"id": sale_id, "metadata": {"order": {"status": "new"}}}],
        ["transactions.show", {"id": sale_id}],
    )

    assert 200 == updated["status"]
    assert {"order": {"status": "new"}} == shown["data"]["data"]["attributes"]["metadata"]


def test_the_express_store_writes_and_reads_its_cookie(
    client: Client, credentials: dict[str, str], cookie_name: str
) -> None:
    run = client.run(["login", credentials], store="express")
    (cookie,) = run["cookies"]
    header = f"{cookie['name']}={cookie['value']}"

    (shown,) = client.run(["currentUser.show"], store="express", cookie=header)["results"]

    assert (cookie["name"], cookie["value"][:6]) == (cookie_name, "%7B%22")
    assert json.loads(unquote(cookie["value"])) == run["token"]
    assert cookie["options"] == {"maxAge": 180 * 86400 * 1000}
    assert 200 == shown["status"]


def test_the_browser_store_writes_and_reads_its_cookie(
    client: Client, credentials: dict[str, str], cookie_name: str
) -> None:
    run = client.run(["login", credentials], store="browser")
    (cookie,) = run["cookies"]
    header = f"{cookie['name']}={cookie['value']}"

    (shown,) = client.run(["currentUser.show"], store="browser", cookie=header)["results"]

    assert (cookie["name"], cookie["value"][:4]) == (cookie_name, "{%22")
    assert json.loads(unquote(cookie["value"])) == run["token"]
    assert 200 == shown["status"]


def test_both_stores_read_each_others_cookie(
    client: Client, sharetribe: Sharetribe, credentials: dict[str, str]
) -> None:
    stores = ("express", "browser")
    for writer, reader in (stores, stores[::-1]):
        (cookie,) = client.run(["login", credentials], store=writer)["cookies"]
        header = f"{cookie['name']}={cookie['value']}"
        (shown,) = client.run(["currentUser.show"], store=reader, cookie=header)["results"]
        assert (reader, shown["status"]) == (reader, 200)
    assert sharetribe.calls == [TOKEN, SHOW] * 2
