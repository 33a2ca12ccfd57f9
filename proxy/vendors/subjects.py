"""What a matter's settings list: documents to sign, and plans to pay for.

    SIGNING_DOCUMENTS=provider-agreement:1001,house-rules:1002
    ACME_DOCUMENTS=provider-agreement:9f0c          what one of several vendors has
    BILLING_PLANS=membership:price_1Abc:subscription,lead-fee:price_1Def:payment,card-on-file::setup

A name stands in routes and in the keys of records, so a change of it is another document or plan.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, cast, get_args

from proxy.settings_reader import SettingsReader

DOCUMENTS, PLANS = "SIGNING_DOCUMENTS", "BILLING_PLANS"
_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
_NAME_FORM = "1 to 40 of a-z, 0-9 and -, none of which begins or ends it"
Mode = Literal["subscription", "payment", "setup"]
_PLAN_FORMS = "<name>:<price>:subscription, <name>:<price>:payment, <name>::setup"


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan: `price` is the vendor's id of what it costs, "" for `setup`, which costs nothing."""

    price: str
    mode: Mode


def read_documents(
    reader: SettingsReader, vendor: str, *, pattern: str, form: str
) -> dict[str, str]:
    """Return the templates of a vendor's documents, by the documents' names.

    The vendor's own list counts in place of the one for all. Templates look like `pattern`, which
    `form` says in words. Reports every other problem, and that there is no document.
    """
    own, variable = _own(vendor), documents_variable(reader, vendor)
    found: dict[str, str] = {}
    if not reader.names(variable):
        reader.report(f"{variable} lists no document for {vendor}, such as agreement:<template>")
    for entry, name, template in _entries(reader, variable):
        if not re.fullmatch(pattern, template):
            reader.report(
                f"{variable}: {entry!r} names no template of {vendor} ({form})"
                + (f"; where several vendors sign, it has {own}" if variable == DOCUMENTS else "")
            )
        elif name in found:
            reader.report(f"{variable} lists {name!r} twice")
        else:
            found[name] = template
    return found


def documents_variable(reader: SettingsReader, vendor: str) -> str:
    """Return which variable lists a vendor's documents: its own, else the one for all."""
    return own if reader.optional(own := _own(vendor)) else DOCUMENTS


def _own(vendor: str) -> str:
    return f"{vendor.upper().replace('-', '_')}_DOCUMENTS"


def read_plans(reader: SettingsReader, *, pattern: str, form: str) -> dict[str, Plan]:
    """Return the plans by their names; prices look like `pattern`, which `form` says in words.

    Reports every problem.
    """
    found: dict[str, Plan] = {}
    for entry, name, rest in _entries(reader, PLANS):
        price, _, mode = rest.partition(":")
        if mode not in get_args(Mode):
            reader.report(f"{PLANS}: {entry!r} is none of {_PLAN_FORMS}")
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
