"""Settings that are complete and dangerous all the same: one list, for `check` and every start.

A danger is right on one's own machine at most. Where others can reach PUBLIC_URL it is a problem
like any other and ends the start; on loopback, or where SANDBOX says that this is a trial, it is
said aloud instead. What is only worth knowing is advice, which refuses nothing. Sentences name the
variable and the way out, and hold no value. docs/adr/0016-dangerous-settings.md has the reasons.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations, product
from urllib.parse import urlsplit

from crypto.keys import MIN_SECRET_CHARACTERS
from proxy.addresses import is_loopback, origin_of
from proxy.operating.return_pages import return_advice
from proxy.settings import Settings
from proxy.settings_reader import OwnSecret, SettingsReader
from proxy.vendors.connection import Connection
from proxy.vendors.orders import Orders
from proxy.vendors.part import Parts
from proxy.vendors.reference import Billing, Signing
from proxy.vendors.strength import FEW, RANDOM, is_guessable, is_sequence, repeats
from proxy.vendors.subjects import DOCUMENTS, PLANS
from proxy.vendors.workspace import Workspace

# How config.example.env marks what everybody knows: keys by the first, the rest by the second.
_EXAMPLE = re.compile(r"EXAMPLE-ONLY|(?:^|[:,\s_])made-up-|_MadeUp", re.IGNORECASE)
_SHORTEST_PART = 12
_KEYS = "`flask --app app keys`"


def refuses_dangers(settings: Settings) -> bool:
    """Tell whether this is a deployment: others reach it, and it is not declared a trial.

    An address that could not be read is a problem of its own, and judged once it can be.
    """
    return bool(settings.public_url) and not settings.is_local and not settings.sandbox


def find_dangers(reader: SettingsReader, settings: Settings) -> tuple[str, ...]:
    """Return what no deployment may start with: the kernel's own rules, then the vendors'."""
    found = [
        *_examples(reader),
        *_guessable_secrets(reader.own_secrets),
        *_shared_secrets(reader),
        *_plain_http(settings),
        *reader.dangers,
    ]
    return tuple(dict.fromkeys(found))


def find_advice(reader: SettingsReader, settings: Settings, parts: Parts) -> tuple[str, ...]:
    """Return what is allowed everywhere, and worth knowing."""
    return (
        *_sequences(reader.own_secrets),
        *_unused_advice(reader, parts),
        *_operator_advice(settings, parts),
        *reader.advice,
        *return_advice(settings, parts, has_link_pages=reader.flag("LINK_PAGES", default=False)),
        *_address_advice(reader, settings, parts),
    )


def said(settings: Settings, dangers: Iterable[str], advice: Iterable[str]) -> Iterator[str]:
    """Iterate over what every start and `check` say of a configuration that is not refused."""
    if settings.sandbox:
        yield "SANDBOX is true: dangerous settings are said, not refused; unset it for real users"
    for danger in dangers:
        yield f"{danger} (a deployment would refuse this)"
    yield from advice


# Secrets of the operator's own


def _examples(reader: SettingsReader) -> Iterator[str]:
    rings = {secret.variable for secret in reader.own_secrets}
    for name, value in reader.read.items():
        if not _EXAMPLE.search(value):
            continue
        if name in rings and name.endswith("_KEYS"):
            yield (
                f"{name} holds the key of config.example.env, which everybody knows; replace it by"
                f" one of {_KEYS}"
            )
        else:
            yield (
                f"{name} holds what config.example.env shows as an example, which everybody knows;"
                " put in your own"
            )


def _guessable_secrets(secrets: Iterable[OwnSecret]) -> Iterator[str]:
    for secret in secrets:
        if secret.variable.endswith("_KEYS"):
            if any(repeats(form, FEW) for form in secret.forms):
                yield (
                    f"{secret.variable}: {secret.place} is a pattern, not random; replace it by one"
                    f" of {_KEYS}"
                )
            continue
        # A shorter one is a problem as it is.
        is_judged = not secret.place and len(secret.forms[0]) >= MIN_SECRET_CHARACTERS
        if is_judged and is_guessable(secret.forms[0], FEW):
            yield f"{secret.variable} is a pattern or a repetition, not random; {RANDOM}"


def _shared_secrets(reader: SettingsReader) -> Iterator[str]:
    """Yield where one secret does two jobs: whoever learns it for one has the other."""
    own = reader.own_secrets
    for first, second in combinations(own, 2):
        if not _are_related(first, second):
            continue
        if first.variable == second.variable:
            yield (
                f"{first.variable}: {first.place} and {second.place} are the same;"
                " each must be of its own"
            )
        else:
            yield f"{first.variable} and {second.variable} hold the same secret; make two"
    names = {secret.variable for secret in own}
    others = [
        (name, value.encode(errors="surrogatepass"))
        for name, value in reader.read.items()
        if name not in names
    ]
    for secret in own:
        for name, value in others:
            if any(len(form) >= _SHORTEST_PART and form in value for form in secret.forms):
                yield f"{secret.variable} holds what {name} holds too; make one of its own"


def _are_related(first: OwnSecret, second: OwnSecret) -> bool:
    """Tell whether two secrets are the same, or one is a part of the other.

    Two sequences are parts of each other without having been copied.
    """
    if set(first.forms) & set(second.forms):
        return True
    if is_sequence(first.forms[0], FEW) and is_sequence(second.forms[0], FEW):
        return False
    return any(
        min(len(one), len(other)) >= _SHORTEST_PART and (one in other or other in one)
        for one, other in product(first.forms, second.forms)
    )


# Addresses


def _plain_http(settings: Settings) -> Iterator[str]:
    if urlsplit(settings.public_url).scheme == "https" and not settings.cookie_secure:
        yield (
            "COOKIE_SECURE is false while PUBLIC_URL is https: the session's cookie would travel in"
            " the clear as well; set it to true"
        )
    for origin in settings.marketplace_origins:
        if origin.startswith("http:") and not is_loopback(urlsplit(origin).hostname or ""):
            yield (
                "MARKETPLACE_ORIGINS lists an origin with http://: whoever is on the way could call"
                " in its users' names; write https://"
            )


# Advice


def _sequences(secrets: Iterable[OwnSecret]) -> Iterator[str]:
    # What examples, test vectors and load tests use: known when seen, so it is said, not refused.
    for secret in secrets:
        keys = secret.forms if secret.variable.endswith("_KEYS") else ()
        if any(is_sequence(form, FEW) and not repeats(form, FEW) for form in keys):
            yield (
                f"{secret.variable}: {secret.place} counts, as keys of examples do; replace it by"
                f" one of {_KEYS} before real users come"
            )


def _unused_advice(reader: SettingsReader, parts: Parts) -> Iterator[str]:
    for variable, kind in ((DOCUMENTS, Signing), (PLANS, Billing)):
        if reader.names(variable) and not parts.of(kind):
            yield f"{variable} is set, and no vendor for it is in INTEGRATIONS: nothing is served"


def _operator_advice(settings: Settings, parts: Parts) -> Iterator[str]:
    if settings.integration is not None:
        return
    for name in dict.fromkeys(part.name for part in (*parts.of(Orders), *parts.of(Workspace))):
        yield f"without the Integration API, {name} cannot write or tell any news by itself"
    for billing in parts.of(Billing):
        yield (
            f"without the Integration API, what {billing.name} tells later of a subscription"
            " (renewed, not paid, cancelled) is written at its user's next visit"
        )


def _address_advice(reader: SettingsReader, settings: Settings, parts: Parts) -> Iterator[str]:
    if parts.of(Connection) and origin_of(settings.public_url) not in settings.marketplace_origins:
        yield (
            "PUBLIC_URL is not in MARKETPLACE_ORIGINS: connections then need the Integration API,"
            " and a frontend that sends its bearer token with credentials included"
        )
    public = urlsplit(settings.public_url)
    is_name = re.fullmatch(r".*[a-z].*\..*[a-z].*", public.hostname or "") is not None
    if public.scheme != "https" or public.port or not is_name:
        yield "PUBLIC_URL is not https with a name and no port; vendors may refuse to call it"
    if settings.trusted_proxy_hops == 0 and public.scheme == "https":
        yield (
            "TRUSTED_PROXY_HOPS is 0 while PUBLIC_URL is https: every caller then has the address"
            " of what ends TLS; count the routers that append to X-Forwarded-For"
        )
    if settings.is_local:
        return
    for name, value in reader.read.items():
        host = urlsplit(origin_of(value) or "").hostname
        if name.endswith("_BASE_URL") and is_loopback(host or ""):
            yield f"{name} is on this machine: whatever listens there is believed; unset it"
