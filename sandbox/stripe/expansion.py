"""Which fields of an answer can be expanded, and how deep.

Source: docs.stripe.com/api/expanding_objects (four levels, of which the `data` of a list is one),
and the expandable fields of the types in `stripe` 16.1.0 for Python (read 2026-11). Of those, this
has what an operator of billing needs.
"""

from collections.abc import Callable, Iterable
from typing import Any

from sandbox.stripe.api import Field, refuse

MAX_LEVELS = 4
EXPAND = Field(r"expand\[\d?\]", lambda value: 1 <= len(value) <= 500, "a field's name")
_LIST = "list of "
# The kind of object behind each field, by the kind of object that has it.
_KINDS = {
    "checkout.session": {
        "customer": "customer",
        "invoice": "invoice",
        "payment_intent": "payment_intent",
        "setup_intent": "setup_intent",
        "subscription": "subscription",
    },
    "subscription": {"customer": "customer", "latest_invoice": "invoice"},
    "invoice": {"customer": "customer", "payments": f"{_LIST}invoice_payment"},
    "invoice_payment": {"invoice": "invoice"},
    "invoice_payment's payment": {"payment_intent": "payment_intent"},
    "payment_intent": {"customer": "customer", "latest_charge": "charge"},
    "setup_intent": {"customer": "customer"},
    "charge": {"customer": "customer", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
}
# What is there in any case, and only leads on.
_STEPS = {("invoice_payment", "payment"): "invoice_payment's payment"}
# What is not there at all unless it is asked for.
_INCLUDED = {("invoice", "payments")}

Find = Callable[[str], dict[str, Any]]


def expand(document: dict[str, Any], paths: Iterable[str], find: Find) -> dict[str, Any]:
    """Return an object or a list with what stands behind `paths` in the place of ids.

    `find` answers the object of an id, and of `<id>/<field>` what is included on request. Ends the
    request with 400 for a path that Stripe does not know, or that is too deep.
    """
    kind = document["object"]
    if kind == "list":
        # An empty list tells nothing of its kind, so nothing can be wrong about it.
        kind = f"{_LIST}{document['data'][0]['object']}" if document["data"] else ""
    for path in sorted(paths):
        names = path.split(".")
        if len(names) > MAX_LEVELS:
            refuse(400, f"You cannot expand more than {MAX_LEVELS} levels", param="expand")
        if kind and not _is_known(kind, names):
            refuse(400, f"This property cannot be expanded ({path[:80]})", param="expand")
        if kind:
            _expand(document, kind, names, find)
    return document


def _is_known(kind: str, names: list[str]) -> bool:
    name, rest = names[0], names[1:]
    if kind.startswith(_LIST):
        return name == "data" and bool(rest) and _is_known(kind.removeprefix(_LIST), rest)
    if (kind, name) in _STEPS:
        return bool(rest) and _is_known(_STEPS[kind, name], rest)
    behind = _KINDS.get(kind, {}).get(name)
    return behind is not None and (not rest or _is_known(behind, rest))


def _expand(document: dict[str, Any], kind: str, names: list[str], find: Find) -> None:
    name, rest = names[0], names[1:]
    if kind.startswith(_LIST):
        for one in document["data"]:
            _expand(one, kind.removeprefix(_LIST), rest, find)
        return
    if (kind, name) in _STEPS:
        _expand(document[name], _STEPS[kind, name], rest, find)
        return
    if (kind, name) in _INCLUDED and name not in document:
        document[name] = find(f"{document['id']}/{name}")
    if isinstance(document[name], str):
        document[name] = find(document[name])
    if rest and document[name] is not None:
        _expand(document[name], _KINDS[kind][name], rest, find)
