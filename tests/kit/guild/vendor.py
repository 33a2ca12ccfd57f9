"""Guild, an example of a connection with a workspace: the operator's guild hears news, and asks.

It does not exist. All its requests come to one address and tell which guild they come from; the
state travels in the return URL's path too.
"""

from __future__ import annotations

from functools import partial
from uuid import UUID

from proxy.vendors import (
    CallbackUnreadable,
    Ending,
    Grant,
    Hmac,
    Hook,
    Integration,
    Part,
    RequestHeaders,
    SettingsReader,
    Standing,
    Upstreams,
    UserLookup,
    Workspace,
    WorkspaceAnswer,
    display_text,
    read_app,
    read_lenient_object,
)
from tests.kit.plain_oauth import Api, PlainOAuth, read_api

LATE = WorkspaceAnswer(200, {"text": "Please ask again."})


class GuildConnection(PlainOAuth):
    """Guild as a vendor that users connect."""

    name = "guild"
    state_in_path = True


class GuildWorkspace(Workspace):
    """Guild as a vendor with a workspace of people."""

    name = "guild"
    acknowledgement = "noted"
    refusal_status, refusal_detail = 403, "Not a guild's signature."
    answer_seconds = 2.0

    def __init__(self, api: Api, signing_secret: str, operator_id: UUID | None) -> None:
        self._api = api
        self.proof = Hmac(
            ("Guild-Signature",), (signing_secret,), signs="{t}:{body}", time_header="Guild-Time"
        )
        self.operator_id = operator_id

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Hook | None:  # noqa: ARG002 - all is in the body
        """Read a request; see CalledBack.read_callback."""
        asked = read_lenient_object(body)
        kind, guild = display_text(asked.get("kind")), display_text(asked.get("guild"))
        if kind is None or guild is None:
            raise CallbackUnreadable("The body is not a request of a guild.")
        if kind == "question":
            user = display_text(asked.get("user")) or ""
            return Hook(partial(_answer, guild, user), LATE)
        if kind == "left":
            at = asked.get("at")
            ended_at = float(at) if isinstance(at, int) and abs(at) < 2**40 else None
            ending = Ending(guild, display_text(asked.get("member")), ended_at)
            return Hook(lambda _: WorkspaceAnswer(200), ending=ending)
        return None

    def after(self, ending: Ending, grant: Grant | None) -> Grant | None:
        """Return what is left: nothing of a guild that is gone, all where one member left."""
        if grant is None or ending.user_id is not None:
            return grant
        return None if grant.details.get("placeId") == ending.workspace_id else grant

    def announce(self, lookup: UserLookup, standing: Standing) -> None:
        """Post into the operator's guild that a verification ended."""
        connection = lookup.connection()
        if connection is not None:
            text = f"{standing.user_id}: {standing.status}"
            self._api.send("POST", "/messages", connection.grant, {"text": text})


def _answer(guild: str, user: str, lookup: UserLookup) -> WorkspaceAnswer:
    connection = lookup.connection()
    if connection is None or connection.grant.details.get("placeId") != guild:
        return WorkspaceAnswer(200, {"text": "This is not the operator's guild."})
    standing = lookup.standing(user)
    text = (
        "There is no such user." if standing is None else f"{standing.user_id}: {standing.status}"
    )
    return WorkspaceAnswer(200, {"text": text})


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Guild as the settings `GUILD_…` describe it."""
    api, app = read_api(reader, upstreams, "guild"), read_app(reader, "guild")
    secret, operator_id = reader.text("GUILD_SIGNING_SECRET"), reader.optional("GUILD_OPERATOR")
    if not secret:
        return ()
    workspace = GuildWorkspace(api, secret, UUID(operator_id) if operator_id else None)
    return GuildConnection(app, upstreams), workspace


GUILD = Integration("guild", build)
