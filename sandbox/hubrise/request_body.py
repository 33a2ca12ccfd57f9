"""Read the body of the current request, and refuse what cannot be read."""

import json
from typing import NoReturn

from flask import request

from sandbox.hubrise.refusals import RefusalError, bad_request

JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


def json_object() -> dict[str, object]:
    """Return the JSON object in the body.

    Raises RefusalError: 415 for another Content-Type; 400 for what is not UTF-8 (lone surrogates
    are not), not JSON (NaN and Infinity are not), not an object, or an object that gives a member
    twice.
    """
    if request.mimetype != JSON:
        raise RefusalError(415, "unsupported_media_type")
    try:
        body = json.loads(
            request.get_data().decode("utf-8"),
            object_pairs_hook=_distinct_members,
            parse_constant=_no_constant,
        )
        json.dumps(body, ensure_ascii=False).encode("utf-8")  # fails for lone surrogates
    except (ValueError, RecursionError) as error:
        raise bad_request("The body is not valid JSON") from error
    if not isinstance(body, dict):
        raise bad_request("The body must be a JSON object")
    return body


def form_or_json() -> dict[str, str]:
    """Return the text parameters in a form or a JSON object.

    Raises RefusalError as `json_object` does, and 400 for a parameter that is repeated or no text.
    """
    if request.mimetype == FORM:
        pairs = list(request.form.items(multi=True))
        if len(dict(pairs)) != len(pairs):
            raise bad_request("A parameter is given more than once")
        return dict(pairs)
    parameters: dict[str, str] = {}
    for name, value in json_object().items():
        if not isinstance(value, str):
            raise bad_request(f"{name[:50]} must be a string")
        parameters[name] = value
    return parameters


def _distinct_members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member occurs twice")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
