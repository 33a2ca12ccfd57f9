"""What hostile requests are made of: rubbish, near misses, and genuine parts in wrong places.

Genuine parts stand as placeholders (`@@cookie@@`) until a request is sent, because they exist only
once a world runs. MARKER stands in rubbish that must not come back in an answer.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from hypothesis import strategies as st

from sandbox.kit.router import VENDOR
from tests.kit.examples import CONNECTIONS
from tests.source_tree import python_files, words_of_code

MARKER = "hOsTiLe9Marker"
_TRIPS = tuple(f"{vendor}-{what}" for vendor in CONNECTIONS for what in ("state", "trip", "nonce"))
PLACEHOLDERS = (
    "cookie", "access", "reference", "transaction", "subject", "client", "sale", "order", "till",
    "calendar", "place", "member", "badge", "code", "basic", *_TRIPS,
)  # fmt: skip
ORIGIN = "https://market.example"
_NONCE_COOKIES = tuple(f"echoseal-{vendor}-@@{vendor}-trip@@" for vendor in CONNECTIONS)
SESSION = {
    "Cookie": "; ".join(
        (
            "st-@@client@@-token=@@cookie@@",
            *(f"{name}=@@{v}-nonce@@" for name, v in zip(_NONCE_COOKIES, CONNECTIONS, strict=True)),
        )
    ),
    "Sec-Fetch-Site": "same-origin",
}
DOORS = {"X-Badge": "@@badge@@", "Authorization": "Basic @@basic@@"}


def _harvest() -> list[str]:
    """Return what the vendors' files, real and example, call fields, kinds and statuses."""
    vendors = [path for path in python_files("integrations/", "tests/kit/") if path.stem != "guest"]
    found = {text for path in vendors for _, text in words_of_code(path)}
    return sorted(word for word in found if re.fullmatch(r"[A-Za-z][A-Za-z_.-]{1,30}", word))


WORDS = _harvest()
_LATIN = st.characters(min_codepoint=1, max_codepoint=255, exclude_characters="\r\n")
genuine = st.sampled_from([f"@@{name}@@" for name in PLACEHOLDERS])


