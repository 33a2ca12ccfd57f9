"""Booth, an example vendor whose consent page can also show the code, for a person to copy."""

from __future__ import annotations

import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit

from proxy.vendors import AuthorizeRequest, Integration, Part, SettingsReader, Upstreams
from tests.kit.calendar.simulator import SimulatedCalendar
from tests.kit.calendar.vendor import CalendarCallbacks
from tests.kit.consent import CODE_SECONDS
from tests.kit.guest import Guest
from tests.kit.plain_oauth import PlainOAuth, read_api, read_client


class BoothConnection(PlainOAuth):
    """Booth as a vendor that users connect; `tag` tells its connections of one place apart."""

    name = "booth"

    def authorize_url(self, request: AuthorizeRequest) -> str:
        """Return the consent page's address."""
        return f"{super().authorize_url(request)}&tag={request.user_tag}"

    def out_of_band_url(self, user_tag: str) -> str | None:
        """Return the address of the page that shows the code."""
        asked = {"client_id": self._client_id, "tag": user_tag}
        return f"{self.api.upstream.base_url}/oauth/code?{urlencode(asked)}"


class BoothCallbacks(CalendarCallbacks):
    """The hook that Booth keeps for each connection, signed as Calendar's."""

    name = "booth"


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return Booth as the settings `BOOTH_…` describe it."""
    api, client = read_api(reader, upstreams, "booth"), read_client(reader, "booth")
    return BoothConnection(api, *client), BoothCallbacks(api, client[1])


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
        if set(asked) != {"client_id", "tag"} or asked["client_id"] != self.client_id:
            raise ValueError("the page does not know who asks")
        code = secrets.token_hex(12)
        self._codes[code] = (place, self.clock() + CODE_SECONDS)
        return code


GUEST = Guest(
    BOOTH,
    lambda _, clock: SimulatedBooth(clock),
    lambda booth, world: {"BOOTH_BASE_URL": booth.base_url, **booth.settings(world)},
    SimulatedBooth.start_afresh,
)
