"""What the pages of each further transaction process call, with the SDK that they call it with.

Parameters are of the forms that version 12.2.0 of the Web Template uses.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.sharetribe import Transaction, User
from tests.sdk.pages import (
    EXPANDED,
    Pages,
    codes_of,
    data_of,
    date,
    euros,
    lines_of,
    order_of,
    uuid,
)

pytestmark = pytest.mark.node

FRIDAY, MONDAY, THURSDAY, SUNDAY = (
    f"2027-01-{day}T00:00:00.000Z" for day in ("15", "18", "21", "24")
)


def state_in(result: Any) -> str:
    """Return the state that a transaction came with."""
    (data,) = data_of(result)
    state: str = data["attributes"]["state"]
    return state


def test_days_that_are_booked_leave_those_around_them(pages: Pages) -> None:
    month = {"listingId": uuid(pages.kayak.id), "start": date(FRIDAY), "end": date(SUNDAY)}
    three_days = order_of(
        pages.kayak,
        bookingStart=date(MONDAY),
        bookingEnd=date(THURSDAY),
        lineItems=lines_of("line-item/day", 4500, 3),
        protectedData={"unitType": "day"},
    )
    (begun,) = pages.trusted(pages.holly, ["transactions.initiate", three_days, EXPANDED])
    confirm = pages.step(pages.began(), "confirm-payment")
    (confirmed,) = pages.as_user(pages.holly, confirm)
    (booking, _) = begun[1]["included"]
    assert (MONDAY, THURSDAY) == tuple(booking["attributes"][edge] for edge in ("start", "end"))
    assert euros(14175) == begun[1]["data"]["attributes"]["payinTotal"]
    assert "state/preauthorized" == state_in(confirmed)
    (slots,) = data_of(*pages.visit(["timeslots.query", {**month, "perPage": 500, "page": 1}]))
    spans = [(one["attributes"]["start"], one["attributes"]["end"]) for one in slots]
    assert [(FRIDAY, MONDAY), (THURSDAY, SUNDAY)] == spans


def test_a_question_begins_what_nothing_is_paid_for(pages: Pages) -> None:
    asked = order_of(pages.lesson, "inquire-without-payment", protectedData={"unitType": "inquiry"})
    priced, begun = pages.as_user(
        pages.holly,
        ["transactions.initiateSpeculative", asked, EXPANDED],
        ["transactions.initiate", asked, EXPANDED],
    )
    assert ["state/free-inquiry"] * 2 == [state_in(priced), state_in(begun)]
    assert begun[1]["data"]["attributes"]["payinTotal"] is None
    told, left = pages.as_user(
        pages.holly,
        ["messages.send", {"transactionId": uuid(pages.began().id), "content": "On Monday?"}],
        ["processTransitions.query", {"transactionId": uuid(pages.began().id)}],
    )
    assert [] == data_of(told, left)[1]


def _offer(amount: int, transition: str, by: str, before: tuple[Any, ...] = ()) -> dict[str, Any]:
    """Return what the template's server adds where somebody names a price."""
    offer = {"offerInSubunits": amount, "by": by, "transition": f"transition/{transition}"}
    lines = lines_of("line-item/offer", amount, 1)
    return {"lineItems": lines, "metadata": {"offers": [*before, offer]}}


def test_a_quote_is_asked_for_haggled_over_and_paid(pages: Pages) -> None:
    asked = order_of(
        pages.repair, "request-quote", protectedData={"customerDefaultMessage": "A hole."}
    )
    (begun,) = pages.as_user(pages.holly, ["transactions.initiate", asked, EXPANDED])
    assert "state/quote-requested" == state_in(begun)
    repair = pages.began()

    first, counter, reject = (
        "make-offer-from-request",
        "customer-make-counter-offer",
        "provider-reject-counter-offer",
    )
    offer = _offer(30_000, first, "provider")
    (refused,) = pages.as_user(pages.robin, pages.step(repair, first, **offer))
    assert [(403, "forbidden")] == codes_of(refused)
    data_of(*pages.trusted(pages.robin, pages.step(repair, first, **offer)))
    lower = _offer(20_000, counter, "customer", tuple(repair.metadata["offers"]))
    data_of(*pages.trusted(pages.holly, pages.step(repair, counter, **lower)))
    back = _offer(30_000, reject, "provider", tuple(repair.metadata["offers"]))
    data_of(*pages.trusted(pages.robin, pages.step(repair, reject, **back)))
    assert [30_000, 20_000, 30_000] == [one["offerInSubunits"] for one in repair.metadata["offers"]]

    pay = "request-payment-to-accept-offer"
    priced, pending, paid = pages.as_user(
        pages.holly,
        pages.step(repair, pay, is_speculative=True),
        pages.step(repair, pay),
        pages.step(repair, "confirm-payment"),
    )
    attributes = pending[1]["data"]["attributes"]
    assert euros(31_500) == attributes["payinTotal"]
    assert "stripePaymentIntents" in attributes["protectedData"]
    assert ["state/pending-payment"] * 2 + ["state/offer-accepted"] == [
        state_in(one) for one in (priced, pending, paid)
    ]
    _deliver(pages, repair)


