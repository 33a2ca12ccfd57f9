"""What hostile requests of the connection trip are made of: options, orders, events, returns.

Users, their browsers and the vendors' servers all send these; some of it is signed as only the
vendor can sign, because a genuine sender is not a careful one.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from hypothesis import strategies as st

from tests.hostile.ingredients import MARKER, genuine, header_texts, json_texts, marked

_ODD_TEXTS = st.sampled_from(
    [
        r'"\ud800"', r'"\udfff@x.example"', r'"\u0000"', '""', '"."', '".."', '"a/b?c#d"',
        '"<<@member>> <!channel>"', '"' + "z" * 300 + '"', f'"{MARKER}"', f'"{MARKER}@x.example"',
    ]
)  # fmt: skip
_VALUES = st.one_of(_ODD_TEXTS, genuine.map(lambda text: f'"{text}"'), json_texts)


def _object(**fields: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return JSON objects with any of these fields, whose values are JSON texts."""
    return st.fixed_dictionaries({}, optional=fields).map(
        lambda drawn: "{" + ",".join(f'"{name}":{value}' for name, value in drawn.items()) + "}"
    )


def _words(*words: str) -> st.SearchStrategy[str]:
    """Return these words as JSON, and now and then something else."""
    return st.one_of(st.sampled_from([f'"{word}"' for word in words]), _VALUES)


_OPTIONS = _object(
    country=_words("FR"),
    accountName=_VALUES,
    locationName=_VALUES,
    defaultWorkspaceId=_words("@@workspace@@"),
    isReinstall=st.one_of(st.sampled_from(["true", "false", "null"]), _VALUES),
)
_ORDERS = _object(transactionId=_words("@@sale@@"))
_REJECTIONS = _object(epos=_object(rejection=_object(cause=_VALUES)))
_STATES = _object(
    id=_words("@@order@@"),
    status=_words("accepted", "rejected", "new", "made-up"),
    private_ref=_words("@@sale@@"),
    custom_fields=st.one_of(_REJECTIONS, _VALUES),
)
hubrise_events = _object(
    id=_words("event-1"),
    resource_type=_words("order", "order", "catalog"),
    event_type=_words("update"),
    account_id=_VALUES,
    location_id=_words("@@location@@", "@@location@@", "elsewhere"),
    order_id=_words("@@order@@", "@@order@@", "..", "unknown"),
    new_state=st.one_of(_STATES, _STATES, _VALUES),
)
genuine_events = st.builds(
    lambda status, reason: (
        '{"id":"e1","resource_type":"order","event_type":"update","location_id":"@@location@@",'
        f'"order_id":"@@order@@","new_state":{{"id":"@@order@@","status":"{status}",'
        f'"private_ref":"@@sale@@","custom_fields":{{"epos":{{"rejection":{{"cause":{reason}}}}}}}}}}}'
    ),
    st.sampled_from(["accepted", "rejected", "made-up"]),
    st.one_of(
        _ODD_TEXTS,
        st.text(max_size=9).map(json.dumps),
        st.sampled_from(["null", "1e999", "[]", "{}", "true"]),
    ),
)

_EVENT_BODIES = _object(
    uninstalledAt=_words("2026-01-01T00:00:00.000Z", "9999-12-31T23:59:59.999Z"),
    workspaceUser=_words("@@member@@"),
    workspaceId=_words("@@workspace@@"),
    aId=_VALUES,
)
_FOLDED = st.one_of(
    _EVENT_BODIES,
    _EVENT_BODIES.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'),
    _VALUES,
)
pumble_requests = _object(
    messageType=_words(
        "SLASH_COMMAND", "SHORTCUT", "BLOCK_INTERACTION", "DYNAMIC_MENU", "VIEW_ACTION",
        "PUMBLE_EVENT", "APP_EVENT",
    ),
    slashCommand=_words("/verified", "/verified", "/other"),
    text=st.one_of(_words("@@member@@", "@@account@@"), _VALUES),
    workspaceId=_words("@@workspace@@", "@@workspace@@", "elsewhere"),
    userId=_VALUES,
    channelId=_VALUES,
    type=_words("GLOBAL", "ON_MESSAGE"),
    shortcut=_VALUES,
    onAction=_VALUES,
    viewActionType=_words("SUBMIT", "CLOSE"),
    view=st.one_of(_object(callbackId=_VALUES), _VALUES),
    eventType=_words("APP_UNINSTALLED", "APP_UNAUTHORIZED", "NEW_MESSAGE"),
    body=_FOLDED,
    payload=_FOLDED,
)  # fmt: skip
commands = st.builds(
    lambda text: (
        '{"messageType":"SLASH_COMMAND","slashCommand":"/verified",'
        f'"workspaceId":"@@workspace@@","text":{text}}}'
    ),
    _VALUES,
)
bodies = st.one_of(_OPTIONS, _ORDERS, hubrise_events, genuine_events, pumble_requests, commands)

_QUERY_VALUES = st.one_of(
    genuine,
    st.sampled_from(["access_denied", "expired", "", "%ff%fe", "%00", "A" * 3000, "%", "&", "@@"]),
    marked(st.text(max_size=20)).map(lambda text: quote(text, safe="@", errors="replace")),
)
_QUERY_PAIRS = st.tuples(st.sampled_from(["code", "state", "error", "state[]", "a"]), _QUERY_VALUES)
queries = st.one_of(
    st.just(""),
    st.lists(_QUERY_PAIRS, max_size=4).map(
        lambda pairs: "&".join(f"{name}={value}" for name, value in pairs)
    ),
    st.sampled_from(["?", "&&=&", "=", "%", "code", "a&" * 2000, "code=x&code=y"]),
)
genuine_returns = st.builds(
    lambda vendor, code, more: f"state=@@{vendor}-state@@&code={code}{more}",
    st.sampled_from(["hubrise", "pumble"]),
    _QUERY_VALUES,
    st.sampled_from(["", "", "&state=x", "&error=", "&error=expired", "&code=z"]),
)

_SIGNATURE_NAMES = (
    "X-HubRise-Hmac-SHA256",
    "x-pumble-request-signature",
    "x-pumble-request-timestamp",
)
_SIGNATURES = st.one_of(
    st.sampled_from(["", "0" * 64, "g" * 64, "0" * 63, "²" * 64, "1" * 400, "-1", "1e12", " 1 "]),
    header_texts,
)
signatures = st.fixed_dictionaries({}, optional=dict.fromkeys(_SIGNATURE_NAMES, _SIGNATURES))
