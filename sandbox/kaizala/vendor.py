"""The simulated Kaizala as tests and the demo page hold it."""

import secrets
import time
from collections.abc import Callable
from typing import Any, Literal

from flask import Flask, Response, g, jsonify, request

from sandbox.hops import HopLog
from sandbox.kaizala.people import (
    ACTION_PACKAGE,
    CONNECTOR_TOKEN_SECONDS,
    SERVICE_TOKEN_SECONDS,
    Issued,
    Person,
    first_people,
    make_token,
)
from sandbox.kit.traffic import keep_record
from sandbox.kit.vendor import SimulatedVendor

Refusal = Literal["401", "200", "308"]
RETRY_AFTER_SECONDS = 17


class Kaizala(SimulatedVendor):
    """Two people, their cards' tokens, and `GET /v1/users/me`.

    Serve `app`, put its address into `base_url`, call `close()` at the end. Public attributes may
    be changed at any time: `refusal` is how a bad token is told ("401" with an error body, "200"
    with one, as Kaizala's own client expects, or "308" for a user who has moved to another
    endpoint); `faults` makes the service misbehave; `answer` replaces the answer to every good
    token. `calls` holds each request.
    """

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start with fresh people and a fresh key; `clock` answers the time in Unix seconds."""
        super().__init__(clock, _rate_limited)
        self.people = first_people()
        self.refusal: Refusal = "401"
        self.answer: dict[str, Any] | None = None
        self._key = secrets.token_bytes(32)
        self._issued: dict[str, Issued] = {}
        self.app = self._make_app(hops)

    def service_token(self, person: Person, action_package_id: str = ACTION_PACKAGE) -> str:
        """Return what a card of an action package gets from `getIntegerationServiceToken`."""
        return self._issue(person, action_package_id, SERVICE_TOKEN_SECONDS)

    def connector_token(self, person: Person) -> str:
        """Return an access token of a connector, which the same endpoint takes."""
        return self._issue(person, None, CONNECTOR_TOKEN_SECONDS)

    def _issue(self, person: Person, action_package_id: str | None, seconds: float) -> str:
        now = self.clock()
        issued = Issued(person, action_package_id, now + seconds)
        token = make_token(self._key, issued, now)
        self._issued[token] = issued
        return token

    def expire(self, token: str) -> None:
        """Make a token worthless now."""
        del self._issued[token]

    def _make_app(self, hops: HopLog | None) -> Flask:
        app = Flask("sandbox.kaizala", static_folder=None)

        keep_record(app, self, "Kaizala", hops)
        app.add_url_rule("/v1/users/me", view_func=self._me)
        return app

    def _me(self) -> Response:
        """Answer who a token's user is; the token stands in the header `accessToken`."""
        issued = self._issued.get(request.headers.get("accessToken", ""))
        if issued is None or issued.ends_at <= self.clock():
            return self._refused()
        if self.answer is not None:
            return jsonify(self.answer)
        person = issued.person
        described = {
            "id": person.id,
            "name": person.name,
            "phoneNumber": person.phone_number,
            "pictureUrl": person.picture_url,
        }
        if issued.action_package_id is not None:
            described["actionPackageId"] = issued.action_package_id
        g.note = "a card's token" if issued.action_package_id else "a connector's token"
        return jsonify(described)

    def _refused(self) -> Response:
        g.note = "the token is refused"
        if self.refusal == "308":
            return Response(status=308, headers={"Location": "https://kms2.example/"})
        answer = jsonify(
            message="Invalid token. Failure reason:Token validation failed due to unknown reason!",
            errorCode="InvalidToken",
            errorCategoryKey="AuthException",
        )
        answer.status_code = int(self.refusal)
        return answer


def _rate_limited() -> Response:
    return Response(status=429, headers={"Retry-After": str(RETRY_AFTER_SECONDS)})
