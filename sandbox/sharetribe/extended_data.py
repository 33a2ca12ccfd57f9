"""Extended data: the JSON objects in which a marketplace keeps what Sharetribe has no field for.

The rules are those of sharetribe.com/docs, "Extended data", read 2026-11-20.
"""

import json
from typing import Any

from sandbox.sharetribe.messages import ApiError

LARGEST_EXTENDED_DATA_BYTES = 50 * 1024


def merged(name: str, old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return `old` with `changes` merged on the top level.

    A null removes its key, and a nested value replaces the old one whole. Raises ApiError, which
    names the field `name`, when the result is larger than 50 KB of JSON.
    """
    data = {key: value for key, value in {**old, **changes}.items() if value is not None}
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    if len(text.encode("utf-8", "surrogatepass")) > LARGEST_EXTENDED_DATA_BYTES:
        raise ApiError(400, "validation-invalid-value", name)
    return data
