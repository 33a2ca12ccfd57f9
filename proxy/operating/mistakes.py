"""Settings that are set, and not as they are meant: told by name, with what was probably meant.

What cannot work is a problem and ends the start. What can be right all the same is advice, which
every start and `check` say: no deployment that works stops working. Sentences name the variable and
the way out; what may be a secret is not shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from crypto import CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES, KeyRing, KeyRingError
from proxy.addresses import origin_of
from proxy.operating.known_names import KnownNames, known_names, unknown_names
from proxy.settings import INTEGRATION_URL, MARKETPLACE_URL, Settings
from proxy.settings_reader import SettingsReader
from proxy.vendors.integration import Integration

_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u2018": "\u2019"}
# Their values have neither spaces nor quotes, whoever gives them out.
_IS_EXACT = re.compile(r"_(ID|KEY|SECRET|TOKEN)S?$|_(URL|ORIGINS|PREFIX)$")
_IS_LIST = re.compile(r"S$")
_PLACEHOLDER = re.compile(
    r"<.*>|\[.*\]|(?:your|insert|enter|paste)[-_ ].*|x{4,}|change[-_]?me|replace[-_]?me|to-?do"
    r"|\.{2,}|\u2026",
    re.IGNORECASE | re.DOTALL,
)
_GAP_IN_ADDRESS = re.compile(r"<[^<>]*>|\$\{?[A-Za-z_]|\{\{?\s*[A-Za-z_]")
_INVISIBLE = re.compile(
    "[\u00a0\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufeff\x00-\x08\x0e-\x1f\x7f]"
)
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
# How Sharetribe's client secrets look, and its client ids do not (Console, read 2026-11).
_CLIENT_SECRET = re.compile(r"[0-9a-f]{40}")
_CLIENT_ID = "SHARETRIBE_CLIENT_ID"
_OWN_ID, _OWN_SECRET = "SHARETRIBE_INTEGRATION_CLIENT_ID", "SHARETRIBE_INTEGRATION_CLIENT_SECRET"
_MOST_NAMED = 6


def judge_mistakes(
    variables: Mapping[str, str],
    reader: SettingsReader,
    settings: Settings,
    known: Sequence[Integration],
    enabled: Sequence[str],
) -> None:
    """Report and advise `reader` of every mistake, once all the rest has been read with it.

    `known` are the integrations that there are, `enabled` the names of those that are built.
    """
    names = known_names(reader, known)
    _judge_names(variables, reader, names)
    for name, value in list(reader.read.items()):
        _judge_value(name, value, reader)
    _judge_pairs(reader)
    _judge_key_rings(reader)
    _judge_sharetribe(reader)
    _judge_addresses(reader, settings)
    if not settings.is_local and settings.client_id and not _UUID.fullmatch(settings.client_id):
        reader.advise(
            f"{_CLIENT_ID} is no UUID, as Console shows client ids (Build, Applications); was it"
            " copied whole?"
        )
    if _UUID.fullmatch(settings.client_id) and settings.client_id != settings.client_id.lower():
        reader.advise(
            f"{_CLIENT_ID} has capitals, and Console shows none: the session's cookie has it in its"
            " name, letter by letter; copy it as the frontend has it"
        )
    for sentence in _unused(variables, names, enabled):
        reader.advise(sentence)


# Names


def _judge_names(variables: Mapping[str, str], reader: SettingsReader, names: KnownNames) -> None:
    for name, meant in unknown_names(variables, names):
        missing = f"{meant} is not set"
        problems = [each for each in reader.problems if each.startswith(missing)]
        for each in problems:
            place = reader.problems.index(each)
            reader.problems[place] = f"{missing}, and {name} is, which nothing reads: rename it"
        if not problems:
            sentence = f"{name} is set, and nothing reads it; did you mean {meant}?"
            # Where its lack is a problem of another one, what would end it must be said with that.
            lacked = any(re.search(rf"\b{meant}\b", each) for each in reader.problems)
            (reader.report if lacked else reader.advise)(sentence)


def _unused(
    variables: Mapping[str, str], names: KnownNames, enabled: Sequence[str]
) -> Iterator[str]:
    """Yield what is set for integrations that are not enabled, and what no integration reads."""
    idle: dict[str, str] = {}
    strange: list[str] = []
    for integration, example in names.examples.items():
        prefix = integration.upper().replace("-", "_") + "_"
        own = [name for name in variables if name.startswith(prefix) and variables[name].strip()]
        strange += [
            name for name in own if name not in names.names and names.like(name) is None and example
        ]
        # What everybody copies from config.example.env was not set on purpose.
        chosen = [name for name in own if name in example and variables[name] != example[name]]
        if integration not in enabled and chosen:
            idle[integration] = f"{prefix}*"
    if idle:
        yield (
            f"{_listed(list(idle.values()))} are set, and INTEGRATIONS does not list"
            f" {_listed(list(idle))}: nothing reads them"
        )
    if strange:
        yield f"{_listed(strange)}: there is no such variable, and nothing reads it"


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


# Values


def _judge_value(name: str, value: str, reader: SettingsReader) -> None:
    """Report what a value cannot be, in the place of what else is said of it."""
    own = reader.chosen | {secret.variable for secret in reader.own_secrets}
    is_exact = _IS_EXACT.search(name) is not None and name not in own
    values = value.split(",") if is_exact and _IS_LIST.search(name) else [value]
    flaws = [flaw for part in values if (flaw := _flaw(name, part.strip(), is_exact=is_exact))]
    if flaws and is_exact:
        _report_instead(reader, name, f"{name} {flaws[0]}")
    elif flaws:
        reader.advise(f"{name} {flaws[0]}")


def _report_instead(reader: SettingsReader, name: str, problem: str) -> None:
    about = (f"{name} ", f"{name}:")
    reader.problems[:] = [each for each in reader.problems if not each.startswith(about)]
    reader.report(problem)


def _flaw(name: str, value: str, *, is_exact: bool) -> str | None:
    if len(value) > 1 and _QUOTES.get(value[0]) == value[-1]:
        return (
            "begins and ends with quotes, which count as a part of it (docker's --env-file keeps"
            " them): take them away"
        )
    if not is_exact:
        return None
    if _PLACEHOLDER.fullmatch(value) or (name.endswith("_URL") and _GAP_IN_ADDRESS.search(value)):
        return "still holds a placeholder; put in your own"
    if "\n" in value or "\r" in value:
        return "has a line end inside; write it in one line"
    if _INVISIBLE.search(value):
        return "has a character inside that nobody sees, as pasting leaves it; type that place anew"
    if re.search(r"\s", value):
        return "has a space inside, and must have none; was it copied whole, and nothing else?"
    return None


# Pairs


def _judge_pairs(reader: SettingsReader) -> None:
    read = reader.read
    client_id, own_id, own_secret = (
        read.get(name, "") for name in (_CLIENT_ID, _OWN_ID, _OWN_SECRET)
    )
    if _CLIENT_SECRET.fullmatch(client_id):
        _report_instead(
            reader,
            _CLIENT_ID,
            f"{_CLIENT_ID} looks like a client secret; the client id is the UUID above it in"
            " Console",
        )
    if client_id and client_id == own_id:
        reader.report(
            f"{_CLIENT_ID} and {_OWN_ID} are the same; Console has two applications, one of the"
            " Marketplace API (the frontend's) and one of the Integration API"
        )
    if _UUID.fullmatch(own_secret) and not _UUID.fullmatch(own_id):
        reader.report(f"{_OWN_ID} and {_OWN_SECRET} are swapped: the id is the UUID; exchange them")
    for first, second in _alike(read):
        reader.report(f"{first} and {second} hold the same; one of them was pasted twice")


def _alike(read: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield each id, key or token that is its own secret as well."""
    for name, value in read.items():
        stem, _, kind = name.rpartition("_")
        secret = f"{stem}_SECRET"
        if kind in ("ID", "KEY", "TOKEN") and read.get(secret) == value:
            yield name, secret