def marked(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return texts with the marker in front, behind, or not at all."""
    return st.builds(
        lambda text, form: form.format(text.replace("{", "(").replace("}", ")")),
        texts,
        st.sampled_from([MARKER + "{}", "{}" + MARKER, "{}"]),
    )


header_texts = st.one_of(marked(st.text(_LATIN, max_size=40)), genuine)
path_texts = st.one_of(
    marked(st.text(st.characters(codec="utf-8"), max_size=40)),
    genuine,
    st.sampled_from(["..", "%2e%2e", "%00", "%2f", "@@reference@@/x", "%ff%fe", "A" * 9000]),
)

_NUMBERS = st.sampled_from(
    ["0", "-0", "1e999", "-1e999", "NaN", "Infinity", "1" * 4000, "9" * 5000, "1.5", "1e-400", "-"]
)
_KNOWN_TEXTS = st.sampled_from(
    [
        "locale", "successUrl", "errorUrl", "restart", "~:locale", "~:restart", "~#u", "~#'", "^0",
        "^ ", "^!", "^00", "~", "~~", "~_", "~?t", "~i1", "~i", "~n" + "1" * 50, "~zINF",
        *WORDS, "en-GB", "__proto__", "constructor", "", "é", ORIGIN, f"{ORIGIN}/@",
        f"{ORIGIN}@{MARKER}.example/", "https://[", f"{ORIGIN}:0/", f"{ORIGIN}\\\\@x",
        "javascript:",
        *(f"@@{name}@@" for name in PLACEHOLDERS),
    ]
)  # fmt: skip
_JSON_TEXTS = st.one_of(
    _KNOWN_TEXTS.map(lambda text: f'"{text}"'),
    st.sampled_from([r'"\ud800"', r'"\udfff\ud800"', r'"\u0000"', '"\x00"', '"', r'"\x"']),
    marked(st.text("abcXYZ019 _-:/~^#é☃", max_size=20)).map(lambda text: f'"{text}"'),
)
_NESTS = [("[", "]"), ('{"a":', "}"), ('["^ ","a",', "]"), ('{"~#\'":', "}")]
DEEP = [
    opening * depth + "1" + closing * depth
    for opening, closing in _NESTS
    for depth in (5, 40, 900, 8_000)
]
_DEEP = st.sampled_from(DEEP)
json_texts: st.SearchStrategy[str] = st.recursive(
    st.one_of(_JSON_TEXTS, _NUMBERS, st.sampled_from(["true", "false", "null", "", "[", "{"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=5).map(lambda items: f"[{','.join(items)}]"),
        st.lists(inner, max_size=5).map(lambda items: ",".join(['["^ "', *items]) + "]"),
        st.lists(st.tuples(_JSON_TEXTS, inner), max_size=5).map(
            lambda pairs: "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"
        ),
    ),
    max_leaves=12,
)

_OBJECTS = st.dictionaries(st.sampled_from(WORDS), json_texts, max_size=6).map(
    lambda drawn: "{" + ",".join(f'"{name}":{value}' for name, value in drawn.items()) + "}"
)
START_FIELDS = ("locale", "successUrl", "errorUrl", "restart", MARKER * 5, f"<{MARKER}>")
_STARTS = st.lists(st.tuples(st.sampled_from(START_FIELDS), json_texts), max_size=4).map(
    lambda fields: "{" + ",".join(f'"{name}":{value}' for name, value in fields) + "}"
)
_FORM_NAMES = st.sampled_from(["kind", "check", "subject", "reference", "verdict", "at", "name"])
_FORM_VALUES = st.one_of(
    st.sampled_from(["finished", "passed", "refused", "2026-02-30T00:00:00.000Z", "N/A"]),
    genuine,
    json_texts,
    marked(st.text(max_size=30).filter(lambda text: text.isprintable())),
)


def form(fields: list[tuple[str, str]]) -> str:
    return "&".join(f"{name}={quote(value, safe='@')}" for name, value in fields)


_FORMS = st.one_of(
    st.lists(st.tuples(_FORM_NAMES, _FORM_VALUES), max_size=8).map(form),
    st.sampled_from(["%ff=%fe", "a=%", "&&&;=", "a&" * 400, "a=b=c"]),
)
bodies = st.one_of(
    st.binary(max_size=60),
    st.one_of(json_texts, _STARTS, _OBJECTS, _FORMS, _DEEP).map(
        lambda text: text.encode("utf-8", "surrogatepass")
    ),
    st.sampled_from([b"", b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"x" * 102_401]),
)

READ_TYPES = (
    "application/json",
    "application/transit+json",
    "application/x-www-form-urlencoded",
)
content_types = st.one_of(
    st.sampled_from(READ_TYPES),
    st.sampled_from(
        [
            "application/json; charset=utf-16", "multipart/form-data; boundary=x", "text/plain",
            "multipart/form-data", "application/json;;;=", "APPLICATION/JSON", "", "/", ";",
        ]
    ),
    header_texts,
)  # fmt: skip
_COOKIES = st.one_of(
    st.just("st-@@client@@-token=@@cookie@@"),
    st.one_of(json_texts, _DEEP, header_texts).map(
        lambda text: f"st-@@client@@-token={quote(text, safe='@')}"
    ),
    st.builds(
        lambda access, refresh, scope: (
            "st-@@client@@-token="
            + quote(
                f'{{"access_token":{access},"refresh_token":{refresh},"scope":{scope}}}', safe="@"
            )
        ),
        st.one_of(st.just('"@@access@@"'), json_texts),
        json_texts,
        st.one_of(st.sampled_from(['"user"', '"public-read"', '"user:limited"']), json_texts),
    ),
    header_texts.map(lambda text: f"st-@@client@@-token={text}"),
    header_texts.map(lambda text: "; ".join(f"{name}={text}" for name in _NONCE_COOKIES)),
    header_texts.map(lambda text: f"echoseal-till-{text}=x; echoseal-guild-=x"),
    st.just("; ".join(f"echoseal-till-{trip:016x}=x" for trip in range(100))),
    st.sampled_from(["st-@@client@@-token=" + "x" * 17_000, ";;;=;", "st-@@client@@-token"]),
)
_ADDRESSES = st.sampled_from(
    [VENDOR, f"10.0.0.1, {VENDOR}", f"{VENDOR},", f"::ffff:{VENDOR}", f"{VENDOR}:80", "[::1]"]
)
headers = st.fixed_dictionaries(
    {},
    optional={
        "Cookie": _COOKIES,
        "Authorization": st.one_of(
            st.sampled_from(["Bearer @@access@@", "Bearer ", "Basic @@access@@"]),
            header_texts.map(lambda text: f"Bearer {text}"),
            st.sampled_from(["Basic @@basic@@", "Basic", "Basic Og==", "Basic !!!!"]),
            header_texts,
        ),
        "Origin": st.one_of(st.sampled_from([ORIGIN, ORIGIN.upper(), "null"]), header_texts),
        "Sec-Fetch-Site": st.one_of(
            st.sampled_from(["same-origin", "none", "cross-site"]), header_texts
        ),
        "X-Forwarded-For": st.one_of(_ADDRESSES, header_texts),
        "X-Request-Id": header_texts,
        "Accept": header_texts,
        "Host": st.one_of(st.sampled_from(["a..b", "x" * 300, "[::", "localhost:0"]), header_texts),
        "Access-Control-Request-Method": header_texts,
        "Range": header_texts,
        "If-None-Match": header_texts,
    },
)
content_lengths = st.sampled_from([None] * 6 + ["-1", "0", "5", "x", "1" * 30, "102401", "²"])
