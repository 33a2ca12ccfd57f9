"""The simulated Pumble's token exchange, and how long codes and tokens live."""

import json
from base64 import urlsafe_b64decode
from io import BytesIO

import pytest
from werkzeug.test import TestResponse

from sandbox.pumble import Pumble, Workspace
from tests.sandbox.pumble_callers import PumbleApp

NOW = 1_790_000_000.0


@pytest.fixture
def now() -> list[float]:
    return [NOW]


@pytest.fixture
def app(now: list[float]) -> PumbleApp:
    return PumbleApp(Pumble(clock=lambda: now[0]))


@pytest.fixture
def workspace(app: PumbleApp) -> Workspace:
    return next(iter(app.pumble.workspaces.values()))


def refusal(answer: TestResponse) -> tuple[int, bool]:
    return answer.status_code, isinstance(answer.get_json().get("code"), int)


def test_exchange_answers_tokens_and_ids(app: PumbleApp, workspace: Workspace) -> None:
    tokens = app.tokens()

    assert {
        "accessToken": tokens["accessToken"],
        "botToken": tokens["botToken"],
        "userId": workspace.users[0].id,
        "botId": workspace.bot_id,
        "workspaceId": workspace.id,
    } == tokens
    assert tokens["accessToken"] != tokens["botToken"]


def test_ids_have_24_hexadecimal_digits(app: PumbleApp, workspace: Workspace) -> None:
    ids = [app.pumble.app_id, workspace.id, workspace.bot_id]
    ids += [user.id for user in workspace.users] + [channel.id for channel in workspace.channels]

    assert {24} == {len(f"{int(known, 16):024x}") for known in ids}
    assert len(ids) == len(set(ids))


def test_app_without_a_bot_gets_no_bot_token(app: PumbleApp) -> None:
    app.pumble.manifest.bot = False

    assert {"accessToken", "userId", "workspaceId"} == set(app.tokens(scopes="messages:read"))


def test_code_works_once(app: PumbleApp) -> None:
    code = app.code()

    assert [200, 400] == [app.exchange(code).status_code for _ in range(2)]


@pytest.mark.parametrize(("seconds", "status"), [(599, 200), (600, 400)])
def test_code_lives_ten_minutes(
    app: PumbleApp, now: list[float], seconds: int, status: int
) -> None:
    code = app.code()
    now[0] += seconds

    assert status == app.exchange(code).status_code


def test_unknown_code_is_refused(app: PumbleApp) -> None:
    assert (400, True) == refusal(app.exchange("made-up"))


@pytest.mark.parametrize("field", ["client-id", "client-secret"])
def test_wrong_credentials_are_refused_and_leave_the_code_alone(app: PumbleApp, field: str) -> None:
    code = app.code()
    form = {
        "client-id": app.pumble.app_id,
        "client-secret": app.pumble.client_secret,
        "code": code,
    }

    assert (401, True) == refusal(app.exchange(code, data=form | {field: "wrong-ö"}))
    assert 200 == app.exchange(code).status_code


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "application/json", "text/plain"]
)
def test_other_content_types_are_refused(app: PumbleApp, content_type: str) -> None:
    code = app.code()
    body = f"client-id={app.pumble.app_id}&client-secret={app.pumble.client_secret}&code={code}"

    assert (415, True) == refusal(app.exchange(code, data=body, content_type=content_type))
    assert 200 == app.exchange(code).status_code


@pytest.mark.parametrize(
    "names",
    [
        ("client_id", "client_secret", "code"),
        ("client-id", "client-secret"),
        ("client-id", "client-secret", "code", "grant_type"),
        ("client-id", "client-secret", "code", "redirect_uri"),
    ],
)
def test_other_fields_are_refused(app: PumbleApp, names: tuple[str, ...]) -> None:
    assert (400, True) == refusal(app.exchange("", data=dict.fromkeys(names, "x")))


def test_field_that_occurs_twice_is_refused(app: PumbleApp) -> None:
    form = {
        "client-id": app.pumble.app_id,
        "client-secret": app.pumble.client_secret,
        "code": [app.code(), app.code()],
    }

    assert (400, True) == refusal(app.exchange("", data=form))


def test_file_beside_the_fields_is_refused(app: PumbleApp) -> None:
    form = {
        "client-id": app.pumble.app_id,
        "client-secret": app.pumble.client_secret,
        "code": app.code(),
        "extra": (BytesIO(b"x"), "extra.txt"),
    }

    assert (400, True) == refusal(app.exchange("", data=form))


def test_body_that_is_not_multipart_inside_is_refused(app: PumbleApp) -> None:
    content_type = "multipart/form-data; boundary=b"

    assert (400, True) == refusal(app.exchange("", data=b"--c\r\n\r\n", content_type=content_type))


def test_query_parameters_are_refused(app: PumbleApp) -> None:
    assert (400, True) == refusal(app.exchange(app.code(), query_string={"code": "x"}))


def test_later_authorizations_return_the_same_bot_token(
    app: PumbleApp, workspace: Workspace
) -> None:
    first = app.tokens()
    second = app.tokens(workspace.id, workspace.users[1].id)

    assert first["botToken"] == second["botToken"]


def test_reinstallation_replaces_the_bot_token(app: PumbleApp) -> None:
    old = app.tokens()

    new = app.tokens(isReinstall="true")

    assert [False, True] == [app.is_alive(each["botToken"]) for each in (old, new)]
    assert app.is_alive(old["accessToken"])


def test_reinstallation_takes_place_at_the_exchange(app: PumbleApp) -> None:
    old = app.tokens()

    app.code(isReinstall="true")

    assert app.is_alive(old["botToken"])


def test_bot_gains_scopes_by_reinstallation_only(app: PumbleApp) -> None:
    more = "messages:read,bot:channels:list,bot:messages:write"
    app.tokens()

    later = app.tokens(scopes=more)
    reinstalled = app.tokens(scopes=more, isReinstall="true")

    statuses = [
        app.call("GET", "/v1/channels", each["botToken"]).status_code
        for each in (later, reinstalled)
    ]
    assert [401, 200] == statuses
    assert 2 == len({later["botToken"], reinstalled["botToken"]})


def test_other_workspaces_keep_their_bot_token(app: PumbleApp) -> None:
    here, there = (app.tokens(workspace_id) for workspace_id in app.pumble.workspaces)

    app.tokens(here["workspaceId"], isReinstall="true")

    assert app.is_alive(there["botToken"])


def test_authorizing_again_gives_a_fresh_token_beside_the_old_one(app: PumbleApp) -> None:
    tokens = [app.tokens()["accessToken"] for _ in range(2)]

    assert 2 == len(set(tokens))
    assert [True, True] == [app.is_alive(token) for token in tokens]


def test_tokens_do_not_expire(app: PumbleApp, now: list[float]) -> None:
    tokens = app.tokens()
    now[0] += 10 * 365 * 86400

    assert [True, True] == [app.is_alive(tokens[name]) for name in ("accessToken", "botToken")]


def test_token_is_a_web_token_that_says_whose_it_is(app: PumbleApp, workspace: Workspace) -> None:
    _, claims, _ = app.tokens()["accessToken"].split(".")

    read = json.loads(urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    assert (workspace.users[0].id, workspace.id) == (read["sub"], read["workspace"])
