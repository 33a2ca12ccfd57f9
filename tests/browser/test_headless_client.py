"""The headless client in a page: leaving, coming back, and what a browser refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route

from tests.browser.console import Console
from tests.kit.world import KitWorld
from tests.source_tree import ROOT
from tests.world import MARKETPLACE_ORIGIN

pytestmark = pytest.mark.browser

CLIENT = ROOT / "frontend" / "client" / "echoseal.js"
ACCOUNT = f"{MARKETPLACE_ORIGIN}/account"
HTML = "<!doctype html><html lang=en><title>Account</title>"
# Everybody may read the file: a frame without an origin, too.
OPEN = {"Access-Control-Allow-Origin": "*"}
VENDOR_PAGE = "<!doctype html><html lang=en><title>Vendor</title>"
USE = """async ([code, given]) => {
    const kit = await import('https://market.example/echoseal.js');
    const client = (window.client ??= kit.createClient());
    return await new Function('kit', 'client', 'given', `return (${code})`)(kit, client, given);
}"""


@pytest.fixture(scope="module")
def shared_world(chromium: Browser) -> Iterator[KitWorld]:
    """Start a world with vendors of checks and of plans, and one that users connect."""
    assert chromium.is_connected()
    world = KitWorld(INTEGRATIONS="facecheck,tollgate,calendar")
    yield world
    world.close()


@pytest.fixture
def calm_world(shared_world: KitWorld) -> KitWorld:
    """Return it with nothing stored."""
    shared_world.start_afresh()
    return shared_world


@pytest.fixture
def context(chromium: Browser, console: Console, calm_world: KitWorld) -> Iterator[BrowserContext]:
    """Return a profile whose user is logged in; the marketplace's host is the real app's API."""
    world = calm_world
    with chromium.new_context() as context:
        name, _, value = world.browser().cookie_header.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": MARKETPLACE_ORIGIN}])

        def api(route: Route) -> None:
            path = route.request.url.removeprefix(MARKETPLACE_ORIGIN)
            route.fulfill(response=route.fetch(url=world.url + path))

        def page(route: Route) -> None:
            route.fulfill(content_type="text/html", body=HTML)

        def vendor(route: Route) -> None:
            route.fulfill(content_type="text/html", body=VENDOR_PAGE)

        def client(route: Route) -> None:
            route.fulfill(path=CLIENT, content_type="text/javascript", headers=OPEN)

        for simulated in world.vendors.values():
            context.route(f"{simulated.base_url}/**", vendor)
        context.route(f"{MARKETPLACE_ORIGIN}/**", page)
        context.route(f"{MARKETPLACE_ORIGIN}/echoseal.js", client)
        context.route(f"{MARKETPLACE_ORIGIN}/api/**", api)
        context.on("console", console.hear)
        yield context


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """Return the user's page."""
    page = context.new_page()
    page.goto(ACCOUNT)
    return page


def use(page: Page, code: str, given: Any = None) -> Any:
    """Return what an expression gives: `client` is the page's, `given` what is handed to it."""
    return page.evaluate(USE, [code, given])


def leave(page: Page, options: str = "") -> None:
    """Begin a check, and go to the vendor's page."""
    with page.expect_navigation():
        use(page, f"client.verification.start({options}).then(client.verification.leave)")
    assert "Vendor" == page.title()


def test_a_start_names_this_page_without_its_query(page: Page, calm_world: KitWorld) -> None:
    page.goto(f"{ACCOUNT}?from=mail#top")

    leave(page)

    check = calm_world.checks.check
    assert (ACCOUNT, ACCOUNT) == (check.success_url, check.error_url)


def test_an_address_of_this_host_may_be_short(page: Page, calm_world: KitWorld) -> None:
    leave(page, "{ successUrl: '/checked?tab=1', errorUrl: null }")

    check = calm_world.checks.check
    assert (f"{MARKETPLACE_ORIGIN}/checked?tab=1", None) == (check.success_url, check.error_url)


def test_what_is_no_address_is_refused_before_anything_is_asked(page: Page) -> None:
    begun = "client.verification.start({ successUrl: 'https://[' })"
    assert "TypeError" == use(page, f"{begun}.catch(error => error.name)")


def test_a_return_is_known_once_and_the_address_is_clean(page: Page, calm_world: KitWorld) -> None:
    assert use(page, "client.verification.returned()") is False
    leave(page)
    calm_world.checks.finish(calm_world.checks.check.id)

    page.goto(f"{ACCOUNT}?transactionStatus=SUCCESS&reference=a#top")
    page.evaluate("history.replaceState({ key: 'of a router' }, '')")

    assert [False, True, False] == use(
        page,
        "[client.billing('membership').returned(), client.verification.returned(),"
        " client.verification.returned()]",
    )
    assert f"{ACCOUNT}#top" == page.url
    assert {"key": "of a router"} == page.evaluate("history.state")
    assert use(page, "client.verification.settled().then(kit.isGood)")
    page.reload()
    assert use(page, "client.verification.returned()") is False


