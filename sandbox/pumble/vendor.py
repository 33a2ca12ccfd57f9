"""The simulated vendor as tests and the demo hold it: one WSGI application and its controls."""

import json
import re
import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

from sandbox.hops import HopLog
from sandbox.kit.sender import Headers
from sandbox.pumble import payloads
from sandbox.pumble.access_request import AccessRefusedError, read_access_request
from sandbox.pumble.application import make_application
from sandbox.pumble.consent import PAGE_PATH, redirect_address
from sandbox.pumble.payloads import EnteredValues, EventKind, Payload, Place, Source, ViewAction
from sandbox.pumble.registration import Registration
from sandbox.pumble.sender import HookAnswer, post, signed_headers
from sandbox.pumble.workspaces import Workspace

Decision = Literal["allow", "decline"]


class Pumble(Registration):
    """Pumble, simulated: serve `app`, put its address into `base_url`, call `close()` at the end.

    Methods that send a hook wait for its answer. They take the first workspace, its first user and
    its first channel unless told otherwise, and raise KeyError for an unknown workspace.
    """

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start with new credentials, two workspaces, and the app installed in neither.

        `hops` receives every exchange; `clock` answers Unix seconds.
        """
        super().__init__(clock)
        self._hops = hops
        self.app = make_application(self, hops)

    def authorize(
        self,
        authorize_url: str,
        workspace_id: str | None = None,
        user_id: str | None = None,
        decision: Decision = "allow",
    ) -> str:
        """Return where users' browsers are sent when they decide about an access request.

        The workspace is the request's default one, unless told otherwise. Raises ValueError with
        what the error page says, and for an address that is not the consent page's; KeyError for
        an unknown user.
        """
        address, _, query = authorize_url.partition("?")
        if address != f"{self.base_url}{PAGE_PATH}":
            raise ValueError(f"{address} is not the consent page")
        try:
            asked = read_access_request(self, query)
            workspace = self._workspace(workspace_id or asked.default_workspace_id)
            user = workspace.users[0] if user_id is None else workspace.user(user_id)
            return redirect_address(self, asked, workspace.id, user.id, allow=decision == "allow")
        except AccessRefusedError as refusal:
            raise ValueError(refusal.message) from refusal

    def slash_command(
        self,
        text: str,
        command: str = "/verified",
        workspace_id: str | None = None,
        user_id: str | None = None,
        channel_id: str | None = None,
        thread_root_id: str | None = None,
    ) -> HookAnswer:
        """Type a slash command, in a thread where there is a `thread_root_id`."""
        place = self._place(workspace_id, user_id, channel_id)
        return self.send(payloads.slash_command(place, command, text, thread_root_id))

    def shortcut(
        self,
        name: str,
        message_id: str | None = None,
        workspace_id: str | None = None,
        user_id: str | None = None,
        channel_id: str | None = None,
    ) -> HookAnswer:
        """Choose a shortcut: a global one, or that of a message where there is a `message_id`."""
        place = self._place(workspace_id, user_id, channel_id)
        return self.send(payloads.shortcut(place, name, message_id))

    def block_interaction(
        self,
        action: str,
        source: Source = "MESSAGE",
        value: str = "",
        workspace_id: str | None = None,
        user_id: str | None = None,
        channel_id: str | None = None,
    ) -> HookAnswer:
        """Click a button whose onAction is `action` and whose value is `value`."""
        place = self._place(workspace_id, user_id, channel_id)
        return self.send(payloads.block_interaction(place, action, source, value))

    def dynamic_menu(
        self,
        action: str,
        query: str = "",
        workspace_id: str | None = None,
        user_id: str | None = None,
    ) -> HookAnswer:
        """Type `query` into a dynamic select menu whose onAction is `action`."""
        place = self._place(workspace_id, user_id, None)
        return self.send(payloads.dynamic_menu(place, action, query))

    def view_action(
        self,
        kind: ViewAction,
        callback_id: str = "example_modal",
        values: EnteredValues | None = None,
        workspace_id: str | None = None,
        user_id: str | None = None,
        channel_id: str | None = None,
    ) -> HookAnswer:
        """Submit or close a modal; `values` maps block ids to (onAction, what was entered)."""
        place = self._place(workspace_id, user_id, channel_id)
        return self.send(payloads.view_action(place, kind, callback_id, values or {}))

    def event(
        self,
        event_type: str,
        body: Payload,
        message_type: EventKind = "PUMBLE_EVENT",
        workspace_id: str | None = None,
    ) -> HookAnswer:
        """Send an event with this body; nothing else happens."""
        workspace = self._workspace(workspace_id)
        return self.send(
            payloads.event(
                workspace.id, self._recipients(workspace), event_type, body, message_type
            )
        )

    def uninstall(self, workspace_id: str) -> HookAnswer:
        """Remove the app from a workspace, as its owner does, and tell the app.

        Every token of the workspace is dead before the hook goes out. Raises ValueError where the
        app is not installed.
        """
        workspace = self._workspace(workspace_id)
        recipients = self._recipients(workspace)
        installed = self.installations.uninstall(workspace.id)
        if installed is None:
            raise ValueError("the app is not installed in this workspace")
        body = payloads.uninstalled(workspace, installed, self.app_id, self.clock())
        return self.send(
            payloads.event(workspace.id, recipients, "APP_UNINSTALLED", body, "APP_EVENT")
        )

    def unauthorize(self, workspace_id: str, user_id: str) -> HookAnswer:
        """Take back one user's authorization, as users do themselves, and tell the app.

        The user's tokens are dead before the hook goes out; the bot's lives on. Raises ValueError
        for a user who has not authorized the app.
        """
        workspace = self._workspace(workspace_id)
        recipients = self._recipients(workspace)
        installed = self.installations.installation(workspace.id)
        authorized = self.installations.authorized_users(workspace.id)
        if installed is None or user_id not in authorized:
            raise ValueError("this user has not authorized the app")
        scopes = self.installations.unauthorize(workspace.id, user_id)
        body = payloads.unauthorized(workspace.id, user_id, installed, self.app_id, scopes)
        return self.send(
            payloads.event(workspace.id, recipients, "APP_UNAUTHORIZED", body, "APP_EVENT")
        )

    def send(
        self,
        payload: Payload | None,
        *,
        raw: bytes | None = None,
        timestamp_ms: int | None = None,
        secret: str | None = None,
        headers: Headers | None = None,
        chunks: int | None = None,
    ) -> HookAnswer:
        """Send a hook by hand: `payload` as JSON, or `raw` as it is.

        `headers`, where given, replace the content type and the two of the signature; start from
        `signed_headers` to leave one out or repeat it. `chunks` is as in `sender.post`. Raises
        ValueError unless exactly one of `payload` and `raw` is given, and as `sender.post` does.
        """
        if (payload is None) == (raw is None):
            raise ValueError("send either a payload or raw bytes")
        body = _json(payload) if raw is None else raw
        if headers is None:
            headers = self.signed_headers(body, timestamp_ms, secret)
        answer = post(self.manifest.hook_url, body, headers, chunks)
        if self._hops is not None:
            self._hops.add(
                caller="Pumble",
                callee="proxy",
                method="POST",
                path=urlsplit(self.manifest.hook_url).path,
                status=answer.status,
                milliseconds=answer.seconds * 1000,
                note=_kind(payload or {}),
            )
        return answer

    def signed_headers(
        self, body: bytes, timestamp_ms: int | None = None, secret: str | None = None
    ) -> Headers:
        """Return the headers that a genuine hook with this body has, by default one sent now."""
        at = int(self.clock() * 1000) if timestamp_ms is None else timestamp_ms
        return signed_headers(body, at, self.signing_secret if secret is None else secret)

    def start_afresh(self) -> None:
        """Forget what was said in the channels."""
        self.messages.clear()

    def _workspace(self, workspace_id: str | None) -> Workspace:
        return self.workspaces[
            next(iter(self.workspaces)) if workspace_id is None else workspace_id
        ]

    def _place(
        self, workspace_id: str | None, user_id: str | None, channel_id: str | None
    ) -> Place:
        workspace = self._workspace(workspace_id)
        user = workspace.users[0].id if user_id is None else user_id
        channel = workspace.channels[0].id if channel_id is None else channel_id
        return Place(workspace.id, user, channel)

    def _recipients(self, workspace: Workspace) -> tuple[str, ...]:
        """Return for whom an event is meant: the bot, if there is one, and who has authorized."""
        installed = self.installations.installation(workspace.id)
        has_bot = installed is not None and installed.bot_token is not None
        authorized = self.installations.authorized_users(workspace.id)
        return (workspace.bot_id, *authorized) if has_bot else authorized


def _json(payload: Payload | None) -> bytes:
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def _kind(payload: Payload) -> str:
    """Return the kind of a hook in words for the hop log, and nothing else of what it says."""
    names = (str(payload.get(key, "")) for key in ("messageType", "eventType"))
    return " ".join(name for name in names if re.fullmatch("[A-Z_]{1,40}", name))
