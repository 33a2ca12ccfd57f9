"""What the doctor finds: one line, about a setting or a system, with the way out."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from proxy.outgoing.causes import status_cause
from proxy.outgoing.upstream import UpstreamUnavailable


class State(Enum):
    """How a thing stands; the value is the word that is printed."""

    GOOD = "ok"
    NOTE = "note"
    # What could not be looked at, or what nothing proves.
    OPEN = "open"
    BAD = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line: `about` is a variable, or the name of a system."""

    state: State
    about: str
    words: str


def good(about: str, words: str) -> Finding:
    """Return that something is as it must be."""
    return Finding(State.GOOD, about, words)


def note(about: str, words: str) -> Finding:
    """Return what is worth knowing, and fails nothing."""
    return Finding(State.NOTE, about, words)


def left_open(about: str, words: str) -> Finding:
    """Return what could not be told either way."""
    return Finding(State.OPEN, about, words)


def bad(about: str, words: str) -> Finding:
    """Return what is wrong; `words` say what to do about it."""
    return Finding(State.BAD, about, words)


_WORDS = {
    "dns": "its name cannot be looked up (DNS): is it right, and can this machine look up any?",
    "refused": "nothing listens there (connection refused): is host and port right, and is it up?",
    "no route": "no network leads there: does this machine reach the internet, by IPv4 or IPv6?",
    "timeout": "no answer in time: a firewall on the way, or it is down or overloaded",
    "closed": "the connection was closed without an answer: a firewall or proxy on the way?",
    "tls expired": "its certificate has expired: renew it, or is this machine's clock off?",
    "tls not valid yet": "its certificate is not valid yet: is this machine's clock off?",
    "tls name": "its certificate is for another name: is the host right?",
    "tls untrusted": (
        "its certificate is of no authority that this machine trusts: is it self-signed, or does a"
        " proxy on the way read TLS (then SSL_CERT_FILE must name that one's authority)?"
    ),
    "tls": "no TLS could be agreed on: does plain HTTP or another protocol listen there?",
    "not http": "what answers there is no HTTP: is the port right?",
    "too large": "its answer is larger than any that is meant: is the address right?",
    "no connection": "no connection could be made",
}


def unreachable(error: UpstreamUnavailable) -> str:
    """Return why something could not be asked, in words, with what to look at."""
    return words_for(error.cause) or error.cause


def words_for(cause: str) -> str | None:
    """Return the words for a cause (`proxy.outgoing.causes`), None for one that is none of them."""
    if cause == status_cause(429):
        return "it wants no more calls now (answered 429): try again in a minute"
    if cause.startswith("answered 5"):
        return f"it fails by itself ({cause}): look at its status page, and try again later"
    return _WORDS.get(cause)
