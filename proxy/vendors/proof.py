"""How a callback proves that the vendor sent it: told as data, judged by the kernel.

`proxy.http.proofs` judges it over the bytes as they came, before anything in them is read. A secret
is the text that the vendor shows, with any prefix, and its UTF-8 is the key: nobody decodes it. Of
several secrets any will do, so that one can replace the other. A proof that could prove nothing
raises ValueError when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network
from typing import ClassVar, Literal, Protocol, get_args

from crypto import Algorithm, Encoding

Network = IPv4Network | IPv6Network
Form = Literal["signature", "t=,v1=", "t.signature"]
Template = Literal["{body}", "{t}.{body}", "{t}:{body}"]

WINDOW_SECONDS = 5 * 60


class RequestHeaders(Protocol):
    """The headers of a request; a repeated header comes as one text, joined by commas."""

    def get(self, name: str, /) -> str | None:
        """Return a header's value, whatever the letter case of its name."""


@dataclass(frozen=True, slots=True)
class FromNetworks:
    """The sender's address lies in one of these networks: for vendors that sign nothing.

    A body comes whole from where its connection comes from, so what it claims may count.
    """

    networks: tuple[Network, ...]
    covers_body: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raise ValueError where there is no network."""
        _require(isinstance(self.networks, tuple) and len(self.networks) > 0, "no network is named")


@dataclass(frozen=True, slots=True)
class AlgorithmHeader:
    """The header in which the sender names the digest, and its names for those that we admit.

    Sumsub: `X-Payload-Digest-Alg`, `HMAC_SHA256_HEX` and `HMAC_SHA512_HEX`; its `HMAC_SHA1_HEX` is
    not needed (SUMSUB/agent-skills @070922a, 2026-08).
    """

    name: str
    algorithms: Mapping[str, Algorithm]

    def __post_init__(self) -> None:
        """Raise ValueError where no header or no algorithm is named, or an unknown one."""
        _require_texts("header", (self.name,))
        _require_texts("name of an algorithm", tuple(self.algorithms))
        for algorithm in self.algorithms.values():
            _require_one_of(algorithm, get_args(Algorithm))


@dataclass(frozen=True, slots=True)
class Hmac:
    """A header holds an HMAC (RFC 2104) over the body as it came, and perhaps over a time.

    `headers`: where a signature may stand; one that holds is enough (DocuSign numbers them,
    `X-DocuSign-Signature-1` and on, one for each key of the account).

    `form`: what such a header holds.
    - `signature`: nothing else.
    - `t=,v1=`: a time and any number of signatures, `t=1492774577,v1=5257…,v1=6ffb…`; other schemes
      than v1 never count (Stripe, docs.stripe.com/webhooks, read 2026-11). A space begins another
      such list, with its own time (Persona, docs.withpersona.com, read 2026-11).
    - `t.signature`: a time, a dot, a signature (DocuSeal, `webhook_urls/signatures.rb` @a2d8b855).

    `signs`: the signed bytes, where `{t}` is the time as it is written. A time that stands in a
    header of its own is named by `time_header`. It is in seconds or milliseconds since 1970, and
    may lie `window_seconds` before or after now. A time that the signature does not cover proves
    nothing and cannot be named; one inside the body is for the vendor to read (Didit).
    """

    headers: tuple[str, ...]
    secrets: tuple[str, ...] = field(repr=False)
    form: Form = "signature"
    signs: Template = "{body}"
    time_header: str | None = None
    encoding: Encoding = "hex"
    algorithm: Algorithm | AlgorithmHeader = "sha256"
    window_seconds: int = WINDOW_SECONDS
    covers_body: ClassVar[bool] = True

    def __post_init__(self) -> None:
        """Raise ValueError for what contradicts itself, is unknown, or could prove nothing."""
        _require_texts("header", self.headers)
        _require_texts("secret", self.secrets)
        _require_one_of(self.form, get_args(Form))
        _require_one_of(self.signs, get_args(Template))
        _require_one_of(self.encoding, get_args(Encoding))
        if not isinstance(self.algorithm, AlgorithmHeader):
            _require_one_of(self.algorithm, get_args(Algorithm))
        if self.time_header is not None:
            _require_texts("header", (self.time_header,))
        times = (self.form != "signature") + (self.time_header is not None)
        signed_times = self.signs.count("{t}")
        _require(times == signed_times, "a time comes along exactly where `signs` holds {t}, once")
        _require(self.window_seconds > 0, "a window has a length")


@dataclass(frozen=True, slots=True)
class SharedSecret:
    """A header holds the secret itself (Documenso, `X-Documenso-Secret`, source @75330166).

    Whoever has seen one request can send any other, so nothing that the body claims counts.
    """

    header: str
    secrets: tuple[str, ...] = field(repr=False)
    covers_body: ClassVar[bool] = False

    def __post_init__(self) -> None:
        """Raise ValueError where there is no header or no secret, or an empty one."""
        _require_texts("header", (self.header,))
        _require_texts("secret", self.secrets)


@dataclass(frozen=True, slots=True)
class Signature:
    """A signature as a request presents it: HMAC-SHA256 in hex, said to be made over `message`.

    `sent_at_ms` (unix milliseconds) is a time that the message holds, where there is one: it may
    lie WINDOW_SECONDS before or after now.
    """

    message: bytes = field(repr=False)
    presented: str = field(repr=False)
    sent_at_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Signatures:
    """Signatures that stand where no data describes it: the vendor finds them, the kernel judges.

    Dropbox Sign's hash stands in the body and covers a time and a word of it (hellosign-openapi
    @ad21451f, `EventCallbackHelper` of its SDKs), so `covers_body` is false unless it is said.
    `read` gets headers and body from anybody; it answers nothing for what it cannot read, or raises
    CallbackUnreadable. `write` returns headers and body of a test that `read` finds signed: it gets
    what signs a message, and the time in unix seconds.
    """

    read: Callable[[RequestHeaders, bytes], Sequence[Signature]]
    secrets: tuple[str, ...] = field(repr=False)
    covers_body: bool = False
    write: Callable[[Callable[[bytes], str], int], tuple[Mapping[str, str], bytes]] | None = None

    def __post_init__(self) -> None:
        """Raise ValueError where there is no secret, or an empty one."""
        _require_texts("secret", self.secrets)


Proof = FromNetworks | Hmac | SharedSecret | Signatures


def _require_texts(what: str, texts: tuple[str, ...]) -> None:
    # A text in place of a tuple would be read letter by letter: secrets that anybody guesses.
    _require(isinstance(texts, tuple) and len(texts) > 0, f"a {what} is missing, or is no tuple")
    _require(all(isinstance(text, str) and text for text in texts), f"a {what} is empty or no text")
    _require(all(_is_unicode(text) for text in texts), f"a {what} is not Unicode text")


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _require_one_of(value: object, known: tuple[object, ...]) -> None:
    _require(value in known, f"{value!r} is not one of {known}")


def _require(holds: bool, problem: str) -> None:
    if not holds:
        raise ValueError(problem)
