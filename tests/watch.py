"""A watch over a world: it writes down what leaves the app, and knows every secret by name."""

from __future__ import annotations

import logging
import re
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
from proxy.serving.server import EXTENSION
from tests.kit.world import KitWorld

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PRIVATE_NOTE = "private-note-canary-7f3a"
# The first part of every access token of the simulated marketplace: the header of a JWT.
ACCESS_TOKEN_HEADER = "eyJhbGciOiJIUzI1NiJ9"
_SHORTEST_SECRET = 8
# A consent page's address, a link code, who holds a badge, and a key.
_FOR_THE_CALLER = ('{"authorizeUrl":', '{"code":', '{"desk":', '{"key":')
_SECRET = re.compile("SECRET|_KEY|TOKEN$|PASSWORD|_AUTH$")
_TOKEN = re.compile("^.*[?&][A-Za-z]*[tT]oken=|&.*$")
_WORD = re.compile(r" (?:subject|case)=([a-z2-7]{12})(?= )")
_CALLBACK = re.compile(r"/callbacks/[a-z0-9_-]+(?:/|%2F)([A-Za-z0-9_-]{20,})")


@dataclass(frozen=True, slots=True)
class SentAnswer:
    """What the app answered: status, headers and the whole body."""

    status: int
    headers: Headers
    body: bytes


@dataclass(slots=True)
class Watch:
    """What came out of the app while a world was watched."""

    world: KitWorld
    caplog: pytest.LogCaptureFixture
    output: StringIO = field(default_factory=StringIO)
    answers: list[SentAnswer] = field(default_factory=list)
    errors: list[BaseException] = field(default_factory=list)
    upstream_urls: list[str] = field(default_factory=list)
    issued: dict[str, str] = field(default_factory=dict)

    def secrets(self) -> dict[str, str]:
        """Return every secret that exists by now, under a name to show in its place."""
        world = self.world
        found = {
            "integration secret": world.sharetribe.integration_client_secret,
            "access token": ACCESS_TOKEN_HEADER,
            "private data": PRIVATE_NOTE,
            **self.issued,
            **world.vendor_secrets(),
        }
        for name, value in world.settings.items():
            if _SECRET.search(name):
                found[f"setting {name}"] = value.partition(":")[2] or value
        for user in world.sharetribe.users.values():
            found |= {f"email of {user.first_name}": user.email}
        for number, (_, update) in enumerate(world.sharetribe.updates):
            for record in update.values():
                if isinstance(record, dict) and "sealed" in record:
                    found[f"sealed record {number}"] = record["sealed"]
        return {name: value for name, value in found.items() if len(value) >= _SHORTEST_SECRET}

    def names(self) -> dict[str, str]:
        """Return what names users and their sessions: no secret, and in no log line of ours."""
        users = self.world.sharetribe.users.values()
        found = {f"user id of {user.first_name}": user.id for user in users}
        for number, (_, update) in enumerate(self.world.sharetribe.updates):
            for record in update.values():
                if isinstance(record, dict) and "transactionReference" in record:
                    found[f"transaction {number}"] = record["transactionReference"]
        return found

    def words(self) -> set[str]:
        """Return the words by which the log names users and sessions."""
        return set(_WORD.findall(self.output.getvalue()))

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
        return {_TOKEN.sub("", url) for url in urls}


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
    world: KitWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> Iterator[Watch]:
    """Watch a world that has not been used yet; generator of one Watch, for a fixture."""
    watched = Watch(world, caplog)
    caplog.set_level(logging.DEBUG)
    configure_logs(watched.output)
    own = logging.getLogger("echoseal")
    own.addHandler(caplog.handler)
    monkeypatch.setattr(world.app, "wsgi_app", _Recorder(world.app.wsgi_app, watched.answers))
    _record_errors(watched, monkeypatch)
    for upstream in (world.sharetribe, *world.vendors.values()):
        upstream.app.before_request(lambda: watched.upstream_urls.append(request.url))
    for vendor in world.vendors.values():
        vendor.app.before_request(lambda: _record_addresses(watched))
        vendor.app.after_request(lambda answer: _record_granted(watched, answer))
    _record_tokens(watched)
    for user in world.sharetribe.users.values():
        user.private_data["note"] = PRIVATE_NOTE
    yield watched
    own.removeHandler(caplog.handler)


