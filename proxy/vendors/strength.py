"""Whether what the operator has set is strong enough: passwords, secrets, lists of networks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from itertools import pairwise

from proxy.vendors.doors import BasicPair

MIN_PASSWORD_CHARACTERS = 12
# More addresses than a /8 of IPv4 or a /16 of IPv6 is no sender's network.
_MOST_IPV4, _MOST_IPV6 = 2**24, 2**112
# Random texts of 32 characters or more have many different characters, and steps between them.
FEW = 8
_JUDGED = 128
RANDOM = "generate a random one"


def password_dangers(name: str, pairs: Sequence[BasicPair]) -> Iterator[str]:
    """Yield what is dangerous about the pairs of user and password, one per line, in a variable."""
    users = {pair.user.strip().casefold() for pair in pairs}
    for number, pair in enumerate(pairs, start=1):
        password = pair.password
        where = f"{name}: the password in line {number}"
        if len(password) < MIN_PASSWORD_CHARACTERS:
            yield f"{where} is shorter than {MIN_PASSWORD_CHARACTERS} characters; {RANDOM}"
        elif is_guessable(password.encode(errors="surrogatepass"), min(FEW, len(password) // 3)):
            yield f"{where} is a pattern or a repetition, not random; {RANDOM}"
        if password.strip().casefold() in users:
            yield f"{where} is a user name; {RANDOM}"


def lets_anyone_in(networks: Iterable[IPv4Network | IPv6Network]) -> bool:
    """Tell whether networks hold so many addresses, together, that their list keeps nobody out."""
    listed = tuple(networks)
    ipv4 = collapse_addresses(one for one in listed if isinstance(one, IPv4Network))
    ipv6 = collapse_addresses(one for one in listed if isinstance(one, IPv6Network))
    return (
        sum(one.num_addresses for one in ipv4) > _MOST_IPV4
        or sum(one.num_addresses for one in ipv6) > _MOST_IPV6
    )


def is_guessable(secret: bytes, few: int) -> bool:
    """Tell whether a secret shows what chance does not."""
    return repeats(secret, few) or is_sequence(secret, few)


def repeats(secret: bytes, few: int) -> bool:
    """Tell whether a secret is of few characters, or says the same over and over."""
    # A longer text must repeat itself: there are only so many parts.
    beginning = secret[:_JUDGED]
    parts = [beginning[start : start + 3] for start in range(len(beginning) - 2)]
    return len(set(secret)) < few or len(set(parts)) < len(parts) * 3 / 4


def is_sequence(secret: bytes, few: int) -> bool:
    """Tell whether a secret goes up or down in the same few steps, such as the alphabet."""
    return len({(after - before) % 256 for before, after in pairwise(secret)}) < few
