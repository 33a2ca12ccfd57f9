"""Pumble: users connect a workspace; the operator's own hears of verifications and can ask.

Source: pumble-node-sdk (github.com/CAKE-com/pumble-node-sdk, docs and sources, 2026-08).
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from uuid import UUID

from integrations.pumble.api import PumbleApi
from integrations.pumble.connection import API, PumbleConnection, pumble_oauth
from integrations.pumble.handlers import Handlers
from integrations.pumble.scopes import parse_scopes
from integrations.pumble.token_store import JsonFileTokenStore, TokenStore
from integrations.pumble.triggers import Kind
from integrations.pumble.workspace import PumbleWorkspace, verified
from proxy.vendors import (
    Integration,
    OAuth2App,
    Part,
    ReturnPages,
    SettingsReader,
    Upstreams,
)

_DEFAULT_SCOPES = "messages:read,bot:messages:write"
_ID = r"[0-9A-Za-z_-]{1,60}"
_ID_FORM = "a channel's id, of letters, digits, hyphens and underscores; not its name"
_COMMAND_FORM = "a slash, then 31 small letters, digits, hyphens and underscores at most"


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Pumble as the settings `PUMBLE_…` describe it."""
    app = OAuth2App(
        client_id=reader.text("PUMBLE_APP_ID"),
        client_secret=reader.text("PUMBLE_APP_CLIENT_SECRET"),
        base_url=reader.override_url("PUMBLE_BASE_URL"),
        pages=ReturnPages(
            success=reader.page_url("PUMBLE_SUCCESS_URL"),
            error=reader.page_url("PUMBLE_ERROR_URL"),
        ),
    )
    api = PumbleApi(upstreams.at("pumble", app.base_url or API), reader.text("PUMBLE_APP_KEY"))
    extra_store = _read_store(reader)
    oauth = pumble_oauth(_read_scopes(reader))
    connection = PumbleConnection(oauth, app, upstreams, api, extra_store)
    workspace = PumbleWorkspace(
        api=api,
        signing_secret=reader.secret("PUMBLE_APP_SIGNING_SECRET"),
        operator_id=_read_operator(reader),
        channel_id=reader.text("PUMBLE_CHANNEL_ID", "", pattern=_ID, form=_ID_FORM) or None,
        extra_store=extra_store,
        handlers=_read_handlers(reader),
    )
    if workspace.operator_id is None or workspace.channel_id is None:
        reader.advise(
            "without PUMBLE_OPERATOR_USER_ID and PUMBLE_CHANNEL_ID no news is told in Pumble"
        )
    return (connection, workspace)


def _read_scopes(reader: SettingsReader) -> tuple[str, ...]:
    try:
        return parse_scopes(reader.names("PUMBLE_SCOPES", _DEFAULT_SCOPES))
    except ValueError as error:
        reader.report(f"PUMBLE_SCOPES: {error}")
        return ()


def _read_operator(reader: SettingsReader) -> UUID | None:
    text = reader.optional("PUMBLE_OPERATOR_USER_ID")
    try:
        return None if text is None else UUID(text)
    except ValueError:
        reader.report("PUMBLE_OPERATOR_USER_ID is not a marketplace user's uuid")
        return None


def _read_store(reader: SettingsReader) -> TokenStore | None:
    """Read where tokens are kept: None stands for private data, where they are sealed."""
    text = reader.text("PUMBLE_TOKEN_STORE", "private-data")
    if text == "private-data":
        return None
    kind, _, path = text.partition(":")
    if kind != "json-file" or not path:
        reader.report("PUMBLE_TOKEN_STORE must be private-data or json-file:<path>")
        return None
    reader.danger("PUMBLE_TOKEN_STORE keeps tokens in a file, in the clear; set it to private-data")
    store = JsonFileTokenStore(Path(path))
    try:
        store.initialize()
    except OSError as error:
        reader.report(f"PUMBLE_TOKEN_STORE: the file cannot be written ({type(error).__name__})")
    return store


def _read_handlers(reader: SettingsReader) -> Handlers:
    """Return ours, and the operator's own: `module:function`, called once with the registry."""
    handlers = Handlers()
    command = reader.text(
        "PUMBLE_COMMAND", "/verified", pattern=r"/[0-9a-z_-]{1,31}", form=_COMMAND_FORM
    )
    handlers.on(Kind.SLASH_COMMAND, command, verified)
    text = reader.optional("PUMBLE_HANDLERS")
    if text is None:
        return handlers
    module_name, _, function_name = text.partition(":")
    try:
        getattr(import_module(module_name), function_name)(handlers)
    except Exception as error:
        reader.report(f"PUMBLE_HANDLERS: {text!r} cannot be used ({type(error).__name__})")
    return handlers


PUMBLE = Integration("pumble", build, Path(__file__).with_name("contract.json"))
