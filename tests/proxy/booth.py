"""Booth, an example vendor whose consent page can also show the code, for a person to copy."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlsplit

from proxy.vendors import (
    AuthorizeRequest,
    Integration,
    OAuth2App,
    Part,
    SettingsReader,
    Upstreams,
    read_app,
)
from tests.kit.calendar.simulator import SimulatedCalendar
from tests.kit.calendar.vendor import CalendarCallbacks
from tests.kit.consent import CODE_SECONDS, Allowed
from tests.kit.guest import Guest
from tests.kit.plain_oauth import PlainOAuth, read_api

OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob"


class BoothConnection(PlainOAuth):
    """Booth as a vendor that users connect; `tag` tells its connections of one place apart."""

    name = "booth"

    def __init__(self, app: OAuth2App, upstreams: Upstreams) -> None:
        super().__init__(app, upstreams)
        self.out_of_band = OUT_OF_BAND

    def consent_parameters(self, request: AuthorizeRequest) -> dict[str, str]:
        """Return the tag."""
        return {"tag": request.user_tag}


class BoothCallbacks(CalendarCallbacks):
    """The hook that Booth keeps for each connection, signed as Calendar's."""

    name = "booth"


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Booth as the settings `BOOTH_…` describe it."""
    api, app = read_api(reader, upstreams, "booth"), read_app(reader, "booth")
    return BoothConnection(app, upstreams), BoothCallbacks(api, app.client_secret)


BOOTH = Integration("booth", build)


class SimulatedBooth(SimulatedCalendar):
    """Booth."""

    name = "booth"
    options = ("tag",)

    def show_code(self, page_url: str, place: str = "north") -> str:
        """Allow the access on the page that shows the code, and return the code.

        Raises ValueError where the page would show a problem.
        """
        asked = dict(parse_qsl(urlsplit(page_url).query))
        required = {"response_type", "client_id", "redirect_uri", "tag"}
        required |= {"code_challenge", "code_challenge_method"}
        if set(asked) != required or asked["client_id"] != self.client_id:
            raise ValueError("the page does not know who asks")
        if asked["redirect_uri"] != OUT_OF_BAND:
            raise ValueError("the page that shows a code sends nobody anywhere")
        code = secrets.token_hex(12)
        until = self.clock() + CODE_SECONDS
        self._codes[code] = Allowed(place, until, OUT_OF_BAND, asked["code_challenge"])
        return code


GUEST = Guest(
    BOOTH,
    lambda _, clock: SimulatedBooth(clock),
    lambda booth, world: {"BOOTH_BASE_URL": booth.base_url, **booth.settings(world)},
    SimulatedBooth.start_afresh,
)
