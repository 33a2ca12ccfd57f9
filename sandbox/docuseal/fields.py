"""What a submission may be asked with: the fields of DocuSeal's OpenAPI description, and its rules.

Source: docusealco/docuseal @a2d8b855 (3.1.7, 2026-08): docs/openapi.json ("Create a submission"),
lib/params/submission_create_validator.rb. DocuSeal drops what it does not know without a word, and
takes a time that it cannot read for none: here both are refused, since nobody would notice.
"""

import re
from datetime import UTC, datetime
from typing import Any

from sandbox.kit.shapes import (
    Check,
    Shape,
    any_object,
    flag,
    list_of,
    matching,
    one_of,
    text,
    whole_number,
)

_EMAIL = re.compile(r"[^\s@,;/<>]+@[^\s@,;/<>]+\.[^\s@,;/<>]+")
_PHONE = re.compile(r"\+\d+", re.ASCII)
_ADDRESS = re.compile(r"https?://[!-~]+")
LARGEST = 2**63 - 1


def as_time(given: str) -> datetime | None:
    """Return the time that a text in the documented form is, such as `2024-09-01 12:00:00 UTC`."""
    try:
        return datetime.strptime(given, "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=UTC)
    except ValueError:
        return None


def _as_a_whole(pattern: re.Pattern[str], wanted: str) -> Check:
    return matching(lambda given: pattern.fullmatch(given) is not None, wanted)


email = _as_a_whole(_EMAIL, "an e-mail address")
address = _as_a_whole(_ADDRESS, "an address")
time = matching(lambda given: as_time(given) is not None, "a time such as 2024-09-01 12:00:00 UTC")
number = whole_number(1, LARGEST)

MESSAGE = Shape(required={"body": text}, optional={"subject": text})
FIELD = Shape(
    required={"name": text},
    optional={
        "default_value": lambda _value, _path: iter(()),
        "readonly": flag,
        "required": flag,
        "title": text,
        "description": text,
        "validation": any_object(),
        "preferences": any_object(),
    },
)
SUBMITTER = Shape(
    optional={
        "name": text,
        "role": text,
        "email": email,
        "phone": _as_a_whole(_PHONE, "a phone number with its country code"),
        "values": any_object(),
        "external_id": text,
        "completed": flag,
        "metadata": any_object(),
        "send_email": flag,
        "send_sms": flag,
        "reply_to": email,
        "completed_redirect_url": address,
        "order": whole_number(0, LARGEST),
        "require_phone_2fa": flag,
        "require_email_2fa": flag,
        "message": MESSAGE,
        "fields": list_of(FIELD),
        "roles": list_of(text),
    },
)
SUBMISSION = Shape(
    required={"template_id": number, "submitters": list_of(SUBMITTER, least=1)},
    optional={
        "send_email": flag,
        "send_sms": flag,
        "order": one_of("preserved", "random"),
        "completed_redirect_url": address,
        "bcc_completed": email,
        "reply_to": email,
        "expire_at": time,
        "variables": any_object(),
        "message": MESSAGE,
    },
)


def refusal(asked: dict[str, Any], parties: int) -> str | None:
    """Return why a submission is refused, in DocuSeal's words where it has any; None if it is not.

    `parties` is how many parties sign the template.
    """
    if not asked.get("submitters"):
        return "submitters is required"
    for wrong in SUBMISSION(asked):
        return str(wrong)
    submitters = asked["submitters"]
    roles = [one["role"] for one in submitters if one.get("role")]
    if len(set(roles)) != len(roles):
        return "role must be unique in `submitters`."
    for position, one in enumerate(submitters):
        if not any(one.get(name) for name in ("email", "phone", "name")):
            return f"email or phone or name is required in `submitters[{position}]`."
    if len(submitters) > parties:
        return "Defined more signing parties than in template"
    return None
