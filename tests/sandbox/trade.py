"""Two people who trade with each other in a simulated marketplace, and what they call for it."""

from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.sharetribe import Listing, Sharetribe, Transaction
from sandbox.sharetribe.files import File, FileAttachment
from sandbox.sharetribe.tokens import Grant
from tests.sandbox.conftest import bearer_of, outcome_of

API = "/v1/api/transactions"
START = 1_800_000_000.0  # 2027-01-15, 8 o'clock
MINUTE, DAY = 60, 86_400
ROCKS = b"North rock: 0.4 m"
LINE = {
    "code": "line-item/day",
    "unitPrice": {"amount": 4500, "currency": "EUR"},
    "quantity": 1,
}


class Trade:
    """Robin offers a kayak, vests and a chart that is a file; Holly is the customer."""

    def __init__(self) -> None:
        self.now = START
        self.sharetribe = Sharetribe(clock=lambda: self.now)
        self.client: FlaskClient = self.sharetribe.app.test_client()
        self.robin, self.holly = self.sharetribe.users
        self.kayak = self.sharetribe.add_listing(self.robin, "Kayak")
        self.vest = self.sharetribe.add_listing(self.robin, "Vest", stock=3)
        file = File(self.robin, "rocks.txt", "text/plain", ROCKS, self.sharetribe.now())
        self.chart = self.sharetribe.add_listing(
            self.robin, "Chart", protected_files=[FileAttachment(file)]
        )

    def bearer(self, user: str, *, is_trusted: bool = False) -> dict[str, str]:
        """Return the headers of a user who has just logged in, or of their trusted server."""
        scope = "trusted:user" if is_trusted else "user"
        grant = Grant(self.sharetribe.client_id, scope, user)
        return bearer_of(self.sharetribe.tokens.start_session(grant))

    def begin(
        self, user: str, process: str, transition: str, listing: Listing, **params: Any
    ) -> TestResponse:
        """Begin a transaction as a user's server, and return the answer."""
        body = {
            "processAlias": f"{process}/release-1",
            "transition": f"transition/{transition}",
            "params": {"listingId": listing.id, **params},
        }
        headers = self.bearer(user, is_trusted=True)
        return self.client.post(f"{API}/initiate?expand=true", headers=headers, json=body)

    def order(
        self, listing: Listing, transition: str = "request-payment", **params: Any
    ) -> TestResponse:
        """Book the kayak or buy vests as Holly's server, and return the answer."""
        process = "default-booking" if listing is self.kayak else "default-purchase"
        return self.begin(self.holly, process, transition, listing, **params)

    def booked(self) -> Transaction:
        """Book the kayak from the 20th of January to the 21st."""
        return self.made(self.order(self.kayak, **day(20), lineItems=[LINE]))

    def bought(self, quantity: int = 1) -> Transaction:
        """Buy vests."""
        line = {**LINE, "quantity": quantity}
        answer = self.order(self.vest, stockReservationQuantity=quantity, lineItems=[line])
        return self.made(answer)

    def step(
        self,
        transaction: Transaction,
        user: str,
        transition: str,
        *,
        is_trusted: bool = False,
        **params: Any,
    ) -> tuple[int, str]:
        """Take a transition as a user, or as their server, and return how that ended."""
        body = {
            "id": transaction.id,
            "transition": f"transition/{transition}",
            "params": params,
        }
        headers = self.bearer(user, is_trusted=is_trusted)
        return outcome_of(self.client.post(f"{API}/transition", headers=headers, json=body))

    def state(self, transaction: Transaction) -> str:
        """Return the state that Robin is shown."""
        path = f"{API}/show?id={transaction.id}"
        shown = self.client.get(path, headers=self.bearer(self.robin)).get_json()
        state: str = shown["data"]["attributes"]["state"]
        return state

    def made(self, answer: TestResponse) -> Transaction:
        """Return the transaction that has begun."""
        assert 200 == answer.status_code, answer.text
        return self.sharetribe.transactions[answer.get_json()["data"]["id"]]


def day(day: int) -> dict[str, str]:
    """Return a booking's time: a day of January 2027."""
    return {
        "bookingStart": f"2027-01-{day}T00:00:00Z",
        "bookingEnd": f"2027-01-{day + 1}T00:00:00Z",
    }