def _deliver(pages: Pages, repair: Transaction) -> None:
    """Have the provider deliver, twice, and both review each other."""
    review: dict[str, Any] = {"reviewRating": 5, "reviewContent": "Dry"}
    steps: tuple[tuple[User, str, dict[str, Any], str], ...] = (
        (pages.robin, "deliver", {}, "delivered"),
        (pages.holly, "request-changes", {}, "changes-requested"),
        (pages.robin, "deliver-changes", {}, "delivered"),
        (pages.holly, "accept-deliverable", {}, "completed"),
        (pages.holly, "review-1-by-customer", review, "reviewed-by-customer"),
        (pages.robin, "review-2-by-provider", review, "reviewed"),
    )
    for user, name, params, state in steps:
        (taken,) = pages.as_user(user, pages.step(repair, name, **params))
        assert f"state/{state}" == state_in(taken)


def test_a_provider_makes_an_offer_for_what_a_customer_wants(pages: Pages) -> None:
    """By the way of the template's page for that, which lists it among the provider's sales."""
    name = "make-offer"
    made = order_of(pages.wanted, name, **_offer(8000, name, "provider"))
    (refused,) = pages.as_user(pages.robin, ["transactions.initiate", made])
    assert [(403, "forbidden")] == codes_of(refused)
    (begun,) = pages.trusted(pages.robin, ["transactions.initiate", made, EXPANDED])
    assert "state/offer-pending" == state_in(begun)
    for user, only in ((pages.robin, "sale"), (pages.holly, "order")):
        query = {"only": only, "processNames": ["default-negotiation"]}
        (listed,) = data_of(*pages.as_user(user, ["transactions.query", query]))
        assert [pages.began().id] == [one["id"]["uuid"] for one in listed]


def test_a_provider_asks_before_the_offer(pages: Pages) -> None:
    asked = order_of(pages.wanted, "inquire")
    (begun,) = pages.as_user(pages.robin, ["transactions.initiate", asked, EXPANDED])
    assert "state/inquiry" == state_in(begun)
    name = "make-offer-after-inquiry"
    offer = _offer(8000, name, "provider")
    (offered,) = pages.trusted(pages.robin, pages.step(pages.began(), name, **offer))
    assert "state/offer-pending" == state_in(offered)


def test_files_are_bought_and_fetched(pages: Pages) -> None:
    order = order_of(
        pages.chart,
        lineItems=lines_of("line-item/file", 900, 1),
        protectedData={"unitType": "file"},
    )
    data_of(*pages.trusted(pages.holly, ["transactions.initiate", order, EXPANDED]))
    bought = pages.began()
    files = ["protectedFileAttachments", "protectedFileAttachments.file"]
    shown = ["transactions.show", {"id": uuid(bought.id), "include": files}]
    before, confirmed, after = pages.as_user(
        pages.holly, shown, pages.step(bought, "confirm-payment"), shown
    )
    assert [] == before[1]["data"]["relationships"]["protectedFileAttachments"]["data"]
    assert "state/purchased" == state_in(confirmed)
    included = {one["type"]: one for one in after[1]["included"]}
    attachment, file = included["fileAttachment"], included["file"]
    assert ("protected", "available") == (
        attachment["attributes"]["scope"],
        file["attributes"]["state"],
    )
    named = {"fileAttachmentId": attachment["id"]}
    told, led = pages.as_user(pages.holly, ["files.show", named], ["fileDownloads.create", named])
    link = data_of(told, led)[1]["attributes"]
    assert file["id"] == link["fileId"]
    assert link["url"].startswith(pages.server.url)


def test_the_author_sees_the_files_of_a_listing(pages: Pages) -> None:
    include = ["protectedFileAttachments", "protectedFileAttachments.file"]
    (listed,) = pages.as_user(
        pages.robin, ["ownListings.show", {"id": uuid(pages.chart.id), "include": include}]
    )
    file = next(one for one in listed[1]["included"] if one["type"] == "file")
    own, led = pages.as_user(
        pages.robin,
        ["ownFiles.show", {"id": file["id"]}],
        ["ownFileDownloads.create", {"fileId": file["id"]}],
    )
    told, link = data_of(own, led)
    assert "inner-harbour.txt" == told["attributes"]["name"]
    assert file["id"] == link["attributes"]["fileId"]
