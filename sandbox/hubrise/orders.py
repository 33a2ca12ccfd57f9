"""Orders as the vendor keeps them: what it adds to, and calculates from, what a client sends.

"Create Order", "Retrieve Order" and "Update Order" in "Orders", read 2026-11-20. The bodies given
here have passed the checks in `sandbox.hubrise.order_fields`.
"""

import copy
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.hubrise.locations import Location
from sandbox.hubrise.order_fields import COLLECTIONS, GUEST_FIELDS, custom_fields
from sandbox.hubrise.refusals import invalid, invalid_field
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.shapes import FieldError

Document = dict[str, Any]

ALREADY_USED = "is already used"
_CENT = Decimal("0.01")
_TIMES = ("expected_time", "confirmed_time")
_PLAIN = (
    "ref",
    "private_ref",
    "service_type",
    "service_type_ref",
    "customer_notes",
    "seller_notes",
    "collection_code",
)
_ELEMENT_FIELDS = {
    "items": (
        "product_name",
        "sku_name",
        "sku_ref",
        "price",
        "quantity",
        "subtotal",
        "tax_rate",
        "customer_notes",
        "points_earned",
        "points_used",
    ),
    "discounts": ("name", "ref", "price_off"),
    "charges": ("name", "ref", "price", "tax_rate"),
    "payments": ("name", "ref", "amount", "info"),
}
_ABSENT_IN_GUESTS = ("id", "customer_list_id", "private_ref")


def create_order(tenant: Tenant, location: Location, body: Document, created_by: str) -> Document:
    """Store a new order and return it.

    Raises RefusalError (422) where the client has used the private reference before.
    """
    with tenant.lock:
        _check_private_ref(tenant, body.get("private_ref"))
        order_id = _unused_id(tenant)
        order: Document = {
            "id": order_id,
            "location_id": location.id,
            "status": body["status"],
            "created_at": location.written_unix(tenant.clock()),
            "created_by": created_by,
            **{name: body.get(name) for name in _PLAIN},
            **{name: _local_time(location, body.get(name)) for name in _TIMES},
            "coupon_codes": body.get("coupon_codes") or [],
            "customer": _guest(body.get("customer")),
            "loyalty_operations": [],
            "custom_fields": _without_nulls(body.get("custom_fields") or {}),
            "deals": body.get("deals") or {},
        }
        for name in COLLECTIONS:
            added = body.get(name) or []
            order[name] = [_new_element(tenant, name, one, location.currency) for one in added]
        _renumber_deals(order)
        _calculate(order, location.currency)
        tenant.orders[order_id] = order
        return order


def patch_order(tenant: Tenant, order: Document, changes: Document) -> Document:
    """Change a stored order and return what it was before.

    Raises RefusalError (422), leaving it unchanged, for a private reference that is taken, an
    element that does not exist, or custom fields that grow too large.
    """
    location = tenant.location_of(order)
    with tenant.lock:
        before = copy.deepcopy(order)
        changed = copy.deepcopy(order)
        for name, value in changes.items():
            if name == "private_ref" and value != order["private_ref"]:
                _check_private_ref(tenant, value)
            if name in COLLECTIONS:
                _change_elements(tenant, changed, name, value or [], location.currency)
            elif name == "custom_fields":
                changed[name] = _merged(changed[name], value or {})
            elif name in _TIMES:
                changed[name] = _local_time(location, value)
            elif name != "status" or value is not None:
                changed[name] = value
        _calculate(changed, location.currency)
        order.update(changed)
        return before


def _check_private_ref(tenant: Tenant, private_ref: str | None) -> None:
    """Refuse a private reference that another order of this client has.

    "A private unique reference for the order"; the words of the refusal are those that the vendor
    has been seen to use for images.
    """
    if private_ref is not None and any(
        order["private_ref"] == private_ref for order in tenant.orders.values()
    ):
        raise invalid_field("private_ref", ALREADY_USED)


def _unused_id(tenant: Tenant) -> str:
    order_id = tenant.new_id()
    return order_id if order_id not in tenant.orders else _unused_id(tenant)


def _local_time(location: Location, text: str | None) -> str | None:
    """Return a time in the location's zone, as the vendor converts it."""
    return None if text is None else location.written(datetime.fromisoformat(text))


