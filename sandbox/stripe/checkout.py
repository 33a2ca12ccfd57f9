"""Checkout Sessions: what may be asked for, and how the API shows one.

Source: docs.stripe.com/api/checkout/sessions and the types of `stripe` 16.1.0 for Python (read
2026-11). Fields that no operator of memberships and fees needs are refused as unknown, such as
those of shipping and of payment pages inside the marketplace's own.
"""

import re
from dataclasses import dataclass, field
from typing import Any, ClassVar

from sandbox.kit.checks import Session
from sandbox.stripe.api import (
    METADATA,
    Field,
    Fields,
    address,
    boolean,
    metadata,
    metadata_at,
    number,
    one_of,
    refuse,
    text,
)
from sandbox.stripe.catalog import PRICES, Price
from sandbox.stripe.expansion import EXPAND
from sandbox.stripe.records import Record

MODES = ("payment", "setup", "subscription")
LIVES_SECONDS = 24 * 60 * 60
LEAST_SECONDS = 30 * 60
MAX_QUANTITY = 999_999
# fmt: off
LOCALES = (
    "auto", "bg", "cs", "da", "de", "el", "en", "en-GB", "es", "es-419", "et", "fi", "fil",
    "fr", "fr-CA", "hr", "hu", "id", "it", "ja", "ko", "lt", "lv", "ms", "mt", "nb", "nl", "pl",
    "pt", "pt-BR", "ro", "ru", "sk", "sl", "sv", "th", "tr", "vi", "zh", "zh-HK", "zh-TW",
)
# fmt: on
# The data of what a session makes, and the mode whose sessions make it.
MADE = {
    "payment_intent_data": "payment",
    "setup_intent_data": "setup",
    "subscription_data": "subscription",
}
# Fields that a session has, and that none of these has a value for.
# fmt: off
_ABSENT = (
    "adaptive_pricing", "after_expiration", "billing_address_collection", "client_secret",
    "collected_information", "consent", "consent_collection", "currency_conversion",
    "customer_account", "invoice_creation", "origin_context", "payment_link",
    "payment_method_configuration_details", "permissions", "recovered_from",
    "saved_payment_method_options", "shipping_address_collection", "shipping_cost",
    "submit_type", "wallet_options",
)
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
# fmt: on
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s.]+(\.[^@\s.]+)+")
ASKED = (
    one_of("mode", *MODES),
    text(r"line_items\[\d{1,2}\]\[price\]", 255),
    number(r"line_items\[\d{1,2}\]\[quantity\]", 1, MAX_QUANTITY),
    address("success_url"),
    address("cancel_url"),
    text("client_reference_id", 200),
    text("customer", 255),
    Field(
        "customer_email",
        lambda value: len(value) <= 800 and _EMAIL.fullmatch(value) is not None,
        "an e-mail address",
    ),
    one_of("customer_creation", "always", "if_required"),
    Field("currency", lambda value: re.fullmatch("[a-z]{3}", value) is not None, "a currency"),
    one_of(r"allowed_payment_method_types\[\d?\]", "card", "sepa_debit", "us_bank_account"),
    one_of("locale", *LOCALES),
    boolean("allow_promotion_codes"),
    boolean(r"automatic_tax\[enabled\]"),
    one_of("ui_mode", "hosted_page"),
    one_of("payment_method_collection", "always", "if_required"),
    Field("expires_at", lambda value: value.isascii() and value.isdigit(), "a time"),
    number(r"subscription_data\[trial_period_days\]", 1, 730),
    text(r"(payment_intent|setup_intent|subscription)_data\[description\]", 500),
    *(metadata_at(f"{place}[metadata]") for place in MADE),
    METADATA,
    EXPAND,
)


