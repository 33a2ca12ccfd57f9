"""How an app leaves the simulated Pumble: what it removes, and whose tokens die of it."""

import pytest
from werkzeug.test import TestResponse

from sandbox.pumble import Pumble, Workspace
from tests.sandbox.pumble_callers import PumbleApp


@pytest.fixture
def app() -> PumbleApp:
    return PumbleApp(Pumble())


@pytest.fixture
def workspace(app: PumbleApp) -> Workspace:
    return next(iter(app.pumble.workspaces.values()))


@pytest.fixture
def bot(app: PumbleApp) -> str:
    return str(app.tokens()["botToken"])


@pytest.fixture
def owner(app: PumbleApp) -> str:
    return str(app.tokens()["accessToken"])


@pytest.fixture
def member(app: PumbleApp, workspace: Workspace) -> str:
    return str(app.tokens(workspace.id, workspace.users[1].id)["accessToken"])


def refusal(answer: TestResponse) -> tuple[int, bool]:
    return answer.status_code, isinstance(answer.get_json().get("code"), int)


def test_removed_authorization_ends_all_tokens_of_that_user_alone(
    app: PumbleApp, workspace: Workspace
) -> None:
    first, second = app.tokens(), app.tokens()
    other = app.tokens(workspace.id, workspace.users[1].id)["accessToken"]

    answer = app.call("DELETE", "/v1/app/authorization", first["accessToken"])

    assert (200, b"") == (answer.status_code, answer.get_data())
    tokens = (first["accessToken"], second["accessToken"], other, first["botToken"])
    assert [False, False, True, True] == [app.is_alive(token) for token in tokens]


def test_removed_authorization_voids_codes_not_yet_exchanged(app: PumbleApp, owner: str) -> None:
    code = app.code()

    app.call("DELETE", "/v1/app/authorization", owner)

    assert 400 == app.exchange(code).status_code


def test_removed_installation_voids_codes_not_yet_exchanged(app: PumbleApp, bot: str) -> None:
    code = app.code()

    app.call("DELETE", "/v1/app/installation", bot)

    assert 400 == app.exchange(code).status_code


def test_bot_has_no_authorization_to_remove(app: PumbleApp, bot: str) -> None:
    assert (403, True) == refusal(app.call("DELETE", "/v1/app/authorization", bot))
    assert app.is_alive(bot)


@pytest.mark.parametrize("who", ["accessToken", "botToken"])
def test_removed_installation_ends_every_token_of_the_workspace_alone(
    app: PumbleApp, workspace: Workspace, who: str
) -> None:
    here = app.tokens(workspace.id)
    member = app.tokens(workspace.id, workspace.users[1].id)["accessToken"]
    there = app.tokens(list(app.pumble.workspaces)[-1])

    assert 200 == app.call("DELETE", "/v1/app/installation", here[who]).status_code

    tokens = (here["accessToken"], here["botToken"], member, there["botToken"])
    assert [False, False, False, True] == [app.is_alive(token) for token in tokens]


def test_member_may_not_remove_the_installation(app: PumbleApp, bot: str, member: str) -> None:
    assert (403, True) == refusal(app.call("DELETE", "/v1/app/installation", member))
    assert app.is_alive(bot)


@pytest.mark.parametrize("path", ["/v1/app/authorization", "/v1/app/installation"])
def test_departure_takes_no_body(app: PumbleApp, owner: str, path: str) -> None:
    assert (400, True) == refusal(app.call("DELETE", path, owner, {}))
