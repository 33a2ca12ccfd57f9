"""Read the body of the current request, and refuse what cannot be read."""

from flask import request

from sandbox.hubrise.refusals import RefusalError, bad_request
from sandbox.kit import bodies
from sandbox.kit.bodies import FORM, JSON


def json_object() -> dict[str, object]:
    """Return the JSON object in the body.

    Raises RefusalError: 415 for another Content-Type, 400 for what is no plain JSON object.
    """
    if request.mimetype != JSON:
        raise RefusalError(415, "unsupported_media_type")
    try:
        return bodies.json_object(request.get_data())
    except ValueError as problem:
        raise bad_request(str(problem)) from problem


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
