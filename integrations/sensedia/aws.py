"""AWS through boto3: clients that send every request once, and their errors in our terms.

boto3 is an optional extra, imported when the first client is made. botocore sends a request again
after a timeout, up to three times, which would create as many keys: CreateApiKey has no client
token. So it sends once here, and whoever calls knows what may have happened.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from proxy.deadline import DeadlineExceeded, remaining
from proxy.outgoing import UpstreamRefused, UpstreamUnavailable

NAME = "aws"
_CONNECT_SECONDS = 2
_READ_SECONDS = 5
_POOL_SIZE = 50
_FRESH_SECONDS = 10.0
_BUSY = frozenset(
    {
        "TooManyRequestsException",
        "LimitExceededException",
        "ThrottlingException",
        "Throttling",
        "RequestLimitExceeded",
        "ServiceUnavailableException",
        "InternalErrorException",
    }
)


class NotFound(Exception):
    """AWS has no such thing."""


class Conflict(Exception):
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
        probe: tuple[str, dict[str, Any]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`probe` is the operation, with its arguments, that shows whether the service works."""
        self._service = service
        self._access = access
        self._probe = probe
        self._clock = clock
        self._lock = threading.Lock()
        self._client: Any = None
        self._checked_at: float | None = None
        self._is_up = False

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation (in boto3's spelling) once and return its answer.

        Raises NotFound, Conflict, UpstreamUnavailable (down, slow, throttling: it may have been
        done all the same), UpstreamRefused.
        """
        exceptions = import_module("botocore.exceptions")
        try:
            remaining(_CONNECT_SECONDS)
            answer: dict[str, Any] = getattr(self._made(), operation)(**arguments)
        except DeadlineExceeded as error:
            raise UpstreamUnavailable(NAME, "no time is left") from error
        except exceptions.ClientError as error:
            raise _translated(error.response) from None
        except exceptions.BotoCoreError as error:
            raise UpstreamUnavailable(NAME, type(error).__name__) from None
        return answer

    def _made(self) -> Any:
        """Return the client; making it costs a tenth of a second, so it is made once."""
        with self._lock:
            if self._client is None:
                self._client = _make_client(self._service, self._access)
            return self._client

    def is_reachable(self) -> bool:
        """Tell whether AWS answers the probe; asked at most every few seconds."""
        with self._lock:
            checked_at, is_up = self._checked_at, self._is_up
        if checked_at is not None and self._clock() - checked_at < _FRESH_SECONDS:
            return is_up
        operation, arguments = self._probe
        try:
            self.call(operation, **arguments)
        except (NotFound, Conflict, UpstreamUnavailable, UpstreamRefused):
            is_up = False
        else:
            is_up = True
        with self._lock:
            self._checked_at, self._is_up = self._clock(), is_up
        return is_up


def _make_client(service: str, access: Access) -> Any:
    session = import_module("boto3.session").Session(
        aws_access_key_id=access.access_key_id,
        aws_secret_access_key=access.secret_access_key,
        aws_session_token=access.session_token,
        region_name=access.region,
    )
    config = import_module("botocore.config").Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": 1, "mode": "standard"},
        max_pool_connections=_POOL_SIZE,
        proxies={},
    )
    return session.client(service, endpoint_url=access.base_url, config=config)


def _translated(response: dict[str, Any]) -> Exception:
    code = str(response.get("Error", {}).get("Code", ""))[:60]
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500))
    if status >= 500 or status == 429 or code in _BUSY:
        return UpstreamUnavailable(NAME, f"answered {status} {code}".rstrip())
    if code in ("NotFoundException", "ResourceNotFoundException"):
        return NotFound(code)
    if code == "ConflictException":
        return Conflict(code)
    return UpstreamRefused(NAME, status, code)
