"""What is kept of a document: one vocabulary, whatever a vendor writes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.settings_reader import SettingsReader
from proxy.vendors import as_country, as_document, read_result_fields
from proxy.vendors.document import PERSONAL_FIELDS


@pytest.mark.parametrize(
    ("told", "country"),
    [
        ("FI", "FIN"),
        ("gb", "GBR"),
        ("USA", "USA"),
        (" deu ", "DEU"),
        ("XK", "XKX"),
        ("GBD", "GBD"),
        ("ZZ", None),
        ("Finland", None),
        ("F1", None),
        ("\u017f\u017f", None),
        ("", None),
        (None, None),
        (["FI"], None),
    ],
)
def test_a_country_has_three_letters(told: object, country: str | None) -> None:
    assert country == as_country(told)


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ("PASSPORT", "PASSPORT"),
        ("passport", "PASSPORT"),
        ("driving_license", "DRIVING_LICENSE"),
        ("DRIVERS_LICENSE", "DRIVING_LICENSE"),
        ("driving_licence", "DRIVING_LICENSE"),
        ("national_identity_card", "ID_CARD"),
        ("Identity Card", "ID_CARD"),
        ("Residence Permit", "RESIDENCE_PERMIT"),
    ],
)
def test_a_type_is_one_word(told: str, word: str) -> None:
    assert {"type": word} == as_document({"type": told}, ())


def test_who_somebody_is_is_kept_where_it_is_listed() -> None:
    told = {"type": "ID_CARD", "country": "FI", "lastName": "Canary", "nationality": "SE"}
    assert {"type": "ID_CARD", "country": "FIN"} == as_document(told, ())
    kept = as_document(told, ("nationality", "gender"))
    assert {"type": "ID_CARD", "country": "FIN", "nationality": "SWE"} == kept


@given(
    st.dictionaries(
        st.sampled_from(("type", "country", *PERSONAL_FIELDS)),
        st.none() | st.integers() | st.text() | st.just("N/A") | st.just("\ud83d"),
    )
)
def test_whatever_is_told_what_is_kept_can_be_stored(told: dict[str, object]) -> None:
    for name, value in as_document(told, PERSONAL_FIELDS).items():
        assert value not in ("", "N/A"), name
        assert len(value.encode()) <= 4 * 255


def test_fields_are_listed_for_all_vendors_or_by_an_older_name() -> None:
    reader = SettingsReader(
        {"IDENTITY_RESULT_FIELDS": "lastName, gender", "OLD_FIELDS": "gender,firstName"}
    )
    assert ("lastName", "gender", "firstName") == read_result_fields(reader, "OLD_FIELDS")
    assert [] == reader.problems


def test_a_field_that_there_is_not_is_one_problem() -> None:
    reader = SettingsReader({"IDENTITY_RESULT_FIELDS": "lastName,surname"})
    assert ("lastName",) == read_result_fields(reader)
    assert 1 == len(reader.problems)
    assert "'surname' is not one of firstName, lastName" in reader.problems[0]
