"""What kernel and integrations must agree on."""

from __future__ import annotations

import pytest

from proxy.operating.configuration import Configuration, read_configuration
from proxy.outgoing.upstream import Upstream
from proxy.settings_reader import ConfigurationError
from proxy.vendors.connection import Connection
from proxy.vendors.integration import Integration
from proxy.vendors.reference import Identity, Reference
from tests.example_environment import read_deployment
from tests.example_vendors import ALL, KNOWN, SETTINGS
from tests.kit.examples import CHECKS, CONNECTIONS
from tests.kit.inkwell.vendor import Inkwell

CALLBACKS = "/api/callbacks/passcheck"
LONGEST = "https://proxy.example/".ljust(255 - len(CALLBACKS), "p")
GOOD = {**read_deployment(), **SETTINGS, "INTEGRATIONS": "passcheck"}


def configuration(**variables: str) -> Configuration:
    return read_configuration({**GOOD, **variables}, KNOWN)


def problems(**variables: str) -> tuple[str, ...]:
    with pytest.raises(ConfigurationError) as caught:
        configuration(**variables)
    return caught.value.problems


def test_the_longest_public_url_leaves_room_for_the_callbacks() -> None:
    checked = configuration(PUBLIC_URL=LONGEST)
    assert f"{LONGEST}{CALLBACKS}" == checked.settings.callback_url("passcheck")


def test_a_public_url_that_is_too_long_for_the_vendor_is_a_problem() -> None:
    expected = "PUBLIC_URL is 3 characters too long for passcheck's callbacks"
    assert (expected,) == problems(PUBLIC_URL=f"{LONGEST}ppp")


def test_the_prefix_of_the_routes_counts_as_well() -> None:
    expected = "PUBLIC_URL is 4 characters too long for passcheck's callbacks"
    assert (expected,) == problems(PUBLIC_URL=LONGEST, API_PREFIX="/api/idv")


def test_several_integrations_may_be_of_one_trip() -> None:
    checked = configuration(INTEGRATIONS=",".join(CHECKS))
    assert list(CHECKS) == [part.name for part in checked.parts.of(Reference)]


def test_one_of_several_known_integrations_is_enough() -> None:
    assert ["passcheck"] == [part.name for part in configuration().parts]


@pytest.mark.parametrize("credentials", [True, False])
def test_everything_includes_the_integration_api_where_it_is_configured(
    *, credentials: bool
) -> None:
    given = "value" if credentials else ""
    checked = configuration(
        SHARETRIBE_INTEGRATION_CLIENT_ID=given,
        SHARETRIBE_INTEGRATION_CLIENT_SECRET=given and "another",
        SHARETRIBE_INTEGRATION_BASE_URL="https://integration.example",
    )
    hosts = [found.base_url for found in checked.everything if isinstance(found, Upstream)]
    assert credentials == ("https://integration.example" in hosts)


def test_integrations_of_different_trips_live_together() -> None:
    checked = configuration(INTEGRATIONS=ALL)
    assert list(CHECKS) == [part.name for part in checked.parts.of(Identity)]
    assert list(CONNECTIONS) == [part.name for part in checked.parts.of(Connection)]


# Link pages

PAGES = {
    "LINK_PAGES": "true",
    "MARKETPLACE_NAME": "Harbour Bikes",
    "MARKETPLACE_ORIGINS": "https://market.example,https://www.market.example",
    "SHARETRIBE_INTEGRATION_CLIENT_ID": "value",
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "another",
}


@pytest.mark.parametrize(
    ("lacking", "problem"),
    [
        ("MARKETPLACE_NAME", "LINK_PAGES needs MARKETPLACE_NAME"),
        ("MARKETPLACE_ORIGINS", "LINK_PAGES needs MARKETPLACE_ORIGINS"),
        ("SHARETRIBE_INTEGRATION_CLIENT_ID", "LINK_PAGES needs the Integration API"),
    ],
)
def test_link_pages_need_what_they_show_and_who_writes(lacking: str, problem: str) -> None:
    changed = {**PAGES, "RETURN_URL": "", lacking: ""}
    if "INTEGRATION" in lacking:
        changed["SHARETRIBE_INTEGRATION_CLIENT_SECRET"] = ""
    (told,) = problems(**changed)
    assert told.startswith(problem)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LINK_PAGES", "yes"),
        ("MARKETPLACE_LOGO_URL", "http://market.example/logo.png"),
        ("MARKETPLACE_LOGO_URL", "javascript:alert(1)"),
        ("MARKETPLACE_LOGO_URL", "data:image/png;base64,AAAA"),
        ("LINK_PAGES_LANGUAGE", "sv"),
        ("MARKETPLACE_NAME", "Caf\udce9"),
        ("LINK_PAGES_RETURN_URL", "market.example"),
    ],
)
def test_what_pages_would_show_wrongly_is_a_problem(variable: str, value: str) -> None:
    (told,) = problems(**{**PAGES, variable: value})
    assert told.startswith(variable)


def test_link_pages_lead_back_to_the_first_origin_or_where_the_operator_says() -> None:
    page = "https://market.example/p/verified?from=link"
    found = [
        configuration(**PAGES, RETURN_URL="", **own).link_pages
        for own in ({}, {"LINK_PAGES_RETURN_URL": page})
    ]
    assert ["https://market.example/", page] == [one and one.return_url for one in found]
    assert configuration(MARKETPLACE_NAME="Harbour Bikes").link_pages is None


