"""What the demo page can do about billing: routes under `/sandbox/stripe`.

GET   /billing                        sessions and subscriptions, the newest last
POST  /billing/<reference>/<action>   let a session end, or do something about what it has made
POST  /billing/advance                {"seconds": …}: let time pass there
"""

from typing import Any

from flask import Blueprint, abort

from sandbox.control_requests import json_object, refusals_as_400
from sandbox.stripe.operations import OUTCOMES
from sandbox.stripe.vendor import Stripe

MOST_SECONDS = 366 * 24 * 60 * 60


def add_billing(control: Blueprint, stripe: Stripe) -> None:
    """Add the routes."""
    billing = stripe.billing

    @control.get("/billing")
    def stands() -> dict[str, Any]:
        return {
            "sessions": [
                {"id": one.id, "mode": one.mode, "status": one.status}
                for one in billing.sessions.values()
            ],
            "subscriptions": [
                {"id": one.id, "status": one.status, "periodEnd": int(one.period_end)}
                for one in billing.subscriptions.values()
            ],
        }

    @control.post("/billing/<reference>/<action>")
    def act(reference: str, action: str) -> dict[str, Any]:
        is_outcome = action in {outcome.word for outcome in OUTCOMES}
        with refusals_as_400():
            try:
                do = billing.finish if is_outcome else billing.act
                return {"callbacks": do(reference, action)}
            except KeyError:
                abort(404, "no such session, subscription or payment")

    @control.post("/billing/advance")
    def advance() -> dict[str, Any]:
        seconds = json_object().get("seconds")
        if type(seconds) is not int or not 0 <= seconds <= MOST_SECONDS:
            abort(400, f"'seconds' must be a whole number up to {MOST_SECONDS}")
        return {"callbacks": billing.advance(seconds)}
