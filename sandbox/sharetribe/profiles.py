"""Profile updates: what is allowed, and how extended data is merged."""

from collections.abc import Collection
from typing import Any

from sandbox.sharetribe.extended_data import merged
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.parameters import is_uuid
from sandbox.sharetribe.users import User

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


def update_profile(
    user: User,
    changes: dict[str, Any],
    data_fields: dict[str, str],
    images: Collection[str] = (),
) -> None:
    """Apply `changes` to a user, all or nothing; raises ApiError for what is not allowed.

    Extended data is merged as `merged` does it. `images` are the ids of the pictures that exist.
    """
    fields = {name: _checked(name, value, data_fields) for name, value in changes.items()}
    new_values: dict[str, Any] = {}
    for name, value in fields.items():
        if name in data_fields:
            old = getattr(user, data_fields[name])
            new_values[data_fields[name]] = merged(name, old, value)
        elif name in TEXT_FIELDS:
            new_values[TEXT_FIELDS[name]] = value
        else:
            if value is not None and value not in images:
                raise ApiError(409, "image-invalid")
            new_values["image_id"] = value
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
