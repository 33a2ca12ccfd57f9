"""Sealed references: what opens, and the one answer for everything that does not."""

import base64
import string
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from hypothesis import given
from hypothesis import strategies as st

from crypto import (
    KeyRing,
    Reference,
    ReferenceInvalid,
    Sealer,
    sealed_length,
)

CARRIER_CHARACTERS = 100  # the shortest field that a vendor is known to echo
NOW = 1_795_300_000
MAX_AGE = 61 * 24 * 3600
PURPOSE = "acme.reference"
CLIENT = "9c0e4b62-83d5-47f1-a1be-50c7d2e6f384"
USER = UUID("4f6b8d02-17c9-4ae3-b5d8-c0e1f2a3b495")
TOKEN = "v2--a1b2c3d4-e5f6-4789-9abc-def012345678--8899aabbccddeeff00112233445566778899aabb"
KEYS = KeyRing(((3, bytes(range(64))), (1, bytes(range(64, 128)))))
SEALER = Sealer(KEYS, CLIENT)
ALPHABET = string.ascii_letters + string.digits + "-_"

times = st.integers(0, 2**32 - 1)
packable_tokens = st.builds(
    lambda token_id, secret: f"v2--{token_id}--{secret.hex()}",
    st.uuids(version=4),
    st.binary(min_size=20, max_size=20),
)
other_tokens = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=400)
tokens = packable_tokens | other_tokens | st.none()
references = st.builds(Reference, st.uuids(), times, tokens)
fresh_references = st.builds(Reference, st.uuids(), st.just(NOW), tokens)  # would open, unchanged


def seal(reference: Reference | None = None) -> str:
    return SEALER.seal(reference or Reference(USER, NOW, TOKEN), purpose=PURPOSE)


def open_now(text: Any, sealer: Sealer = SEALER, purpose: str = PURPOSE) -> Reference:
    return sealer.open(text, purpose=purpose, now=NOW, max_age=MAX_AGE)


def assert_refused(text: Any, sealer: Sealer = SEALER, purpose: str = PURPOSE) -> None:
    with pytest.raises(ReferenceInvalid) as caught:
        open_now(text, sealer, purpose)
    error = caught.value
    assert ("the reference is not valid",) == error.args
    assert (None, None) == (error.__cause__, error.__context__)


class TestRoundTrip:
    @given(references, st.text(string.printable, min_size=1), st.text(string.printable, min_size=1))
    def test_what_is_sealed_opens(self, reference: Reference, purpose: str, client: str) -> None:
        sealer = Sealer(KEYS, client)
        text = sealer.seal(reference, purpose=purpose)

        opened = sealer.open(text, purpose=purpose, now=reference.issued_at, max_age=0)

        assert reference == opened

    @given(packable_tokens)
    def test_usual_token_may_travel_as_text_too(self, token: str) -> None:
        reference = Reference(USER, NOW, token)

        assert reference == open_now(SEALER.seal(reference, purpose=PURPOSE, layout=2))

    @given(references)
    def test_text_is_unpadded_base64url(self, reference: Reference) -> None:
        assert set(seal(reference)) <= set(ALPHABET)

    @given(references)
    def test_length_is_known_before_sealing(self, reference: Reference) -> None:
        assert len(seal(reference)) == sealed_length(reference.refresh_token)

    @given(st.builds(Reference, st.uuids(), times, packable_tokens | st.none()))
    def test_reference_with_a_usual_token_or_none_fits_a_carrier(
        self, reference: Reference
    ) -> None:
        assert len(seal(reference)) < CARRIER_CHARACTERS

    @given(packable_tokens)
    def test_usual_token_makes_99_characters(self, token: str) -> None:
        assert 99 == sealed_length(token)

    @pytest.mark.parametrize(("token", "layout"), [(TOKEN, 1), ("opaque", 2), (None, 3)])
    def test_header_tells_version_layout_and_key_id(self, token: str | None, layout: int) -> None:
        header = raw(seal(Reference(USER, NOW, token)))[:2]

        assert bytes([0x10 | layout, 3]) == header

    def test_equal_references_without_a_token_make_different_texts(self) -> None:
        reference = Reference(USER, NOW, None)

        assert seal(reference) != seal(reference)

    def test_old_key_still_opens_when_another_seals(self) -> None:
        rotated = KeyRing(((9, bytes(64)), *KEYS.entries))

        assert open_now(seal(), Sealer(rotated, CLIENT)) == Reference(USER, NOW, TOKEN)

    def test_sealed_text_shows_neither_token_nor_user(self) -> None:
        sealed = raw(SEALER.seal(Reference(USER, NOW, TOKEN), purpose=PURPOSE, layout=2))

        assert TOKEN.encode() not in sealed
        assert USER.bytes not in sealed

    def test_repr_hides_the_token(self) -> None:
        assert TOKEN not in repr(Reference(USER, NOW, TOKEN))