@dataclass(kw_only=True)
class CheckoutSession(Record, Session):
    """A session: `fields` is what was asked for, `price` what is sold (None for a setup).

    `status` is `open`, `complete` or `expired`; `payment_status` says of a complete one whether it
    is `paid`, still `unpaid`, or needs no payment. What a session makes is there by its id.
    """

    TIMES: ClassVar[tuple[str, ...]] = ("created", "begun_at", "expires_at", "decided_at")

    mode: str
    price: Price | None
    quantity: int
    fields: Fields = field(repr=False)
    expires_at: float
    customer: str | None = None
    url: str = field(repr=False, default="")
    status: str = "open"
    payment_status: str = "unpaid"
    payment_intent: str | None = None
    setup_intent: str | None = None
    subscription: str | None = None
    invoice: str | None = None

    @property
    def amount(self) -> int:
        """What is to be paid, in the currency's smallest unit."""
        return self.price.amount * self.quantity if self.price else 0

    @property
    def trial_days(self) -> int:
        """For how many days nothing is to be paid at first."""
        return int(self.fields.get("subscription_data[trial_period_days]", "0"))

    @property
    def success_url(self) -> str:
        """Where the person goes at the end."""
        return self.fields["success_url"].replace("{CHECKOUT_SESSION_ID}", self.id)

    def given(self) -> dict[str, str]:
        """Return the metadata of what the session makes: its own do not travel."""
        place = next(place for place, mode in MADE.items() if mode == self.mode)
        return metadata(self.fields, f"{place}[metadata]")

    def shown(self) -> dict[str, Any]:
        """Return the session as the API shows it."""
        fields, is_setup = self.fields, self.mode == "setup"
        carried = {"reference": self.reference} if self.reference else {}
        creation = fields.get("customer_creation", "always" if self.price else "if_required")
        return {
            **self.named("checkout.session"),
            **dict.fromkeys(_ABSENT),
            "allow_promotion_codes": _flag(fields, "allow_promotion_codes"),
            "amount_subtotal": None if is_setup else self.amount,
            "amount_total": None if is_setup else self.amount,
            "automatic_tax": {
                **dict.fromkeys(("liability", "provider", "status")),
                "enabled": _flag(fields, "automatic_tax[enabled]") or False,
            },
            "cancel_url": fields.get("cancel_url"),
            "client_reference_id": fields.get("client_reference_id"),
            "currency": self.price.currency if self.price else fields.get("currency"),
            "custom_fields": [],
            "custom_text": dict.fromkeys(_TEXTS),
            "customer": self.customer,
            "customer_creation": None if fields.get("customer") else creation,
            "customer_details": self._customer_details(),
            "customer_email": fields.get("customer_email"),
            "discounts": [],
            "expires_at": int(self.expires_at),
            "invoice": self.invoice,
            "locale": fields.get("locale"),
            "metadata": metadata(fields) | carried,
            "mode": self.mode,
            "payment_intent": self.payment_intent,
            "payment_method_collection": "if_required",
            "payment_method_options": {},
            "payment_method_types": ["card"] if is_setup else ["card", "sepa_debit"],
            "payment_status": "no_payment_required" if is_setup else self.payment_status,
            "phone_number_collection": {"enabled": False},
            "setup_intent": self.setup_intent,
            "shipping_options": [],
            "status": self.status,
            "subscription": self.subscription,
            "success_url": fields["success_url"],
            "total_details": None
            if is_setup
            else {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
            "ui_mode": "hosted_page",
            "url": self.url if self.status == "open" else None,
        }

    def _customer_details(self) -> dict[str, Any] | None:
        """Return what was told of who pays, None before anything was."""
        email, is_over = self.fields.get("customer_email"), self.status == "complete"
        if not email and not is_over:
            return None
        return {
            **dict.fromkeys(("address", "business_name", "individual_name", "phone")),
            "email": email,
            "name": "Specimena Stripeson" if is_over else None,
            "tax_exempt": "none" if is_over else None,
            "tax_ids": [] if is_over else None,
        }


def check(fields: Fields, now: float) -> tuple[Price | None, int]:
    """Return price and quantity of what is asked for.

    Ends the request with 400 for fields that do not go together.
    """
    mode = _needed(fields, "mode")
    _needed(fields, "success_url")
    for place, its_mode in MADE.items():
        named = [name for name in fields if name.startswith(f"{place}[")]
        if named and mode != its_mode:
            refuse(400, f"You can not pass `{place}` in `{mode}` mode.", param=place)
    if "customer" in fields and "customer_email" in fields:
        refuse(400, "You may only specify one of customer, customer_email.", param="customer")
    if "customer_creation" in fields and mode == "subscription":
        refuse(400, "`customer_creation` is not for `subscription` mode", param="customer_creation")
    ends = int(fields.get("expires_at", now + LIVES_SECONDS))
    if not now + LEAST_SECONDS <= ends + 1 <= now + LIVES_SECONDS + 2:
        refuse(400, "`expires_at` is 30 minutes to 24 hours from now", param="expires_at")
    return _check_items(fields, mode)


def _check_items(fields: Fields, mode: str) -> tuple[Price | None, int]:
    items = sorted(name for name in fields if name.startswith("line_items["))
    if mode == "setup":
        if items:
            refuse(400, "You can not pass `line_items` in `setup` mode.", param="line_items")
        filtered = any(name.startswith("allowed_payment_method_types[") for name in fields)
        if not filtered:
            _needed(fields, "currency")
        return None, 0
    if items != ["line_items[0][price]", "line_items[0][quantity]"]:
        # Several lines are allowed at Stripe; a plan of the marketplace is one price.
        refuse(400, "One line with price and quantity is needed", "parameter_missing", "line_items")
    price = PRICES.get(fields["line_items[0][price]"])
    if price is None:
        refuse(400, "No such price", "resource_missing", "line_items[0][price]")
    if price.is_archived:
        refuse(400, "The price specified is inactive.", param="line_items[0][price]")
    if mode == "payment" and price.interval:
        refuse(400, "You specified `payment` mode but passed a recurring price.", param="mode")
    if mode == "subscription" and not price.interval:
        refuse(400, "In `subscription` mode one price must be recurring.", param="mode")
    return price, int(fields["line_items[0][quantity]"])


def _needed(fields: Fields, name: str) -> str:
    if name not in fields:
        refuse(400, f"Missing required param: {name}.", "parameter_missing", name)
    return fields[name]


def _flag(fields: Fields, name: str) -> bool | None:
    return fields[name] == "true" if name in fields else None
