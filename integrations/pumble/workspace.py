"""The operator's Pumble workspace: news of verifications, `/verified`, and the app's own end.

Hook addresses belong to the app, not to an installation, so a request only tells which workspace it
comes from. The one that counts is the workspace that the operator's marketplace user has connected.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from uuid import UUID

from integrations.pumble.api import PumbleApi
from integrations.pumble.handlers import Context, Handlers, NotSaid, message, silence
from integrations.pumble.token_store import PrivateDataTokenStore, TokenStore
from integrations.pumble.triggers import Kind, Trigger, read_trigger
from proxy.vendors import (
    Ending,
    Grant,
    Hmac,
    Hook,
    Probe,
    RequestHeaders,
    Standing,
    UpstreamRefused,
    UpstreamUnavailable,
    UserLookup,
    Workspace,
    WorkspaceAnswer,
    by_callbacks,
    display_text,
    parse_utc,
)

TIMESTAMP_HEADER = "x-pumble-request-timestamp"
SIGNATURE_HEADER = "x-pumble-request-signature"
LATE = "The marketplace could not be asked just now. Please try again."
_MAX_NAME_CHARACTERS = 80
_NOT_IN_NAMES = re.compile('[<>()"\u2018-\u201f\u2028\u2029]')
_NEWS = {"approved": "was verified", "rejected": "was not verified: the check was rejected"}


class PumbleWorkspace(Workspace):
    """Pumble as a vendor with a workspace of people."""

    name = "pumble"
    acknowledgement = "ok"
    refusal_status, refusal_detail = 403, "Invalid signature!"
    answer_seconds = 2.0  # Pumble gives up after three, and the network needs some of them

    def __init__(
        self,
        *,
        api: PumbleApi,
        signing_secret: str,
        operator_id: UUID | None,
        channel_id: str | None,
        extra_store: TokenStore | None,
        handlers: Handlers,
    ) -> None:
        self._api = api
        self.proof = Hmac(
            (SIGNATURE_HEADER,),
            (signing_secret,),
            signs="{t}:{body}",
            time_header=TIMESTAMP_HEADER,
        )
        self.operator_id = operator_id
        self.channel_id = channel_id
        self._extra_store = extra_store
        self._handlers = handlers

    def probes(self) -> Sequence[Probe]:
        """Return what only a request of the workspace proves; see Part.probes."""
        return (by_callbacks("PUMBLE_APP_SIGNING_SECRET", "the app's page at Pumble"),)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Hook | None:  # noqa: ARG002 - all is in the body
        """Read a request; None for a kind that is unknown here. See CalledBack.read_callback."""
        trigger = read_trigger(body)
        if trigger is None:
            return None
        return Hook(
            answer=partial(self._answer, trigger),
            late=None if trigger.kind is Kind.EVENT else message(LATE),
            ending=_ending(trigger),
        )

    def _answer(self, trigger: Trigger, lookup: UserLookup) -> WorkspaceAnswer:
        """Answer a request; what nobody handles is acknowledged."""
        if not self._handlers.has(trigger):
            return silence(trigger)
        connection = lookup.connection()
        grant = None if connection is None else connection.grant
        author = _author(trigger)
        if author and author == self._store(grant).get_bot_user_id(trigger.workspace_id):
            return silence(trigger)  # our own words come back as events
        return self._handlers.answer(trigger, self._context(trigger, grant, lookup))

    def _store(self, grant: Grant | None) -> TokenStore:
        return self._extra_store or PrivateDataTokenStore(grant)

    def _context(self, trigger: Trigger, grant: Grant | None, lookup: UserLookup) -> Context:
        def say(text: str, *, only_to: str | None = None) -> None:
            token = self._store(grant).get_bot_token(trigger.workspace_id)
            if token is None or not trigger.channel_id:
                raise NotSaid("there is no bot, or no channel")
            try:
                self._api.post_message(token, trigger.channel_id, text, only_to=only_to)
            except (UpstreamUnavailable, UpstreamRefused) as error:
                raise NotSaid(str(error)) from error

        workspace_id = None if grant is None else grant.details.get("workspaceId")
        return Context(
            is_operators=bool(workspace_id) and workspace_id == trigger.workspace_id,
            say=say,
            standing=lookup.standing,
        )

    def after(self, ending: Ending, grant: Grant | None) -> Grant | None:
        """Take what has ended out of the stores; see Workspace.after."""
        connected = PrivateDataTokenStore(grant)
        stores: list[TokenStore] = [connected]
        if self._extra_store is not None:
            stores.append(self._extra_store)
        for store in stores:
            if ending.user_id is None:
                store.delete_for_workspace(ending.workspace_id)
            else:
                store.delete_for_user(ending.user_id, ending.workspace_id)
        return connected.grant

    def announce(self, lookup: UserLookup, standing: Standing) -> None:
        """Post into the operator's channel that a verification ended."""
        if self.channel_id is None:
            return
        connection = lookup.connection()
        if connection is None:
            return
        workspace_id = connection.grant.details.get("workspaceId", "")
        token = self._store(connection.grant).get_bot_token(workspace_id)
        if token is not None:
            self._api.post_message(token, self.channel_id, news(standing))


def news(standing: Standing) -> str:
    """Return the message about a verification that ended."""
    return f"{_shown(standing)} {_NEWS[standing.status]}."


def verified(trigger: Trigger, context: Context) -> WorkspaceAnswer:
    """Answer `/verified <user>`, for people of the operator's workspace."""
    if not context.is_operators:
        return message("This command works in the marketplace operator's workspace only.")
    user = trigger.text.strip()
    if not user:
        return message(f"Usage: {trigger.name} <user id or email address>")
    standing = context.standing(user)
    if standing is None:
        return message("The marketplace has no such user.")
    return message(f"{_shown(standing)}: {'verified' if standing.verified else standing.status}.")


def _shown(standing: Standing) -> str:
    """Return id and name, in this order: the name is the user's own choice of words.

    It can neither mention people (`<<@id>>`) nor pass for a line or a sentence of ours.
    """
    name = _NOT_IN_NAMES.sub("", display_text(standing.display_name, _MAX_NAME_CHARACTERS) or "")
    return (
        f"{standing.user_id} \u201c{name.strip()}\u201d" if name.strip() else str(standing.user_id)
    )


def _ending(trigger: Trigger) -> Ending | None:
    """Read APP_UNINSTALLED and APP_UNAUTHORIZED; None for every other request."""
    if trigger.kind is not Kind.EVENT:
        return None
    event = trigger.payload.get("body", {})
    if trigger.name == "APP_UNINSTALLED":
        at = parse_utc(event.get("uninstalledAt"))
        return Ending(trigger.workspace_id, at=None if at is None else at.timestamp())
    if trigger.name == "APP_UNAUTHORIZED" and isinstance(event.get("workspaceUser"), str):
        return Ending(trigger.workspace_id, event["workspaceUser"])
    return None


def _author(trigger: Trigger) -> str:
    """Return who wrote the message that an event is about, "" for other events."""
    author = trigger.payload.get("body", {}).get("aId") if trigger.kind is Kind.EVENT else None
    return author if isinstance(author, str) else ""
