"""What Onfido's API takes: the fields of an applicant and of a workflow run, and their forms."""

import re
from datetime import datetime
from uuid import UUID

from sandbox.kit.shapes import (
    Check,
    Shape,
    any_object,
    list_of,
    matching,
    one_of,
    short_text,
    text,
)

LANGUAGES = ("en_US", "de_DE", "es_ES", "fr_FR", "it_IT", "pt_PT", "nl_NL")
MOST_TAGS = 30
_NAME = re.compile(r'[^!#$%*=<>;{}"]*')
_ADDRESS = re.compile(r"https?://[!-~]+")


def _is_uuid(given: str) -> bool:
    try:
        return str(UUID(given)) == given.lower()
    except ValueError:
        return False


def as_time(given: str) -> datetime | None:
    """Return a time with its zone (RFC 3339), None for anything else."""
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None and "T" in given else None


def _name() -> Check:
    """Return a check for a name; that an empty one is refused is not documented."""
    return matching(lambda given: bool(given.strip() and _NAME.fullmatch(given)), "a name")


uuid = matching(_is_uuid, "a UUID")
# How long an address may be is not documented.
address = matching(lambda given: _ADDRESS.fullmatch(given) is not None, "an address")
time = matching(lambda given: as_time(given) is not None, "a date-time")

APPLICANT = Shape(
    required={"first_name": _name(), "last_name": _name()},
    optional={
        "email": text,
        "dob": text,
        "id_numbers": list_of(any_object()),
        "phone_number": text,
        "consents": list_of(any_object()),
        "address": any_object(),
        "location": any_object(),
    },
)
LINK = Shape(
    optional={
        "completed_redirect_url": address,
        "expired_redirect_url": address,
        "expires_at": time,
        "language": one_of(*LANGUAGES),
    }
)
WORKFLOW_RUN = Shape(
    required={"applicant_id": uuid, "workflow_id": uuid},
    optional={
        "customer_user_id": short_text(256, 0),
        "tags": list_of(short_text(128)),
        "custom_data": any_object(),
        "link": LINK,
    },
)
