"""The operator's Pumble workspace: news of verifications, `/verified`, and the app's own end.

Hook addresses belong to the app, not to an installation, so a request only tells which workspace it
comes from. The one that counts is the workspace that the operator's marketplace user has connected.
"""

from __future__ import annotations

from uuid import UUID

from integrations.pumble.api import PumbleApi
from integrations.pumble.handlers import Context, Handlers, message, silence
from integrations.pumble.token_store import PrivateDataTokenStore, TokenStore
from integrations.pumble.triggers import Kind, Trigger, read_signature, read_trigger
from proxy.chat import ChatAnswer, Desk, Standing
from proxy.connection import Slot
from proxy.signed import Signed
from proxy.timestamps import parse_utc
from proxy.vendor import RequestHeaders

LATE = "The marketplace could not be asked just now. Please try again."
_MAX_NAME_CHARACTERS = 80
_NEWS = {"approved": "was verified", "rejected": "was not verified: the check was rejected"}


class PumbleWorkspace:
    """Pumble as a vendor with a workspace of people."""

    name = "pumble"
    answer_seconds = 2.0  # Pumble gives up after three, and the network needs some of them

    def __init__(
        self,
        *,
        api: PumbleApi,
        signing_secret: str,
        operator_id: UUID | None,
        channel_id: str | None,
        command: str,
        extra_store: TokenStore | None,
        handlers: Handlers,
    ) -> None:
        self._api = api
        self._signing_secret = signing_secret.encode()
        self.operator_id = operator_id
        self._channel_id = channel_id
        self._extra_store = extra_store
        self._handlers = handlers
        handlers.on(Kind.SLASH_COMMAND, command, _verified)

    def signed(self, headers: RequestHeaders, body: bytes) -> Signed | None:
        """Return a request's signature; see ChatVendor.signed."""
        return read_signature(headers, body, self._signing_secret)

    def answer(self, body: bytes, desk: Desk) -> ChatAnswer:
        """Answer a signed request; what nobody handles is acknowledged. See ChatVendor.answer."""
        trigger = read_trigger(body)
        if trigger is None:
            return ChatAnswer(200)
        if trigger.kind is Kind.EVENT:
            self._end(trigger, desk)
        if not self._handlers.has(trigger):
            return silence(trigger)
        slot = desk.slot()
        if _author(trigger) and _author(trigger) == self._bot_id(trigger, slot):
            return silence(trigger)  # our own words come back as events
        return self._handlers.answer(trigger, self._context(trigger, slot, desk))

    def _end(self, trigger: Trigger, desk: Desk) -> None:
        """Wipe what an uninstallation or a withdrawn authorization has made worthless."""
        event = trigger.payload.get("body", {})
        if trigger.name == "APP_UNINSTALLED":
            for store in self._stores(desk, ended_at=event.get("uninstalledAt")):
                store.delete_for_workspace(trigger.workspace_id)
        elif trigger.name == "APP_UNAUTHORIZED" and isinstance(event.get("workspaceUser"), str):
            for store in self._stores(desk, ended_at=None):
                store.delete_for_user(event["workspaceUser"], trigger.workspace_id)

    def _stores(self, desk: Desk, ended_at: object) -> list[TokenStore]:
        """Return the stores in which the end of an installation counts.

        A connection that was made after the end is another one: news may arrive late.
        """
        stores: list[TokenStore] = [] if self._extra_store is None else [self._extra_store]
        slot = desk.slot()
        known = None if slot is None else slot.load()
        if slot is None or known is None:
            return stores
        ended, made = parse_utc(ended_at), parse_utc(known.connected_at)
        # Pumble tells whole seconds; within one of them an end counts.
        if ended is not None and made is not None and ended < made.replace(microsecond=0):
            return stores
        return [*stores, PrivateDataTokenStore(slot)]

    def _bot_id(self, trigger: Trigger, slot: Slot | None) -> str | None:
        store = self._store(slot)
        return None if store is None else store.get_bot_user_id(trigger.workspace_id)

    def _store(self, slot: Slot | None) -> TokenStore | None:
        if self._extra_store is not None:
            return self._extra_store
        return None if slot is None else PrivateDataTokenStore(slot)

    def _context(self, trigger: Trigger, slot: Slot | None, desk: Desk) -> Context:
        known = None if slot is None else slot.load()
        workspace_id = None if known is None else known.grant.details.get("workspaceId")

        def say(text: str, *, only_to: str | None = None) -> None:
            store = self._store(slot)
            token = None if store is None else store.get_bot_token(trigger.workspace_id)
            if token is not None and trigger.channel_id:
                self._api.post_message(token, trigger.channel_id, text, only_to=only_to)

        return Context(
            is_operators=bool(workspace_id) and workspace_id == trigger.workspace_id,
            say=say,
            standing=desk.standing,
        )

    def late_answer(self, body: bytes) -> ChatAnswer | None:
        """Say that it took too long; an event has nobody to say it to."""
        trigger = read_trigger(body)
        return None if trigger is None or trigger.kind is Kind.EVENT else message(LATE)

    def announce(self, desk: Desk, standing: Standing) -> None:
        """Post into the operator's channel that a verification ended; see ChatVendor.announce."""
        if self._channel_id is None:
            return
        slot = desk.slot()
        known = None if slot is None else slot.load()
        store = self._store(slot)
        if known is None or store is None:
            return
        token = store.get_bot_token(known.grant.details.get("workspaceId", ""))
        if token is not None:
            self._api.post_message(token, self._channel_id, news(standing))


def news(standing: Standing) -> str:
    """Return the message about a verification that ended."""
    return f"{_shown(standing)} {_NEWS[standing.status]}."


def _verified(trigger: Trigger, context: Context) -> ChatAnswer:
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
    """Return name and id; angle brackets in a name could mention people (`<<@id>>`)."""
    name = standing.display_name.replace("<", "").replace(">", "")[:_MAX_NAME_CHARACTERS]
    return f"{name or 'A user'} ({standing.user_id})"


def _author(trigger: Trigger) -> str:
    """Return who wrote the message that an event is about, "" for other events."""
    author = trigger.payload.get("body", {}).get("aId") if trigger.kind is Kind.EVENT else None
    return author if isinstance(author, str) else ""
