"""What may be kept of a document: type and country, and what the operator lists by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.vendors import display_text


@dataclass(frozen=True, slots=True)
class Names:
    """One document field under its name in each place where Jumio tells it."""

    callback: str
    retrieval: str
    kyx: str


DOCUMENT_FIELDS: dict[str, Names] = {
    "firstName": Names("idFirstName", "firstName", "firstName"),
    "lastName": Names("idLastName", "lastName", "lastName"),
    "dateOfBirth": Names("idDob", "dob", "dateOfBirth"),
    "documentNumber": Names("idNumber", "number", "documentNumber"),
    "expiryDate": Names("idExpiry", "expiry", "expiryDate"),
    "issuingDate": Names("issuingDate", "issuingDate", "issuingDate"),
    "personalNumber": Names("personalNumber", "personalNumber", "personalNumber"),
    "gender": Names("gender", "gender", "gender"),
    "nationality": Names("nationality", "nationality", "nationality"),
}
_TYPE = Names("idType", "type", "type")
_COUNTRY = Names("idCountry", "issuingCountry", "issuingCountry")
_MAX_CHARACTERS = 255


def read_document(
    told: Callable[[str], object], where: str, listed: tuple[str, ...]
) -> dict[str, str]:
    """Return type and country and the `listed` fields of a document, where they are known.

    `where` is the attribute of Names that says how `told` spells them. What is "N/A" or nothing to
    read counts as unknown.
    """
    wanted = {"type": _TYPE, "country": _COUNTRY, **{n: DOCUMENT_FIELDS[n] for n in listed}}
    found = {name: _known(told(getattr(names, where))) for name, names in wanted.items()}
    return {name: value for name, value in found.items() if value is not None}


def _known(value: object) -> str | None:
    if not isinstance(value, str) or value.strip() in ("", "N/A"):
        return None
    # Two halves of one character (as Java writes it) belong together; a lone surrogate cannot be
    # stored or checksummed.
    joined = value.encode("utf-16", errors="surrogatepass").decode("utf-16", errors="surrogatepass")
    return display_text(joined.encode("utf-8", errors="replace").decode(), _MAX_CHARACTERS)
