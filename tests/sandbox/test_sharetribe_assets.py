"""The assets of the simulated Sharetribe: what a marketplace's pages are made from."""

from typing import Any

import pytest
from flask.testing import FlaskClient

from sandbox.sharetribe import Sharetribe

# What sharetribe.com/docs, "Assets", lists; e-mail texts are for Sharetribe's own server.
CONFIGURATION = (
    "content/footer.json",
    "content/top-bar.json",
    "content/translations.json",
    "design/branding.json",
    "design/layout.json",
    "general/access-control.json",
    "general/localization.json",
    "integrations/analytics.json",
    "integrations/google-search-console.json",
    "integrations/map.json",
    "listings/listing-categories.json",
    "listings/listing-fields.json",
    "listings/listing-search.json",
    "listings/listing-types.json",
    "transactions/commission.json",
    "transactions/minimum-transaction-size.json",
    "users/user-fields.json",
    "users/user-types.json",
)
PAGES = ("landing-page", "privacy-policy", "terms-of-service")


@pytest.fixture
def latest(sharetribe: Sharetribe) -> str:
    return f"/v1/assets/pub/{sharetribe.client_id}/a/latest"


def _delivered(client: FlaskClient, latest: str, path: str) -> Any:
    return client.get(f"{latest}/{path}").get_json()["data"]


def test_every_asset_is_delivered_alone_and_among_others(client: FlaskClient, latest: str) -> None:
    paths = (*CONFIGURATION, *(f"content/pages/{page}.json" for page in PAGES))
    several = _delivered(client, latest, f"?assets={','.join(paths)}")
    assert [f"/{path}" for path in paths] == [one["attributes"]["assetPath"] for one in several]
    alone = [_delivered(client, latest, path) for path in paths]
    assert alone == [one["attributes"]["data"] for one in several]


def test_the_logo_comes_with_branding_and_with_nothing_else(
    client: FlaskClient, latest: str
) -> None:
    answer = client.get(f"{latest}/design/?assets=branding.json,layout.json").get_json()
    (branding, _), (logo,) = answer["data"], answer["included"]
    reference = branding["attributes"]["data"]["logo"]["_ref"]
    assert ("imageAsset", logo["id"]) == (reference["type"], reference["id"])
    variants = logo["attributes"]["variants"]
    assert {"scaled": (132, 24), "scaled2x": (264, 48)} == {
        name: (one["width"], one["height"]) for name, one in variants.items()
    }
    assert variants["scaled"]["url"].startswith("data:image/svg+xml;base64,")
    assert [] == client.get(f"{latest}/design/layout.json").get_json()["included"]


def test_what_one_has_already_is_not_sent_again(client: FlaskClient, latest: str) -> None:
    path = f"{latest}/design/layout.json"
    tag = client.get(path).headers["ETag"]
    again = client.get(path, headers={"If-None-Match": tag})
    assert (304, b"") == (again.status_code, again.data)


def test_fields_and_prices_fit_what_is_rented(client: FlaskClient, latest: str) -> None:
    types = _delivered(client, latest, "listings/listing-types.json")["listingTypes"]
    assert [
        ("default-booking", "day"),
        ("default-purchase", "item"),
        ("default-inquiry", "inquiry"),
        ("default-negotiation", "offer"),
        ("default-negotiation", "request"),
        ("default-download", "file"),
    ] == [(one["transactionProcess"]["name"], one["unitType"]) for one in types]
    fields = _delivered(client, latest, "listings/listing-fields.json")["listingFields"]
    limited = {name for one in fields for name in one["listingTypeConfig"]["listingTypeIds"]}
    assert limited <= {one["id"] for one in types}