def test_a_document_without_a_link_page_is_advice(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Inkwell, "opens_in_frame", True)
    warnings = configuration(**PAGES, INTEGRATIONS="inkwell,passcheck").warnings
    told = [warning for warning in warnings if "has no link page" in warning]
    assert ["signing/provider-agreement", "signing/house-rules"] == [one.split()[0] for one in told]


def test_problems_of_all_integrations_show_at_once() -> None:
    unset = {"PASSCHECK_API_KEY": "", "TILL_CLIENT_ID": "", "VAULT_TOKEN": " "}
    expected = {f"{name} is not set" for name in unset}
    assert expected == set(problems(INTEGRATIONS=ALL, **unset))


@pytest.mark.parametrize("listed", KNOWN, ids=lambda integration: integration.name)
def test_an_integration_that_is_not_listed_needs_nothing(listed: Integration) -> None:
    own = f"{listed.name.upper()}_"
    unset = {name: "" for name in SETTINGS if not name.startswith(own)}
    checked = configuration(**{**unset, "INTEGRATIONS": listed.name})
    assert (listed.name,) == checked.integrations


@pytest.mark.parametrize("name", ALL.split(","))
def test_everything_includes_the_hosts_of_the_parts(name: str) -> None:
    checked = configuration(INTEGRATIONS=name)
    hosts = [found.base_url for found in checked.everything if isinstance(found, Upstream)]
    assert f"https://{name}.example" in hosts


def test_users_come_back_below_the_public_url() -> None:
    checked = configuration(PUBLIC_URL="https://proxy.example/app", API_PREFIX="/services/v1")
    expected = "https://proxy.example/app/services/v1/connections/till/return"
    assert expected == checked.settings.return_url("till")


RETURN_PAGES = {
    "the front page of the first origin": (
        "",
        "https://a.example,https://b.example",
        "https://a.example/",
    ),
    "our own front page without origins": ("", "", "https://proxy.example/"),
    "a page with a query of its own": (
        "https://a.example/account?tab=2",
        "https://b.example",
        "https://a.example/account?tab=2",
    ),
}


@pytest.mark.parametrize(("page", "origins", "expected"), RETURN_PAGES.values(), ids=RETURN_PAGES)
def test_connections_end_on(page: str, origins: str, expected: str) -> None:
    checked = configuration(
        CONNECTIONS_RETURN_URL=page,
        RETURN_URL="",
        MARKETPLACE_ORIGINS=origins,
        PUBLIC_URL="https://proxy.example",
    )
    assert expected == checked.settings.connections_return_url


def test_every_trip_ends_on_the_page_that_is_set_or_on_its_own() -> None:
    page, own = "https://market.example/verification", "https://market.example/account"
    variables = ("CONNECTIONS_RETURN_URL", "LINK_PAGES_RETURN_URL")
    for found in (page, own):
        chosen = dict.fromkeys(variables, "" if found == page else own)
        checked = configuration(**PAGES, RETURN_URL=page, **chosen)
        assert checked.link_pages is not None
        ends = checked.settings.connections_return_url, checked.link_pages.return_url
        assert (found, found) == ends
        assert page == checked.settings.return_page


MARKET = {"MARKETPLACE_ORIGINS": "https://market.example", "PUBLIC_URL": "https://api.example"}
RETURN_ADVICE = {
    "none": ({}, "RETURN_URL is not set: who starts without successUrl may stay at the end of"),
    "elsewhere": ({"RETURN_URL": "https://other.example/"}, "RETURN_URL is at none of"),
    "with a query": (
        {"RETURN_URL": "https://market.example/?tab=1"},
        "RETURN_URL must have no query: the service takes none, for passcheck",
    ),
    "with a port": (
        {"RETURN_URL": "https://market.example:8443/", "MARKETPLACE_ORIGINS": ""},
        "RETURN_URL must be https, with a domain name and no port, for passcheck",
    ),
}


def advice(**variables: str) -> list[str]:
    return [one for one in configuration(**variables).warnings if one.startswith("RETURN_URL")]


@pytest.mark.parametrize(("variables", "words"), RETURN_ADVICE.values(), ids=RETURN_ADVICE)
def test_whoever_would_not_come_back_is_told_of(variables: dict[str, str], words: str) -> None:
    found = advice(**{**MARKET, "RETURN_URL": "", "INTEGRATIONS": "passcheck", **variables})
    assert any(one.startswith(words) for one in found)


@pytest.mark.parametrize(
    "variables",
    [
        {"RETURN_URL": "https://market.example/verification"},
        {"RETURN_URL": "https://api.example/verification", "MARKETPLACE_ORIGINS": ""},
        {"INTEGRATIONS": "tollgate", "RETURN_URL": ""},
        {"INTEGRATIONS": "till", "RETURN_URL": ""},
        {**PAGES, "RETURN_URL": ""},
    ],
)
def test_nothing_is_said_where_everybody_comes_back(variables: dict[str, str]) -> None:
    assert [] == advice(**{**MARKET, "INTEGRATIONS": "passcheck", **variables})


@pytest.mark.parametrize(
    "page", ["/account", "javascript:alert(1)", "https://a.example/#x", "https://u:p@a.example/"]
)
@pytest.mark.parametrize("name", ["CONNECTIONS_RETURN_URL", "RETURN_URL"])
def test_no_trip_ends_on_an_odd_page(name: str, page: str) -> None:
    (found,) = problems(**{name: page})
    assert found.startswith(f"{name}: ")
