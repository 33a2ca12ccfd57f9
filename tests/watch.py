"""A watch over a world: it writes down what leaves the app, and knows every secret by name."""

from __future__ import annotations

import base64
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from flask import request
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
        return {name: value for name, value in found.items() if len(value) >= _SHORTEST_SECRET}

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

    def page_tokens(self) -> set[str]:
        """Return the tokens of the vendor's pages, which only their user may learn."""
        records = [update["idVerification"] for _, update in self.world.sharetribe.updates]
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
    for upstream in (world.sharetribe.app, world.jumio.app):
        upstream.before_request(lambda: watched.upstream_urls.append(request.url))
    _record_tokens(watched, monkeypatch)
    for user in world.sharetribe.users.values():
        user.private_data["note"] = PRIVATE_NOTE
    yield watched
    own.removeHandler(caplog.handler)


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
