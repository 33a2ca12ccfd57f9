"""The simulated Pumble's consent page: what it refuses, shows, and where it sends the browser."""

from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.pumble import Pumble
from sandbox.pumble.registration import DeclineMode
from tests.sandbox.pumble_callers import REDIRECT_URL, PumbleApp, query_of


class Reader(HTMLParser):
    """Collects what a page offers: options, buttons, labelled ids, addresses and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.options: list[str] = []
        self.selected: list[str] = []
        self.buttons: list[str] = []
        self.labelled: list[str] = []
        self.ids: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if tag == "option":
            self.options.append(found["value"])
            self.selected += [found["value"]] if "selected" in found else []
        if tag == "button":
            self.buttons.append(found["value"])
        if tag == "label":
            self.labelled.append(found["for"])
        self.ids += [found["id"]] if "id" in found else []
        self.addresses += [found[name] for name in ("src", "href", "action") if name in found]

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def app() -> PumbleApp:
    return PumbleApp(Pumble())


def read(app: PumbleApp, **changed: str | None) -> Reader:
    return Reader(app.http.get(app.url(**changed)).get_data(as_text=True))


def first_workspace(app: PumbleApp) -> str:
    return next(iter(app.pumble.workspaces))


def last_workspace(app: PumbleApp) -> str:
    return list(app.pumble.workspaces)[-1]


def test_page_lists_what_is_asked_of_user_and_bot(app: PumbleApp) -> None:
    text = read(app).text

    as_user, _, as_bot = text.partition("As its bot")
    assert ("messages:read" in as_user, "channels:list" in as_user) == (True, True)
    assert "messages:write" in as_bot


def test_page_offers_every_workspace_and_both_decisions(app: PumbleApp) -> None:
    page = read(app)

    assert list(app.pumble.workspaces) == page.options
    assert ["allow", "decline"] == page.buttons


def test_default_workspace_is_preselected(app: PumbleApp) -> None:
    page = read(app, defaultWorkspaceId=last_workspace(app))

    assert [last_workspace(app)] == page.selected


def test_reinstallation_is_pointed_out(app: PumbleApp) -> None:
    assert ["reinstallation" in read(app, isReinstall=value).text for value in ("true", None)] == [
        True,
        False,
    ]


def test_page_labels_its_field_and_loads_nothing(app: PumbleApp) -> None:
    answer = app.http.get(app.url())

    page = Reader(answer.get_data(as_text=True))
    assert set(page.labelled) <= set(page.ids)
    assert ["data:,"] == page.addresses
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_policy_admits_the_style_of_each_answer_alone(app: PumbleApp) -> None:
    answers = [app.http.get(app.url()) for _ in range(2)]

    nonces = [
        answer.get_data(as_text=True).partition('<style nonce="')[2].partition('"')[0]
        for answer in answers
    ]
    assert 2 == len(set(nonces))
    assert all(
        f"'nonce-{nonce}'" in answer.headers["Content-Security-Policy"]
        for nonce, answer in zip(nonces, answers, strict=True)
    )


def test_app_name_is_shown_as_text(app: PumbleApp) -> None:
    app.pumble.manifest.name = "<script>alert(1)</script>"

    assert "<script" not in app.http.get(app.url()).get_data(as_text=True)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"redirectUrl": None}, "redirectUrl is required"),
        ({"clientId": None}, "clientId is required"),
        ({"scopes": None}, "scopes is required"),
        ({"scopes": ""}, "scopes is empty"),
        ({"state": ""}, "state is empty"),
        ({"clientId": "0" * 24}, "clientId is not"),
        ({"scopes": "messages:shout"}, "user scope"),
        ({"scopes": "bot:messages:shout"}, "bot scope"),
        ({"scopes": "messages:read,,channels:read"}, "user scope"),
        ({"scopes": "messages:read,messages:read"}, "twice"),
        ({"scopes": "messages:read channels:read"}, "user scope"),
        ({"defaultWorkspaceId": "0" * 24}, "defaultWorkspaceId"),
        ({"isReinstall": "false"}, "isReinstall"),
        ({"isReinstall": "True"}, "isReinstall"),
        ({"redirect_uri": REDIRECT_URL}, "Unknown parameter"),
        ({"client_id": "x"}, "Unknown parameter"),
    ],
)
def test_bad_request_ends_on_an_error_page(
    app: PumbleApp, changed: dict[str, str | None], said: str
) -> None:
    answer = app.http.get(app.url(**changed))

    assert (400, "text/html") == (answer.status_code, answer.mimetype)
    page = Reader(answer.get_data(as_text=True))
    assert said in page.text
    assert [] == page.buttons


def test_parameter_that_occurs_twice_is_refused(app: PumbleApp) -> None:
    assert 400 == app.http.get(f"{app.url()}&state=other").status_code


def test_scope_of_the_manifest_is_needed_for_the_very_same_actor(app: PumbleApp) -> None:
    app.pumble.manifest.user_scopes = ("messages:read",)
    app.pumble.manifest.bot_scopes = ("messages:write",)

    statuses = [
        app.http.get(app.url(scopes=scopes)).status_code
        for scopes in ("messages:read,bot:messages:write", "messages:write", "bot:messages:read")
    ]

    assert [200, 400, 400] == statuses


def test_bot_scope_without_a_bot_is_refused(app: PumbleApp) -> None:
    app.pumble.manifest.bot = False

    assert 400 == app.http.get(app.url()).status_code


@pytest.mark.parametrize(
    ("url", "admitted"),
    [
        (REDIRECT_URL, True),
        (f"{REDIRECT_URL}/other", True),
        (f"{REDIRECT_URL}/a-sealed.state_value/and/more", True),
        ("https://shop.example", False),
        ("https://shop.example/api/connections/pumble", False),
        (f"{REDIRECT_URL}ed", False),
        (f"{REDIRECT_URL}/../other", False),
        (f"{REDIRECT_URL}/%2e%2E/other", False),
        (f"{REDIRECT_URL}/..%2fother", False),
        (f"{REDIRECT_URL}/?to=elsewhere", False),
        (f"{REDIRECT_URL}/#part", False),
        (f"{REDIRECT_URL}/a\nb", False),
        (REDIRECT_URL.replace("https", "http"), False),
        (REDIRECT_URL.replace("shop.example", "shop.example.evil.example"), False),
        (REDIRECT_URL.replace("//", "//user@"), False),
        (REDIRECT_URL.replace("shop.example", "shop.example:8443"), False),
        ("", False),
    ],
)
def test_redirect_url_must_lie_at_or_below_a_registered_one(
    app: PumbleApp, url: str, admitted: bool
) -> None:
    assert admitted == app.pumble.manifest.admits(url)


def test_registered_origin_does_not_admit_its_continuation(app: PumbleApp) -> None:
    app.pumble.manifest.redirect_urls = ["https://shop.example"]

    urls = ("https://shop.example/any", "https://shop.example.evil.example/any")

    assert [True, False] == [app.pumble.manifest.admits(url) for url in urls]


@given(tail=st.text(max_size=30))
def test_any_redirect_url_is_judged_without_failing(tail: str) -> None:
    app = PumbleApp(Pumble())

    status = app.http.get(app.url(redirectUrl=f"{REDIRECT_URL}/{tail}")).status_code

    assert (200 if app.pumble.manifest.admits(f"{REDIRECT_URL}/{tail}") else 400) == status


@given(query=st.text(max_size=60) | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_any_query_ends_on_an_error_page(query: str) -> None:
    http = Pumble().app.test_client()

    assert 400 == http.get("/access-request", query_string=query).status_code


def decide(app: PumbleApp, workspace_id: str, decision: str, **changed: str | None) -> str:
    form = {"workspaceId": workspace_id, "decision": decision}
    answer = app.http.post(app.url(**changed), data=form)
    assert 302 == answer.status_code
    return answer.headers["Location"]


def test_allowing_redirects_with_code_and_state(app: PumbleApp) -> None:
    address = decide(app, first_workspace(app), "allow")

    assert address.startswith(f"{REDIRECT_URL}?code=")
    assert "sealed-state~1" == query_of(address)["state"]


def test_the_chosen_workspace_counts_and_not_the_default_one(app: PumbleApp) -> None:
    address = decide(app, last_workspace(app), "allow", defaultWorkspaceId=first_workspace(app))

    tokens = app.exchange(query_of(address)["code"]).get_json()
    assert last_workspace(app) == tokens["workspaceId"]


def test_redirect_goes_to_the_path_that_was_asked_for(app: PumbleApp) -> None:
    address = decide(app, first_workspace(app), "allow", redirectUrl=f"{REDIRECT_URL}/sealed.1")

    assert address.startswith(f"{REDIRECT_URL}/sealed.1?code=")


def test_state_is_kept_back_where_pumble_does_not_echo_it(app: PumbleApp) -> None:
    app.pumble.echo_state = False

    assert ["code"] == list(query_of(decide(app, first_workspace(app), "allow")))


def test_no_state_is_made_up(app: PumbleApp) -> None:
    assert ["code"] == list(query_of(decide(app, first_workspace(app), "allow", state=None)))


@pytest.mark.parametrize(
    ("mode", "echo", "address"),
    [
        ("nothing", True, f"{REDIRECT_URL}?state=sealed-state~1"),
        ("nothing", False, REDIRECT_URL),
        ("error", True, f"{REDIRECT_URL}?error=access_denied&state=sealed-state~1"),
        ("error", False, f"{REDIRECT_URL}?error=access_denied"),
    ],
)
def test_declining_redirects_without_a_code(
    app: PumbleApp, mode: DeclineMode, echo: bool, address: str
) -> None:
    app.pumble.decline = mode
    app.pumble.echo_state = echo

    assert address == decide(app, first_workspace(app), "decline")


def test_unknown_decline_mode_is_refused(app: PumbleApp) -> None:
    pumble: Any = app.pumble
    with pytest.raises(ValueError, match="decline mode"):
        pumble.decline = "shrug"


@pytest.mark.parametrize(
    "changed",
    [
        {"decision": "maybe"},
        {"decision": None},
        {"workspaceId": None},
        {"workspaceId": "0" * 24},
        {"userId": "0" * 24},
    ],
)
def test_form_must_be_the_pages_own(app: PumbleApp, changed: dict[str, str | None]) -> None:
    usual: dict[str, str | None] = {"workspaceId": first_workspace(app), "decision": "allow"}
    form = {name: value for name, value in (usual | changed).items() if value is not None}

    answer = app.http.post(app.url(), data=form)

    assert (400, "text/html") == (answer.status_code, answer.mimetype)


def test_decision_about_a_bad_request_is_refused(app: PumbleApp) -> None:
    form = {"workspaceId": first_workspace(app), "decision": "allow"}

    assert 400 == app.http.post(app.url(scopes="messages:shout"), data=form).status_code


def test_authorizing_without_a_browser_redirects_alike(app: PumbleApp) -> None:
    allowed, declined = (
        app.pumble.authorize(app.url(), decision=decision) for decision in ("allow", "decline")
    )

    assert ({"code", "state"}, {"state"}) == (set(query_of(allowed)), set(query_of(declined)))


def test_authorizing_without_a_browser_takes_the_default_workspace(app: PumbleApp) -> None:
    tokens = app.tokens(defaultWorkspaceId=last_workspace(app))

    assert last_workspace(app) == tokens["workspaceId"]


def test_authorizing_as_a_chosen_user(app: PumbleApp) -> None:
    workspace = app.pumble.workspaces[last_workspace(app)]

    tokens = app.tokens(workspace.id, workspace.users[1].id)

    assert (workspace.id, workspace.users[1].id) == (tokens["workspaceId"], tokens["userId"])


def test_authorizing_at_a_bad_address_says_what_the_page_says(app: PumbleApp) -> None:
    with pytest.raises(ValueError, match="scopes is required"):
        app.pumble.authorize(app.url(scopes=None))


def test_authorizing_elsewhere_is_refused(app: PumbleApp) -> None:
    with pytest.raises(ValueError, match="not the consent page"):
        app.pumble.authorize(app.url().replace("127.0.0.1", "app.example"))


def test_only_owners_and_admins_may_reinstall(app: PumbleApp) -> None:
    workspace = app.pumble.workspaces[first_workspace(app)]

    with pytest.raises(ValueError, match="may reinstall"):
        app.code(workspace.id, workspace.users[1].id, isReinstall="true")
