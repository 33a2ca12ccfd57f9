"""The integrations that `INTEGRATIONS` lists: ours by name, an operator's own by module or package.

A name such as `acme` is one of ours, or what an installed package offers as an entry point of
GROUP; `acme_shop:ACME` is the name ACME of the module acme_shop, beside app.py or installed. What
is not listed is never imported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from importlib.metadata import entry_points

from proxy.display_text import display_text
from proxy.operating.known_names import did_you_mean
from proxy.outgoing.upstream import Upstreams
from proxy.settings_reader import SettingsReader
from proxy.vendors.integration import Integration
from proxy.vendors.part import Part, Parts

GROUP = "echoseal.integrations"
_OWN = re.compile(r"([A-Za-z_][A-Za-z0-9_.]*):([A-Za-z_][A-Za-z0-9_]*)", re.ASCII)
# It stands in routes, in records and in front of its settings.
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}", re.ASCII)


def find_integrations(
    reader: SettingsReader, known: tuple[Integration, ...]
) -> tuple[Integration, ...]:
    """Return what `INTEGRATIONS` lists, in its order; empty, it lists the first known one.

    Reports every entry that is unknown, cannot be imported or is no integration.
    """
    first = known[0].name if known else ""
    listed = tuple(dict.fromkeys(reader.names("INTEGRATIONS", first)))
    if not listed:
        reader.report("INTEGRATIONS lists no integration")
    found: dict[str, Integration] = {}
    for entry in listed:
        integration = _find(reader, known, entry)
        if integration is None:
            continue
        if integration.name in found:
            reader.report(f"INTEGRATIONS lists two integrations that are named {integration.name}")
        found[integration.name] = integration
    return tuple(found.values())


def _find(reader: SettingsReader, known: tuple[Integration, ...], entry: str) -> Integration | None:
    own = _OWN.fullmatch(entry)
    if own is not None:
        return _load(reader, entry, lambda: _imported(own[1], own[2]))
    for integration in known:
        if integration.name == entry:
            return integration
    offered = entry_points(group=GROUP, name=entry)
    if offered:
        return _load(reader, entry, next(iter(offered)).load)
    names = [integration.name for integration in known]
    if re.search(r"[\s;|]", entry):
        reader.report(f"INTEGRATIONS: {entry!r} is several; separate them by commas")
    else:
        hint = did_you_mean(entry, names)
        reader.report(f"INTEGRATIONS names {entry!r}{hint}; known: {', '.join(names)}")
    return None


def _imported(module: str, name: str) -> object:
    try:
        imported = import_module(module)
    except ModuleNotFoundError as error:
        # One that the module itself needs is another matter.
        is_missing = error.name is not None and f"{module}.".startswith(f"{error.name}.")
        raise _Unusable(f"there is no module {module}") if is_missing else error from None
    if not hasattr(imported, name):
        raise _Unusable(f"the module {module} has no {name}")
    found: object = getattr(imported, name)
    return found


class _Unusable(Exception):
    """An entry names nothing that can be used; the message says why."""


def _load(reader: SettingsReader, entry: str, load: Callable[[], object]) -> Integration | None:
    try:
        found = load()
    except _Unusable as error:
        reader.report(f"INTEGRATIONS names {entry!r}, and {error}")
        return None
    except Exception as error:  # whatever somebody else's module does
        said = display_text(f"{type(error).__name__}: {error}") or "an exception"
        reader.report(f"INTEGRATIONS names {entry!r}, which cannot be imported ({said})")
        return None
    if not isinstance(found, Integration):
        kind = type(found).__name__
        reader.report(f"INTEGRATIONS names {entry!r}, which is of the type {kind}, no Integration")
        return None
    if not NAME.fullmatch(found.name):
        reader.report(
            f"INTEGRATIONS names {entry!r}, whose name is {found.name!r}; a name is of lower-case"
            " letters, digits, _ and -, 40 at most"
        )
        return None
    return found


def build_parts(
    integrations: tuple[Integration, ...], reader: SettingsReader, upstreams: Upstreams
) -> Parts:
    """Return the parts of the integrations, built from their settings.

    Reports parts that are none or have another name than their integration.
    """
    parts: list[Part] = []
    for integration in integrations:
        built = integration.build(reader, upstreams)
        parts += [part for part in built if _is_sound(reader, integration, part)]
    return Parts(parts)


def _is_sound(reader: SettingsReader, integration: Integration, part: object) -> bool:
    name = integration.name
    if not isinstance(part, Part):
        kind = type(part).__name__
        reader.report(f"{name} builds an object of the type {kind}, which is no part")
        return False
    if getattr(part, "name", None) != name:
        reader.report(f"{name} builds a {type(part).__name__} that is not named {name}")
        return False
    return True
