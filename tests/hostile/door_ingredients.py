"""What hostile requests to the guarded doors are made of: tokens, codes, and a portal's orders.

Some of them pass the guard: a genuine card may hold anything, and the portal is not a careful one.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import (
    MARKER,
    READ_TYPES,
    SESSION,
    bodies,
    content_types,
    header_texts,
    headers,
    json_texts,
)

PORTAL = {"Authorization": "Basic @@basic@@"}
CARD = {"accessToken": "@@card@@"}
CARD_ROUTES = (("GET", "/api/kaizala/me"), ("POST", "/api/kaizala/link"))
CODE_ROUTE = ("POST", "/api/kaizala/link-codes")
PORTAL_ROUTES = (
    ("POST", "/api/sensedia/v1/createCredentials"),
    ("POST", "/api/sensedia/v1/updateCredentials"),
    ("POST", "/api/sensedia/v1/revokeCredentials"),
    ("GET", "/api/sensedia/v1/health"),
)

addresses = st.ip_addresses(v=4).map(str)
_ODD_TEXTS = st.sampled_from(
    [
        r'"\ud800"', r'"\u0000"', '""', '".."', '"a/b?c#d"', '"' + "z" * 300 + '"',
        f'"{MARKER}"', '"-"', r'"caf\u00e9"', '"a\\nb"',
    ]
)  # fmt: skip
_VALUES = st.one_of(_ODD_TEXTS, json_texts)


def _words(*words: str) -> st.SearchStrategy[str]:
    """Return these words as JSON, and now and then something else."""
    return st.one_of(st.sampled_from([f'"{word}"' for word in words] * 3), _VALUES)


def _object(**fields: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return JSON objects with any of these fields, whose values are JSON texts."""
    return st.fixed_dictionaries({}, optional=fields).map(
        lambda drawn: "{" + ",".join(f'"{name}":{value}' for name, value in drawn.items()) + "}"
    )


def _array(entries: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(entries, max_size=3).map(lambda drawn: "[" + ",".join(drawn) + "]")


_PLANS = st.one_of(_array(_object(id=_words("@@plan@@"))), _VALUES)
_APIS = st.one_of(_array(_object(id=_words("a1b2c3d4e5"), usagePlans=_PLANS)), _VALUES)
_GENUINE_APIS = st.just('[{"id":"a1b2c3d4e5","usagePlans":[{"id":"@@plan@@"}]}]')
_ORDERS = _object(
    appName=_words("Harbour guide"),
    appSlug=_words("@@slug@@", "another"),
    developer=_words("mira@developers.example"),
    apis=st.one_of(_GENUINE_APIS, _APIS),
    credentialType=_words("API_KEY", "CLIENT_CREDENTIALS"),
    apiKeyId=_words("@@key@@", "@@foreign@@", "unknown"),
    clientId=_VALUES,
    customCredentials=_VALUES,
)
_LINKS = _object(code=_words("@@code@@", "@@reference@@"), accessToken=_words("@@card@@", "x"))
_DOOR_BODIES = st.one_of(
    bodies, st.one_of(_ORDERS, _LINKS).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
_CREDENTIALS = st.one_of(
    st.sampled_from(
        [
            "Basic @@basic@@", "basic  @@basic@@", "Basic", "Basic ", "Basic Og==", "Basic !!!!",
            "Basic " + "QUFB" * 3000, "Digest @@basic@@", "Bearer @@card@@", "Basic gID/",
        ]
    ),
    header_texts.map(lambda text: f"Basic {text}"),
)  # fmt: skip
_TOKENS = st.one_of(
    st.sampled_from(["@@card@@", "@@expired@@", "@@connector@@", "", " ", "a.b.c", "x" * 5000]),
    header_texts,
)
_DOOR_HEADERS = st.builds(
    lambda some, more: {**some, **more},
    headers,
    st.fixed_dictionaries({}, optional={"Authorization": _CREDENTIALS, "accessToken": _TOKENS}),
)


def door_requests() -> st.SearchStrategy[HostileRequest]:
    """Return requests to the doors; many of them hold what gets past the guard.

    They come from everywhere: whoever fails again and again at one address is not judged for long.
    """
    return st.builds(lambda sent, peer: replace(sent, peer=peer), _door_requests(), addresses)


def _door_requests() -> st.SearchStrategy[HostileRequest]:
    return st.one_of(
        _requests((*CARD_ROUTES, CODE_ROUTE, *PORTAL_ROUTES), {}),
        _requests(CARD_ROUTES, CARD),
        _requests((CODE_ROUTE,), SESSION),
        _requests(PORTAL_ROUTES, PORTAL),
        st.builds(lambda body: _order("createCredentials", body), _ORDERS),
        st.builds(lambda body: _order("updateCredentials", body), _ORDERS),
        st.builds(lambda body: _order("revokeCredentials", body), _ORDERS),
    )


def _requests(
    routes: tuple[tuple[str, str], ...], more: dict[str, str]
) -> st.SearchStrategy[HostileRequest]:
    return st.builds(
        lambda route, sent, body, content_type: HostileRequest(
            route[0], route[1], {**sent, **more}, body, content_type
        ),
        st.sampled_from(routes),
        _DOOR_HEADERS,
        _DOOR_BODIES,
        st.one_of(st.sampled_from(READ_TYPES), content_types),
    )


def _order(operation: str, body: str) -> HostileRequest:
    encoded = body.encode("utf-8", "surrogatepass")
    path = f"/api/sensedia/v1/{operation}"
    return HostileRequest("POST", path, PORTAL, encoded, "application/json")
