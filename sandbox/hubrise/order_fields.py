"""What a request may say about an order: the tables of "Orders", read 2026-11-20.

Left out: the fields that the page calls deprecated or calculated. The sandbox knows no customers,
so only guest orders can be made ("otherwise an error is returned").
"""

from collections.abc import Iterator

from sandbox.hubrise.field_checks import decimal, money, time
from sandbox.kit import shapes as check
from sandbox.kit.shapes import FieldError

STATUSES = (
    "new",
    "received",
    "accepted",
    "in_preparation",
    "awaiting_shipment",
    "awaiting_collection",
    "in_delivery",
    "completed",
    "rejected",
    "cancelled",
    "delivery_failed",
)
COLLECTIONS = ("items", "discounts", "charges", "payments")
LONGEST_PRIVATE_REF = 255
LARGEST_CUSTOM_FIELDS = 8 * 1024
NO_CUSTOMERS = "does not exist"

_STATUS = check.one_of(*STATUSES)
_PRIVATE_REF = check.short_text(LONGEST_PRIVATE_REF)


custom_fields = check.any_object(LARGEST_CUSTOM_FIELDS)
"""An object of at most 8 kilobytes ("API Extensions")."""
_COUNT = check.whole_number(0, 9_999)

_GUEST_CHECKS: dict[str, check.Check] = {
    "email": check.text,
    "first_name": check.text,
    "last_name": check.text,
    "gender": check.text,
    "birth_date": check.text,
    "company_name": check.text,
    "phone": check.text,
    "phone_access_code": check.text,
    "address_1": check.text,
    "address_2": check.text,
    "postal_code": check.text,
    "city": check.text,
    "state": check.text,
    "country": check.text,
    "latitude": decimal,
    "longitude": decimal,
    "delivery_notes": check.text,
    "sms_marketing": check.flag,
    "email_marketing": check.flag,
}
GUEST_FIELDS = tuple(_GUEST_CHECKS)
_DEAL = check.Shape({"name": check.text}, {"ref": check.text})
_SCALARS: dict[str, check.Check] = {
    "ref": check.text,
    "private_ref": _PRIVATE_REF,
    "service_type": check.one_of("delivery", "collection", "eat_in"),
    "service_type_ref": check.text,
    "expected_time": time,
    "confirmed_time": time,
    "customer_notes": check.text,
    "seller_notes": check.text,
    "collection_code": check.text,
    "coupon_codes": check.list_of(check.text),
    "custom_fields": custom_fields,
}
_PATCHABLE = frozenset(
    {"confirmed_time", "seller_notes", "collection_code", "private_ref", "custom_fields"}
)


def creation_errors(body: dict[str, object], currency: str) -> list[FieldError]:
    """Return what is wrong with the body of "Create Order" for a location that uses `currency`."""
    shape = check.Shape(
        {"status": _STATUS},
        {
            **_SCALARS,
            **{name: check.list_of(one) for name, one in _elements(currency).items()},
            "deals": check.map_of(_DEAL),
            "customer": check.Shape(optional=_GUEST_CHECKS),
            "customer_id": check.nothing(NO_CUSTOMERS),
            "customer_list_id": check.nothing(NO_CUSTOMERS),
            "customer_private_ref": check.nothing(NO_CUSTOMERS),
            "loyalty_operations": check.nothing("is only for customer-linked orders"),
        },
    )
    return [*shape(body)] or [*_deal_errors(body)]


def patch_errors(body: dict[str, object], currency: str) -> list[FieldError]:
    """Return what is wrong with the body of "Update Order"; whether elements exist is left open."""
    shape = check.Shape(
        optional={
            "status": _STATUS,
            **{name: one for name, one in _SCALARS.items() if name in _PATCHABLE},
            **{name: check.list_of(_or_known(one)) for name, one in _elements(currency).items()},
        }
    )
    return [*shape(body)]


def _elements(currency: str) -> dict[str, check.Check]:
    amount = money(currency)
    option = check.Shape(
        {"option_list_name": check.text, "name": check.text},
        {"ref": check.text, "price": amount, "quantity": _COUNT, "removed": check.flag},
    )
    common: dict[str, check.Check] = {"private_ref": _PRIVATE_REF, "ref": check.text}
    return {
        "items": check.Shape(
            {"product_name": check.text, "price": amount, "quantity": decimal},
            {
                "private_ref": _PRIVATE_REF,
                "sku_name": check.text,
                "sku_ref": check.text,
                "tax_rate": decimal,
                "customer_notes": check.text,
                "points_earned": decimal,
                "points_used": decimal,
                "options": check.list_of(option),
                "deal_line": _deal_line(amount),
            },
        ),
        "discounts": check.Shape({"name": check.text, "price_off": amount}, common),
        "charges": check.Shape(
            {"name": check.text, "price": amount}, {**common, "tax_rate": decimal}
        ),
        "payments": check.Shape(
            {"amount": amount}, {**common, "name": check.text, "info": check.any_object()}
        ),
    }


def _deal_line(money: check.Check) -> check.Check:
    values: dict[str, check.Check] = {
        "unchanged": check.nothing("must be null"),
        "fixed_price": money,
        "price_off": money,
        "percentage_off": decimal,
    }

    def deal_line(value: object, path: str) -> Iterator[FieldError]:
        effect = value.get("pricing_effect") if isinstance(value, dict) else None
        known = effect if isinstance(effect, str) else "unchanged"
        yield from check.Shape(
            {"deal_key": check.text},
            {
                "label": check.text,
                "pricing_effect": check.one_of(*values),
                "pricing_value": values.get(known, check.text),
            },
        )(value, path)

    return deal_line


def _or_known(new: check.Check) -> check.Check:
    """Return a check for a new element, or for one named by its id to be deleted or referenced."""
    deletion = check.Shape({"id": check.text, "deleted": check.flag})
    reference = check.Shape({"id": check.text}, {"private_ref": _PRIVATE_REF})

    def element(value: object, path: str) -> Iterator[FieldError]:
        if not isinstance(value, dict) or "id" not in value:
            yield from new(value, path)
            return
        yield from (deletion if "deleted" in value else reference)(value, path)
        if value.get("deleted") is False:
            yield FieldError(f"{path}.deleted", "cannot be reverted to false")

    return element


def _deal_errors(body: dict[str, object]) -> Iterator[FieldError]:
    """Yield an error for each item whose `deal_key` has no entry in the order's deals."""
    deals = body.get("deals") or {}
    items = body.get("items") or []
    if not isinstance(deals, dict) or not isinstance(items, list):
        return
    for position, item in enumerate(items):
        line = item.get("deal_line")
        if line is not None and line["deal_key"] not in deals:
            yield FieldError(f"items[{position}].deal_line.deal_key", "has no entry in deals")
