"""Badge, an example of a door for tokens: staff come with the vendor's token, and no session.

It does not exist.
"""

from __future__ import annotations

from proxy.vendors import (
    Integration,
    Principal,
    SettingsReader,
    TokenDoor,
    TokenInvalid,
    Upstream,
    UpstreamRefused,
    Upstreams,
    UpstreamUnavailable,
    bearer_json,
    display_text,
)


class Badge(TokenDoor):
    """Badge as a vendor of tokens, each issued to a desk."""

    name = "badge"
    token_header = "X-Badge"
    token_field = "badge"

    def __init__(self, upstream: Upstream, desks: frozenset[str], cache_seconds: float) -> None:
        self._upstream = upstream
        self.audiences = desks
        self.cache_seconds = cache_seconds
        self.upstreams = (upstream,)

    def introspect(self, token: str) -> Principal:
        """Ask whose token it is; see TokenDoor.introspect."""
        answer = self._upstream.request("GET", "/holder", headers=bearer_json(token))
        if answer.status == 401:
            raise TokenInvalid
        if answer.status != 200:
            raise UpstreamRefused(answer.upstream, answer.status)
        holder = answer.json_object()
        names = ("id", "name", "desk")
        claims = {n: text for n in names if (text := display_text(holder.get(n))) is not None}
        # It is stored as it is: cut or cleaned, it could become somebody else's.
        if claims.get("id") is None or claims["id"] != holder["id"]:
            raise UpstreamUnavailable(answer.upstream, "a holder without id")
        return Principal(claims["id"], claims.get("desk", ""), claims)


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Badge, ...]:
    """Return Badge as the settings `BADGE_…` describe it."""
    upstream = upstreams.at("badge", reader.base_url("BADGE_BASE_URL"))
    desks = frozenset(reader.names("BADGE_DESKS"))
    if not desks:
        reader.report("BADGE_DESKS lists no desk; it must list each one")
    seconds = reader.integer("BADGE_CACHE_SECONDS", 60, minimum=0, maximum=300)
    return (Badge(upstream, desks, float(seconds)),)


BADGE = Integration("badge", build)
