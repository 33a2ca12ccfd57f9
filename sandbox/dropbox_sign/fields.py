"""What Dropbox Sign's API takes: the fields of its requests, and their forms.

Source: hellosign-openapi @ad21451f, schemas SignatureRequestCreateEmbeddedWithTemplateRequest and
SignatureRequestUpdateRequest. That unknown fields and null are refused is not documented.
"""

import json
import re
from collections.abc import Iterator

from sandbox.kit.shapes import (
    FieldError,
    Shape,
    any_object,
    flag,
    list_of,
    matching,
    one_of,
    short_text,
    text,
)

MOST_METADATA, MOST_NESTED, LONGEST_KEY, LONGEST_VALUE = 10, 50, 40, 1000
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def metadata(value: object, path: str) -> Iterator[FieldError]:
    """Check metadata: 10 keys, or 50 nested ones, of 40 characters, each value of 1000 at most."""
    yield from any_object()(value, path)
    if isinstance(value, dict):
        found = list(_leaves(value))
        if len(value) > MOST_METADATA or len(found) > MOST_NESTED:
            yield FieldError(path, "has too many keys")
        for key, leaf in found:
            written = leaf if isinstance(leaf, str) else json.dumps(leaf)
            if len(key) > LONGEST_KEY or len(written) > LONGEST_VALUE:
                yield FieldError(f"{path}.{key[:50]}", "is too long")


def _leaves(value: dict[str, object]) -> Iterator[tuple[str, object]]:
    for key, inner in value.items():
        if isinstance(inner, dict):
            yield from _leaves(inner)
        else:
            yield key, inner


def _whole(value: object, path: str) -> Iterator[FieldError]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield FieldError(path, "is not an integer")


email = matching(lambda given: _EMAIL.fullmatch(given) is not None, "an e-mail address")

SIGNER = Shape(
    required={"role": short_text(255), "name": short_text(255), "email_address": email},
    optional={
        "pin": short_text(12, 4),
        "sms_phone_number": text,
        "sms_phone_number_type": one_of("authentication", "delivery"),
    },
    null_is_unset=False,
)
SIGNING_OPTIONS = Shape(
    required={"default_type": one_of("draw", "phone", "type", "upload")},
    optional=dict.fromkeys(("draw", "phone", "type", "upload"), flag),
    null_is_unset=False,
)
CUSTOM_FIELD = Shape(
    required={"name": short_text(255)},
    optional={"value": text, "editor": text, "required": flag},
    null_is_unset=False,
)
CREATED = Shape(
    required={
        "client_id": short_text(255),
        "template_ids": list_of(short_text(255), 1),
        "signers": list_of(SIGNER, 1),
    },
    optional={
        "allow_decline": flag,
        "ccs": list_of(Shape(required={"role": short_text(255), "email_address": email})),
        "custom_fields": list_of(CUSTOM_FIELD),
        "message": short_text(5000, 0),
        "metadata": metadata,
        "populate_auto_fill_fields": flag,
        "signer_experience": any_object(),
        "signing_options": SIGNING_OPTIONS,
        "subject": short_text(255, 0),
        "test_mode": flag,
        "title": short_text(255, 0),
    },
    null_is_unset=False,
)
UPDATED = Shape(
    required={"signature_id": short_text(255)},
    optional={"email_address": email, "name": short_text(255), "expires_at": _whole},
    null_is_unset=False,
)
