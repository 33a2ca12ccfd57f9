"""Languages of a vendor's pages: which of those it knows comes nearest to what a page asks for.

A tag is read as browsers, libraries and operating systems write one (BCP 47, RFC 5646, and its
older spellings `en_US` and `de_DE.UTF-8`), and found by lookup (RFC 4647 3.4): from the narrow to
the wide, `sr-Latn-RS`, `sr-Latn`, `sr`. What a language was called before, and which script a
region of Chinese is written in, is from the Unicode CLDR (supplemental data, 46).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import takewhile

_TAG = re.compile(
    r"((?:[a-z]{2,3}|[ix](?=[-_]))(?:[-_][a-z0-9]{1,8})*)(?:[.@][a-z0-9._@=-]{1,40})?",
    re.IGNORECASE | re.ASCII,
)
_SCRIPT = re.compile(r"[a-z]{4}", re.ASCII)
_REGION = re.compile(r"[a-z]{2}|[0-9]{3}", re.ASCII)
# A tag that begins with a single letter names no language that others know.
_UNDETERMINED = "und"
_RENAMED = {
    "cmn": "zh",
    "in": "id",
    "iw": "he",
    "ji": "yi",
    "mo": "ro",
    "nb": "no",
    "nn": "no",
    "sh": "sr-Latn",
    "tl": "fil",
    "yue": "zh-Hant",
}
_TRADITIONAL = ("HK", "MO", "TW")
# fmt: off
_LATIN_AMERICA = {
    "419", "AR", "BO", "BR", "BZ", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "MX", "NI",
    "PA", "PE", "PR", "PY", "SV", "US", "UY", "VE",
}
# fmt: on


def read_locale(text: str) -> str | None:
    """Return a language tag as it is looked up: language, script and region; None if it is none.

    Variants, extensions and what an operating system adds are left out.
    """
    found = _TAG.fullmatch(text)
    if found is None:
        return None
    language, *rest = re.split("[-_]", found[1].lower())
    if len(language) == 1:
        return _UNDETERMINED
    # What follows a single letter is an extension's own.
    subtags = list(takewhile(lambda subtag: len(subtag) > 1, rest))
    language, _, script = _RENAMED.get(language, language).partition("-")
    script = next((one.title() for one in subtags if _SCRIPT.fullmatch(one)), script)
    region = next((one.upper() for one in subtags if _REGION.fullmatch(one)), "")
    if language == "zh" and not script:
        script = "Hant" if region in _TRADITIONAL else "Hans"
    return "-".join(part for part in (language, script, region) if part)


def nearest(locale: str | None, known: Sequence[str]) -> str | None:
    """Return what a vendor calls the language nearest to a locale that was read, None if none is.

    `known` are the vendor's own words, as it lists them. One with a region serves the language's
    others too, where nothing else does.
    """
    words = _words(tuple(known))
    return next((words[one] for one in _ranges(locale or "") if one in words), None)


@cache
def _words(known: tuple[str, ...]) -> dict[str, str]:
    """Return a vendor's words by the tags that they serve, each language's first one before all."""
    words: dict[str, str] = {}
    for word in known:
        tag = read_locale(word) or word
        # What a language is called now, before what it was called.
        if tag not in words or tag == word:
            words[tag] = word
    for tag, word in tuple(words.items()):
        for wider in _ranges(tag):
            words.setdefault(wider, word)
    return words


def _ranges(locale: str) -> Iterator[str]:
    """Iterate over the tags that a locale is looked up by, from the narrow to the wide."""
    language, _, _ = locale.partition("-")
    yield locale
    if language == "es" and locale.rpartition("-")[2] in _LATIN_AMERICA:
        yield "es-419"
    shortened = locale
    while "-" in shortened:
        shortened = shortened.rpartition("-")[0]
        yield shortened
