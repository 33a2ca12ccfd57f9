"""The portal's orders: what an app is to have credentials for.

Source: docs.sensedia.com, developer portal guide, webhook (read 2026-11), and the head of its
contract file (App Credentials Webhook 1.0.0). The bodies of update and revoke are published only as
images; they are taken to be the create body with the ids of the credentials, so any one usable
identifier is enough, and unknown fields are ignored, `customCredentials` of any shape among them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.vendors import PortalRefused

MAX_NAME_CHARACTERS = 256
API_KEY, CLIENT_CREDENTIALS = "API_KEY", "CLIENT_CREDENTIALS"
_ID_FIELDS = {API_KEY: "apiKeyId", CLIENT_CREDENTIALS: "clientId"}
_MAX_ENTRIES = 100
# An id becomes a part of a URL: it must not be `..`.
_ID = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]{0,127}", re.ASCII)
_SLUG = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
# No slug of the portal's has a dot, and AWS takes one in names of keys and clients and in tags.
_DERIVED, _FROM_PORTAL = "derived.", "portal."
_DERIVED_SLUG_CHARACTERS = 40
# Older versions derived a slug that the portal could have sent, too.
_FORMER_SLUG_CHARACTERS = 16
_FORMER_SLUG = re.compile(r"[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class App:
    """An app in the portal's terms.

    `slug` names it for good; where the portal sends none (`has_slug`), it is derived from developer
    and name, and "" without these. `former_slug` is what older versions called it, "" where that is
    the same. `plan_ids` is the union over its APIs, in the order of first mention; `has_apis` tells
    whether the order says anything about APIs. `api_key_id` and `client_id` name credentials that
    were made before.
    """

    slug: str
    has_slug: bool
    name: str
    developer: str
    has_apis: bool = False
    api_ids: tuple[str, ...] = ()
    plan_ids: tuple[str, ...] = ()
    api_key_id: str | None = None
    client_id: str | None = None
    former_slug: str = ""

    @property
    def slugs(self) -> tuple[str, ...]:
        """All that its credentials can be known by at AWS."""
        return tuple(filter(None, (self.slug, self.former_slug)))


def read_new_app(document: Mapping[str, Any]) -> App:
    """Return the app that a create body describes; raises PortalRefused, naming the field."""
    app = _read(document, document.get("apis"))
    if not app.name:
        raise _refused("appName is missing")
    if not app.slug:
        # By its name alone, an app would get the credentials of another developer's.
        raise _refused("appSlug or developer is missing")
    return app


def read_changed_app(document: Mapping[str, Any]) -> App:
    """Return the app that an update body names by any identifier, and what it is to have now.

    Raises PortalRefused where there is no identifier, and for malformed fields.
    """
    return _identified(_read(document, document.get("apis")))


def read_ended_app(document: Mapping[str, Any]) -> App:
    """Return the app that a revoke body names by any identifier; what else it says is ignored.

    Raises PortalRefused where there is no identifier.
    """
    return _identified(_read(document, None))


def check_type(document: Mapping[str, Any], issued: str) -> None:
    """Refuse an order about the kind of credentials that is not issued here.

    To take it for one about credentials that are absent would confirm a revoke that never was.
    Raises PortalRefused.
    """
    if document.get("credentialType") not in (None, "", issued):
        raise _refused(f"credentialType is not {issued}, which is what is issued here")
    has_id = {kind: bool(document.get(name)) for kind, name in _ID_FIELDS.items()}
    if any(has_id.values()) and not has_id[issued]:
        raise _refused(f"its id is not an {_ID_FIELDS[issued]}, which is what is issued here")


def _read(document: Mapping[str, Any], apis: object) -> App:
    name, developer = _text(document, "appName"), _text(document, "developer")
    sent = document.get("appSlug") or None
    if sent is not None and not (isinstance(sent, str) and _SLUG.fullmatch(sent)):
        raise _refused("appSlug is not a slug")
    slug, former_slug = "", ""
    if sent is not None:
        slug, former_slug = _slugs_of_portal(sent)
    elif developer and name:
        # As they were sent: what the portal holds apart stays apart.
        slug = derived_slug(document["developer"], document["appName"])
        former_slug = _former_slug(developer, name)
    api_ids, plan_ids = _read_apis(apis)
    return App(
        slug=slug,
        has_slug=sent is not None,
        name=name,
        developer=developer,
        has_apis=apis is not None,
        api_ids=api_ids,
        plan_ids=plan_ids,
        api_key_id=_id(document, "apiKeyId"),
        client_id=_id(document, "clientId"),
        former_slug=former_slug,
    )


def _slugs_of_portal(slug: str) -> tuple[str, str]:
    """Return a portal's slug, and a former one where it had to change.

    One that an older version could have derived for another developer's app reaches nothing of it.
    """
    return (f"{_FROM_PORTAL}{slug}", slug) if _FORMER_SLUG.fullmatch(slug) else (slug, "")


def derived_slug(developer: str, name: str) -> str:
    """Return the slug of an app whose portal sends none: the same for the same two texts.

    No portal can send it as its own. The texts hold no NUL, so it stands for one pair only.
    """
    digest = hashlib.sha256(f"{developer}\0{name}".encode()).hexdigest()
    return _DERIVED + digest[:_DERIVED_SLUG_CHARACTERS]


def is_ambiguous(slug: str) -> bool:
    """Tell whether a slug may stand for several apps: one that older versions could derive."""
    return _FORMER_SLUG.fullmatch(slug) is not None


def _former_slug(developer: str, name: str) -> str:
    digest = hashlib.sha256(f"{developer}\0{name}".encode()).hexdigest()
    return digest[:_FORMER_SLUG_CHARACTERS]


def _identified(app: App) -> App:
    if not (app.slug or app.api_key_id or app.client_id):
        raise _refused("one of apiKeyId, clientId and appSlug is needed")
    return app


def _read_apis(apis: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return API ids and plan ids, each once."""
    api_ids: dict[str, None] = {}
    plan_ids: dict[str, None] = {}
    for api in _entries(apis, "apis"):
        api_ids[_entry_id(api, "apis")] = None
        for plan in _entries(api.get("usagePlans"), "usagePlans"):
            plan_ids[_entry_id(plan, "usagePlans")] = None
    return tuple(api_ids), tuple(plan_ids)


def _entries(value: object, name: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, list) and len(value) <= _MAX_ENTRIES:
        entries = [entry for entry in value if isinstance(entry, dict)]
        if len(entries) == len(value):
            return entries
    raise _refused(f"{name} is not a list of at most {_MAX_ENTRIES} objects")


def _entry_id(entry: Mapping[str, Any], name: str) -> str:
    entry_id = _id(entry, "id")
    if entry_id is None:
        raise _refused(f"an entry of {name} has no id")
    return entry_id


def _id(document: Mapping[str, Any], name: str) -> str | None:
    value = document.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise _refused(f"{name} is not an id")
    return value


def _text(document: Mapping[str, Any], name: str) -> str:
    value = document.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_NAME_CHARACTERS or not value.isprintable():
        raise _refused(f"{name} is not a text of at most {MAX_NAME_CHARACTERS} characters")
    return value.strip()


def _refused(problem: str) -> PortalRefused:
    return PortalRefused("body-invalid", f"The body cannot be used: {problem}.")
