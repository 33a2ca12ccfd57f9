"""The demo marketplace's boats: to book, to offer, and the page for whom Sharetribe refuses that.

These pages have no script, as little as a marketplace without code has one of ours. What is refused
leads to the no-access page, whose button is Console's call to action with the visitor's own values
in it (sharetribe.com/help, "Using dynamic parameters when linking to external services in Access
control call to actions", read 2026-11).
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from flask import Flask, Response, abort, make_response, redirect, render_template

from sandbox.gates import NAME, Gate, gates_of
from sandbox.member import Member, Refused
from sandbox.stage import Stage

_BOOKING = {"processAlias": "default-booking/release-1", "transition": "transition/request-payment"}


def add_rentals(app: Flask, stage: Stage) -> None:
    """Add the pages under `/boats` and `/no-access`, where something is restricted."""
    gates = {gate.right: gate for gate in gates_of(stage)}
    if not gates:
        return
    listings = stage.sharetribe.listings

    def answered(view: Callable[[Member], Any]) -> Response:
        member = Member(stage)
        try:
            response = make_response(view(member))
        except Refused as refusal:
            response = _after(refusal, gates)
        return member.hand_back(response)

    @app.get("/boats/<listing_id>")
    def boat(listing_id: str) -> Response:
        listing = listings.get(listing_id) or abort(404)

        def view(member: Member) -> str:
            user = _user(member)
            booked = [
                one
                for one in stage.sharetribe.transactions.values()
                if (one.listing_id, one.customer_id) == (listing_id, user.get("id"))
            ]
            return render_template(
                "boat.html", name=NAME, listing=listing, user=user, is_booked=bool(booked)
            )

        return answered(view)

    @app.post("/boats/<listing_id>")
    def book(listing_id: str) -> Response:
        def view(member: Member) -> Any:
            body = {**_BOOKING, "params": {"listingId": listing_id}}
            member.call("POST", "transactions/initiate", body, trusted=True)
            return redirect(f"/boats/{listing_id}", 303)

        return answered(view)

    @app.post("/boats")
    def offer() -> Response:
        def view(member: Member) -> Any:
            made = member.call("POST", "own_listings/create", {"title": "Dinghy for a day"})
            return redirect(f"/boats/{made['id']}", 303)

        return answered(view)

    @app.get("/no-access/<right>")
    def no_access(right: str) -> Response:
        gate = gates.get(right) or abort(404)

        def view(member: Member) -> str:
            button = stage.sharetribe.access.calls_to_action.get(gate.setting, {})
            user = _user(member)
            href = _filled_in(button.get("href", ""), user) if user else ""
            return render_template(
                "no-access.html", name=NAME, gate=gate, href=href, text=button.get("text", "")
            )

        return answered(view)


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


def _after(refusal: Refused, gates: dict[str, Gate]) -> Response:
    """Lead to the page that says why; who is not logged in is led to where he can be."""
    codes = {gate.code: right for right, gate in gates.items()}
    if refusal.code in codes:
        return make_response(redirect(f"/no-access/{codes[refusal.code]}", 303))
    if refusal.status != 401:
        abort(409, f"Sharetribe refused it: {refusal.code or refusal.status}")
    return make_response(redirect("/", 303))