def _record_addresses(watched: Watch) -> None:
    """Remember the references in the addresses at which vendors are to call."""
    for reference in _CALLBACK.findall(request.get_data(as_text=True)):
        watched.issued[f"callback reference {len(watched.issued)}"] = reference


def _record_granted(watched: Watch, answer: Response) -> Response:
    """Remember the tokens that an answer yields."""
    granted = answer.get_json() if answer.is_json else None
    for name, value in granted.items() if isinstance(granted, dict) else ():
        if name.lower().endswith("token") and isinstance(value, str):
            watched.issued[f"{name} {len(watched.issued)}"] = value
    return answer


def _record_errors(watched: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    handle = watched.world.app.handle_user_exception

    def recording(error: Exception) -> Any:
        watched.errors.append(error)
        return handle(error)

    monkeypatch.setattr(watched.world.app, "handle_user_exception", recording)


def _record_tokens(watched: Watch) -> None:
    sharetribe = watched.world.sharetribe
    make = sharetribe.refresh_token_maker

    def recording_make() -> str:
        token = make()
        watched.issued[f"refresh token {len(watched.issued)}"] = token
        return token

    sharetribe.refresh_token_maker = recording_make


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """Iterate over an exception and all that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def assert_nothing_leaked(watched: Watch, *by_right: str) -> None:
    """Raise AssertionError, naming them, for secrets that left the app where they do not belong.

    `by_right` are beginnings of further answers that hold what only their caller may learn.
    """
    leaks = watched.leaks_in("the log", watched.log)
    monitors = watched.world.app.extensions[EXTENSION].monitors
    leaks += watched.leaks_in("what has happened", str(monitors.history.told()))
    if monitors.metrics is not None:
        leaks += watched.leaks_in("the metrics", monitors.metrics.page().decode())
    for url in watched.upstream_urls:
        leaks += watched.leaks_in("an upstream's URL", url)
    for error in (link for first in watched.errors for link in chain(first)):
        leaks += watched.leaks_in(f"{type(error).__name__}", f"{error} {error!r}")
    for answer in watched.answers:
        leaks += watched.leaks_in(
            f"the body of a {answer.status}", _body_for_strangers(answer, by_right)
        )
        leaks += watched.leaks_in("a header", _headers_for_strangers(watched, answer))
    own = watched.output.getvalue()
    leaks += [f"{name} in the log" for name, value in watched.names().items() if value in own]
    everything = "\n".join(f"{one.headers}{one.body.decode()}" for one in watched.answers)
    leaks += ["a word of the log in an answer" for word in watched.words() if word in everything]
    problems = b"".join(answer.body for answer in watched.answers if answer.status >= 400)
    for token in watched.page_tokens():
        assert token not in watched.log + problems.decode()
    found = sorted(set(leaks))
    assert [] == found, found


def _body_for_strangers(answer: SentAnswer, by_right: tuple[str, ...]) -> str:
    """Return the body; some answers hold by right what only their caller may learn."""
    body = answer.body.decode()
    return (
        ""
        if answer.status in (200, 201) and body.startswith((*_FOR_THE_CALLER, *by_right))
        else body
    )


def _headers_for_strangers(watched: Watch, answer: SentAnswer) -> str:
    """Return the headers without the cookies in which sessions and nonces belong."""
    cookies = (f"st-{watched.world.sharetribe.client_id}-token=", "echoseal-")
    return "\n".join(
        f"{name}: {value}"
        for name, value in answer.headers
        if not (name == "Set-Cookie" and value.startswith(cookies))
    )
