"""The template's pages come whole through the product, whichever way its address is written."""

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.hosting.people import first_users
from tests.template.conftest import OpenPage
from tests.template.steps import holly_of, listing_of, log_in, origin_of

pytestmark = pytest.mark.browser
PATIENCE_SECONDS = 60
PUBLIC = {
    "/": "Tideline",
    "/s": "Sea kayak",
    "/login": "Log in",
    "/signup": "Sign up",
    "/l/kayak/{kayak}": "Sea kayak",
    "/l/vest/{vest}": "Life vest",
    "/l/lesson/{lesson}": "Paddling lesson",
    "/l/repair/{repair}": "Hull repairs",
    "/l/wanted/{wanted}": "Wanted",
    "/l/chart/{chart}": "Chart of",
    f"/u/{first_users()[0].id}": "Robin R",
    "/terms-of-service": "Terms",
    "/privacy-policy": "Privacy",
}
FILES = ("/robots.txt", "/sitemap-index.xml", "/sitemap-recent-listings.xml", "/site.webmanifest")
OWN = (
    "/inbox/orders",
    "/inbox/sales",
    "/listings",
    "/profile-settings",
    "/account",
    "/account/payments",
    "/l/new",
)
LISTINGS = {
    "kayak": "Sea kayak",
    "vest": "Life vest",
    "lesson": "Paddling lesson",
    "repair": "Hull repairs",
    "wanted": "Wanted",
    "chart": "Chart",
}


def url_of(hosted: HostedMarketplace, path: str) -> str:
    """Return the address of a path, with the ids of listings that it may name."""
    ids = {name: listing_of(hosted, title).id for name, title in LISTINGS.items()}
    return f"{hosted.addresses.marketplace_url}{path}".format(**ids)


def open_without_errors(page: Page, url: str) -> None:
    """Open an address, and wait until the page has come alive without an error."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: errors.extend([answer.url] * (answer.status >= 400)))

    page.goto(url)
    page.wait_for_load_state("networkidle")

    assert [] == errors


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_is_rendered_by_the_templates_server(hosted: HostedMarketplace, path: str) -> None:
    answer = requests.get(url_of(hosted, path), timeout=PATIENCE_SECONDS)

    assert 200 == answer.status_code
    assert PUBLIC[path] in answer.text


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_comes_alive_without_an_error(
    hosted: HostedMarketplace, open_page: OpenPage, path: str
) -> None:
    page = open_page("/robots.txt")

    open_without_errors(page, url_of(hosted, path))

    expect(page.locator("body")).to_contain_text(PUBLIC[path])


@pytest.mark.parametrize("path", FILES)
def test_what_the_templates_server_composes_comes_through(
    hosted: HostedMarketplace, path: str
) -> None:
    answer = requests.get(url_of(hosted, path), timeout=PATIENCE_SECONDS)

    assert 200 == answer.status_code


@pytest.mark.parametrize("path", OWN)
def test_a_page_of_ones_own_comes_alive_without_an_error(
    hosted: HostedMarketplace, open_page: OpenPage, path: str
) -> None:
    page = open_page("/login")
    log_in(page, holly_of(hosted))

    open_without_errors(page, url_of(hosted, path))


def test_both_names_of_the_address_lead_to_a_session(
    chromium: Browser, hosted: HostedMarketplace
) -> None:
    for origin in hosted.addresses.origins:
        context = chromium.new_context()
        page = context.new_page()
        page.goto(origin)
        log_in(page, holly_of(hosted))
        assert origin == origin_of(page)
        context.close()
