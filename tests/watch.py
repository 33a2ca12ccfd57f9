"""A watch over a world: it writes down what leaves the app, and knows every secret by name."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from flask import Response, request
from werkzeug.datastructures import Headers
from werkzeug.test import run_wsgi_app

from proxy.logs import configure_logs
from sandbox.jumio.specimen import SPECIMEN
from tests.world import World

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PRIVATE_NOTE = "private-note-canary-7f3a"
# The first part of every access token of the simulated marketplace: the header of a JWT.
ACCESS_TOKEN_HEADER = "eyJhbGciOiJIUzI1NiJ9"
_SHORTEST_SECRET = 8
# A consent page's address, who holds a card, a link code, and the credentials of an app.
_FOR_THE_CALLER = ('{"authorizeUrl":', '{"actionPackageId":', '{"code":', '{"apiKey":')


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What the app answered: status, headers and the whole body."""

    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Watch:
    """What came out of the app while a world was watched."""

    world: World
    caplog: pytest.LogCaptureFixture
    output: StringIO = field(default_factory=StringIO)
    answers: list[SentAnswer] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    upstream_urls: list[str] = field(default_factory=list)
    issued: dict[str, str] = field(default_factory=dict)

    def secrets(self) -> dict[str, str]:
        """Return every secret that exists by now, under a name to show in its place."""
        world = self.world
        credentials = f"{world.jumio.api_token}:{world.jumio.api_secret}".encode()
        found = {
            "vendor's API secret": world.jumio.api_secret,
            "vendor's API token": world.jumio.api_token,
            "vendor's basic credentials": base64.b64encode(credentials).decode(),
            "seal key": world.settings["SEAL_KEYS"].partition(":")[2],
            "checksum key": world.settings["CHECKSUM_KEYS"].partition(":")[2],
            "integration secret": world.sharetribe.integration_client_secret,
            "access token": ACCESS_TOKEN_HEADER,
            "private data": PRIVATE_NOTE,
            **self.issued,
        }
        for user in world.sharetribe.users.values():
            found |= {f"email of {user.first_name}": user.email}
        for number, transaction in enumerate(world.jumio.transactions.values()):
            callback_url = transaction.callback_url or ""
            segment = urlsplit(callback_url).path.rpartition("/callbacks/jumio/")[2]
            found[f"reference {number}"] = transaction.user_reference or ""
            if segment != urlsplit(callback_url).path:
                found[f"overflow {number}"] = segment
        for number, value in enumerate(SPECIMEN.values()):
            found[f"personal value {number}"] = value
        found |= self._connection_secrets()
        return {name: value for name, value in found.items() if len(value) >= _SHORTEST_SECRET}

    def _connection_secrets(self) -> dict[str, str]:
        """Return what belongs to connected vendors, states and nonces under way included."""
        found: dict[str, str] = {}
        if self.world.has("hubrise"):
            hubrise = self.world.hubrise
            credentials = f"{hubrise.client_id}:{hubrise.client_secret}".encode()
            found["till's client secret"] = hubrise.client_secret
            found["till's basic credentials"] = base64.b64encode(credentials).decode()
            for number, connection in enumerate(hubrise.connections.values()):
                address = urlsplit(connection.callback_url or "").path
                found[f"callback reference {number}"] = address.rpartition("/")[2]
        if self.world.has("pumble"):
            pumble = self.world.pumble
            found["chat's app key"] = pumble.app_key
            found["chat's client secret"] = pumble.client_secret
            found["chat's signing secret"] = pumble.signing_secret
        for number, (_, update) in enumerate(self.world.sharetribe.updates):
            for record in update.values():
                if isinstance(record, dict) and "sealed" in record:
                    found[f"sealed record {number}"] = record["sealed"]
        return found

    @property
    def log(self) -> str:
        """Everything that was logged: the app's own lines, and what libraries say at DEBUG."""
        return self.output.getvalue() + self.caplog.text

    def leaks_in(self, place: str, text: str) -> list[str]:
        """Return `place` with the name of each secret that occurs in `text`, in any spelling."""
        return [
            f"{name} in {place}"
            for name, value in self.secrets().items()
            if value in text or quote(value, safe="") in text
        ]

    def add_begun(self, authorize_url: str, nonce: str) -> None:
        """Remember what a begun connection trip has handed out, as secrets from now on."""
        number = len(self.issued)
        self.issued[f"state {number}"] = parse_qs(urlsplit(authorize_url).query)["state"][0]
        self.issued[f"nonce {number}"] = nonce

    def add_code(self, code: str) -> None:
        """Remember an authorization code."""
        self.issued[f"code {len(self.issued)}"] = code

    def page_tokens(self) -> set[str]:
        """Return the tokens of the vendor's pages, which only their user may learn."""
        written = [update for _, update in self.world.sharetribe.updates]
        records = [update["idVerification"] for update in written if "idVerification" in update]
        urls = [record["redirectUrl"] for record in records if "redirectUrl" in record]
        return {url.rpartition("authorizationToken=")[2].partition("&")[0] for url in urls}


