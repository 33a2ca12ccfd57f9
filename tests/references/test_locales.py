"""Which of a vendor's languages comes nearest to what a page asks for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import integrations  # noqa: F401 - its vendors are found by what they are made from
from proxy.references.locales import nearest, read_locale
from proxy.vendors.reference import Reference


def vendors(kind: type[Reference] = Reference) -> Iterator[type[Reference]]:
    """Iterate over the vendors of ours that list languages, all of which the list imports."""
    for one in kind.__subclasses__():
        yield from vendors(one)
        if one.locales and one.__module__.startswith("integrations."):
            yield one


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("es-419", "es-419"),
        ("pt-br", "pt-BR"),
        ("en_US", "en-US"),
        ("de_DE.UTF-8", "de-DE"),
        ("ca_ES@valencia", "ca-ES"),
        ("FIL", "fil"),
        ("sr-Latn-RS", "sr-Latn-RS"),
        ("sl-rozaj-biske-1994", "sl"),
        ("en-u-ca-buddhist", "en"),
        ("en-x-US", "en"),
        ("iw-IL", "he-IL"),
        ("nb", "no"),
        ("tl-PH", "fil-PH"),
        ("zh", "zh-Hans"),
        ("zh-Hant", "zh-Hant"),
        ("zh-TW", "zh-Hant-TW"),
        ("zh-Hans-HK", "zh-Hans-HK"),
        ("zh-yue-HK", "zh-Hant-HK"),
        ("i-klingon", "und"),
        ("x-pirate", "und"),
    ],
)
def test_a_tag_is_read_however_it_is_written(text: str, locale: str) -> None:
    assert locale == read_locale(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "e",
        "english",
        "C",
        "en-",
        "-en",
        "en--GB",
        "en-GB;q=0.9",
        "en, fi",
        "en-GB\n",
        "ñe",
    ],
)
def test_what_is_no_tag_is_none(text: str) -> None:
    assert read_locale(text) is None


@pytest.mark.parametrize(
    ("asked", "known", "word"),
    [
        ("sr-Latn-RS", ("en", "sr"), "sr"),
        ("en-AU", ("en-GB", "en"), "en"),
        ("en-AU", ("de", "en_US"), "en_US"),
        ("pt-PT", ("pt-BR", "pt"), "pt"),
        ("es-AR", ("es", "es-419"), "es-419"),
        ("es-AR", ("es", "es-MX"), "es-MX"),
        ("es-ES", ("es-MX", "es"), "es"),
        ("zh-MO", ("zh-CN", "zh-HK"), "zh-HK"),
        ("zh-Hans-SG", ("zh-HK", "zh-CN"), "zh-CN"),
        ("nn-NO", ("nb",), "nb"),
        ("iw", ("he", "iw"), "he"),
        ("fil", ("en",), None),
        ("x-pirate", ("en",), None),
        ("en", (), None),
    ],
)
def test_the_nearest_language_is_told_in_the_vendors_own_word(
    asked: str, known: tuple[str, ...], word: str | None
) -> None:
    assert word == nearest(read_locale(asked), known)


def test_every_language_that_a_vendor_lists_can_be_asked_for() -> None:
    for vendor in vendors():
        asked = [read_locale(word) for word in vendor.locales]
        told = [nearest(one, vendor.locales) for one in asked]
        assert None not in asked, vendor
        assert asked == [read_locale(word or "") for word in told], vendor
