"""HMAC signatures, time windows and text comparison, with hostile input."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import Algorithm, Encoding, equal, verify_hmac, verify_hmac_sha256, within_window

ENCODINGS: tuple[Encoding, ...] = ("hex", "base64")

# RFC 4231 section 4, the cases whose digest is not truncated: key, data, HMAC-SHA-256
RFC_4231 = {
    "4.2": (
        b"\x0b" * 20,
        b"Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
    ),
    "4.3": (
        b"Jefe",
        b"what do ya want for nothing?",
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
    ),
    "4.4": (
        b"\xaa" * 20,
        b"\xdd" * 50,
        "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
    ),
    "4.5": (
        bytes(range(1, 26)),
        b"\xcd" * 50,
        "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
    ),
    "4.7": (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    "4.8": (
        b"\xaa" * 131,
        (
            b"This is a test using a larger than block-size key and a larger than block-size "
            b"data. The key needs to be hashed before being used by the HMAC algorithm."
        ),
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
}
# The same section: HMAC-SHA-512
RFC_4231_SHA_512 = {
    "4.2": (
        "87aa7cdea5ef619d4ff0b4241a1d6cb02379f4e2ce4ec2787ad0b30545e17cde"
        "daa833b7d6b8a702038b274eaea3f4e4be9d914eeb61f1702e696c203a126854"
    ),
    "4.3": (
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
        "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    ),
}
SECRET, MESSAGE, HEX = RFC_4231["4.3"]
BASE64 = base64.b64encode(bytes.fromhex(HEX)).decode()
SIGNATURES: dict[Encoding, str] = {"hex": HEX, "base64": BASE64}


@pytest.mark.parametrize("case", RFC_4231)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_rfc_4231_examples_are_verified(case: str, encoding: Encoding) -> None:
    secret, message, digest = RFC_4231[case]
    base64_digest = base64.b64encode(bytes.fromhex(digest)).decode()
    presented = digest if encoding == "hex" else base64_digest

    assert verify_hmac_sha256(message, presented, [secret], encoding=encoding)


@pytest.mark.parametrize("case", RFC_4231_SHA_512)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_rfc_4231_examples_of_sha_512_are_verified(case: str, encoding: Encoding) -> None:
    secret, message, _ = RFC_4231[case]
    digest = RFC_4231_SHA_512[case]
    base64_digest = base64.b64encode(bytes.fromhex(digest)).decode()
    presented = [digest if encoding == "hex" else base64_digest]

    assert verify_hmac(message, presented, [secret], encoding=encoding, algorithm="sha512")


@pytest.mark.parametrize("presented", [[HEX, "00" * 32], ["00" * 32, HEX], ["", "rubbish", HEX]])
def test_any_of_several_signatures_will_do(presented: list[str]) -> None:
    secrets = [b"next", SECRET]
    assert verify_hmac(MESSAGE, presented, secrets, encoding="hex", algorithm="sha256")


@pytest.mark.parametrize("presented", [[], [""], ["00" * 32, "ff" * 32], [HEX[:32], HEX[32:]]])
def test_no_signature_among_several_verifies_nothing(presented: list[str]) -> None:
    assert not verify_hmac(MESSAGE, presented, [SECRET], encoding="hex", algorithm="sha256")


@pytest.mark.parametrize(
    ("algorithm", "digest"), [("sha256", RFC_4231_SHA_512["4.3"]), ("sha512", HEX)]
)
def test_a_digest_of_another_algorithm_is_not_verified(algorithm: Algorithm, digest: str) -> None:
    assert not verify_hmac(MESSAGE, [digest], [SECRET], encoding="hex", algorithm=algorithm)


@pytest.mark.parametrize("presented", [HEX.upper(), HEX.title()])
def test_hex_may_be_in_either_letter_case(presented: str) -> None:
    assert verify_hmac_sha256(MESSAGE, presented, [SECRET], encoding="hex")


@pytest.mark.parametrize("secrets", [[SECRET, b"next"], [b"next", SECRET], [b"", SECRET]])
def test_any_of_several_secrets_will_do(secrets: list[bytes]) -> None:
    assert verify_hmac_sha256(MESSAGE, HEX, secrets, encoding="hex")


@pytest.mark.parametrize("secrets", [[], [b"other"], [SECRET + b"\n"]])
def test_other_secrets_or_none_verify_nothing(secrets: list[bytes]) -> None:
    assert not verify_hmac_sha256(MESSAGE, HEX, secrets, encoding="hex")


def test_empty_secret_verifies_nothing_that_was_signed_with_it() -> None:
    # HMAC-SHA256 of the empty message under the empty key, computed with OpenSSL
    empty = "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad"

    assert not verify_hmac_sha256(b"", empty, [b""], encoding="hex")


def test_another_message_is_not_verified() -> None:
    assert not verify_hmac_sha256(MESSAGE + b"\n", HEX, [SECRET], encoding="hex")


@given(st.sampled_from(ENCODINGS), st.integers(0, 255))
def test_any_flipped_bit_is_refused(encoding: Encoding, bit: int) -> None:
    digest = bytearray(bytes.fromhex(HEX))
    digest[bit // 8] ^= 1 << bit % 8
    changed = digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()

    assert not verify_hmac_sha256(MESSAGE, changed, [SECRET], encoding=encoding)


MALFORMED = [
    ("hex", ""),
    ("hex", HEX[:-1]),
    ("hex", HEX[:-2]),
    ("hex", HEX + "00"),
    ("hex", HEX + "\n"),
    ("hex", " " + HEX),
    ("hex", HEX[:32] + " " + HEX[32:]),
    ("hex", "0x" + HEX),
    ("hex", "sha256=" + HEX),
    ("hex", HEX.replace("b", "\u0432")),
    ("hex", HEX.replace("5", "\u0665")),
    ("hex", HEX[:-1] + "\ud800"),
    ("hex", HEX[:-1] + "\0"),
    ("hex", BASE64),
    ("hex", "0" * 1_000_000),
    ("base64", ""),
    ("base64", BASE64[:-1]),
    ("base64", BASE64 + "="),
    ("base64", BASE64 + "\n"),
    ("base64", " " + BASE64),
    ("base64", BASE64[:20] + "\n" + BASE64[20:]),
    ("base64", BASE64[:-2] + chr(ord(BASE64[-2]) + 1) + "="),
    ("base64", "\u0410" + BASE64[1:]),
    ("base64", BASE64[:-2] + "\ud800="),
    ("base64", HEX),
    ("base64", "A" * 1_000_000),
    ("hex", None),
    ("base64", None),
    ("hex", HEX.encode()),
    ("base64", BASE64.encode()),
]


@pytest.mark.parametrize(("encoding", "presented"), MALFORMED, ids=range(len(MALFORMED)))
def test_malformed_signature_is_refused_without_an_exception(
    encoding: Encoding, presented: str
) -> None:
    assert not verify_hmac_sha256(MESSAGE, presented, [SECRET], encoding=encoding)


def test_base64url_is_not_base64() -> None:
    secret, message, digest = RFC_4231["4.5"]
    presented = base64.urlsafe_b64encode(bytes.fromhex(digest)).decode()

    assert {"-", "_"} < set(presented)
    assert not verify_hmac_sha256(message, presented, [secret], encoding="base64")


@given(st.text(), st.sampled_from(ENCODINGS))
def test_no_text_raises(presented: str, encoding: Encoding) -> None:
    assert not verify_hmac_sha256(MESSAGE, presented, [SECRET], encoding=encoding)


@given(st.text("0123456789abcdef", min_size=64, max_size=64).filter(lambda text: text != HEX))
def test_no_other_digest_is_right(presented: str) -> None:
    assert not verify_hmac_sha256(MESSAGE, presented, [SECRET], encoding="hex")


@pytest.mark.parametrize(
    ("timestamp", "expected"),
    [(999, False), (1000, True), (6000, True), (11_000, True), (11_001, False)],
)
def test_window_holds_in_both_directions(timestamp: int, expected: bool) -> None:
    assert expected == within_window(timestamp, now_ms=6000, window_ms=5000)


@given(st.text())
def test_text_equals_itself(text: str) -> None:
    assert equal(text, "".join(list(text)))


@given(st.text(), st.text())
def test_texts_compare_as_they_do_everywhere(a: str, b: str) -> None:
    assert (a == b) == equal(a, b)


@pytest.mark.parametrize(
    ("a", "b"),
    [("", "a"), ("a", "A"), ("é", "e\u0301"), ("\ud800", "\ud801"), ("\ud83d\ude00", "\U0001f600")],
)
def test_different_texts_are_not_equal(a: str, b: str) -> None:
    assert not equal(a, b)


def test_lone_surrogates_compare() -> None:
    assert equal("\ud800", "\ud800")
