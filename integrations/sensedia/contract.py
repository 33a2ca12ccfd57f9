"""The portal's orders: what an app is to have credentials for.

Source: docs.sensedia.com, developer portal guide, webhook (read 2026-11), and the head of its
contract file (App Credentials Webhook 1.0.0). The bodies of update and revoke are published only as
images; they are taken to be the create body with the ids of the credentials, so any one usable
identifier is enough, and unknown fields are ignored.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from proxy.door import WebhookRefused

MAX_NAME_CHARACTERS = 256
_MAX_APIS = 100
_ID = re.compile(r"[0-9A-Za-z_.-]{1,128}", re.ASCII)
_SLUG = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_DERIVED_SLUG_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class App:
    """An app in the portal's terms.

    `slug` names it for good; where the portal sends none (`has_slug`), it is derived from developer
    and name. `plan_ids` is the union over its APIs, in the order of first mention. `api_key_id` and
    `client_id` name credentials that were made before.
    """

    slug: str
    has_slug: bool
    name: str
    developer: str
    api_ids: tuple[str, ...] = ()
    plan_ids: tuple[str, ...] = ()
    api_key_id: str | None = None
    client_id: str | None = None


def read_app(document: Mapping[str, Any]) -> App:
    """Return the app that a create body describes; raises WebhookRefused, naming the field."""
    name, developer = _text(document, "appName"), _text(document, "developer")
    if not name:
        raise _refused("appName is missing")
    return _read(document, name, developer)


def read_known_app(document: Mapping[str, Any]) -> App:
    """Return the app that an update or revoke body names by any identifier.

    Raises WebhookRefused where there is none.
    """
    app = _read(document, _text(document, "appName"), _text(document, "developer"))
    has_name = bool(app.name and app.developer)
    if not (app.has_slug or app.api_key_id or app.client_id or has_name):
        raise _refused("one of apiKeyId, clientId and appSlug is needed")
    return app


def _read(document: Mapping[str, Any], name: str, developer: str) -> App:
    slug = document.get("appSlug")
    if slug is not None and not (isinstance(slug, str) and _SLUG.fullmatch(slug)):
        raise _refused("appSlug is not a slug")
    api_ids, plan_ids = _read_apis(document.get("apis"))
    return App(
        slug=slug or derived_slug(developer, name),
        has_slug=bool(slug),
        name=name,
        developer=developer,
        api_ids=api_ids,
        plan_ids=plan_ids,
        api_key_id=_id(document, "apiKeyId"),
        client_id=_id(document, "clientId"),
    )


def derived_slug(developer: str, name: str) -> str:
    """Return the slug of an app whose portal sends none: the same for the same app."""
    digest = hashlib.sha256(f"{developer}\0{name}".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:_DERIVED_SLUG_CHARACTERS]


def _read_apis(apis: object) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return API ids and plan ids, each once."""
    if apis is None:
        return (), ()
    if not isinstance(apis, list) or len(apis) > _MAX_APIS:
        raise _refused("apis is not a list of APIs")
    api_ids: dict[str, None] = {}
    plan_ids: dict[str, None] = {}
    for api in apis:
        if not isinstance(api, dict):
            raise _refused("an entry of apis is not an object")
        api_id = _id(api, "id")
        if api_id is None:
            raise _refused("an entry of apis has no id")
        api_ids[api_id] = None
        plan_ids |= dict.fromkeys(_read_plans(api.get("usagePlans")))
    return tuple(api_ids), tuple(plan_ids)


def _read_plans(plans: object) -> list[str]:
    if plans is None:
        return []
    if not isinstance(plans, list) or len(plans) > _MAX_APIS:
        raise _refused("usagePlans is not a list of plans")
    ids = [_id(plan, "id") if isinstance(plan, dict) else None for plan in plans]
    if None in ids:
        raise _refused("an entry of usagePlans has no id")
    return [plan_id for plan_id in ids if plan_id is not None]


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


def _refused(problem: str) -> WebhookRefused:
    return WebhookRefused("body-invalid", f"The body cannot be used: {problem}.")
