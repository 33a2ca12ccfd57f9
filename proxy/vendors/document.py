"""What may be kept of the document that a vendor of identity checks has seen, in one vocabulary.

Type and country always; what tells who somebody is only where the operator lists it, by these names
and for all vendors at once. Whoever tells nothing of a name leaves it out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from iso3166 import countries_by_alpha2

from proxy.display_text import display_text
from proxy.settings_reader import SettingsReader

PERSONAL_FIELDS = (
    "firstName",
    "lastName",
    "dateOfBirth",
    "documentNumber",
    "expiryDate",
    "issuingDate",
    "personalNumber",
    "gender",
    "nationality",
)
_ALWAYS = ("type", "country")
_COUNTRIES = ("country", "nationality")
# Vendors' other spellings of the same document.
_TYPES = {
    "DRIVERS_LICENSE": "DRIVING_LICENSE",
    "DRIVER_LICENSE": "DRIVING_LICENSE",
    "DRIVING_LICENCE": "DRIVING_LICENSE",
    "IDENTITY_CARD": "ID_CARD",
    "NATIONAL_IDENTITY_CARD": "ID_CARD",
}
_MAX_CHARACTERS = 255


def read_result_fields(reader: SettingsReader, *older: str) -> tuple[str, ...]:
    """Read which of PERSONAL_FIELDS to keep: IDENTITY_RESULT_FIELDS, and `older` names of it."""
    listed: dict[str, None] = {}
    for variable in ("IDENTITY_RESULT_FIELDS", *older):
        for name in reader.names(variable):
            if name in PERSONAL_FIELDS:
                listed[name] = None
            else:
                known = ", ".join(PERSONAL_FIELDS)
                reader.report(f"{variable}: {name!r} is not one of {known}")
    return tuple(listed)


def as_document(told: Mapping[str, object], listed: Sequence[str]) -> dict[str, str]:
    """Return what is kept of a document: type and country, and the `listed` of PERSONAL_FIELDS.

    `told` has what the vendor tells by those names. What is "N/A", empty or no text is unknown, and
    left out. A type is one word, such as PASSPORT; a country is ISO 3166-1 alpha-3.
    """
    found = {name: _known(name, told.get(name)) for name in (*_ALWAYS, *listed)}
    return {name: value for name, value in found.items() if value is not None}


def as_country(value: object) -> str | None:
    """Return a country's three letters (ISO 3166-1 alpha-3) for its two or three, else None.

    Three letters stay what they are: passports know some that the standard does not (ICAO 9303-3,
    5), such as XKX or GBD.
    """
    text = value.strip() if isinstance(value, str) else ""
    if not re.fullmatch("[A-Za-z]{2,3}", text, re.ASCII):
        return None
    letters = text.upper()
    if len(letters) == 3:
        return letters
    country = countries_by_alpha2.get(letters)
    return None if country is None else country.alpha3


def _known(name: str, value: object) -> str | None:
    if not isinstance(value, str) or value.strip() in ("", "N/A"):
        return None
    if name in _COUNTRIES:
        return as_country(value)
    # Two halves of one character (as Java writes it) belong together; a lone surrogate cannot be
    # stored or checksummed.
    joined = value.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="surrogatepass")
    text = display_text(joined.encode("utf-8", errors="replace").decode(), _MAX_CHARACTERS)
    if name != "type" or text is None:
        return text
    word = re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")
    return _TYPES.get(word, word) or None