class TestBestLayout:
    @pytest.mark.parametrize(
        "token",
        [
            TOKEN.upper(),
            TOKEN[:42] + TOKEN[42:].upper(),
            TOKEN.replace("v2", "v3"),
            TOKEN.replace("-4789-", "-1789-"),
            TOKEN.replace("-9abc-", "-cabc-"),
            TOKEN + "0",
            TOKEN + "\n",
            TOKEN[:-1],
            TOKEN[:-1] + "g",
            TOKEN[:-1] + "\u0661",
            "x" + TOKEN,
        ],
    )
    def test_token_of_nearly_the_usual_form_survives_as_text(self, token: str) -> None:
        reference = Reference(USER, NOW, token)
        text = seal(reference)

        assert 0x12 == raw(text)[0]
        assert len(text) == sealed_length(token)
        assert reference == open_now(text)

    @pytest.mark.parametrize(
        ("token", "layout"),
        [
            (None, 1),
            (None, 2),
            (TOKEN, 3),
            ("opaque", 1),
            (TOKEN + "0", 1),
            ("opaque", 3),
            (TOKEN, 0),
            (TOKEN, 4),
            (TOKEN, 16),
            (TOKEN, -1),
        ],
    )
    def test_layout_that_cannot_hold_the_token_is_refused(
        self, token: str | None, layout: int
    ) -> None:
        with pytest.raises(ValueError, match=f"layout {layout} cannot hold"):
            SEALER.seal(Reference(USER, NOW, token), purpose=PURPOSE, layout=layout)


class TestSealRefuses:
    @pytest.mark.parametrize("token", ["", "\ud800", "secret-\udfff"])
    def test_token_that_is_empty_or_not_unicode(self, token: str) -> None:
        with pytest.raises(ValueError, match="empty or not Unicode") as caught:
            seal(Reference(USER, NOW, token))

        assert (None, None) == (caught.value.__cause__, caught.value.__context__)

    @pytest.mark.parametrize("token", ["", "\ud800"])
    def test_length_of_such_a_token(self, token: str) -> None:
        with pytest.raises(ValueError, match="empty or not Unicode"):
            sealed_length(token)

    @pytest.mark.parametrize("issued_at", [-1, 2**32])
    def test_time_outside_32_bits(self, issued_at: int) -> None:
        with pytest.raises(ValueError, match="time of issue"):
            seal(Reference(USER, issued_at, TOKEN))

    def test_empty_purpose(self) -> None:
        with pytest.raises(ValueError, match="purpose is empty"):
            SEALER.seal(Reference(USER, NOW, TOKEN), purpose="")

    def test_token_too_long_to_open_again(self) -> None:
        longest = "t" * 6106
        assert open_now(seal(Reference(USER, NOW, longest))).refresh_token == longest

        with pytest.raises(ValueError, match="longer than 8192 characters"):
            seal(Reference(USER, NOW, longest + "t"))

    def test_keys_of_another_length(self) -> None:
        with pytest.raises(ValueError, match="64 bytes"):
            Sealer(KeyRing((*KEYS.entries, (2, bytes(32)))), CLIENT)

    def test_empty_client_id(self) -> None:
        with pytest.raises(ValueError, match="client id is empty"):
            Sealer(KEYS, "")


