"""What a hosting platform tells its apps by itself: their public address, and its own routers.

Whatever is set explicitly wins. A count of routers that is too high lets anybody claim an address,
so a platform that documents none has none here: with the usual one, a callback is refused at worst.
docs/adr/0031-defaults-from-the-platform.md has the reasons.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

_HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"


@dataclass(frozen=True, slots=True)
class Platform:
    """The platform that runs this app, known by a `variable` that it sets; "" where none is known.

    `public_url` is None where the variable names no public address; `hops` is how many entries its
    routers add to X-Forwarded-For, None where it documents no number.
    """

    variable: str = ""
    public_url: str | None = None
    hops: int | None = None

    def stands_in(self, value_of: Callable[[str], str | None]) -> dict[str, str]:
        """Return which variables it gives a default to, as they are not set, and its own for each.

        `value_of` gives a variable's value or None.
        """
        told = {"PUBLIC_URL": self.public_url, "TRUSTED_PROXY_HOPS": self.hops}
        return {
            name: self.variable
            for name, value in told.items()
            if value is not None and value_of(name) is None
        }


@dataclass(frozen=True, slots=True)
class _Known:
    """A platform; `proof` is another variable without which its routers are not believed in.

    Names of apps are set elsewhere too, for the tools that deploy them.
    """

    variable: str
    form: str
    address: str
    hops: int | None
    proof: str | None = None


# Read 2026-11: render.com/docs/environment-variables; fly.io/docs/machines/runtime-environment, and
# /networking/request-headers ("the last address in this list" is the app's own, so the client's is
# the second from the right); docs.railway.com/variables/reference; devcenter.heroku.com,
# dyno-metadata (a feature that its owner enables) and http-routing ("appended to the right").
_KNOWN = (
    _Known("RENDER_EXTERNAL_URL", rf"https://{_HOST}", "{}", None),
    _Known("FLY_APP_NAME", _LABEL, "https://{}.fly.dev", 2, "FLY_MACHINE_ID"),
    _Known("RAILWAY_PUBLIC_DOMAIN", _HOST, "https://{}", None),
    _Known("HEROKU_APP_DEFAULT_DOMAIN_NAME", _HOST, "https://{}", 1),
)
PLATFORM_VARIABLES = tuple(known.variable for known in _KNOWN)


def find_platform(value_of: Callable[[str], str | None]) -> Platform:
    """Return the platform that runs this app; `value_of` gives a variable's value or None."""
    for known in _KNOWN:
        value = value_of(known.variable)
        if value is not None:
            is_public = re.fullmatch(known.form, value.rstrip("/").lower(), re.ASCII) is not None
            url = known.address.format(value.rstrip("/").lower()) if is_public else None
            is_proven = known.proof is None or value_of(known.proof) is not None
            return Platform(known.variable, url, known.hops if is_proven else None)
    return Platform()
