"""What all of Stripe's API has: keys, one version, forms with brackets, idempotency, refusals.

Source: docs.stripe.com/api (authentication, versioning, metadata, expanding objects, idempotent
requests, errors; read 2026-11). The words of refusals are ours.
"""

import base64
import re
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import urlsplit

from flask import Response, abort, jsonify, make_response, request

from sandbox.kit.bodies import FORM, same

VERSION = "2026-10-28.endive"
KEY_SECONDS = 24 * 60 * 60
MAX_KEY_CHARACTERS = 255
MAX_METADATA = 50

# Names and texts of a form's fields, as they are written: `options[document][require_id_number]`.
Fields = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a form or a query: `name` is a pattern, `wanted` says what `judge` looks for."""

    name: str
    judge: Callable[[str], bool]
    wanted: str


def text(name: str, most: int) -> Field:
    """Return a field with a text of at most so many characters; an empty one is refused."""
    return Field(name, lambda value: 1 <= len(value) <= most, f"1 to {most} characters")


def one_of(name: str, *choices: str) -> Field:
    """Return a field with one of `choices`."""
    return Field(name, lambda value: value in choices, f"one of {', '.join(choices)}")


def boolean(name: str) -> Field:
    """Return a field that is true or false."""
    return one_of(name, "true", "false")


def number(name: str, least: int, most: int) -> Field:
    """Return a field with a whole number from `least` to `most`."""

    def judge(value: str) -> bool:
        return value.isascii() and value.isdigit() and least <= int(value) <= most

    return Field(name, judge, f"{least} to {most}")


def address(name: str) -> Field:
    """Return a field with an http(s) address of at most 5000 characters."""

    def judge(value: str) -> bool:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.netloc) and len(value) <= 5000

    return Field(name, judge, "a URL")


def metadata_at(place: str) -> Field:
    """Return the field of metadata at a place, such as `subscription_data[metadata]`."""
    return text(rf"{re.escape(place)}\[[^\[\]]{{1,40}}\]", 500)


METADATA = metadata_at("metadata")


def read(pairs: Iterable[tuple[str, str]], fields: Iterable[Field]) -> Fields:
    """Return the fields of a form or a query; ends the request with 400 for any other."""
    found: Fields = {}
    for name, value in pairs:
        known = next((one for one in fields if re.fullmatch(one.name, name)), None)
        if known is None:
            refuse(400, f"Received unknown parameter: {name[:80]}", "parameter_unknown", name)
        if name in found and not name.endswith("[]"):
            refuse(400, f"{name[:80]} stands twice", "parameter_invalid", name)
        if not known.judge(value):
            refuse(400, f"Invalid {name[:80]}: not {known.wanted}", "parameter_invalid", name)
        found[name] = value if name not in found else f"{found[name]},{value}"
    places = Counter(name.rpartition("[")[0] for name in found if "metadata" in name)
    for place, keys in places.items():
        if keys > MAX_METADATA:
            refuse(400, f"More than {MAX_METADATA} keys", "parameter_invalid", place)
    return found


def read_query(*fields: Field) -> Fields:
    """Return the fields of the request's query."""
    return read(request.args.items(multi=True), fields)


def read_form(*fields: Field) -> Fields:
    """Return the fields of the request's body, which has to be a form."""
    if request.get_data() and request.mimetype != FORM:
        refuse(400, f"Invalid request (check that your POST content type is {FORM})")
    if request.args:
        refuse(400, "A POST has no query", "parameter_unknown", next(iter(request.args)))
    return read(request.form.items(multi=True), fields)


def expanded(fields: Mapping[str, str]) -> set[str]:
    """Return what is to be expanded, of fields named `expand[]` or `expand[0]` and on."""
    return {
        one
        for name, value in fields.items()
        if name.startswith("expand[")
        for one in value.split(",")
    }


