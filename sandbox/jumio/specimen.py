"""The person on every simulated identity document: invented, and easy to find in any log."""

from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True)
class Person:
    """What a document check extracts about its holder; dates are ISO 8601 calendar dates."""

    first_name: str
    last_name: str
    birth_date: str
    document_number: str
    expiry_date: str
    street: str
    city: str
    postal_code: str
    ip_address: str

    def values(self) -> tuple[str, ...]:
        """Return every personal value, so that a test can prove that none of them was kept."""
        return tuple(str(value) for value in astuple(self))


SPECIMEN = Person(
    first_name="SPECIMENIA",
    last_name="SANDBOXOVA",
    birth_date="1901-02-03",
    document_number="SPECIMEN00471",
    expiry_date="2099-11-12",
    street="1 INVENTED ALLEY",
    city="NOWHERETON",
    postal_code="SPECIMEN-1",
    ip_address="192.0.2.77",  # RFC 5737: an address for documentation, nobody's
)
