"""The portal's orders: the documented bodies, the inferred ones, and any other JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.sensedia.contract import (
    App,
    check_type,
    read_changed_app,
    read_ended_app,
    read_new_app,
)
from proxy.vendors.doors import PortalRefused

# docs.sensedia.com, developer portal guide, webhook, and the head of its contract file, 2026-11.
NEW = {
    "appName": "Parcel tracker",
    "appSlug": "7c1e09d4ab52",
    "developer": "dev@parcels.example",
    "apis": [
        {"id": "q1w2e3r4t5", "usagePlans": [{"id": "abc123"}, {"id": "def456"}]},
        {"id": "z9y8x7w6v5", "usagePlans": [{"id": "def456"}]},
    ],
}
READERS = (read_new_app, read_changed_app, read_ended_app)
Reader = Callable[[dict[str, Any]], App]
each_reader = pytest.mark.parametrize("read", READERS)
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
FIELDS = st.sampled_from(
    [
        *NEW,
        "apiKeyId",
        "apiKey",
        "clientId",
        "clientSecret",
        "credentialType",
        "customCredentials",
        "usagePlans",
        "id",
    ]
)
NEAR_JSON = st.recursive(
    ANY_JSON | st.sampled_from(["", "abc123", "..", "a/b", "API_KEY", "\0", "é", "x" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FIELDS, inner, max_size=8),
    max_leaves=20,
)


def without(*names: str, **fields: object) -> dict[str, Any]:
    """Return a create body without some fields, and with others."""
    return {name: value for name, value in NEW.items() if name not in names} | fields


def test_a_create_body_gives_name_developer_slug_and_the_union_of_plans() -> None:
    expected = App(
        slug="7c1e09d4ab52",
        has_slug=True,
        name="Parcel tracker",
        developer="dev@parcels.example",
        has_apis=True,
        api_ids=("q1w2e3r4t5", "z9y8x7w6v5"),
        plan_ids=("abc123", "def456"),
    )
    assert expected == read_new_app(NEW)


@pytest.mark.parametrize("empty", [{}, {"appSlug": None}, {"appSlug": ""}])
def test_without_a_slug_it_is_derived_from_developer_and_name(empty: dict[str, Any]) -> None:
    app = read_new_app(without("appSlug", **empty))
    assert not app.has_slug
    assert app == read_changed_app(without("appSlug"))


@pytest.mark.parametrize(
    "other",
    [
        {"appName": "Parcel trackers"},
        {"appName": "Parcel tracker "},
        {"appName": "parcel tracker"},
        {"developer": "dev2@parcels.example"},
        {"developer": "Dev@parcels.example"},
        {"developer": " dev@parcels.example"},
        {"developer": "dev@parcels.examplé"},
        {"developer": "dev@parcels.example\u0301"},
    ],
)
def test_what_the_portal_holds_apart_has_another_derived_slug(other: dict[str, Any]) -> None:
    derived = read_new_app(without("appSlug")).slug
    assert derived != read_new_app(without("appSlug", **other)).slug


def test_no_slug_of_the_portals_is_one_that_is_derived_or_was() -> None:
    derived = read_new_app(without("appSlug"))
    assert re.fullmatch(r"derived\.[0-9a-f]{40}", derived.slug)
    with pytest.raises(PortalRefused, match="appSlug"):
        read_new_app({**NEW, "appSlug": derived.slug})
    assert re.fullmatch("[0-9a-f]{16}", derived.former_slug)
    sent = read_new_app({**NEW, "appSlug": derived.former_slug})
    assert (f"portal.{derived.former_slug}", derived.former_slug) == sent.slugs


@pytest.mark.parametrize("slug", ["7c1e09d4ab52", "0" * 15, "0" * 17, "A" * 16, "x" * 64])
def test_any_other_slug_of_the_portals_is_kept(slug: str) -> None:
    assert (slug,) == read_new_app({**NEW, "appSlug": slug}).slugs


def test_without_slug_and_developer_an_app_cannot_be_told_from_anothers() -> None:
    with pytest.raises(PortalRefused, match="developer"):
        read_new_app(without("appSlug", "developer"))


@pytest.mark.parametrize("custom", [None, {}, [], "text", 7, [{"a": [1]}], {"deep": {"er": None}}])
@each_reader
def test_custom_credentials_of_any_shape_are_ignored(read: Reader, custom: object) -> None:
    assert read(NEW) == read({**NEW, "customCredentials": custom, "unknown": [custom]})


@pytest.mark.parametrize("field", ["apiKeyId", "clientId", "appSlug"])
@pytest.mark.parametrize("read", [read_changed_app, read_ended_app])
def test_any_one_identifier_is_enough_for_an_app_that_is_known(read: Reader, field: str) -> None:
    app = read({field: "k3y1d00001"})
    assert "k3y1d00001" in (app.api_key_id, app.client_id, app.slug)
    assert not app.has_apis


@pytest.mark.parametrize("read", [read_changed_app, read_ended_app])
@pytest.mark.parametrize("document", [{}, {"appName": "x"}, {"developer": "x"}, {"clientId": ""}])
def test_an_app_without_any_identifier_is_refused(read: Reader, document: dict[str, Any]) -> None:
    with pytest.raises(PortalRefused, match="needed"):
        read(document)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("appSlug", "with space"),
        ("appSlug", "a" * 65),
        ("appSlug", ["x"]),
        ("appSlug", "sl/ug"),
        ("appName", 7),
        ("appName", "x" * 257),
        ("appName", "two\nlines"),
        ("developer", {}),
        ("apiKeyId", ".."),
        ("apiKeyId", "../usageplans"),
        ("apiKeyId", 12),
        ("clientId", "a" * 129),
        ("clientId", "é"),
    ],
)
@each_reader
def test_a_malformed_field_is_refused_and_named(read: Reader, field: str, value: object) -> None:
    with pytest.raises(PortalRefused, match=field) as refusal:
        read({**NEW, field: value})
    assert "body-invalid" == refusal.value.code


@pytest.mark.parametrize(
    "apis",
    [
        "x",
        {},
        7,
        [7],
        [None],
        [{}],
        [{"id": ""}],
        [{"id": "a", "usagePlans": "x"}],
        [{"id": "a", "usagePlans": ["x"]}],
        [{"id": "a", "usagePlans": [{"id": 7}]}],
        [{"id": "a"}] * 101,
    ],
)
def test_malformed_apis_are_refused_but_do_not_stop_a_revoke(apis: object) -> None:
    for read in (read_new_app, read_changed_app):
        with pytest.raises(PortalRefused, match=r"apis|usagePlans|id"):
            read(without(apis=apis))
    assert "7c1e09d4ab52" == read_ended_app(without(apis=apis)).slug


@pytest.mark.parametrize("given_type", [None, "", "API_KEY"])
def test_an_order_about_the_issued_type_passes(given_type: object) -> None:
    check_type({"credentialType": given_type, "apiKeyId": "abc", "clientId": ""}, "API_KEY")


@pytest.mark.parametrize(
    "document",
    [
        {"credentialType": "CLIENT_CREDENTIALS"},
        {"credentialType": "PASSWORD"},
        {"credentialType": ["API_KEY"]},
        {"credentialType": {}},
        {"clientId": "abc"},
    ],
)
def test_an_order_about_another_type_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(PortalRefused, match="issued here"):
        check_type(document, "API_KEY")


def outcome(order: Callable[..., Any], *arguments: object) -> Any:
    """Return what an order is read as, or its refusal."""
    try:
        return order(*arguments)
    except PortalRefused as refusal:
        return refusal


@given(document=st.dictionaries(FIELDS, NEAR_JSON))
def test_any_json_is_an_app_or_refused_by_name(document: dict[str, Any]) -> None:
    for read in READERS:
        app = outcome(read, document)
        if isinstance(app, PortalRefused):
            assert ("body-invalid", ".") == (app.code, app.detail[-1])
            continue
        ids = [app.slug, *app.api_ids, *app.plan_ids, app.api_key_id or "", app.client_id or ""]
        assert all("/" not in one and ".." != one and one.isascii() for one in ids)
        assert len(app.plan_ids) == len(set(app.plan_ids))
        assert app.slugs or app.api_key_id or app.client_id
        assert app.name.isprintable()


@given(document=st.dictionaries(FIELDS, NEAR_JSON))
def test_any_json_is_of_the_issued_type_or_refused(document: dict[str, Any]) -> None:
    refusal = outcome(check_type, document, "API_KEY")
    assert refusal is None or "body-invalid" == refusal.code
