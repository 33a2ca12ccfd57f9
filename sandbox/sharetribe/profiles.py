"""Profile updates: what is allowed, and how extended data is merged."""

import json
from typing import Any
from uuid import UUID

from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.users import User

LARGEST_EXTENDED_DATA_BYTES = 50 * 1024

TEXT_FIELDS = {
    "firstName": "first_name",
    "lastName": "last_name",
    "displayName": "display_name",
    "bio": "bio",
}
OWN_DATA_FIELDS = {
    "publicData": "public_data",
    "protectedData": "protected_data",
    "privateData": "private_data",
}
OPERATOR_DATA_FIELDS = {**OWN_DATA_FIELDS, "metadata": "metadata"}


def update_profile(user: User, changes: dict[str, Any], data_fields: dict[str, str]) -> None:
    """Apply `changes` to a user, all or nothing; raises ApiError for what is not allowed.

    Extended data is merged on the top level: a null removes a key, a nested value replaces the old
    one whole. `profileImageId` is accepted and has no effect, since the sandbox has no images.
    """
    fields = {name: _checked(name, value, data_fields) for name, value in changes.items()}
    new_values: dict[str, Any] = {}
    for name, value in fields.items():
        if name in data_fields:
            merged = _merge(getattr(user, data_fields[name]), value)
            _refuse_oversize(name, merged)
            new_values[data_fields[name]] = merged
        elif name in TEXT_FIELDS:
            new_values[TEXT_FIELDS[name]] = value
    for attribute, value in new_values.items():
        setattr(user, attribute, value)


def _checked(name: str, value: Any, data_fields: dict[str, str]) -> Any:
    if name in data_fields:
        is_valid = isinstance(value, dict)
    elif name in TEXT_FIELDS:
        is_valid = isinstance(value, str) or (name == "bio" and value is None)
    elif name == "profileImageId":
        is_valid = value is None or is_uuid(value)
    else:
        raise ApiError(400, "validation-disallowed-key", name)
    if not is_valid:
        raise ApiError(400, "validation-invalid-value", name)
    return value


def _merge(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in {**old, **changes}.items() if value is not None}


def _refuse_oversize(name: str, data: dict[str, Any]) -> None:
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_EXTENDED_DATA_BYTES:
        raise ApiError(400, "validation-invalid-value", name)


def is_uuid(value: object) -> bool:
    """Tell whether a value is a uuid in its canonical text form."""
    try:
        return isinstance(value, str) and str(UUID(value)) == value.lower()
    except ValueError:
        return False
