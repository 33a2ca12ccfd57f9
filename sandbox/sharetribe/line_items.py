"""Line items: what an order's price is made of, as a trusted server sends it.

Fields, rules and totals are those of `:action/privileged-set-line-items` in sharetribe.com/docs,
"Transaction process actions", read 2026-11-30. That halves are rounded away from zero, and that
lines without a known party are an invalid value, are choices of the sandbox.
"""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.messages import ApiError
from sandbox.transit import Keyword, TaggedValue

MOST_LINES = 50
LONGEST_CODE = 64
PARTIES = ("customer", "provider")


@dataclass(frozen=True, slots=True)
class LineItem:
    """One line of a price; `unit_price` is an amount in the currency's minor unit.

    It has a `percentage`, or else a `quantity`, which may be made of `seats` times `units`.
    `include_for` says into whose total it goes; a `reversal` takes back an earlier line.
    """

    code: str
    unit_price: int
    quantity: int | Decimal = 1
    include_for: tuple[str, ...] = PARTIES
    reversal: bool = False
    percentage: Decimal | None = None
    seats: int | None = None
    units: int | Decimal | None = None

    @property
    def line_total(self) -> int:
        """What the line adds to a total; negative for a reversal."""
        share = self.quantity if self.percentage is None else self.percentage / 100
        total = int((self.unit_price * Decimal(share)).quantize(Decimal(1), ROUND_HALF_UP))
        return -total if self.reversal else total

    def shown(self, currency: str) -> dict[str, Any]:
        """Return the line as a transaction shows it."""
        amounts = {
            "percentage": self.percentage,
            "quantity": self.quantity if self.percentage is None else None,
            "units": self.units,
        }
        decimals = {
            name: TaggedValue("f", f"{Decimal(value).normalize():f}")
            for name, value in amounts.items()
            if value is not None
        }
        seats = {} if self.seats is None else {"seats": self.seats}
        return {
            "code": Keyword(self.code),
            "unitPrice": TaggedValue("mn", [self.unit_price, currency]),
            **decimals,
            **seats,
            "lineTotal": TaggedValue("mn", [self.line_total, currency]),
            "reversal": self.reversal,
            "includeFor": [Keyword(party) for party in self.include_for],
        }


def read_line_items(params: dict[str, Any]) -> tuple[tuple[LineItem, ...], str]:
    """Return the line items of a transition's parameters, and their one currency.

    Raises ApiError.
    """
    lines = read.read_values(
        params, {"lineItems": read.several(read.mapping)}, required=("lineItems",)
    )["lineItems"]
    try:
        items = [_read_line(line) for line in lines]
        (currency,) = {currency for _, currency in items}
    except (ValueError, ApiError) as error:
        raise ApiError(400, "validation-invalid-value", "lineItems") from error
    if len(items) > MOST_LINES:
        raise ApiError(400, "validation-invalid-value", "lineItems")
    return tuple(item for item, _ in items), currency


def _number(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise ValueError("no number")
    try:
        number = Decimal(str(value))
    except InvalidOperation as error:
        raise ValueError("no number") from error
    if not number.is_finite():
        raise ValueError("no number")
    return number


_READERS: dict[str, read.Reader] = {
    "code": read.text,
    "unitPrice": read.money,
    "lineTotal": read.nullable(read.money),
    "quantity": read.nullable(_number),
    "percentage": read.nullable(_number),
    "seats": read.nullable(read.whole(1)),
    "units": read.nullable(_number),
    "includeFor": read.several(read.one_of(*PARTIES)),
}


def _read_line(line: dict[str, Any]) -> tuple[LineItem, str]:
    if not line.keys() <= _READERS.keys():
        raise ValueError("an unknown field")
    given = read.read_values(line, _READERS, required=("code", "unitPrice"))
    present = {name: value for name, value in given.items() if value is not None}
    amount, currency = present["unitPrice"]
    seats, units = present.get("seats"), present.get("units")
    ways = ("quantity" in present, "percentage" in present, seats is not None or units is not None)
    if ways.count(True) != 1 or (seats is None) != (units is None):
        raise ValueError("one of quantity, percentage, and seats with units")
    if not 0 < len(present["code"]) <= LONGEST_CODE:
        raise ValueError("no code")
    item = LineItem(
        code=present["code"],
        unit_price=amount,
        quantity=present.get("quantity", (seats or 1) * (units or 1)),
        include_for=tuple(present.get("includeFor", PARTIES)),
        percentage=present.get("percentage"),
        seats=seats,
        units=units,
    )
    if present.get("lineTotal", (item.line_total, currency)) != (item.line_total, currency):
        raise ValueError("another total")
    return item, currency
