"""A trip without a way back: what the consent page is asked, and what redeems the copied code."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from proxy.connections.pkce import code_challenge
from proxy.connections.refresh import FreshGrants
from proxy.connections.trip import ConnectionTrip, OutOfBand
from proxy.operating.configuration import read_configuration
from proxy.vendors import OAuth2App, OAuth2Connection
from tests.example_environment import read_example
from tests.kit.rotating_oauth import ROTATING_OAUTH

USER = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
ROTATING = {
    "INTEGRATIONS": "tests.kit.rotating_oauth:ROTATING",
    "ROTATING_CLIENT_ID": "client-1",
    "ROTATING_CLIENT_SECRET": "secret-1",
}
SHOWN = "https://rotating.example/oauth/code"


def begun(out_of_band: str | None) -> OutOfBand | None:
    configuration = read_configuration({**read_example(), **ROTATING}, ())
    kernel = configuration.kernel(lambda: 0.0)
    oauth = replace(ROTATING_OAUTH, out_of_band=out_of_band)
    app = OAuth2App("client-1", "secret-1")
    vendor = OAuth2Connection(oauth, app, configuration.upstreams, "rotating")
    trip = ConnectionTrip(vendor, None, FreshGrants(vendor, kernel), kernel)
    return trip.begin_out_of_band(USER)


def test_the_page_is_asked_for_a_code_and_brings_nobody_back() -> None:
    found = begun(SHOWN)
    assert found is not None
    asked = parse_qs(urlsplit(found.authorize_url).query)
    assert ([SHOWN], None) == (asked["redirect_uri"], asked.get("state"))


def test_the_copied_code_is_redeemed_with_what_the_page_was_told() -> None:
    found = begun(SHOWN)
    assert found is not None
    request = found.redeeming("code-1")
    asked = parse_qs(urlsplit(found.authorize_url).query)
    assert ("code-1", SHOWN) == (request.code, request.return_url)
    assert asked["code_challenge"] == [code_challenge(request.code_verifier)]


def test_a_vendor_without_such_a_page_begins_nothing() -> None:
    assert begun(None) is None
