"""What the tests of Pumble's code stand on: a stub upstream, a slot, a lookup, and payloads."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from integrations.pumble.api import PumbleApi
from integrations.pumble.connection import PumbleConnection, pumble_oauth
from integrations.pumble.handlers import Handlers
from integrations.pumble.token_store import TokenStore
from integrations.pumble.workspace import PumbleWorkspace
from proxy.vendors import (
    Answer,
    ExchangeRequest,
    Grant,
    Hook,
    OAuth2App,
    Standing,
    Upstream,
    UserLookup,
    WorkspaceAnswer,
)
from proxy.vendors.connection import UserConnection
from tests.integrations.parts import NO_HEADERS
from tests.integrations.stub_upstream import PreparedUpstream, PreparedUpstreams

WORKSPACE, OTHER_WORKSPACE = "664000000000000000000001", "664000000000000000000002"
USER, OTHER_USER = "664000000000000000000011", "664000000000000000000012"
BOT, CHANNEL = "664000000000000000000021", "664000000000000000000031"
CONNECTED_AT = "2026-11-01T12:00:00.500Z"
OPERATOR_ID = UUID("11111111-2222-4333-8444-555555555555")
APP_KEY = "app-key"
SECRET = "signing-secret"


class StubUpstream(PreparedUpstream):
    """Pumble with prepared answers."""

    vendor = "pumble"
    usual_base_url = "https://api.pumble.test"


def answered(document: object, status: int = 200) -> Answer:
    """Return an answer whose body is `document` as JSON."""
    return Answer("pumble", status, json.dumps(document).encode())


def token_answer(**changes: object) -> Answer:
    """Return what the exchange answers; a change to None takes a field away."""
    usual: dict[str, object] = {
        "accessToken": "user-token-1",
        "botToken": "bot-token-1",
        "userId": USER,
        "botId": BOT,
        "workspaceId": WORKSPACE,
    }
    return answered({name: v for name, v in (usual | changes).items() if v is not None})


def me_answer(**changes: object) -> Answer:
    """Return what `/oauth2/me` answers for the user's token."""
    usual: dict[str, object] = {
        "workspaceId": WORKSPACE,
        "workspaceName": "Riverside Rentals",
        "workspaceUserId": USER,
        "workspaceUserName": "Rosa Reed",
    }
    return answered({name: v for name, v in (usual | changes).items() if v is not None})


def operators_connection() -> UserConnection:
    """Return the operator's connection, with its bot."""
    secret = {"accessToken": "user-token-1", "botToken": "bot-token-1"}
    details = {"workspaceId": WORKSPACE, "userId": USER, "botId": BOT}
    return UserConnection(Grant(secret, details), CONNECTED_AT)


@dataclass(slots=True)
class FakeLookup:
    """A marketplace with the operator's connection and the users that a test puts there."""

    operators: UserConnection | None = field(default_factory=operators_connection)
    users: dict[str, Standing] = field(default_factory=dict)

    def connection(self) -> UserConnection | None:
        """Return the operator's connection."""
        return self.operators

    def standing(self, user: str) -> Standing | None:
        """Return how a user stands."""
        return self.users.get(user)


def workspace(
    handlers: Handlers | None = None,
    *,
    upstream: Upstream | None = None,
    extra_store: TokenStore | None = None,
    channel_id: str | None = CHANNEL,
) -> PumbleWorkspace:
    """Return the workspace's side; without `upstream` it must not send anything."""
    return PumbleWorkspace(
        api=PumbleApi(upstream or StubUpstream(), APP_KEY),
        signing_secret=SECRET,
        operator_id=OPERATOR_ID,
        channel_id=channel_id,
        extra_store=extra_store,
        handlers=handlers or Handlers(),
    )


def hook_of(vendor: PumbleWorkspace, document: object) -> Hook:
    """Return a request as the workspace's side has read it."""
    hook = vendor.read_callback(NO_HEADERS, encoded(document))
    assert hook is not None
    return hook


def answer_of(
    vendor: PumbleWorkspace, document: object, lookup: UserLookup | None = None
) -> WorkspaceAnswer:
    """Return the answer to a request, in a marketplace that `lookup` looks at."""
    return hook_of(vendor, document).answer(lookup or FakeLookup())


def connection(
    upstream: Upstream | None = None,
    *,
    scopes: tuple[str, ...] = ("messages:read", "bot:messages:write"),
    extra_store: TokenStore | None = None,
) -> PumbleConnection:
    """Return the connection's side; without `upstream` it must not send anything."""
    consent = StubUpstream(base_url="https://app.pumble.test")
    used = upstream or StubUpstream()
    return PumbleConnection(
        pumble_oauth(scopes),
        OAuth2App("app-id", "client secret / ü"),
        PreparedUpstreams(used, {"https://app.pumble.com": consent}),
        PumbleApi(used, APP_KEY),
        extra_store,
    )


def exchanging(code: str) -> ExchangeRequest:
    """Return what redeems a code; Pumble wants the code alone."""
    return ExchangeRequest(code, "https://proxy.example/return", "verifier")


def payload(message_type: str, **fields: object) -> dict[str, Any]:
    """Return a payload of the operator's workspace; a field that is None is left out."""
    usual: dict[str, Any] = {
        "messageType": message_type,
        "workspaceId": WORKSPACE,
        "userId": USER,
        "channelId": CHANNEL,
        "triggerId": "trg-1",
    }
    return {name: v for name, v in (usual | fields).items() if v is not None}


def event(event_type: str, body: object, **fields: object) -> dict[str, Any]:
    """Return an event, whose body is JSON inside a text."""
    usual: dict[str, object] = {
        "eventType": event_type,
        "body": json.dumps(body, ensure_ascii=False),
        "workspaceUserIds": [BOT],
        "userId": None,
        "channelId": None,
        "triggerId": None,
    }
    return payload("PUMBLE_EVENT", **(usual | fields))


def encoded(document: object) -> bytes:
    """Return a document as Pumble posts it."""
    return json.dumps(document, ensure_ascii=False).encode()
