"""AWS through boto3: every request sent once, over our own connections, and errors in our terms.

boto3 is an optional extra, imported when the first client is made. It writes, signs and reads; what
it would send goes through the kernel's door for outgoing HTTP instead, so that deadlines, limits
and logs hold here as everywhere. botocore by itself sends a request up to three times when no
answer comes, which makes as many keys: CreateApiKey has no client token. So it sends once here, and
whoever calls is told that something may have been done.

AWS changes keys and clients one at a time in an account and region, and refuses a change that meets
another one (github.com/hashicorp/terraform-provider-aws, issues 776 and 19794; serverless/
serverless, issue 12065; read 2026-11). That refusal says that nothing was done, so such a change is
sent again after a moment; the changes of one process take turns, so that they do not meet.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from integrations.sensedia.retries import Retries
from proxy.vendors import (
    DeadlineExceeded,
    KeyedLocks,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    deadline,
    remaining,
    silence_details,
)

NAME = "aws"
UNKNOWN_TIME = datetime.max.replace(tzinfo=UTC)
_READ_SECONDS = 5.0
_PROBE_SECONDS = 3.0
_FRESH_SECONDS = 10.0
_TURN_SECONDS = 5.0
_MAX_PAGES = 200
# Cognito answers these with 400; API Gateway has a status for them.
_THROTTLING = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
_DOWN = frozenset({"InternalErrorException", "ServiceUnavailableException"})
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedException"})
_NOT_FOUND = frozenset({"NotFoundException", "ResourceNotFoundException"})
# The code of a conflict that passes is that of one that stays, only the text tells them apart:
# "Unable to complete operation due to concurrent modification. Please try again later." API Gateway
# has sent it as a BadRequestException too (github.com/carlnordenfelt/
# aws-api-gateway-for-cloudformation, issue 27).
_CONCURRENT = re.compile("concurren", re.IGNORECASE)
# What other conflicts are about: another try would meet them again. All else is taken to pass, as
# AWS words it in many ways; what does not pass is 503 in the end.
_LASTING = re.compile(r"\bstages?\b|already|exist|\bin use\b", re.IGNORECASE)
# What botocore's parsers raise for JSON that is not of AWS's shapes.
_MISREAD = (AttributeError, KeyError, RecursionError, TypeError, ValueError)


class Throttled(UpstreamUnavailable):
    """AWS has had too many requests: nothing was done."""


class Concurrent(UpstreamUnavailable):
    """The change met another one, which passes: nothing was done."""


class _Explained(UpstreamRefused):
    """A refusal whose text, AWS's own, tells what it is about; it is not for logs or answers."""

    def __init__(self, status: int, code: str, text: str = "") -> None:
        super().__init__(NAME, status, code)
        self.text = text

    def names(self, *words: str) -> bool:
        """Tell whether AWS's text has any of these words, or parts of words, in small letters."""
        return any(word in self.text.lower() for word in words)


class Denied(UpstreamRefused):
    """Our permissions do not reach so far; by AWS's tags, for what it has just made, not yet."""


class NotFound(_Explained):
    """AWS has no such thing."""


class Conflict(_Explained):
    """AWS has such a thing already, or it does not go with another."""


@dataclass(frozen=True, slots=True)
class Access:
    """Where AWS is and who we are there; None leaves it to boto3's usual places."""

    region: str
    access_key_id: str | None
    secret_access_key: str | None = field(repr=False)
    session_token: str | None = field(repr=False)
    base_url: str | None


def is_installed() -> bool:
    """Tell whether the optional extra is there."""
    return find_spec("boto3") is not None


