"""The pages of Sharetribe's Web Template, as far as they are calls with the SDK that it uses.

Parameters are of the forms that version 12.2.0 of the template has; the SDK is sharetribe-flex-sdk
1.24.2.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.server import Server
from sandbox.sharetribe import Listing, Sharetribe, Transaction, User, offer_catalogue
from sandbox.sharetribe.tokens import Grant

if TYPE_CHECKING:
    from tests.sdk.conftest import RunScript

MONDAY = "2027-01-18T00:00:00.000Z"
TUESDAY = "2027-01-19T00:00:00.000Z"
IMAGES = {
    "fields.image": ["variants.listing-card", "variants.square-small"],
    "imageVariant.listing-card": "w:400;h:300;fit:crop",
}
EXPANDED = {"include": ["booking", "provider"], "expand": True}
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9"
    "awAAAABJRU5ErkJggg=="
)


def uuid(text: str) -> dict[str, str]:
    """Return an id in the form that `client.cjs` makes the SDK's own of."""
    return {"_sdkType": "UUID", "uuid": text}


def date(text: str) -> dict[str, str]:
    """Return a moment in that form."""
    return {"_date": text}


def euros(amount: int) -> dict[str, Any]:
    """Return cents in that form."""
    return {"_sdkType": "Money", "amount": amount, "currency": "EUR"}


class Pages:
    """A marketplace with its catalogue, and the SDK of whoever looks at its pages."""

    def __init__(self, run_script: RunScript) -> None:
        self._run_script = run_script
        self.sharetribe = Sharetribe(clock=lambda: 1_800_000_000.0)  # 2027-01-15, 8 o'clock
        self.robin, self.holly = self.sharetribe.users.values()
        self.server = Server(self.sharetribe.app)
        offered = {one.title: one for one in offer_catalogue(self.sharetribe)}
        self.kayak, self.vest = offered["Sea kayak"], offered["Life vest, size M"]
        self.lesson, self.repair = offered["Paddling lesson"], offered["Hull repairs"]
        self.wanted = offered["Wanted: somebody to sew a sail"]
        self.chart = offered["Chart of the inner harbour"]

    def visit(self, *calls: object, token: dict[str, Any] | None = None) -> list[Any]:
        """Make calls as a visitor, or with a token; return each status and what it came with."""
        options = {
            "clientId": self.sharetribe.client_id,
            "baseUrl": self.server.url,
            "assetCdnBaseUrl": self.server.url,
        }
        asked = {"sdk": "marketplace", "store": "memory", "options": options, "calls": calls}
        results = self._run_script("client.cjs", input_json={**asked, "token": token})["results"]
        return [(one["status"], one["data"]) for one in results]

    def as_user(self, user: User, *calls: object) -> list[Any]:
        """Make calls as a user who has logged in."""
        return self.visit(*calls, token=self.sharetribe.log_in(user.id))

    def trusted(self, user: User, *calls: object) -> list[Any]:
        """Make calls as the marketplace's own server does for a user."""
        grant = Grant(self.sharetribe.client_id, "trusted:user", user.id)
        return self.visit(*calls, token=self.sharetribe.tokens.start_session(grant))

    def step(
        self, transaction: Transaction, name: str, *, is_speculative: bool = False, **params: Any
    ) -> list[Any]:
        """Return the call that takes a transition."""
        body = {"id": uuid(transaction.id), "transition": f"transition/{name}", "params": params}
        kind = "transitionSpeculative" if is_speculative else "transition"
        return [f"transactions.{kind}", body, EXPANDED]

    def began(self) -> Transaction:
        """Return the transaction that was begun last."""
        return list(self.sharetribe.transactions.values())[-1]


def data_of(*results: Any) -> list[Any]:
    """Return the data of what must all have gone well."""
    assert [200] * len(results) == [status for status, _ in results], results
    return [body["data"] for _, body in results]


def codes_of(*results: Any) -> list[tuple[int, str]]:
    """Return the status and the code of what must all have been refused."""
    return [(status, body["errors"][0]["code"]) for status, body in results]


def ids_of(data: list[Any]) -> list[str]:
    """Return the ids of resources."""
    return [one["id"]["uuid"] for one in data]


def order_of(
    listing: Listing, transition: str = "request-payment", **params: Any
) -> dict[str, Any]:
    """Return the body that begins a transaction about a listing."""
    process = listing.public_data["transactionProcessAlias"]
    return {
        "processAlias": process,
        "transition": f"transition/{transition}",
        "params": {"listingId": uuid(listing.id), **params},
    }


def lines_of(code: str, amount: int, quantity: int) -> list[dict[str, Any]]:
    """Return a price of so many times an amount of cents, with both commissions."""
    price, both = euros(amount), ["customer", "provider"]
    commission = {"unitPrice": euros(amount * quantity)}
    return [
        {"code": code, "unitPrice": price, "quantity": quantity, "includeFor": both},
        {
            **commission,
            "code": "line-item/provider-commission",
            "percentage": -10,
            "includeFor": ["provider"],
        },
        {
            **commission,
            "code": "line-item/customer-commission",
            "percentage": 5,
            "includeFor": ["customer"],
        },
    ]
