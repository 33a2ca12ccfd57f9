"""What the pages of Sharetribe's Web Template call, with the SDK that they call it with.

Parameters are of the forms that version 12.2.0 of the template uses; the SDK is
sharetribe-flex-sdk 1.24.2. A page fails, or logs in for ever, where an answer lacks something.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.sharetribe import Transaction
from tests.sdk.pages import (
    EXPANDED,
    IMAGES,
    MONDAY,
    PIXEL,
    TUESDAY,
    Pages,
    codes_of,
    data_of,
    date,
    euros,
    ids_of,
    lines_of,
    order_of,
    uuid,
)

pytestmark = pytest.mark.node


def test_the_first_page_gets_its_configuration_and_its_listings(pages: Pages) -> None:
    search = {"perPage": 24, "include": ["author", "images"], "limit.images": 1, **IMAGES}
    stocked = {"minStock": 1, "stockMode": "match-undefined", "pub_categoryLevel1": "gear"}
    configuration, page, found, filtered, sitemap, paths = pages.visit(
        ["assetsByAlias", {"paths": ["design/branding.json"], "alias": "latest"}],
        ["assetByAlias", {"path": "content/pages/landing-page.json", "alias": "latest"}],
        ["listings.query", search],
        ["listings.query", {**search, **stocked, "keywords": "vest"}],
        ["sitemapData.queryListings"],
        ["sitemapData.queryAssets", {"pathPrefix": "/content/pages/"}],
    )
    branding, landing, listings, gear, newest, assets = data_of(
        configuration, page, found, filtered, sitemap, paths
    )
    (logo,) = configuration[1]["included"]
    assert branding[0]["attributes"]["data"]["logo"]["_ref"]["id"] == logo["id"]
    assert ["hero", "listings", "columns"] == [one["sectionType"] for one in landing["sections"]]
    assert (10, 1) == (found[1]["meta"]["totalItems"], found[1]["meta"]["totalPages"])
    assert {"user", "image"} == {one["type"] for one in found[1]["included"]}
    card = next(one for one in found[1]["included"] if one["type"] == "image")
    assert {"listing-card", "square-small"} == set(card["attributes"]["variants"])
    assert (400, 300) == tuple(
        card["attributes"]["variants"]["listing-card"][side] for side in ("width", "height")
    )
    assert [pages.vest.id] == ids_of(gear)
    assert ids_of(listings) == ids_of(newest)
    assert "/content/pages/how-it-works.json" in [one["attributes"]["assetPath"] for one in assets]


def test_somebody_signs_up_verifies_the_address_changes_the_password_and_leaves(
    pages: Pages,
) -> None:
    person = {
        "email": "noor@example.com",
        "password": "a-password",
        "firstName": "Noor",
        "lastName": "Nilsen",
        "protectedData": {"phoneNumber": "+1"},
    }
    login = {"username": person["email"], "password": person["password"]}
    made, again, _, shown, sent = pages.visit(
        ["currentUser.create", person],
        ["currentUser.create", person],
        ["login", login],
        ["currentUser.show", {"include": ["effectivePermissionSet", "profileImage"]}],
        ["currentUser.sendVerificationEmail"],
    )
    data_of(made, shown, sent)
    assert [(409, "email-taken")] == codes_of(again)
    attributes = shown[1]["data"]["attributes"]
    assert ("active", False, "Noor N") == (
        attributes["state"],
        attributes["emailVerified"],
        attributes["profile"]["displayName"],
    )
    noor = pages.sharetribe.user_by_email("noor@example.com")
    assert noor is not None
    verify = {"verificationToken": pages.sharetribe.emails[-1].token}
    passwords = {"currentPassword": "a-password", "newPassword": "another-one"}
    other = {"currentPassword": "another-one", "email": "noor@example.org"}
    verified, again, changed, wrong, moved, left = pages.as_user(
        noor,
        ["currentUser.verifyEmail", verify, {"expand": True}],
        ["currentUser.sendVerificationEmail"],
        ["currentUser.changePassword", passwords],
        ["currentUser.changePassword", passwords],
        ["currentUser.changeEmail", other, {"expand": True}],
        ["currentUser.delete", {"currentPassword": "another-one", "deleteFromStripe": True}],
    )
    data_of(verified, changed, moved, left)
    assert [(409, "email-already-verified"), (403, "forbidden")] == codes_of(again, wrong)
    assert "noor@example.org" == moved[1]["data"]["attributes"]["pendingEmail"]


def test_a_forgotten_password_is_replaced_with_what_was_sent(pages: Pages) -> None:
    requested, unknown = pages.visit(
        ["passwordReset.request", {"email": pages.robin.email}],
        ["passwordReset.request", {"email": "nobody@example.com"}],
    )
    data_of(requested)
    assert [(409, "email-not-found")] == codes_of(unknown)
    reset = {
        "email": pages.robin.email,
        "passwordResetToken": pages.sharetribe.emails[-1].token,
        "newPassword": "a-new-password",
    }
    data_of(*pages.visit(["passwordReset.reset", reset]))
    assert "a-new-password" == pages.robin.password


def test_the_current_user_comes_with_rights_picture_and_accounts(pages: Pages) -> None:
    upload = ["images.upload", {"image": {"_image": PIXEL}}, {"expand": True, **IMAGES}]
    (uploaded,) = pages.as_user(pages.robin, upload)
    image = uploaded[1]["data"]["id"]["uuid"]
    include = ["effectivePermissionSet", "profileImage", "stripeAccount", "stripeCustomer"]
    changed, shown = pages.as_user(
        pages.robin,
        ["currentUser.updateProfile", {"profileImageId": uuid(image)}],
        ["currentUser.show", {"include": include, **IMAGES}],
    )
    data_of(uploaded, changed, shown)
    kinds = ["permissionSet", "image", "stripeAccount"]
    assert kinds == [one["type"] for one in shown[1]["included"]]
    links = shown[1]["data"]["relationships"]
    assert image == links["profileImage"]["data"]["id"]["uuid"]
    assert {"data": None} == links["stripeCustomer"]


def test_a_listings_page_has_its_author_pictures_stock_and_reviews(pages: Pages) -> None:
    include = ["author", "author.profileImage", "images", "currentStock"]
    shown, author, reviews = pages.visit(
        ["listings.show", {"id": uuid(pages.vest.id), "include": include, **IMAGES}],
        ["users.show", {"id": uuid(pages.robin.id), "include": ["profileImage"]}],
        ["reviews.query", {"listing_id": uuid(pages.vest.id), "include": ["author"]}],
    )
    data_of(shown, author, reviews)
    included = {one["type"]: one for one in shown[1]["included"]}
    assert {"user", "image", "stock"} == set(included)
    assert 4 == included["stock"]["attributes"]["quantity"]
    assert euros(3500) == shown[1]["data"]["attributes"]["price"]
    assert {"data": None} == included["user"]["relationships"]["profileImage"]


def test_time_slots_are_one_long_one_until_somebody_books(pages: Pages) -> None:
    week = {"listingId": uuid(pages.kayak.id), "start": date(MONDAY), "end": date(TUESDAY)}
    (before,) = data_of(*pages.visit(["timeslots.query", {**week, "perPage": 500, "page": 1}]))
    assert [("time-slot/time", 1, MONDAY, TUESDAY)] == [_slot(one) for one in before]
    _book(pages)
    (after,) = data_of(*pages.visit(["timeslots.query", week]))
    assert [] == after


def _slot(slot: dict[str, Any]) -> tuple[str, int, str, str]:
    held = slot["attributes"]
    return held["type"], held["seats"], held["start"], held["end"]


def _booking(pages: Pages) -> dict[str, Any]:
    return order_of(
        pages.kayak,
        bookingStart=date(MONDAY),
        bookingEnd=date(TUESDAY),
        lineItems=lines_of("line-item/day", 4500, 1),
        protectedData={"unitType": "day"},
        cardToken="CheckoutPage_speculative_card_token",
    )


def _book(pages: Pages) -> Transaction:
    data_of(*pages.trusted(pages.holly, ["transactions.initiate", _booking(pages), EXPANDED]))
    return pages.began()


def test_a_booking_is_priced_first_and_then_made_by_a_trusted_server_alone(pages: Pages) -> None:
    priced, made, taken = pages.trusted(
        pages.holly,
        ["transactions.initiateSpeculative", _booking(pages), EXPANDED],
        ["transactions.initiate", _booking(pages), EXPANDED],
        ["transactions.initiate", _booking(pages), EXPANDED],
    )
    for _, body in (priced, made):
        attributes = body["data"]["attributes"]
        assert (euros(4725), euros(4050)) == (attributes["payinTotal"], attributes["payoutTotal"])
        assert "state/pending-payment" == attributes["state"]
        assert {"booking", "user"} == {one["type"] for one in body["included"]}
        assert (
            "stripePaymentIntentClientSecret"
            in attributes["protectedData"]["stripePaymentIntents"]["default"]
        )
    assert [(409, "transaction-booking-time-not-available")] == codes_of(taken)
    refused = pages.as_user(
        pages.holly,
        ["transactions.initiate", _booking(pages)],
        ["transactions.initiateSpeculative", _booking(pages)],
    )
    assert [(403, "forbidden")] * 2 == codes_of(*refused)


def test_a_booking_goes_its_way_between_its_two_parties(pages: Pages) -> None:
    booked = _book(pages)
    accept = pages.step(booked, "accept")
    confirmed, early = pages.as_user(pages.holly, pages.step(booked, "confirm-payment"), accept)
    assert "state/preauthorized" == confirmed[1]["data"]["attributes"]["state"]
    assert "stripePaymentIntents" not in booked.protected_data
    upcoming, accepted, again = pages.as_user(
        pages.robin,
        ["processTransitions.query", {"transactionId": uuid(booked.id)}],
        accept,
        accept,
    )
    names = [one["attributes"]["name"] for one in upcoming[1]["data"]]
    assert {"transition/accept", "transition/decline"} <= set(names)
    assert "state/accepted" == accepted[1]["data"]["attributes"]["state"]
    expected = [(403, "forbidden"), (409, "transaction-invalid-transition")]
    assert expected == codes_of(early, again)


def test_an_inquiry_becomes_an_order_by_a_trusted_server_alone(pages: Pages) -> None:
    inquiry = {
        "processAlias": "default-purchase/release-1",
        "transition": "transition/inquire",
        "params": {"listingId": uuid(pages.vest.id)},
    }
    data_of(*pages.as_user(pages.holly, ["transactions.initiate", inquiry]))
    began = pages.began()
    order = {
        "id": uuid(began.id),
        "transition": "transition/request-payment-after-inquiry",
        "params": {
            "stockReservationQuantity": 2,
            "lineItems": lines_of("line-item/item", 3500, 2),
            "metadata": {},
        },
    }
    told, refused = pages.as_user(
        pages.holly,
        ["messages.send", {"transactionId": uuid(began.id), "content": "Is it dry?"}],
        ["transactions.transition", order],
    )
    data_of(told)
    assert [(403, "forbidden")] == codes_of(refused)
    guessed, ordered = pages.trusted(
        pages.holly,
        ["transactions.transitionSpeculative", order, EXPANDED],
        ["transactions.transition", order, EXPANDED],
    )
    prices = [body["data"]["attributes"]["payinTotal"] for _, body in (guessed, ordered)]
    assert [euros(7350)] * 2 == prices
    assert 2 == pages.vest.stock


def test_the_inbox_and_a_transactions_page_have_all_that_they_show(pages: Pages) -> None:
    booked = _book(pages)
    query = {
        "only": "sale",
        "processNames": ["default-booking", "default-purchase"],
        "include": ["listing", "provider", "customer", "customer.profileImage", "booking"],
        "fields.transaction": ["lastTransition", "payinTotal"],
        "fields.listing": ["title", "publicData.unitType"],
        "fields.user": ["profile.displayName"],
        "page": 1,
        "perPage": 10,
    }
    include = [
        *("customer", "customer.profileImage", "provider", "listing", "listing.currentStock"),
        *("listing.images", "listing.author", "booking", "reviews", "reviews.author"),
        *("protectedFileAttachments", "protectedFileAttachments.file"),
    ]
    messages = {"transaction_id": uuid(booked.id), "include": ["sender", "publicFileAttachments"]}
    sold, waiting, shown, written = pages.as_user(
        pages.robin,
        ["transactions.query", query],
        ["transactions.query", {"only": "sale", "states": "state/preauthorized", "perPage": 100}],
        ["transactions.show", {"id": uuid(booked.id), "include": include, **IMAGES}],
        ["messages.query", {**messages, "page": 1, "perPage": 100}],
    )
    sales, none, page, _ = data_of(sold, waiting, shown, written)
    assert booked.id in ids_of(sales)
    assert {"lastTransition", "payinTotal"} == set(sales[0]["attributes"])
    listing = next(one for one in sold[1]["included"] if one["type"] == "listing")
    assert {"title": "Sea kayak", "publicData": {"unitType": "day"}} == listing["attributes"]
    assert [] == none
    assert {"transition", "createdAt", "by"} == set(page["attributes"]["transitions"][0])
    assert {"user", "listing", "image", "booking"} == {one["type"] for one in shown[1]["included"]}


def test_accounts_at_stripe_are_made_once_and_cards_replaced(pages: Pages) -> None:
    pages.holly.stripe_connected = False
    link = {"successURL": "https://a.example/ok", "failureURL": "https://a.example/no"}
    first, fetched, made, again, led = pages.as_user(
        pages.holly,
        ["stripeAccount.fetch"],
        ["stripeAccount.create", {"country": "FI", "accountToken": "ct_1"}, {"expand": True}],
        ["stripeAccount.fetch"],
        ["stripeAccount.create", {"country": "FI"}],
        [
            "stripeAccountLinks.create",
            {**link, "type": "custom_account_update"},
            {"expand": True},
        ],
    )
    account = data_of(fetched, made, led)[1]["attributes"]["stripeAccountData"]
    assert "3000" == account["external_accounts"]["data"][0]["last4"]
    assert [(404, "not-found"), (409, "conflict")] == codes_of(first, again)
    assert link["successURL"] == led[1]["data"]["attributes"]["url"]
    expanded = {"expand": True, "include": ["defaultPaymentMethod"]}
    intent, customer, gone, card, more = pages.as_user(
        pages.holly,
        ["stripeSetupIntents.create", {}, {"expand": True}],
        ["stripeCustomer.create", {"stripePaymentMethodId": "pm_1"}, expanded],
        ["stripeCustomer.deletePaymentMethod", {}, {"expand": True}],
        ["stripeCustomer.addPaymentMethod", {"stripePaymentMethodId": "pm_2"}, expanded],
        ["stripeCustomer.addPaymentMethod", {"stripePaymentMethodId": "pm_3"}],
    )
    data_of(intent, customer, gone, card)
    (kept,) = card[1]["included"]
    assert "pm_2" == kept["attributes"]["stripePaymentMethodId"]
    assert [(409, "conflict")] == codes_of(more)


def test_a_listing_is_drafted_completed_and_published(pages: Pages) -> None:
    plan = {"type": "availability-plan/time", "timezone": "Europe/Helsinki", "entries": []}
    place = {"_sdkType": "LatLng", "lat": 60.1, "lng": 24.9}
    draft = {"title": "Raft", "publicData": {"listingType": "daily-rental"}}
    data_of(*pages.as_user(pages.holly, ["ownListings.createDraft", draft, {"expand": True}]))
    raft = list(pages.sharetribe.listings.values())[-1]
    named = {"id": uuid(raft.id)}
    more = {"price": euros(1000), "geolocation": place, "availabilityPlan": plan}
    stocked = {"listingId": uuid(raft.id), "oldTotal": None, "newTotal": 3}
    closed = {"listingId": uuid(raft.id), "start": date(MONDAY), "end": date(TUESDAY)}
    results = pages.as_user(
        pages.holly,
        ["ownListings.update", {**named, **more}, {"expand": True, "include": ["images"]}],
        ["stock.compareAndSet", stocked, {"expand": True}],
        ["ownListings.publishDraft", named, {"expand": True}],
        ["ownListings.show", {**named, "include": ["author", "currentStock"]}],
        ["ownListings.query", {"states": ["published"], "include": ["images"]}],
        ["availabilityExceptions.create", {**closed, "seats": 1}, {"expand": True}],
        ["availabilityExceptions.query", closed],
        ["stock.compareAndSet", stocked],
    )
    _, _, published, own, mine, _, exceptions = data_of(*results[:-1])
    assert ("published", "Raft") == tuple(
        published["attributes"][one] for one in ("state", "title")
    )
    assert place == own["attributes"]["geolocation"]
    assert plan == own["attributes"]["availabilityPlan"]
    assert raft.id in ids_of(mine)
    assert 1 == exceptions[0]["attributes"]["seats"]
    assert [(409, "old-total-mismatch")] == codes_of(results[-1])
    removed = pages.as_user(
        pages.holly, ["availabilityExceptions.delete", {"id": exceptions[0]["id"]}]
    )
    data_of(*removed)
    assert [] == raft.availability_exceptions
