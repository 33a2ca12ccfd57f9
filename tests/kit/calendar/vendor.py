"""Calendar, an example of a plain connection: users connect one, and it says when that ends.

It does not exist. Its hooks are signed with the client's secret; the only news that means something
here is that the user has ended the connection over there.
"""

from __future__ import annotations

from proxy.vendors import (
    CallbackUnreadable,
    ConnectionCallbacks,
    ConnectionEnded,
    ConnectionEvent,
    Grant,
    Hmac,
    Integration,
    Part,
    RequestHeaders,
    SettingsReader,
    Upstreams,
    read_app,
    read_whole_object,
)
from tests.kit.plain_oauth import Api, PlainOAuth, read_api


class CalendarConnection(PlainOAuth):
    """Calendar as a vendor that users connect."""

    name = "calendar"


class CalendarCallbacks(ConnectionCallbacks):
    """The hook that Calendar keeps for each connection."""

    name = "calendar"
    place = "placeId"

    def __init__(self, api: Api, client_secret: str) -> None:
        self._api = api
        self.proof = Hmac(("Calendar-Signature",), (client_secret,))

    def register(self, grant: Grant, url: str | None) -> None:
        """Have news sent to `url`; without one none is sent, and none is kept."""
        if url is None:
            self._api.send("DELETE", "/hook", grant)
        else:
            self._api.send("PUT", "/hook", grant, {"url": url})

    def read_callback(self, headers: RequestHeaders, body: bytes) -> ConnectionEvent | None:  # noqa: ARG002 - all is in the body
        """Read news; see CalledBack.read_callback."""
        news = read_whole_object(body)
        kind, event_id, place = news.get("kind"), news.get("id"), news.get("place")
        if not isinstance(kind, str) or not isinstance(event_id, str):
            raise CallbackUnreadable("The body is not news of Calendar.")
        told = place if isinstance(place, str) else None
        if kind == "disconnected":
            return ConnectionEnded(event_id, told, "The user has disconnected at Calendar.")
        return ConnectionEvent(event_id, told) if kind == "changed" else None


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Calendar as the settings `CALENDAR_…` describe it."""
    api, app = read_api(reader, upstreams, "calendar"), read_app(reader, "calendar")
    return CalendarConnection(app, upstreams), CalendarCallbacks(api, app.client_secret)


CALENDAR = Integration("calendar", build)