class TestTime:
    @pytest.mark.parametrize("age", [-300, -1, 0, 1, MAX_AGE])
    def test_reference_within_its_time_opens(self, age: int) -> None:
        reference = Reference(USER, NOW - age, TOKEN)

        assert reference == open_now(seal(reference))

    @pytest.mark.parametrize("age", [-(2**30), -301, MAX_AGE + 1, NOW])
    def test_reference_outside_its_time_is_refused(self, age: int) -> None:
        text = seal(Reference(USER, NOW - age, TOKEN))

        assert_refused(text)

    @given(times, times, st.integers(0, 2**32), st.integers(0, 2**32))
    def test_times_decide_and_nothing_else(
        self, issued_at: int, now: int, max_age: int, leeway: int
    ) -> None:
        text = seal(Reference(USER, issued_at, TOKEN))

        try:
            SEALER.open(text, purpose=PURPOSE, now=now, max_age=max_age, leeway=leeway)
            opened = True
        except ReferenceInvalid:
            opened = False

        assert opened == (now - issued_at <= max_age and issued_at - now <= leeway)


class TestRefusal:
    @given(fresh_references, st.data())
    def test_any_flipped_bit(self, reference: Reference, data: st.DataObject) -> None:
        sealed = bytearray(raw(seal(reference)))
        bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
        sealed[bit // 8] ^= 1 << bit % 8

        assert_refused(spelled(bytes(sealed)))

    def test_every_other_character_in_every_place(self) -> None:
        text = seal()

        for place, right in enumerate(text):
            for wrong in ALPHABET.replace(right, "") + "+/= \n\0\u0410":
                changed = text[:place] + wrong + text[place + 1 :]
                assert_refused(changed)

    @pytest.mark.parametrize("token", [TOKEN, "opaque", None])
    def test_every_other_length(self, token: str | None) -> None:
        text = seal(Reference(USER, NOW, token))

        for length in range(len(text)):
            assert_refused(text[:length])
            assert_refused(text[length + 1 :])

    @given(st.integers(0, 99), st.sampled_from(" \t\r\n=.+/\0\u200b\ufeffA"))
    def test_character_put_in_anywhere(self, place: int, extra: str) -> None:
        text = seal()

        assert_refused(text[:place] + extra + text[place:])

    def test_layout_swapped_in_the_header(self) -> None:
        for token in (TOKEN, "opaque", None):
            sealed = raw(seal(Reference(USER, NOW, token)))
            for layout in set(range(16)) - {sealed[0] & 0x0F}:
                swapped = spelled(bytes([0x10 | layout]) + sealed[1:])
                assert_refused(swapped)

    @given(fresh_references, st.text(string.printable).filter(lambda purpose: purpose != PURPOSE))
    def test_another_purpose(self, reference: Reference, purpose: str) -> None:
        text = seal(reference)

        assert_refused(text, purpose=purpose)

    @given(
        fresh_references, st.text(string.printable, min_size=1).filter(lambda text: text != CLIENT)
    )
    def test_another_client_id(self, reference: Reference, client: str) -> None:
        text = seal(reference)

        assert_refused(text, Sealer(KEYS, client))

    def test_another_key_with_the_same_id(self) -> None:
        other = KeyRing(((3, KEYS.entries[1][1]),))

        assert_refused(seal(), Sealer(other, CLIENT))

    def test_key_id_that_is_not_in_the_ring(self) -> None:
        other = KeyRing(((4, KEYS.first[1]),))

        assert_refused(seal(), Sealer(other, CLIENT))

    @given(st.text() | st.text(ALPHABET))
    def test_any_other_text(self, text: str) -> None:
        assert_refused(text)

    @given(st.binary(max_size=120))
    def test_any_bytes_behind_a_right_header(self, rest: bytes) -> None:
        assert_refused(spelled(b"\x11\x03" + rest))

    @pytest.mark.parametrize("size", [8192, 8193, 1_000_000])
    def test_long_rubbish(self, size: int) -> None:
        assert_refused("E" * size)

    @pytest.mark.parametrize("odd", [None, b"", 7, [], {}, True, USER])
    def test_what_is_not_text(self, odd: Any) -> None:
        assert_refused(odd)

    def test_authentic_text_of_more_than_8192_characters(self) -> None:
        header, plaintext = b"\x12\x03", USER.bytes + NOW.to_bytes(4, "big") + b"t" * 6107
        context = [header, PURPOSE.encode(), CLIENT.encode()]
        text = spelled(header + AESSIV(KEYS.first[1]).encrypt(plaintext, context))

        assert 8194 == len(text)
        assert_refused(text)


def raw(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def spelled(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