def _judge_key_rings(reader: SettingsReader) -> None:
    seal, checksum = reader.read.get("SEAL_KEYS", ""), reader.read.get("CHECKSUM_KEYS", "")
    if _is_ring(seal, CHECKSUM_KEY_BYTES) and _is_ring(checksum, SEAL_KEY_BYTES):
        for name in ("SEAL_KEYS", "CHECKSUM_KEYS"):
            _report_instead(reader, name, "SEAL_KEYS and CHECKSUM_KEYS are swapped; exchange them")


def _is_ring(text: str, key_bytes: int) -> bool:
    try:
        KeyRing.parse(text, key_bytes=key_bytes)
    except KeyRingError:
        return False
    return True


# Addresses


def _judge_sharetribe(reader: SettingsReader) -> None:
    for name, others in (
        ("SHARETRIBE_BASE_URL", INTEGRATION_URL),
        ("SHARETRIBE_INTEGRATION_BASE_URL", MARKETPLACE_URL),
    ):
        address = reader.read.get(name, "").rstrip("/")
        api = "Integration" if others == INTEGRATION_URL else "Marketplace"
        if origin_of(address) == others:
            reader.report(f"{name} is where the {api} API is; leave it empty, or correct it")
        elif address.endswith("/v1"):
            reader.advise(f"{name} ends in /v1, which is put there again; take it away")


def _judge_addresses(reader: SettingsReader, settings: Settings) -> None:
    public, prefix = settings.public_url, settings.api_prefix
    if public.endswith(prefix):
        reader.advise(
            f"PUBLIC_URL ends in {prefix}, and API_PREFIX puts it there again: vendors would call"
            f" {prefix}{prefix}/callbacks/<vendor>; take it away, unless your router does"
        )
    host = urlsplit(public).hostname or ""
    hosts = {urlsplit(origin).hostname or "" for origin in settings.marketplace_origins}
    other = host.removeprefix("www.") if host.startswith("www.") else f"www.{host}"
    if host not in hosts and other in hosts:
        reader.advise(
            f"MARKETPLACE_ORIGINS has {other} and PUBLIC_URL {host}: to browsers they are two"
            " sites; list both origins, or lead one to the other"
        )