def _guest(given: Document | None) -> Document | None:
    """Return the customer of a guest order: without an id."""
    if given is None:
        return None
    unset = dict.fromkeys((*_ABSENT_IN_GUESTS, *GUEST_FIELDS))
    return {**unset, "anonymised": False, **given, "custom_fields": {}}


def _new_element(tenant: Tenant, collection: str, given: Document, currency: str) -> Document:
    element: Document = {
        "id": tenant.new_id(),
        "private_ref": given.get("private_ref"),
        **{name: given.get(name) for name in _ELEMENT_FIELDS[collection]},
        "deleted": False,
    }
    if collection != "items":
        return element
    free = f"0.00 {currency}"
    element["options"] = [
        {"ref": None, "quantity": 1, **option, "price": option.get("price") or free}
        for option in given.get("options") or []
    ]
    element["quantity"] = _written_decimal(given["quantity"])
    element["subtotal"] = _written_money(_subtotal(element), currency)
    if given.get("deal_line"):
        element["deal_line"] = given["deal_line"]
    return element


def _renumber_deals(order: Document) -> None:
    """Call the deals 0, 1, …: "HubRise renumbers the keys"."""
    numbers = {key: str(number) for number, key in enumerate(order["deals"])}
    order["deals"] = {numbers[key]: deal for key, deal in order["deals"].items()}
    for item in order["items"]:
        if "deal_line" in item:
            item["deal_line"] = {
                **item["deal_line"],
                "deal_key": numbers[item["deal_line"]["deal_key"]],
            }


def _change_elements(
    tenant: Tenant, order: Document, collection: str, changes: list[Document], currency: str
) -> None:
    """Add elements, mark those with `deleted`, and set the private references of others."""
    known = {element["id"]: element for element in order[collection]}
    missing = [
        FieldError(f"{collection}[{position}].id", "does not exist")
        for position, change in enumerate(changes)
        if "id" in change and change["id"] not in known
    ]
    if missing:
        raise invalid(missing)
    for change in changes:
        if "id" in change:
            known[change["id"]].update(change)
        else:
            order[collection].append(_new_element(tenant, collection, change, currency))


def _merged(old: Document, changes: Document) -> Document:
    """Return custom fields with changes merged in: a null takes a field away."""
    merged = _without_nulls({**old, **changes})
    if errors := [*custom_fields(merged, "custom_fields")]:
        raise invalid(errors)
    return merged


def _without_nulls(fields: Document) -> Document:
    return {name: value for name, value in fields.items() if value is not None}


def _calculate(order: Document, currency: str) -> None:
    """Set the amounts that the vendor calculates: total and what the payments leave of it."""
    total = (
        _sum(order["items"], _subtotal)
        + _sum(order["charges"], lambda charge: _amount(charge["price"]))
        - _sum(order["discounts"], lambda discount: _amount(discount["price_off"]))
    )
    paid = _sum(order["payments"], lambda payment: _amount(payment["amount"]))
    order["total"] = _written_money(total, currency)
    order["total_discrepancy"] = None
    order["payment_discrepancy"] = (
        _written_money(total - paid, currency) if order["payments"] else None
    )


def _sum(elements: list[Document], value: Callable[[Document], Decimal]) -> Decimal:
    return sum((value(one) for one in elements if not one["deleted"]), Decimal(0))


def _subtotal(item: Document) -> Decimal:
    """Return the price of an item and its options, times its quantity."""
    options = sum(
        (_amount(option["price"]) * option["quantity"] for option in item["options"]), Decimal(0)
    )
    exact = (_amount(item["price"]) + options) * Decimal(item["quantity"])
    return exact.quantize(_CENT, ROUND_HALF_UP)


def _amount(money: str) -> Decimal:
    return Decimal(money.partition(" ")[0])


def _written_money(amount: Decimal, currency: str) -> str:
    return f"{amount.quantize(_CENT, ROUND_HALF_UP):f} {currency}"


def _written_decimal(text: str) -> str:
    """Return a decimal with at least one decimal place, as the vendor shows it."""
    return text if "." in text else f"{text}.0"
