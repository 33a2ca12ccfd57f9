"""The simulated Pumble's API: credentials, scopes, what it shows, and messages."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from sandbox.pumble import Message, Pumble, Workspace
from tests.sandbox.pumble_callers import PumbleApp

ALL_SCOPES = "messages:write,channels:list,channels:read,user:read,users:list,workspace:read"
EVERYTHING = ",".join([ALL_SCOPES, *(f"bot:{scope}" for scope in ALL_SCOPES.split(","))])


@pytest.fixture
def app() -> PumbleApp:
    return PumbleApp(Pumble(clock=lambda: 1_790_000_000.25))


@pytest.fixture
def workspace(app: PumbleApp) -> Workspace:
    return next(iter(app.pumble.workspaces.values()))


@pytest.fixture
def bot(app: PumbleApp) -> str:
    return str(app.tokens(scopes=EVERYTHING)["botToken"])


@pytest.fixture
def owner(app: PumbleApp) -> str:
    return str(app.tokens(scopes=EVERYTHING)["accessToken"])


@pytest.fixture
def member(app: PumbleApp, workspace: Workspace) -> str:
    tokens = app.tokens(workspace.id, workspace.users[1].id, scopes=EVERYTHING)
    return str(tokens["accessToken"])


def refusal(answer: TestResponse) -> tuple[int, bool]:
    return answer.status_code, isinstance(answer.get_json().get("code"), int)


def channel_names(answer: TestResponse) -> list[str]:
    return [entry["channel"]["name"] for entry in answer.get_json()]


def post_to(app: PumbleApp, token: str, place: Workspace, name: str, **fields: Any) -> TestResponse:
    [channel] = [channel for channel in place.channels if channel.name == name]
    body = {"text": "New booking"} | fields
    return app.call("POST", f"/v1/channels/{channel.id}/messages", token, body)


def test_me_names_the_bot_and_its_workspace(app: PumbleApp, workspace: Workspace, bot: str) -> None:
    assert {
        "workspaceId": workspace.id,
        "workspaceName": workspace.name,
        "workspaceUserId": workspace.bot_id,
        "workspaceUserName": app.pumble.manifest.name,
    } == app.call("GET", "/oauth2/me", bot).get_json()


def test_me_names_the_user(app: PumbleApp, workspace: Workspace, member: str) -> None:
    shown = app.call("GET", "/oauth2/me", member).get_json()

    user = workspace.users[1]
    assert (user.id, user.name) == (shown["workspaceUserId"], shown["workspaceUserName"])


@pytest.mark.parametrize(
    "changed",
    [
        {"token": None},
        {"token": "made-up"},
        {"x-app-token": None},
        {"x-app-token": "wrong"},
        {"Authorization": "Bearer any"},
    ],
)
def test_wrong_headers_are_refused(
    app: PumbleApp, bot: str, changed: dict[str, str | None]
) -> None:
    usual: dict[str, str | None] = {"token": bot, "x-app-token": app.pumble.app_key}
    headers = {name: value for name, value in (usual | changed).items() if value is not None}

    assert (401, True) == refusal(app.http.get("/oauth2/me", headers=headers))


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v1/workspace", "workspace:read"),
        ("GET", "/v1/workspaceUsers", "users:list"),
        ("GET", "/v1/workspaceUsers/{user}", "user:read"),
        ("GET", "/v1/channels", "channels:list"),
        ("GET", "/v1/channels/{channel}", "channels:read"),
        ("POST", "/v1/channels/{channel}/messages", "messages:write"),
    ],
)
def test_each_call_needs_its_own_scope(
    app: PumbleApp, workspace: Workspace, method: str, path: str, scope: str
) -> None:
    path = path.format(user=workspace.users[0].id, channel=workspace.channels[0].id)
    others = ",".join(sorted({*ALL_SCOPES.split(","), "messages:read"} - {scope}))
    body = {"text": "x"} if method == "POST" else None

    statuses = [
        app.call(method, path, app.tokens(scopes=scopes)["accessToken"], body).status_code
        for scopes in (scope, others)
    ]

    assert [200, 403] == statuses


def test_users_scopes_are_not_the_bots(app: PumbleApp) -> None:
    tokens = app.tokens(scopes="channels:list,bot:messages:write")

    answer = app.call("GET", "/v1/channels", tokens["botToken"])

    assert (403, True) == refusal(answer)


def test_workspace_is_the_tokens_own(app: PumbleApp, bot: str, workspace: Workspace) -> None:
    shown = app.call("GET", "/v1/workspace", bot).get_json()

    assert (workspace.id, workspace.name) == (shown["id"], shown["name"])


def test_people_include_the_bot(app: PumbleApp, bot: str, workspace: Workspace) -> None:
    people = app.call("GET", "/v1/workspaceUsers", bot).get_json()

    assert [(user.id, False) for user in workspace.users] + [(workspace.bot_id, True)] == [
        (person["id"], person["isAddonBot"]) for person in people
    ]


def test_person_of_another_workspace_is_unknown(app: PumbleApp, bot: str) -> None:
    stranger = list(app.pumble.workspaces.values())[-1].users[0]

    assert (404, True) == refusal(app.call("GET", f"/v1/workspaceUsers/{stranger.id}", bot))


def test_private_channels_are_listed_for_their_members(
    app: PumbleApp, bot: str, owner: str
) -> None:
    public = ["general", "bookings", "announcements"]

    assert [public, [*public, "accounts"]] == [
        channel_names(app.call("GET", "/v1/channels", token)) for token in (bot, owner)
    ]


def test_channels_are_listed_by_kind(app: PumbleApp, owner: str) -> None:
    assert ["accounts"] == channel_names(app.call("GET", "/v1/channels?types=PRIVATE", owner))


@pytest.mark.parametrize("query", ["types=SECRET", "types=", "limit=1"])
def test_unknown_channel_queries_are_refused(app: PumbleApp, owner: str, query: str) -> None:
    assert (400, True) == refusal(app.call("GET", f"/v1/channels?{query}", owner))


def test_channel_of_another_workspace_is_unknown(app: PumbleApp, bot: str) -> None:
    foreign = list(app.pumble.workspaces.values())[-1].channels[0]

    assert (404, True) == refusal(app.call("GET", f"/v1/channels/{foreign.id}", bot))


def test_channel_shows_its_kind_and_who_may_post(
    app: PumbleApp, bot: str, workspace: Workspace
) -> None:
    answers = [
        app.call("GET", f"/v1/channels/{channel.id}", bot).get_json()["channel"]
        for channel in workspace.channels[1:3]
    ]

    assert [("PUBLIC", "EVERYONE"), ("PUBLIC", "ADMINS")] == [
        (shown["channelType"], shown["postingPermissions"]["postingPermissionsGroup"])
        for shown in answers
    ]


def test_posted_message_is_kept(app: PumbleApp, bot: str, workspace: Workspace) -> None:
    post_to(app, bot, workspace, "general", text="Grüße 👋")

    channel = workspace.channels[0]
    assert [Message(workspace.id, channel.id, workspace.bot_id, "Grüße 👋")] == app.pumble.messages


def test_posted_message_is_answered_as_it_stands(
    app: PumbleApp, bot: str, workspace: Workspace
) -> None:
    shown = post_to(app, bot, workspace, "general").get_json()

    assert ("New booking", workspace.bot_id, 1_790_000_000_250) == (
        shown["text"],
        shown["author"],
        shown["timestampMilli"],
    )
    assert shown["timestamp"].endswith(".250Z")


def test_ephemeral_message_is_kept_with_its_readers(
    app: PumbleApp, bot: str, workspace: Workspace
) -> None:
    reader = workspace.users[1].id

    post_to(app, bot, workspace, "general", ephemeral={"sendToUsers": [reader]})

    assert [(reader,)] == [message.ephemeral_to for message in app.pumble.messages]


def test_documented_fields_are_accepted(app: PumbleApp, bot: str, workspace: Workspace) -> None:
    blocks = [{"type": "rich_text", "elements": []}, {"type": "actions", "elements": []}]

    answer = post_to(
        app, bot, workspace, "general", blocks=blocks, attachments=[{"title": "x"}], files=[]
    )

    assert 200 == answer.status_code


@pytest.mark.parametrize(
    "fields",
    [
        {"text": None},
        {"text": 1},
        {"text": "x" * 100_001},
        {"channel": "general"},
        {"mrkdwn": True},
        {"blocks": {}},
        {"blocks": None},
        {"blocks": ["x"]},
        {"blocks": [{"type": "section"}]},
        {"blocks": [{"type": []}]},
        {"attachments": "x"},
        {"files": ["0" * 24]},
        {"ephemeral": True},
        {"ephemeral": {}},
        {"ephemeral": {"sendToUsers": []}},
        {"ephemeral": {"sendToUsers": ["0" * 24]}},
        {"ephemeral": {"sendToUsers": [1]}},
        {"ephemeral": {"sendToUsers": "x", "other": 1}},
    ],
)
def test_wrong_message_fields_are_refused(
    app: PumbleApp, bot: str, workspace: Workspace, fields: dict[str, object]
) -> None:
    assert (400, True) == refusal(post_to(app, bot, workspace, "general", **fields))
    assert [] == app.pumble.messages


def test_unknown_ephemeral_field_is_refused(app: PumbleApp, bot: str, workspace: Workspace) -> None:
    ephemeral = {"sendToUsers": [workspace.users[0].id], "threadRootId": "root-1"}

    assert (400, True) == refusal(post_to(app, bot, workspace, "general", ephemeral=ephemeral))


def test_longest_text_is_accepted(app: PumbleApp, bot: str, workspace: Workspace) -> None:
    assert 200 == post_to(app, bot, workspace, "general", text="x" * 100_000).status_code


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b'{"text":"x"}', "text/plain", 415),
        (b"text=x", "application/x-www-form-urlencoded", 415),
        (b"", "application/json", 400),
        (b'["text"]', "application/json", 400),
        (b'{"text":"x","text":"y"}', "application/json", 400),
        (b'{"text":"\xff"}', "application/json", 400),
        (b'{"text":NaN}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b" " * 1_048_577, "application/json", 413),
    ],
)
def test_wrong_message_bodies_are_refused(
    app: PumbleApp, bot: str, workspace: Workspace, body: bytes, content_type: str, status: int
) -> None:
    answer = app.http.post(
        f"/v1/channels/{workspace.channels[0].id}/messages",
        data=body,
        content_type=content_type,
        headers={"token": bot, "x-app-token": app.pumble.app_key},
    )

    assert (status, True) == refusal(answer)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
message_fields = st.sampled_from(["text", "blocks", "attachments", "files", "ephemeral"])


@given(body=json_values | st.dictionaries(message_fields, json_values))
def test_any_message_is_posted_or_refused(body: object) -> None:
    app = PumbleApp(Pumble())
    token = app.tokens(scopes="bot:messages:write")["botToken"]
    channel = next(iter(app.pumble.workspaces.values())).channels[0]

    answer = app.call("POST", f"/v1/channels/{channel.id}/messages", token, body or {})

    assert answer.status_code in {200, 400}


@pytest.mark.parametrize(
    ("who", "channel", "status"),
    [
        ("bot", "general", 200),
        ("bot", "bookings", 200),
        ("bot", "announcements", 403),
        ("bot", "accounts", 404),
        ("owner", "general", 200),
        ("owner", "bookings", 403),
        ("owner", "announcements", 200),
        ("owner", "accounts", 200),
        ("member", "bookings", 200),
        ("member", "announcements", 403),
        ("member", "accounts", 404),
    ],
)
def test_who_may_post_where(
    request: pytest.FixtureRequest,
    app: PumbleApp,
    workspace: Workspace,
    who: str,
    channel: str,
    status: int,
) -> None:
    token = request.getfixturevalue(who)

    assert status == post_to(app, token, workspace, channel).status_code


@pytest.mark.parametrize("path", ["/v1/elsewhere", "/v1/messages/scheduled", "/"])
def test_unknown_paths_are_refused_in_json(app: PumbleApp, bot: str, path: str) -> None:
    assert (404, True) == refusal(app.call("GET", path, bot))
