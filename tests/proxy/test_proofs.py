"""Proofs of callbacks: each form right, each wrong in every way, over bytes that nobody has parsed.

The signatures come from OpenSSL (`vectors/make_signatures.sh`) and from what others published.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.http.proofs import MAX_MESSAGES, Proven, judge
from proxy.vendors.part import CallbackUnreadable
from proxy.vendors.proof import (
    AlgorithmHeader,
    FromNetworks,
    Hmac,
    Proof,
    RequestHeaders,
    SharedSecret,
    Signature,
    Signatures,
)

VECTORS = json.loads((Path(__file__).parent / "vectors" / "signatures.json").read_text())
BY_FIRST, BY_SECOND, BY_STRANGER = VECTORS["first"], VECTORS["second"], VECTORS["stranger"]
FIRST, SECOND = "whsec_a secret of nobody, with ä", "YW5vdGhlciBzZWNyZXQgb2Ygbm9ib2R5"
STRANGER = "a secret that nobody has listed"
BODY = b'{"id":"1","note":"caf\xc3\xa9","raw":"\xff"}\r\n'
OTHER_BODY = BODY.replace(b"1", b"2")
AT, AT_MS, EARLIER = 1_795_867_200, 1_795_867_200_123, 1_795_863_600
NUMBERED = tuple(f"X-Signature-{number}" for number in range(1, 101))
DIGESTS = AlgorithmHeader("X-Digest", {"HMAC_SHA256": "sha256", "HMAC_SHA512": "sha512"})

Secrets = tuple[str, ...]
Headers = dict[str, str]


def named_event(_: RequestHeaders, body: bytes) -> Sequence[Signature]:
    """Read a hash that stands in the body and covers a time and a word of it."""
    try:
        event = json.loads(body)
        return [Signature(f"{event['at']}{event['kind']}".encode(), event["hash"])]
    except (ValueError, TypeError, KeyError):
        raise CallbackUnreadable("The body is no event.") from None


def event(signature: str, kind: str = "signed", reference: str = "one") -> bytes:
    """Return a body whose hash does not cover the reference."""
    return json.dumps({"at": AT, "kind": kind, "hash": signature, "ref": reference}).encode()


@dataclass(frozen=True, slots=True)
class Form:
    """A form of proof, the header that proves it, and what is proven then.

    `headers` are those of a callback, given the signatures that one secret has made and itself.
    """

    proof: Callable[[Secrets], Proof]
    headers: Callable[[Mapping[str, str], str], Headers]
    proven: Proven
    header: str = "X-Signature"


FORMS = {
    "hex over the body": Form(
        lambda secrets: Hmac(("X-Signature",), secrets),
        lambda by, _: {"X-Signature": by["body"]},
        Proven(None, covers_body=True),
    ),
    "base64 in one of many headers": Form(
        lambda secrets: Hmac(NUMBERED, secrets, encoding="base64"),
        lambda by, _: {"X-Signature-1": by["body in base64"]},
        Proven(None, covers_body=True),
        header="X-Signature-1",
    ),
    "algorithm in a header": Form(
        lambda secrets: Hmac(("X-Signature",), secrets, algorithm=DIGESTS),
        lambda by, _: {"X-Signature": by["body with SHA-512"], "X-Digest": "HMAC_SHA512"},
        Proven(None, covers_body=True),
    ),
    "time in a header": Form(
        lambda secrets: Hmac(("X-Signature",), secrets, signs="{t}:{body}", time_header="X-Time"),
        lambda by, _: {"X-Signature": by["t:body"], "X-Time": str(AT)},
        Proven(AT, covers_body=True),
    ),
    "milliseconds in a header": Form(
        lambda secrets: Hmac(("X-Signature",), secrets, signs="{t}:{body}", time_header="X-Time"),
        lambda by, _: {"X-Signature": by["t:body in milliseconds"], "X-Time": str(AT_MS)},
        Proven(AT_MS / 1000, covers_body=True),
    ),
    "time and signatures": Form(
        lambda secrets: Hmac(("X-Signature",), secrets, form="t=,v1=", signs="{t}.{body}"),
        lambda by, _: {"X-Signature": f"t={AT},v1={by['t.body']}"},
        Proven(AT, covers_body=True),
    ),
    "time, a dot, a signature": Form(
        lambda secrets: Hmac(("X-Signature",), secrets, form="t.signature", signs="{t}.{body}"),
        lambda by, _: {"X-Signature": f"{AT}.{by['t.body']}"},
        Proven(AT, covers_body=True),
    ),
    "the secret itself": Form(
        lambda secrets: SharedSecret("X-Signature", secrets),
        lambda _, secret: {"X-Signature": secret},
        Proven(None, covers_body=False),
    ),
}
SIGNED = [name for name in FORMS if name != "the secret itself"]
DATED = [name for name, form in FORMS.items() if form.proven.sent_at is not None]
LISTS = FORMS["time and signatures"].proof((FIRST, SECOND))


def judged(proof: Proof, headers: Headers, body: bytes = BODY, now: float = AT + 2) -> Any:
    return judge(proof, headers, body, sender=None, now=now)


def sent_by_first(form: Form) -> Headers:
    return form.headers(BY_FIRST, FIRST)


# What every form holds to


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_right_proof_tells_its_time_and_whether_the_body_counts(form: Form) -> None:
    assert form.proven == judged(form.proof((FIRST,)), sent_by_first(form))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("secrets", [(FIRST, SECOND), (SECOND, FIRST)])
@pytest.mark.parametrize("sender", [(BY_FIRST, FIRST), (BY_SECOND, SECOND)])
def test_either_secret_will_do_while_one_replaces_the_other(
    form: Form, secrets: Secrets, sender: tuple[Mapping[str, str], str]
) -> None:
    assert form.proven == judged(form.proof(secrets), form.headers(*sender))


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_secret_that_is_not_listed_proves_nothing(form: Form) -> None:
    assert judged(form.proof((FIRST, SECOND)), form.headers(BY_STRANGER, STRANGER)) is None


@pytest.mark.parametrize("name", SIGNED)
def test_a_signature_of_another_body_proves_nothing(name: str) -> None:
    form = FORMS[name]
    assert judged(form.proof((FIRST,)), sent_by_first(form), OTHER_BODY) is None


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_without_a_header_nothing_is_proven(form: Form) -> None:
    sent = sent_by_first(form)
    for header in sent:
        rest = {name: value for name, value in sent.items() if name != header}
        assert judged(form.proof((FIRST,)), rest) is None


SPOILT: dict[str, Callable[[str], str]] = {
    "empty": lambda _: "",
    "truncated": lambda value: value[:-1],
    "longer": lambda value: f"{value}0",
    "blank in front": lambda value: f" {value}",
    "blank behind": lambda value: f"{value} ",
    "line break behind": lambda value: f"{value}\n",
    "NUL behind": lambda value: f"{value}\0",
    "repeated": lambda value: f"{value},{value}",
    "repeated with a blank": lambda value: f"{value}, {value}",
    "scheme in front": lambda value: f"sha256={value}",
    "quoted": lambda value: f'"{value}"',
    "digit of another script": lambda value: f"{value[:-1]}\u0665",
    "letter of Latin-1": lambda value: f"{value[:-1]}\xe9",
    "lone surrogate": lambda value: f"{value[:-1]}\ud800",
    "last character exchanged": lambda value: value[:-1] + ("f" if value[-1] != "f" else "0"),
    "huge": lambda value: value * 10_000,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_a_spoilt_header_proves_nothing(form: Form, spoil: Callable[[str], str]) -> None:
    sent = sent_by_first(form)
    spoilt = sent | {form.header: spoil(sent[form.header])}
    assert judged(form.proof((FIRST,)), spoilt) is None


HEADER_TEXT = st.one_of(
    st.text(),
    st.text("tv10=.,: \t"),
    st.lists(st.sampled_from([f"t={AT}", "v1=00", f"v1={'0' * 64}", ",", " ", "."])).map("".join),
    st.text("0123456789abcdef=", min_size=64, max_size=64),
    st.integers(1, 50_000).map(lambda times: f"t={AT},v1={'f' * 64} " * times),
)
HEADERS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("X-Signature", "X-Signature-1", "X-Digest", "X-Time"), HEADER_TEXT)
)


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
@given(HEADERS, st.binary())
def test_no_header_of_any_size_raises_or_proves(form: Form, headers: Headers, body: bytes) -> None:
    assert judged(form.proof((FIRST,)), headers, body) is None


# Signatures over the body


def test_hex_may_be_in_capitals() -> None:
    form = FORMS["hex over the body"]
    assert form.proven == judged(form.proof((FIRST,)), {"X-Signature": BY_FIRST["body"].upper()})


@pytest.mark.parametrize("presented", ["body in base64", "body with SHA-512", "body with SHA-1"])
def test_another_encoding_or_digest_than_agreed_proves_nothing(presented: str) -> None:
    proof = Hmac(("X-Signature",), (FIRST,))
    assert judged(proof, {"X-Signature": BY_FIRST[presented]}) is None


def test_hex_where_base64_is_due_proves_nothing() -> None:
    proof = Hmac(("X-Signature",), (FIRST,), encoding="base64")
    assert judged(proof, {"X-Signature": BY_FIRST["body"]}) is None


def test_a_published_signature_holds() -> None:
    """A vector of GENERALBYTESCOM/batm_public (`VeriffDigestTest`, read 2026-11)."""
    proof = Hmac(("X-Signature",), ("abcdef12-abcd-abcd-abcd-abcdef012345",))
    presented = "895cb3fd31139d89aeb7b263682e15479ab57651e70591256ad2c14fde4950dd"
    body = b"aea9ba6d-1b47-47fc-a4fc-f72b6d3584a7"

    assert judged(proof, {"X-Signature": presented}, body) is not None


@pytest.mark.parametrize("header", ["X-Signature-2", "X-Signature-100"])
def test_any_of_the_numbered_headers_may_hold_the_signature(header: str) -> None:
    form = FORMS["base64 in one of many headers"]
    foreign = BY_STRANGER["body in base64"]
    sent = {"X-Signature-1": foreign, header: BY_FIRST["body in base64"]}

    assert form.proven == judged(form.proof((FIRST,)), sent)


@pytest.mark.parametrize("header", ["X-Signature", "X-Signature-0", "X-Signature-101"])
def test_a_signature_in_a_header_that_is_not_listed_proves_nothing(header: str) -> None:
    form = FORMS["base64 in one of many headers"]
    assert judged(form.proof((FIRST,)), {header: BY_FIRST["body in base64"]}) is None


@pytest.mark.parametrize(
    ("named", "presented"), [("HMAC_SHA256", "body"), ("HMAC_SHA512", "body with SHA-512")]
)
def test_the_digest_that_the_sender_names_is_used(named: str, presented: str) -> None:
    sent = {"X-Signature": BY_FIRST[presented], "X-Digest": named}
    assert judged(FORMS["algorithm in a header"].proof((FIRST,)), sent) is not None


@pytest.mark.parametrize(
    ("named", "presented"),
    [
        ("HMAC_SHA1", "body with SHA-1"),
        ("HMAC_SHA256", "body with SHA-512"),
        ("HMAC_SHA512", "body"),
        ("sha256", "body"),
        ("hmac_sha256", "body"),
        ("HMAC_SHA256,HMAC_SHA256", "body"),
        ("HMAC_SHA256 ", "body"),
        ("", "body"),
    ],
)
def test_another_digest_than_a_listed_one_proves_nothing(named: str, presented: str) -> None:
    sent = {"X-Signature": BY_FIRST[presented], "X-Digest": named}
    assert judged(FORMS["algorithm in a header"].proof((FIRST,)), sent) is None


# Dated signatures


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize("away", [-300, -1, 0, 299, 300])
def test_a_dated_signature_holds_five_minutes_before_and_after(name: str, away: float) -> None:
    form = FORMS[name]
    now = (form.proven.sent_at or 0) + away
    assert form.proven == judged(form.proof((FIRST,)), sent_by_first(form), now=now)


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize("away", [-AT, -3600, -301, -300.01, 300.01, 301, 3600, 10**9])
def test_too_old_or_too_new_proves_nothing(name: str, away: float) -> None:
    form = FORMS[name]
    now = (form.proven.sent_at or 0) + away
    assert judged(form.proof((FIRST,)), sent_by_first(form), now=now) is None


@pytest.mark.parametrize(("away", "holds"), [(-61, False), (-60, True), (60, True), (61, False)])
def test_the_window_may_be_another(away: int, holds: bool) -> None:
    proof = Hmac(
        ("X-Signature",), (FIRST,), form="t.signature", signs="{t}.{body}", window_seconds=60
    )
    sent = {"X-Signature": f"{AT}.{BY_FIRST['t.body']}"}

    assert holds == (judged(proof, sent, now=AT + away) is not None)


@pytest.mark.parametrize("name", DATED)
@pytest.mark.parametrize(
    "time",
    [
        *("", "0", str(AT + 1), f"{AT}.0", f"+{AT}", f"-{AT}", f" {AT}", f"0{AT}", f"{AT},{AT}"),
        *("now", "\u0661\u0667", "9" * 15, "9" * 16, "9" * 100_000, "1e9", "2026-11-28T12:00:00Z"),
    ],
)
def test_another_time_than_the_signed_one_proves_nothing(name: str, time: str) -> None:
    form = FORMS[name]
    seconds, milliseconds = str(AT), str(AT_MS)
    sent = {
        header: value.replace(milliseconds, time).replace(seconds, time)
        for header, value in sent_by_first(form).items()
    }
    assert judged(form.proof((FIRST,)), sent) is None


@pytest.mark.parametrize(
    ("name", "presented"),
    [
        ("time in a header", "body"),
        ("time in a header", "t.body"),
        ("time and signatures", "body"),
        ("time and signatures", "t:body"),
        ("time, a dot, a signature", "body"),
        ("time, a dot, a signature", "t:body"),
    ],
)
def test_what_was_signed_otherwise_proves_nothing(name: str, presented: str) -> None:
    form = FORMS[name]
    by = dict.fromkeys(BY_FIRST, BY_FIRST[presented])
    assert judged(form.proof((FIRST,)), form.headers(by, FIRST)) is None


# A time and any number of signatures


@pytest.mark.parametrize(
    "value",
    [
        f"t={AT},v1={BY_STRANGER['t.body']},v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['t.body']},v1={BY_STRANGER['t.body']}",
        f"t={AT},v1={BY_SECOND['t.body']},v1={BY_FIRST['t.body']}",
        f"t={AT},v1=,v1={BY_FIRST['t.body']}",
        f"v1={BY_FIRST['t.body']},t={AT}",
        f"t={AT},v0={'0' * 64},v1={BY_FIRST['t.body']},v2=later",
        f"t={EARLIER},v1={BY_SECOND['earlier t.body']} t={AT},v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['t.body']} t={AT},v1={BY_SECOND['t.body']}",
        f"t={AT},v1={BY_STRANGER['t.body']} t={AT},v1={BY_FIRST['t.body']}",
        f"t={AT},v0={'0' * 64} t={AT},v1={BY_FIRST['t.body']}",
        "t=1,v1=00 " * (MAX_MESSAGES - 1) + f"t={AT},v1={BY_FIRST['t.body']}",
    ],
)
def test_one_signature_that_holds_is_enough(value: str) -> None:
    assert Proven(AT, covers_body=True) == judged(LISTS, {"X-Signature": value})


@pytest.mark.parametrize(
    "value",
    [
        f"t={AT}",
        f"t={AT},",
        f"v1={BY_FIRST['t.body']}",
        f"t={AT},v0={BY_FIRST['t.body']}",
        f"t={AT},V1={BY_FIRST['t.body']}",
        f"T={AT},v1={BY_FIRST['t.body']}",
        f"t={AT},v1:{BY_FIRST['t.body']}",
        f"t={AT};v1={BY_FIRST['t.body']}",
        f"t={AT}, v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['t.body']},t={AT}",
        f"t={AT},t={EARLIER},v1={BY_FIRST['t.body']}",
        f"t={EARLIER},t={AT},v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['t.body']} v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['t.body']}  t={AT},v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['t.body']}\tt={AT},v1={BY_FIRST['t.body']}",
        f"t={AT},v1={BY_FIRST['earlier t.body']}",
        f"t={EARLIER},v1={BY_FIRST['t.body']} t={AT},v1={BY_FIRST['earlier t.body']}",
        f"t={EARLIER},v1={BY_FIRST['earlier t.body']}",
        BY_FIRST["t.body"],
        FIRST,
        "t=1,v1=00 " * MAX_MESSAGES + f"t={AT},v1={BY_FIRST['t.body']}",
        f"t={AT}" + ",v1=00" * 10_000,
        f"t={AT},v1={'0' * 64} " * 10_000 + f"t={AT},v1={BY_FIRST['t.body']}",
        "," * 1_000_000,
        " " * 1_000_000,
        "=" * 1_000_000,
    ],
    ids=lambda value: value[:40],
)
def test_what_lacks_its_time_or_signature_or_contradicts_itself_proves_nothing(value: str) -> None:
    assert judged(LISTS, {"X-Signature": value}) is None


# The secret itself, and signatures that the vendor finds


def test_the_secret_itself_goes_with_any_body_and_the_body_does_not_count() -> None:
    proof = SharedSecret("X-Signature", (FIRST,))
    assert Proven(None, covers_body=False) == judged(proof, {"X-Signature": FIRST}, OTHER_BODY)


def test_a_hash_over_less_than_the_body_does_not_make_the_body_count() -> None:
    body = event(BY_SECOND["time and word"], reference="exchanged")
    proof = Signatures(named_event, (FIRST, SECOND))

    assert Proven(None, covers_body=False) == judged(proof, {}, body)


@pytest.mark.parametrize(
    "body",
    [
        event(BY_STRANGER["time and word"]),
        event(BY_FIRST["time and word"], kind="declined"),
        event(BY_FIRST["body"]),
        event(""),
        event(BY_FIRST["time and word"])[:-1],
        b"",
        b"[]",
        b"\xff",
    ],
)
def test_a_body_without_its_hash_proves_nothing(body: bytes) -> None:
    assert judged(Signatures(named_event, (FIRST, SECOND)), {}, body) is None


def found(*signatures: Signature, covers_body: bool = True) -> Signatures:
    return Signatures(lambda _headers, _body: signatures, (FIRST,), covers_body=covers_body)


@pytest.mark.parametrize(
    ("away", "holds"), [(-301, False), (-300, True), (300, True), (301, False)]
)
def test_a_time_that_the_vendor_finds_lies_within_five_minutes(away: int, holds: bool) -> None:
    proof = found(Signature(f"{AT}.".encode() + BODY, BY_FIRST["t.body"], AT * 1000))
    expected = Proven(AT, covers_body=True) if holds else None

    assert expected == judged(proof, {}, now=AT + away)


@pytest.mark.parametrize(("before", "holds"), [(MAX_MESSAGES - 1, True), (MAX_MESSAGES, False)])
def test_of_many_signatures_only_the_first_few_are_judged(before: int, holds: bool) -> None:
    wrong, right = Signature(BODY, BY_STRANGER["body"]), Signature(BODY, BY_FIRST["body"])
    assert holds == (judged(found(*[wrong] * before, right), {}) is not None)


def test_where_the_vendor_finds_nothing_nothing_is_proven() -> None:
    assert judged(found(), {}) is None


# The sender's address

NETWORKS = FromNetworks((ip_network("192.0.2.0/28"), ip_network("2001:db8::/32")))


@pytest.mark.parametrize("address", ["192.0.2.0", "192.0.2.15", "2001:db8::7"])
def test_an_address_within_the_networks_proves_the_sender(address: str) -> None:
    proven = judge(NETWORKS, {}, BODY, sender=ip_address(address), now=AT)
    assert Proven(None, covers_body=True) == proven


@pytest.mark.parametrize("address", ["192.0.2.16", "198.51.100.1", "2001:db9::1", "::192.0.2.1"])
def test_another_address_proves_nothing(address: str) -> None:
    assert judge(NETWORKS, {}, BODY, sender=ip_address(address), now=AT) is None


def test_an_address_that_is_not_known_proves_nothing() -> None:
    assert judge(NETWORKS, {}, BODY, sender=None, now=AT) is None


# What cannot be a proof

HEADER, SECRETS = ("X-Signature",), (FIRST,)
DEFECTS: dict[str, Callable[..., Any]] = {
    "no network": lambda: FromNetworks(()),
    "a network by itself": lambda: FromNetworks(ip_network("192.0.2.0/28")),  # type: ignore[arg-type]
    "no header": lambda: Hmac((), SECRETS),
    "an empty header": lambda: Hmac(("X-Signature", ""), SECRETS),
    "a header by itself": lambda: Hmac("X-Signature", SECRETS),  # type: ignore[arg-type]
    "no secret": lambda: Hmac(HEADER, ()),
    "an empty secret": lambda: Hmac(HEADER, (FIRST, "")),
    "a secret by itself": lambda: Hmac(HEADER, FIRST),  # type: ignore[arg-type]
    "a secret that is no text": lambda: Hmac(HEADER, (b"secret",)),  # type: ignore[arg-type]
    "a secret that is not Unicode": lambda: Hmac(HEADER, ("\udcff",)),
    "an unknown form": lambda: Hmac(HEADER, SECRETS, form="t=,v2=", signs="{t}.{body}"),  # type: ignore[arg-type]
    "an unknown template": lambda: Hmac(HEADER, SECRETS, form="t=,v1=", signs="{t}{body}"),  # type: ignore[arg-type]
    "an unknown encoding": lambda: Hmac(HEADER, SECRETS, encoding="hex64"),  # type: ignore[arg-type]
    "an unknown algorithm": lambda: Hmac(HEADER, SECRETS, algorithm="sha1"),  # type: ignore[arg-type]
    "a time that is not signed": lambda: Hmac(HEADER, SECRETS, form="t=,v1="),
    "a time that nobody tells": lambda: Hmac(HEADER, SECRETS, signs="{t}.{body}"),
    "an unsigned time in a header": lambda: Hmac(HEADER, SECRETS, time_header="X-Time"),
    "an empty time header": lambda: Hmac(HEADER, SECRETS, signs="{t}.{body}", time_header=""),
    "two times": lambda: Hmac(
        HEADER, SECRETS, form="t.signature", signs="{t}.{body}", time_header="X-Time"
    ),
    "no window": lambda: Hmac(HEADER, SECRETS, form="t=,v1=", signs="{t}.{body}", window_seconds=0),
    "no header for algorithms": lambda: AlgorithmHeader("", {"HMAC_SHA256": "sha256"}),
    "no algorithm": lambda: AlgorithmHeader("X-Digest", {}),
    "an algorithm without a name": lambda: AlgorithmHeader("X-Digest", {"": "sha256"}),
    "a weak algorithm": lambda: AlgorithmHeader("X-Digest", {"HMAC_MD5": "md5"}),  # type: ignore[dict-item]
    "an empty shared secret": lambda: SharedSecret("X-Signature", ("",)),
    "no shared secret": lambda: SharedSecret("X-Signature", ()),
    "no header for it": lambda: SharedSecret("", SECRETS),
    "no secret for what is found": lambda: Signatures(named_event, ()),
    "an empty secret for what is found": lambda: Signatures(named_event, ("",)),
}


@pytest.mark.parametrize("make", DEFECTS.values(), ids=DEFECTS)
def test_what_could_prove_nothing_cannot_be_made(make: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        make()

    assert FIRST not in str(refusal.value)


def test_no_repr_holds_a_secret_or_what_a_request_brings() -> None:
    proofs = [form.proof((FIRST,)) for form in FORMS.values()]
    shown = repr([*proofs, Signatures(named_event, (FIRST,)), Signature(BODY, FIRST)])

    assert FIRST not in shown
    assert repr(BODY) not in shown