def test_the_pages_own_query_stays(page: Page) -> None:
    leave(page, f"{{ successUrl: '{ACCOUNT}?tab=checks' }}")

    page.goto(f"{ACCOUNT}?tab=checks&status=ok")

    assert use(page, "client.verification.returned()")
    assert f"{ACCOUNT}?tab=checks" == page.url


def test_another_page_keeps_its_query(page: Page) -> None:
    leave(page)

    page.goto(f"{MARKETPLACE_ORIGIN}/listings?sort=price")

    assert use(page, "client.verification.returned()")
    assert f"{MARKETPLACE_ORIGIN}/listings?sort=price" == page.url


def test_where_the_settings_lead_back_to_the_query_goes(page: Page) -> None:
    leave(page, "{ successUrl: null, errorUrl: null }")

    page.goto(f"{MARKETPLACE_ORIGIN}/verified?status=ok")

    assert use(page, "client.verification.returned()")
    assert f"{MARKETPLACE_ORIGIN}/verified" == page.url


def test_a_browser_follows_nobody_to_a_log_in_page(page: Page, context: BrowserContext) -> None:
    wall = {"Location": f"{MARKETPLACE_ORIGIN}/login"}
    context.route("**/api/**", lambda route: route.fulfill(status=302, headers=wall))
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    told = use(page, "client.verification.start().catch(({ code, status }) => [code, status])")

    assert ["unreadable", 0] == told
    assert f"{MARKETPLACE_ORIGIN}/login" not in asked


def test_another_tab_is_not_back(context: BrowserContext, page: Page) -> None:
    leave(page)
    other = context.new_page()
    other.goto(f"{ACCOUNT}?status=ok")

    assert use(other, "client.verification.returned()") is False
    assert f"{ACCOUNT}?status=ok" == other.url


def test_nobody_leaves_where_nothing_is_left_to_do(page: Page) -> None:
    use(page, "client.verification.leave({ status: 'approved' })")

    assert ACCOUNT == page.url
    assert use(page, "client.verification.returned()") is False


@pytest.mark.parametrize("address", ["javascript:void(document.title = 'Run')", "data:text/html,a"])
def test_what_is_no_page_is_left_for_by_nobody(page: Page, address: str) -> None:
    use(page, "client.verification.leave({ redirectUrl: given })", address)
    use(page, "client.connection('calendar').leave({ authorizeUrl: given })", address)
    page.wait_for_function("new Promise(done => setTimeout(() => done(true)))")

    assert (ACCOUNT, "Account") == (page.url, page.title())
    assert use(page, "client.verification.returned()") is False


def test_a_connection_is_left_for_and_tells_its_end_once(page: Page) -> None:
    with page.expect_navigation():
        use(page, "client.connection('calendar').connect().then(client.connection('x').leave)")
    assert "Vendor" == page.title()

    for end in ("connected", "declined", "failed"):
        page.goto(f"{ACCOUNT}?tab=apps&calendar={end}")
        assert [None, end, None] == use(
            page,
            "[client.connection('till').returned(), client.connection('calendar').returned(),"
            " client.connection('calendar').returned()]",
        )
        assert f"{ACCOUNT}?tab=apps" == page.url

    page.goto(f"{ACCOUNT}?calendar=march")
    assert use(page, "client.connection('calendar').returned()") is None
    assert f"{ACCOUNT}?calendar=march" == page.url


def test_a_portal_leads_back_to_this_page(page: Page, calm_world: KitWorld) -> None:
    begun = use(page, "client.billing('membership').start()")
    calm_world.tollgate.finish(begun["transactionReference"], "running")

    with page.expect_navigation(), page.expect_request("**/portal") as asked:
        use(page, "client.billing('membership').portal().then(client.billing('membership').leave)")

    assert {"returnUrl": ACCOUNT} == asked.value.post_data_json
    assert page.url.startswith(calm_world.tollgate.base_url)


def test_where_nothing_can_be_remembered_one_leaves_all_the_same(page: Page) -> None:
    frame_page = f"<script>window.isThere = true</script><p>{ACCOUNT}"
    page.set_content(f'<iframe sandbox="allow-scripts" srcdoc="{frame_page}"></iframe>')
    frame = page.frames[-1]
    frame.wait_for_function("window.isThere")
    code = "client.verification.returned()"
    assert frame.evaluate(USE, [code, None]) is False
    assert "SecurityError" == frame.evaluate(
        "() => { try { sessionStorage } catch (error) { return error.name } }"
    )

    with page.expect_request(ACCOUNT):
        frame.evaluate(USE, ["client.verification.leave(given)", {"redirectUrl": ACCOUNT}])
