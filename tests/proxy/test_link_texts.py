"""The texts of link pages: complete in every language, with what English names and nothing else."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from proxy.languages import LANGUAGES, chosen
from proxy.links.accounts import masked
from proxy.links.languages import texts
from proxy.vendors.matters import BILLING, IDENTITY, SIGNING, Matter, Status

OTHERS = LANGUAGES[1:]
MATTERS = (IDENTITY, SIGNING, BILLING)


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
        return
    members = value.items() if isinstance(value, Mapping) else enumerate(value)
    for name, inner in members:
        yield from leaves(inner, f"{path}/{name}")


def names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def told(language: str) -> dict[str, str]:
    return dict(leaves(texts(language)))


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [("", "fi"), ("xx,pt-BR;q=0.5", "pt"), ("de;q=x,,", "fi"), ("xx," * 4_000 + "de", "fi")],
)
def test_what_a_browser_likes_is_read_as_far_as_browsers_send_it(
    accepted: str, expected: str
) -> None:
    assert expected == chosen(accepted, "fi")


@pytest.mark.parametrize("language", OTHERS)
def test_every_language_has_the_texts_of_english(language: str) -> None:
    assert told("en").keys() == told(language).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_names_what_the_english_one_names(language: str) -> None:
    english = {path: names_in(text) for path, text in told("en").items()}
    assert english == {path: names_in(text) for path, text in told(language).items()}


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_left_in_english(language: str) -> None:
    english, other = told("en"), told(language)
    alike = {path for path, text in other.items() if english[path] == text}
    placeholders = {path for path, text in english.items() if not text.strip(" {}subject")}
    assert placeholders | {"/direction"} == alike


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("matter", MATTERS, ids=lambda matter: matter.name)
def test_every_status_of_a_matter_has_its_text(language: str, matter: Matter) -> None:
    said = texts(language)[matter.name].keys()
    statuses = {str(status) for status in matter.statuses}
    assert statuses | {"ask", "waiting", "title", "start"} == said
    assert Status.PENDING in statuses


@pytest.mark.parametrize(
    ("email", "shown"),
    [
        ("robin@example.com", "r***n@example.com"),
        ("abc@example.com", "a***c@example.com"),
        ("ab@example.com", "a***@example.com"),
        ("a@example.com", "***@example.com"),
        ("\u202eabc\u2066d@example.com", "?***d@example.com"),
        ("", "***@"),
    ],
)
def test_an_address_is_known_by_its_owner_alone(email: str, shown: str) -> None:
    assert shown == masked(email)