class _Recorder:
    """WSGI middleware that writes down whole answers, as they leave."""

    def __init__(self, app: WSGIApplication, answers: list[SentAnswer]) -> None:
        self._app = app
        self._answers = answers

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        chunks, status, headers = run_wsgi_app(self._app, environ, buffered=True)
        body = b"".join(chunks)
        self._answers.append(SentAnswer(int(status.split()[0]), headers, body))
        start(status, headers.to_wsgi_list())
        return [body]


def watch(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Watch]:
    """Watch a world that has not been used yet; generator of one Watch, for a fixture."""
    watched = Watch(world, caplog)
    caplog.set_level(logging.DEBUG)
    configure_logs(watched.output)
    own = logging.getLogger("echoseal")
    own.addHandler(caplog.handler)
    monkeypatch.setattr(world.app, "wsgi_app", _Recorder(world.app.wsgi_app, watched.answers))
    _record_errors(watched, monkeypatch)
    for upstream in (world.sharetribe, *world.vendors):
        upstream.app.before_request(lambda: watched.upstream_urls.append(request.url))
    for vendor in world.vendors:
        vendor.app.after_request(lambda answer: _record_granted(watched, answer))
    _record_tokens(watched, monkeypatch)
    for user in world.sharetribe.users.values():
        user.private_data["note"] = PRIVATE_NOTE
    yield watched
    own.removeHandler(caplog.handler)


def _record_granted(watched: Watch, answer: Response) -> Response:
    """Remember the tokens that an exchange yields."""
    granted = answer.get_json() if answer.is_json else None
    for name in ("access_token", "accessToken", "botToken"):
        if isinstance(granted, dict) and isinstance(granted.get(name), str):
            watched.issued[f"{name} {len(watched.issued)}"] = granted[name]
    return answer


def _record_errors(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = watched.world.app.handle_user_exception

    def recording(error: Exception) -> Any:
        watched.errors.append(error)
        return handle(error)

    monkeypatch.setattr(watched.world.app, "handle_user_exception", recording)


def _record_tokens(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    jumio, sharetribe = watched.world.jumio, watched.world.sharetribe
    issue, make = jumio.issue_access_token, sharetribe.refresh_token_maker

    def recording_issue() -> str:
        token = issue()
        watched.issued[f"vendor's bearer token {len(watched.issued)}"] = token
        return token

    def recording_make() -> str:
        token = make()
        watched.issued[f"refresh token {len(watched.issued)}"] = token
        return token

    monkeypatch.setattr(jumio, "issue_access_token", recording_issue)
    sharetribe.refresh_token_maker = recording_make


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Iterate over an exception and all that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def assert_nothing_leaked(watched: Watch) -> None:
    """Raise AssertionError, naming them, for secrets that left the app where they do not belong."""
    leaks = watched.leaks_in("the log", watched.log)
    for url in watched.upstream_urls:
        leaks += watched.leaks_in("an upstream's URL", url)
    for error in (link for first in watched.errors for link in chain(first)):
        leaks += watched.leaks_in(f"{type(error).__name__}", f"{error} {error!r}")
    for answer in watched.answers:
        leaks += watched.leaks_in(f"the body of a {answer.status}", _body_for_strangers(answer))
        leaks += watched.leaks_in("a header", _headers_for_strangers(watched, answer))
    problems = b"".join(answer.body for answer in watched.answers if answer.status >= 400)
    for token in watched.page_tokens():
        assert token not in watched.log + problems.decode()
    found = sorted(set(leaks))
    assert [] == found, found


def _body_for_strangers(answer: SentAnswer) -> str:
    """Return the body; some answers hold by right what only their caller may learn."""
    body = answer.body.decode()
    return "" if answer.status in (200, 201) and body.startswith(_FOR_THE_CALLER) else body


def _headers_for_strangers(watched: Watch, answer: SentAnswer) -> str:
    """Return the headers without the cookies in which sessions and nonces belong."""
    cookies = (f"st-{watched.world.sharetribe.client_id}-token=", "echoseal-")
    return "\n".join(
        f"{name}: {value}"
        for name, value in answer.headers
        if not (name == "Set-Cookie" and value.startswith(cookies))
    )
