"""What a matter's settings list: documents to sign, and plans to pay for.

    SIGNING_DOCUMENTS=provider-agreement:1001,house-rules:1002
    SIGNING_DOCUMENTS=provider-agreement:docuseal=1001,provider-agreement:other=9f0c
    BILLING_PLANS=membership:price_1Abc:subscription,lead-fee:price_1Def:payment,card-on-file::setup

A name stands in routes and in the keys of records, so a change of it is another document or plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from proxy.settings import SettingsReader

DOCUMENTS, PLANS = "SIGNING_DOCUMENTS", "BILLING_PLANS"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_NAME_FORM = "1 to 40 of a-z, 0-9 and -, none of which begins or ends it"
Mode = Literal["subscription", "payment", "setup"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: `price` is the vendor's id of what it costs, "" for `setup`, which costs nothing."""

    price: str
    mode: Mode


def read_documents(
    reader: SettingsReader, vendor: str, *, pattern: str, form: str
) -> dict[str, str]:
    """Return the templates of a vendor's documents, by the documents' names.

    Templates look like `pattern`, which `form` says in words. An entry for all vendors, and one for
    this vendor alone, is this vendor's. Reports every other problem; without any document, that.
    """
    found: dict[str, str] = {}
    for entry, name, rest in _entries(reader, DOCUMENTS):
        owner, has_owner, template = rest.rpartition("=")
        if has_owner and owner != vendor:
            if owner not in reader.names("INTEGRATIONS"):
                reader.report(f"{DOCUMENTS}: {entry!r} is for a vendor that INTEGRATIONS lacks")
            continue
        if not re.fullmatch(pattern, template):
            reader.report(
                f"{DOCUMENTS}: {entry!r} names no template of {vendor} ({form});"
                f" for one of several vendors, write {name}:{vendor}=<template>"
            )
        elif name in found:
            reader.report(f"{DOCUMENTS} lists {name!r} twice for {vendor}")
        else:
            found[name] = template
    if not found and not reader.problems:
        reader.report(f"{DOCUMENTS} lists no document for {vendor}, such as agreement:<template>")
    return found


def read_plans(reader: SettingsReader, *, pattern: str, form: str) -> dict[str, Plan]:
    """Return the plans by their names; prices look like `pattern`, which `form` says in words.

    Reports every problem.
    """
    found: dict[str, Plan] = {}
    for entry, name, rest in _entries(reader, PLANS):
        price, _, mode = rest.partition(":")
        if mode not in get_args(Mode):
            reader.report(f"{PLANS}: {entry!r} must end in one of :{', :'.join(get_args(Mode))}")
        elif mode == "setup" and price:
            reader.report(f"{PLANS}: {entry!r} has a price, and setup charges nothing")
        elif mode != "setup" and not re.fullmatch(pattern, price):
            reader.report(f"{PLANS}: {entry!r} names no price ({form})")
        elif name in found:
            reader.report(f"{PLANS} lists {name!r} twice")
        else:
            found[name] = Plan(price, cast(Mode, mode))
    return found


def _entries(reader: SettingsReader, variable: str) -> Iterator[tuple[str, str, str]]:
    """Iterate over a list's entries: as it stands, its name, and what follows the colon."""
    for entry in reader.names(variable):
        name, colon, rest = entry.partition(":")
        if not colon:
            reader.report(f"{variable}: {entry!r} has no colon after the name")
        elif not _NAME.fullmatch(name):
            reader.report(f"{variable}: {name!r} is no name ({_NAME_FORM})")
        else:
            yield entry, name.strip(), rest.strip()