def metadata(fields: Mapping[str, str], place: str = "metadata") -> dict[str, str]:
    """Return the metadata among fields, at another `place` where that is told."""
    start = f"{place}["
    named = {name: value for name, value in fields.items() if name.startswith(start)}
    return {name[len(start) : -1]: value for name, value in named.items()}


@dataclass(frozen=True, slots=True)
class Key:
    """An API key: of which mode, and whether it is restricted (then it is told sensitive data).

    `lacks` are beginnings of the paths for which a restricted one has no permission.
    """

    secret: str
    is_live: bool = False
    is_restricted: bool = False
    lacks: tuple[str, ...] = ()


def new_key(
    *, is_live: bool = False, is_restricted: bool = False, lacks: tuple[str, ...] = ()
) -> Key:
    """Return a key that nobody has seen."""
    kind, mode = "rk" if is_restricted else "sk", "live" if is_live else "test"
    return Key(f"{kind}_{mode}_{secrets.token_hex(16)}", is_live, is_restricted, lacks)


def presented(keys: Iterable[Key]) -> Key:
    """Return the key of the request (bearer, or user name of basic authentication); or end it."""
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme == "Basic":
        try:
            sent = base64.b64decode(sent, validate=True).decode().removesuffix(":")
        except ValueError:
            sent = ""
    elif scheme != "Bearer":
        refuse(401, "You did not provide an API key.")
    for key in keys:
        if same(sent, key.secret):
            version = request.headers.get("Stripe-Version", VERSION)
            if version != VERSION:
                refuse(400, f"Invalid Stripe API version: {version[:40]}")
            if request.path.startswith(key.lacks):
                refuse(403, "The provided key does not have the required permissions.")
            return key
    return refuse(401, f"Invalid API Key provided: {sent[:8]}****")


def refuse(status: int, message: str, code: str = "", param: str = "") -> NoReturn:
    """End the request as Stripe does."""
    is_about_key = code.startswith("idempotency")
    told = {
        "type": "idempotency_error" if is_about_key else "invalid_request_error",
        "code": code if code != "idempotency_error" else "",
        "message": message,
        "param": param,
    }
    error = {name: value for name, value in told.items() if value}
    abort(make_response(jsonify(error=error), status))


def rate_limited() -> Response:
    """Return the documented answer to too many requests."""
    error = {"type": "invalid_request_error", "code": "rate_limit", "message": "Too many requests"}
    return make_response(jsonify(error=error), 429)


@dataclass(slots=True)
class _First:
    """The first request under a key, and its answer once there is one."""

    asked: tuple[str, Fields]
    until: float
    answer: bytes | None = None


class FirstAnswers:
    """What was answered under each idempotency key of an account; thread-safe.

    Kept for a day, and given again to the same request. What is refused for its fields is refused
    before, and leaves nothing.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without any; `clock` answers Unix seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._firsts: dict[str, _First] = {}

    def once(self, fields: Fields, make: Callable[[], Response]) -> Response:
        """Return what `make` answers, or what it answered to the first request with its key."""
        key = request.headers.get("Idempotency-Key")
        if key is None:
            return make()
        if not 1 <= len(key) <= MAX_KEY_CHARACTERS:
            refuse(400, "An idempotency key has 1 to 255 characters")
        asked = (request.path, fields)
        with self._lock:
            first = self._firsts.get(key)
            is_known = first is not None and self._clock() < first.until
            if first is None or not is_known:
                first = self._firsts[key] = _First(asked, self._clock() + KEY_SECONDS)
        if not is_known:
            answer = make()
            first.answer = answer.get_data()
            return answer
        if first.answer is None:
            refuse(409, "Another request with this key is under way", "idempotency_key_in_use")
        if first.asked != asked:
            refuse(400, "Keys can only be used with the same parameters", "idempotency_error")
        again = Response(first.answer, content_type="application/json")
        again.headers["Idempotent-Replayed"] = "true"
        return again

    def clear(self) -> None:
        """Forget them."""
        self._firsts.clear()
