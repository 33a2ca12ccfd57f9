"""The demo marketplace's boats: to book, to offer, and the page for whom Sharetribe refuses that.

These pages have no script, as little as a marketplace without code has one of ours. What is refused
leads to the no-access page, whose button is Console's call to action with the visitor's own values
in it (sharetribe.com/help, "Using dynamic parameters when linking to external services in Access
control call to actions", read 2026-11).
"""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, make_response, redirect, render_template

from sandbox.gates import NAME, gates_of
from sandbox.member import Member, Refused
from sandbox.sharetribe.listings import Listing
from sandbox.stage import Stage

_DINGHY = {"title": "Dinghy for a day", "price": {"amount": 3000, "currency": "EUR"}}
_BOOKING = {"processAlias": "default-booking/release-1", "transition": "transition/request-payment"}


def add_rentals(app: Flask, stage: Stage) -> None:
    """Add the pages under `/boats` and `/no-access`, where something is restricted."""
    if gates_of(stage):
        _Rentals(stage).register(app)


class _Rentals:
    """The pages; each is made for the visitor of its request."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._sharetribe = stage.sharetribe
        self._gates = {gate.right: gate for gate in gates_of(stage)}

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        for method, rule, view in (
            ("GET", "/boats/<listing_id>", self.boat),
            ("POST", "/boats/<listing_id>", self.book),
            ("POST", "/boats", self.offer),
            ("GET", "/no-access/<right>", self.no_access),
        ):
            app.add_url_rule(rule, view.__name__, self._for_visitor(view), methods=[method])

    def boat(self, member: Member, listing_id: str) -> str:
        """Show a boat: to book, booked, or the visitor's own."""
        listing = self._sharetribe.listings.get(listing_id) or abort(404)
        user = _user(member)
        sales = self._sharetribe.transactions.values()
        booked = {one.customer_id for one in sales if one.listing_id == listing_id}
        return render_template(
            "boat.html",
            name=NAME,
            gate=self._gates.get("initiateTransactions"),
            listing=listing,
            user=user,
            is_booked=user.get("id") in booked,
        )

    def book(self, member: Member, listing_id: str) -> Response:
        """Book a boat, as the server does what users may not do by themselves."""
        params = self._one_day(self._sharetribe.listings.get(listing_id) or abort(404))
        body = {**_BOOKING, "params": params}
        member.call("POST", "transactions/initiate", body, trusted=True)
        return _leading_to(f"/boats/{listing_id}")

    def offer(self, member: Member) -> Response:
        """Offer another boat."""
        made = member.call("POST", "own_listings/create", _DINGHY)
        return _leading_to(f"/boats/{made['id']}")

    def no_access(self, member: Member, right: str) -> str:
        """Say what is refused, with Console's button."""
        gate = self._gates.get(right) or abort(404)
        button = self._sharetribe.access.calls_to_action.get(gate.setting, {})
        user = _user(member)
        href = _filled_in(button.get("href", ""), user) if user else ""
        return render_template(
            "no-access.html", name=NAME, gate=gate, href=href, text=button.get("text", "")
        )

    def _one_day(self, listing: Listing) -> dict[str, Any]:
        """Return the parameters of a booking for the first day that nobody has."""
        today = self._sharetribe.now().replace(hour=0, minute=0, second=0, microsecond=0)
        start = today + timedelta(days=1 + len(self._sharetribe.bookings_of(listing)))
        amount, currency = listing.price or (0, "EUR")
        day = {
            "code": "line-item/day",
            "unitPrice": {"amount": amount, "currency": currency},
            "quantity": 1,
        }
        return {
            "listingId": listing.id,
            "bookingStart": start.isoformat(),
            "bookingEnd": (start + timedelta(days=1)).isoformat(),
            "lineItems": [day],
        }

    def _for_visitor(self, view: Callable[..., str | Response]) -> Callable[..., Response]:
        def answer(**named: str) -> Response:
            member = Member(self._stage)
            try:
                response = make_response(view(member, **named))
            except Refused as refusal:
                response = self._after(refusal)
            return member.hand_back(response)

        return answer

    def _after(self, refusal: Refused) -> Response:
        """Lead to the page that says why; where nobody is logged in, to where one can log in."""
        for gate in self._gates.values():
            if gate.code == refusal.code:
                return _leading_to(f"/no-access/{gate.right}")
        if refusal.status != 401:
            abort(409, f"Sharetribe refused it: {refusal.code or refusal.status}")
        return _leading_to("/")


def _user(member: Member) -> dict[str, Any]:
    """Return the current user, {} where nobody is logged in."""
    if not member.is_known:
        return {}
    try:
        return member.call("GET", "current_user/show")
    except Refused:
        return {}


def _filled_in(href: str, user: dict[str, Any]) -> str:
    values = {"userId": user["id"], "userEmail": user["attributes"]["email"]}
    for name, value in values.items():
        href = href.replace(f"{{{name}}}", quote(str(value), safe=""))
    return href


def _leading_to(path: str) -> Response:
    return make_response(redirect(path, 303))
