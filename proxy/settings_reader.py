"""Reads variables of the environment by kind, and remembers what is wrong with them.

Every problem is collected and reported at once. No message and no repr holds a secret.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import TypeVar

from crypto import DERIVED_KEY_ID, KeyRing, base64url, derive_key
from proxy.addresses import parse_base_url, parse_origin, parse_page_url
from proxy.platforms import find_platform

Parsed = TypeVar("Parsed")
_TOKEN = r"[!-~]{32,1000}"  # noqa: S105 - a token's form


class ConfigurationError(Exception):
    """The environment cannot be used; `problems` holds one sentence for each reason."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(
            "The configuration has problems:\n" + "\n".join(f"- {p}" for p in problems)
        )
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class OwnSecret:
    """A secret that the operator makes up, not one that a vendor gave.

    `forms` are the ways in which it could be written elsewhere; the first is the secret itself.
    """

    variable: str
    place: str
    forms: tuple[bytes, ...] = field(repr=False)


class SettingsReader:
    """Reads variables by kind and remembers what was wrong with them, and what is dangerous.

    A reader method returns a usable stand-in after a problem, so that reading goes on and the
    operator sees all problems together.

    Whoever reads a danger only says so: proxy.operating.dangers decides whether it refuses. `read`
    has the values as they are set, by variable; `asked` has the names of all that is read, `chosen`
    of those whose values are the operator's to choose.
    """

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.problems: list[str] = []
        self.dangers: list[str] = []
        self.advice: list[str] = []
        self.own_secrets: list[OwnSecret] = []
        self.read: dict[str, str] = {}
        self.asked: set[str] = set()
        self.chosen: set[str] = set()

    def report(self, problem: str) -> None:
        """Add a problem, in one sentence that names the variable and the way out."""
        if problem not in self.problems:
            self.problems.append(problem)

    def danger(self, danger: str) -> None:
        """Add what no deployment may start with, in a sentence as for `report`."""
        self.dangers.append(danger)

    def advise(self, advice: str) -> None:
        """Add what is worth knowing at every start, in a sentence as for `report`."""
        self.advice.append(advice)

    def own_secret(self, name: str, secret: bytes, *forms: bytes, place: str = "") -> None:
        """Note a secret that the operator has made; `place` is where it stands in the variable."""
        noted = OwnSecret(name, place, (secret, *forms))
        if noted not in self.own_secrets:
            self.own_secrets.append(noted)

    def text(
        self, name: str, default: str | None = None, *, pattern: str = r".+", form: str = ""
    ) -> str:
        """Read a text; without a default the variable is required.

        `form` says in words what `pattern` takes, for the problem: nobody is shown a pattern.
        """
        value = self._value(name)
        if not _is_unicode(value):
            self.report(f"{name} is not UTF-8 text")
            return default or ""
        if not value:
            if default is None:
                self.report(f"{name} is not set")
            return default or ""
        if not re.fullmatch(pattern, value):
            self.report(f"{name} does not have the expected form ({form or 'text in one line'})")
        return value

    def token(self, name: str) -> str | None:
        """Read a bearer token of the operator's own making, None where it is not set."""
        form = "32 or more printable characters, no spaces"
        token = self.text(name, "", pattern=_TOKEN, form=form)
        if token:
            self.own_secret(name, token.encode(errors="surrogatepass"))
        return token or None

    def secret(self, name: str) -> str:
        """Read a secret that a vendor gave, required; the stand-in is one that nobody knows."""
        return self.text(name) or token_urlsafe()

    def secrets(self, name: str, *, are_chosen: bool = False) -> tuple[str, ...]:
        """Read secrets that a vendor gave, comma-separated so that one can replace another.

        At least one is required; the stand-in is one that nobody knows. `are_chosen`: the operator
        makes them up and tells the vendor, so that they may look like anything.
        """
        if are_chosen:
            self.chosen.add(name)
        given = self.names(name)
        if not given:
            self.report(f"{name} is not set")
        return given or (token_urlsafe(),)

    def optional(self, name: str) -> str | None:
        """Read a text that may be absent; an empty variable counts as absent."""
        return self._value(name) or None

    def choice(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        """Read one of `options`."""
        value = self.text(name, default)
        if value and value not in options:
            self.report(f"{name} must be one of {', '.join(options)}")
            return options[0]
        return value or options[0]

    def integer(self, name: str, default: int, *, minimum: int, maximum: int) -> int:
        """Read a whole number from `minimum` to `maximum`."""
        value = self.text(name, str(default))
        if not re.fullmatch(r"[0-9]{1,9}", value) or not minimum <= int(value) <= maximum:
            self.report(f"{name} must be a whole number from {minimum} to {maximum}")
            return default
        return int(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """Read true or false."""
        value = self.text(name, "true" if default else "false").lower()
        if value not in ("true", "false", "1", "0"):
            self.report(f"{name} must be true or false")
            return default
        return value in ("true", "1")

    def names(self, name: str, default: str = "") -> tuple[str, ...]:
        """Read a comma-separated list; empty entries are dropped."""
        return tuple(part.strip() for part in self.text(name, default).split(",") if part.strip())

    def base_url(self, name: str, default: str | None = None) -> str:
        """Read an http(s) address without query; plain http is accepted on loopback only."""
        return self._parse(name, self.text(name, default), parse_base_url, "")

    def override_url(self, name: str) -> str | None:
        """Read an address that may replace a vendor's own hosts, by the rules of `base_url`."""
        return self.base_url(name) if self.optional(name) else None

    def internal_url(self, name: str) -> str | None:
        """Read an address that may be absent, and may be plain http inside a private network."""
        text = self.optional(name)
        if text is None:
            return None
        return self._parse(name, text, lambda t: parse_base_url(t, plain_http=True), None)

    def page_url(self, name: str) -> str | None:
        """Read the address of a page that may be absent; it may have a query, but no fragment."""
        text = self.optional(name)
        return None if text is None else self._parse(name, text, parse_page_url, None)

    def return_page(self, name: str) -> str:
        """Read the page of the marketplace that one kind of trip leads back to.

        Where it is not set, that is RETURN_URL, else the front page of the first of
        MARKETPLACE_ORIGINS, else of PUBLIC_URL.
        """
        public_url = self.optional("PUBLIC_URL") or find_platform(self.optional).public_url or ""
        first_origin = (*self.names("MARKETPLACE_ORIGINS"), public_url)[0]
        own = self.page_url(name) or self.page_url("RETURN_URL")
        return own or f"{first_origin.rstrip('/')}/"

    def origins(self, name: str) -> frozenset[str]:
        """Read a list of web origins such as `https://market.example`."""
        parsed = [self._parse(name, part, parse_origin, "") for part in self.names(name)]
        return frozenset(origin for origin in parsed if origin)

    def key_ring(self, name: str, key_bytes: int) -> KeyRing:
        """Read a key ring; the stand-in after a problem has no keys.

        With `ECHOSEAL_SECRET` set, a key derived from it stands behind the ring's own: alone it
        seals, and after a move to a ring of keys it still opens what it has sealed.
        """
        text, secret = self.optional(name), self.optional("ECHOSEAL_SECRET")
        if text is None and secret is None:
            self.report(
                f"{name} is not set, and there is no ECHOSEAL_SECRET to derive it from: set that to"
                " 32 random characters or more, or what `flask --app app keys` prints"
            )
        ring = self.own_key_ring(name, key_bytes)
        if secret is not None:
            self.own_secret("ECHOSEAL_SECRET", secret.encode(errors="surrogatepass"))
        label = f"echoseal {name} {DERIVED_KEY_ID}"
        return self._parse(
            "ECHOSEAL_SECRET",
            secret or "",
            lambda s: ring.followed_by(
                DERIVED_KEY_ID, derive_key(s, label=label, key_bytes=key_bytes)
            ),
            ring,
        )

    def own_key_ring(self, name: str, key_bytes: int) -> KeyRing:
        """Read a key ring that may be absent, and nothing that is derived.

        There are no keys in it where the variable is not set, and after a problem.
        """
        text, no_keys = self.optional(name), KeyRing(())
        ring = self._parse(
            name, text or "", lambda t: KeyRing.parse(t, key_bytes=key_bytes), no_keys
        )
        for key_id, key in ring.entries:
            written = (base64url.encode(key).encode(), key.hex().encode())
            self.own_secret(name, key, *written, place=f"key {key_id}")
        return ring

    def _value(self, name: str) -> str:
        self.asked.add(name)
        value = self._variables.get(name, "").strip()
        if value:
            self.read[name] = value
        return value

    def _parse(
        self, name: str, text: str, parse: Callable[[str], Parsed], stand_in: Parsed
    ) -> Parsed:
        if not text:
            return stand_in
        try:
            return parse(text)
        except ValueError as error:
            self.report(f"{name}: {error}")
            return stand_in


def _is_unicode(text: str) -> bool:
    """Tell whether a text can be sent; a variable's bytes that are no UTF-8 are surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
