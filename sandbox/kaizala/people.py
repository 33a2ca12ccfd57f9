"""Who uses the simulated Kaizala, and the tokens that are issued to them."""

import secrets
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sandbox.kit.tokens import signed_token

ACTION_PACKAGE = "com.example.market.stall"
OTHER_ACTION_PACKAGE = "com.example.elsewhere.survey"
SERVICE_TOKEN_SECONDS = 30 * 60
CONNECTOR_TOKEN_SECONDS = 24 * 60 * 60


@dataclass(frozen=True, slots=True)
class Person:
    """A Kaizala user; the name is self-chosen."""

    name: str
    phone_number: str
    picture_url: str = ""
    id: str = field(default_factory=lambda: str(uuid4()))


@dataclass(frozen=True, slots=True)
class Issued:
    """A token's owner, its action package (None for a connector's), and its end (unix seconds)."""

    person: Person
    action_package_id: str | None
    ends_at: float


def first_people() -> list[Person]:
    """Make the two people that every simulated Kaizala starts with."""
    return [
        Person("Tara", "+15555550142", "https://pictures.example/tara.png"),
        Person("Imran", "+15555550177"),
    ]


def make_token(signing_key: bytes, issued: Issued, now: float) -> str:
    """Return a JWT with HS256, as Kaizala's access tokens are; only Kaizala has the key."""
    claims: dict[str, Any] = {
        "uid": f"MobileAppsService:{issued.person.id}@1",
        "ver": "2",
        "nbf": int(now),
        "iat": int(now),
        "exp": int(issued.ends_at),
        "iss": "urn:microsoft:windows-azure:zumo",
        "aud": "urn:microsoft:windows-azure:zumo",
        "jti": secrets.token_hex(8),
    }
    return signed_token(claims, signing_key)