class Aws:
    """One AWS service; `service` is boto3's name of it, such as `apigateway`."""

    name = NAME

    def __init__(
        self,
        service: str,
        access: Access,
        upstreams: Upstreams,
        probe: tuple[str, dict[str, Any]],
        clock: Callable[[], float] = time.monotonic,
        retries: Retries | None = None,
    ) -> None:
        """`probe` is the operation, with its arguments, that shows whether the service works."""
        self.retries = retries or Retries()
        self._turns = KeyedLocks()
        self._service = service
        self._access = access
        self._upstreams = upstreams
        self._probe = probe
        self._clock = clock
        self._lock = threading.Lock()
        self._client: Any = None
        self._upstream: Upstream  # made along with the client
        self._checked_at: float | None = None
        self._cause: str | None = None

    @contextmanager
    def place(self) -> Iterator[None]:
        """Hold one of the places that AWS has among the threads, for all that is done inside.

        So whoever waits for a turn or a pause counts too, and a way back that has to be gone never
        lacks a place. Raises UpstreamUnavailable when there is none.
        """
        errors = import_module("botocore.exceptions")
        try:
            self._made()
        except errors.BotoCoreError as error:
            raise UpstreamUnavailable(NAME, type(error).__name__) from None
        with self._upstream.alone(threading.Lock()):
            yield

    def change(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation that changes something, and return its answer.

        The changes of this process take turns, and one that meets a change from elsewhere is tried
        again for a while. Raises what `call` raises; Concurrent means that it met others until the
        end, and that nothing was done.
        """
        return self.retries.until_done(partial(self._in_turn, operation, arguments), Concurrent)

    def _in_turn(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        try:
            seconds = remaining(_TURN_SECONDS)
        except DeadlineExceeded as error:
            raise UpstreamUnavailable(NAME, "the deadline has passed") from error
        with self._turns.hold(self._service, seconds) as is_held:
            if not is_held:
                raise Concurrent(NAME, "other changes are not done yet")
            return self.call(operation, **arguments)

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation (in boto3's spelling) once and return its answer.

        Raises UpstreamUnavailable (down, slow: it may have been done all the same), and of these
        Throttled and Concurrent (it was not done); UpstreamRefused, and of these NotFound, Denied
        and Conflict.
        """
        errors = import_module("botocore.exceptions")
        parsers = import_module("botocore.parsers")
        try:
            answer: dict[str, Any] = getattr(self._made(), operation)(**arguments)
        except errors.ClientError as error:
            raise _translated(error.response) from None
        except (errors.BotoCoreError, parsers.ResponseParserError, *_MISREAD) as error:
            raise UpstreamUnavailable(NAME, type(error).__name__) from None
        self._check_shape(operation, answer)
        return answer

    def _check_shape(self, operation: str, answer: dict[str, Any]) -> None:
        """Raise UpstreamUnavailable for an answer that is not of the documented types.

        botocore checks what is sent, and takes whatever comes.
        """
        meta = self._made().meta
        model = meta.service_model.operation_model(meta.method_to_api_mapping[operation])
        if model.output_shape is None:
            return
        told = {name: value for name, value in answer.items() if name != "ResponseMetadata"}
        validator = import_module("botocore.validate").ParamValidator()
        if validator.validate(told, model.output_shape).has_errors():
            raise UpstreamUnavailable(NAME, f"{operation} answered another shape")

    def list_all(
        self, operation: str, items: str, cursor: str, **arguments: Any
    ) -> list[dict[str, Any]]:
        """Return the entries of all pages of an operation.

        `items` is the field that holds a page's entries, `cursor` the one that leads to the next
        page, in answer and request. Raises what `call` raises.
        """
        found: list[dict[str, Any]] = []
        for _ in range(_MAX_PAGES):
            page = self.call(operation, **arguments)
            found += page.get(items, [])
            if not page.get(cursor):
                return found
            arguments[cursor] = page[cursor]
        raise UpstreamUnavailable(NAME, f"{operation} does not end")

    def parameters(self, operation: str) -> frozenset[str]:
        """Return the names that an operation (in AWS's spelling) takes."""
        model = self._made().meta.service_model.operation_model(operation)
        return frozenset(model.input_shape.members)

    def why_unreachable(self) -> str | None:
        """Return why AWS refuses or fails the probe with our credentials; asked now and then."""
        with self._lock:
            checked_at, cause = self._checked_at, self._cause
        if checked_at is not None and self._clock() - checked_at < _FRESH_SECONDS:
            return cause
        try:
            with deadline(_PROBE_SECONDS):
                self.ask_probe()
        except UpstreamUnavailable as error:
            cause = error.cause
        except UpstreamRefused as error:
            cause = f"answered {error.status} {error.code}".rstrip()
        else:
            cause = None
        with self._lock:
            self._checked_at, self._cause = self._clock(), cause
        return cause

    def ask_probe(self) -> None:
        """Send the probe; raises what `call` raises."""
        operation, arguments = self._probe
        self.call(operation, **arguments)

    def _made(self) -> Any:
        """Return the client; making it costs a tenth of a second, so it is made once."""
        with self._lock:
            if self._client is None:
                client = _make_client(self._service, self._access)
                self._upstream = self._upstreams.at(NAME, _origin(client.meta.endpoint_url))
                client.meta.events.register("before-send", _Door(self._upstream).send)
                self._client = client
            return self._client


class _Door:
    """Sends what botocore has signed; a botocore handler of `before-send` may answer itself."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def send(self, request: Any, **_: Any) -> Any:
        headers = {
            name: value if isinstance(value, str) else value.decode("latin-1")
            for name, value in request.headers.items()
            if name.lower() != "user-agent"
        }
        try:
            answer = self._upstream.request(
                request.method,
                request.url.removeprefix(_origin(request.url)),
                headers=headers,
                body=request.body or None,
                read_seconds=_READ_SECONDS,
            )
        except UpstreamUnavailable as error:
            if error.cause == "answered 429":
                raise Throttled(NAME, error.cause, error.retry_after) from error
            raise
        if answer.status < 300 and answer.body:
            answer.json_object()  # botocore takes anything else for an empty answer
        make_response = import_module("botocore.awsrequest").AWSResponse
        return make_response(request.url, answer.status, answer.headers, _Body(answer.body))


class _Body:
    """A body that has been read, as botocore reads it."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _make_client(service: str, access: Access) -> Any:
    silence_details("botocore")
    session = import_module("boto3.session").Session(
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        aws_session_token=access.session_token,
        region_name=access.region,
    )
    config = import_module("botocore.config").Config(
        retries={"total_max_attempts": 1, "mode": "standard"},
        ignore_configured_endpoint_urls=True,
    )
    return session.client(service, endpoint_url=access.base_url, config=config)


def _translated(response: dict[str, Any]) -> Exception:
    error = response.get("Error", {})
    code, text = str(error.get("Code", ""))[:60], str(error.get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if _is_passing(status, code, text):
        return Concurrent(NAME, f"answered {status} {code} about another change")
    if code in _THROTTLING:
        return Throttled(NAME, f"answered {status} {code}")
    if code in _DOWN:
        return UpstreamUnavailable(NAME, f"answered {status} {code}")
    if code in _NOT_FOUND:
        return NotFound(status, code, text)
    if code == "ConflictException":
        return Conflict(status, code, text)
    if code in _DENIED:
        return Denied(NAME, status, code)
    return UpstreamRefused(NAME, status, code)


def _is_passing(status: int, code: str, text: str) -> bool:
    """Tell whether a refusal is about another change, and not about what was asked for."""
    if status == 409 or code == "ConflictException":
        return _LASTING.search(text) is None
    return _CONCURRENT.search(code if code != "BadRequestException" else text) is not None
