"""Dropbox Sign as its settings describe it, and what is wrong with them."""

from __future__ import annotations

import pytest

from tests.integrations.dropbox_sign.fakes import (
    KEY,
    SETTINGS,
    TEMPLATE,
    TEST_MODE,
    configured,
    signing,
)


def test_documents_are_those_of_all_vendors_or_its_own() -> None:
    shared = {"SIGNING_DOCUMENTS": f"house-rules:{'8d' * 20}"}
    none_of_its_own = {**shared, "DROPBOX_SIGN_DOCUMENTS": ""}
    assert {"house-rules": "8d" * 20} == signing(settings=none_of_its_own).subjects
    assert {"provider-agreement": TEMPLATE} == signing(settings=shared).subjects


def test_what_is_signed_in_test_mode_is_another_version() -> None:
    (version,) = signing(settings=TEST_MODE).subjects.values()
    assert f"test:{TEMPLATE}" == version


def test_test_mode_is_mentioned() -> None:
    _, reader = configured(TEST_MODE)
    (advice,) = reader.advice
    assert "DROPBOX_SIGN_TEST_MODE" in advice
    assert [] == configured()[1].advice


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - {"INTEGRATIONS", "DROPBOX_SIGN_DOCUMENTS"}))
def test_what_is_required_and_missing_is_named(name: str) -> None:
    _, reader = configured({name: ""})
    assert [f"{name} is not set"] == reader.problems


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"DROPBOX_SIGN_API_KEY": "a key:with a password"}, "DROPBOX_SIGN_API_KEY"),
        ({"DROPBOX_SIGN_CLIENT_ID": "My app"}, "DROPBOX_SIGN_CLIENT_ID"),
        ({"DROPBOX_SIGN_ROLE": "r" * 256}, "DROPBOX_SIGN_ROLE"),
        ({"DROPBOX_SIGN_TEST_MODE": "yes"}, "DROPBOX_SIGN_TEST_MODE"),
        ({"DROPBOX_SIGN_EXPIRY_DAYS": "61"}, "DROPBOX_SIGN_EXPIRY_DAYS"),
        ({"DROPBOX_SIGN_EXPIRY_DAYS": "1"}, "DROPBOX_SIGN_EXPIRY_DAYS"),
        ({"DROPBOX_SIGN_CALLBACK_KEYS": " , "}, "DROPBOX_SIGN_CALLBACK_KEYS"),
        ({"DROPBOX_SIGN_DOCUMENTS": "provider-agreement:1001"}, "DROPBOX_SIGN_DOCUMENTS"),
        ({"DROPBOX_SIGN_BASE_URL": "http://api.example"}, "DROPBOX_SIGN_BASE_URL"),
    ],
)
def test_an_unusable_value_is_named(variables: dict[str, str], named: str) -> None:
    _, reader = configured(variables)
    (problem,) = reader.problems
    assert named in problem
    assert KEY not in problem
