"""What may be kept of a document: type and country, and what the operator lists by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from proxy.vendors import as_document


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


def read_document(
    told: Callable[[str], object], where: str, listed: tuple[str, ...]
) -> dict[str, str]:
    """Return what is kept of a document (`as_document`), the `listed` fields among it.

    `where` is the attribute of Names that says how `told` spells them.
    """
    names = {"type": _TYPE, "country": _COUNTRY, **{n: DOCUMENT_FIELDS[n] for n in listed}}
    found = {name: told(getattr(theirs, where)) for name, theirs in names.items()}
    return as_document(found, listed)
