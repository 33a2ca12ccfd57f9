"""Key rings: parsing, order, and keys that never show."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import (
    CHECKSUM_KEY_BYTES,
    SEAL_KEY_BYTES,
    KeyRing,
    KeyRingError,
    base64url,
    generate_key_entry,
)

ONE, TWO, THREE = bytes(range(4)), bytes(range(4, 8)), bytes(range(8, 12))
TEXT_ONE, TEXT_TWO, TEXT_THREE = "AAECAw", "BAUGBw", "CAkKCw"


def test_ring_keeps_the_order_of_its_text() -> None:
    ring = KeyRing.parse(f"9:{TEXT_ONE},2:{TEXT_TWO},5:{TEXT_THREE}", key_bytes=4)

    assert (9, 2, 5) == ring.ids


def test_first_key_is_the_first_of_the_text() -> None:
    ring = KeyRing.parse(f"9:{TEXT_ONE},2:{TEXT_TWO}", key_bytes=4)

    assert (9, ONE) == ring.first


def test_key_is_found_by_its_id() -> None:
    ring = KeyRing.parse(f"0:{TEXT_ONE},255:{TEXT_TWO}", key_bytes=4)

    assert (ONE, TWO, None) == (ring.get(0), ring.get(255), ring.get(1))


def test_a_revealed_ring_reads_back_the_same() -> None:
    text = f"9:{TEXT_ONE},2:{TEXT_TWO}"
    assert text == KeyRing.parse(text, key_bytes=4).reveal()


def test_whitespace_around_entries_is_ignored() -> None:
    ring = KeyRing.parse(f" 1:{TEXT_ONE} ,\n\t2:{TEXT_TWO}\r\n", key_bytes=4)

    assert ((1, ONE), (2, TWO)) == ring.entries


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "entry 1 is empty"),
        ("   ", "entry 1 is empty"),
        (f"1:{TEXT_ONE},", "entry 2 is empty"),
        (f"1:{TEXT_ONE},,2:{TEXT_TWO}", "entry 2 is empty"),
        (TEXT_ONE, "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"{TEXT_ONE}:1", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f":{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"256:{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"01:{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"+1:{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"-0:{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"1 :{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"1_0:{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        (f"\u0661:{TEXT_ONE}", "entry 1 does not begin with a key id from 0 to 255 and a colon"),
        ("1", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        ("1:", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        (f"1: {TEXT_ONE}", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        (f"1:{TEXT_ONE}==", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        (f"1:{TEXT_ONE}:x", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        ("1:AAECAx", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        ("1:AAEC", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        ("1:AAECAwQ", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        (f"1:{TEXT_ONE};2:{TEXT_TWO}", "entry 1: key 1 is not 4 bytes in unpadded base64url"),
        (f"1:{TEXT_ONE},8:+/+/+w", "entry 2: key 8 is not 4 bytes in unpadded base64url"),
        (f"3:{TEXT_ONE},4:{TEXT_TWO},3:{TEXT_TWO}", "entry 3: key id 3 is used twice"),
    ],
)
def test_unusable_ring_is_refused_with_the_place_and_the_id(text: str, message: str) -> None:
    with pytest.raises(KeyRingError) as caught:
        KeyRing.parse(text, key_bytes=4)

    assert message == str(caught.value)


@given(
    st.sampled_from(["{key}", "{key}:1", "x{key}", "300:{key}", "1:{key}=", "1:{key},1:{key}"]),
    st.binary(min_size=32, max_size=32),
)
def test_no_key_shows_in_an_error(form: str, key: bytes) -> None:
    text = base64url.encode(key)

    with pytest.raises(KeyRingError) as caught:
        KeyRing.parse(form.format(key=text), key_bytes=32)

    error = caught.value
    assert text not in repr(error)
    assert (None, None) == (error.__cause__, error.__context__)


@given(st.text())
def test_no_text_yields_anything_but_a_ring_or_its_error(text: str) -> None:
    try:
        ring = KeyRing.parse(text, key_bytes=4)
    except KeyRingError:
        return
    assert len(ring.ids) == len(text.split(","))


def test_repr_shows_ids_and_no_keys() -> None:
    ring = KeyRing.parse(f"9:{TEXT_ONE},2:{TEXT_TWO}", key_bytes=4)

    assert "KeyRing(ids=(9, 2))" == repr(ring)


def test_ring_cannot_be_changed() -> None:
    ring = KeyRing.parse(f"9:{TEXT_ONE}", key_bytes=4)

    with pytest.raises(dataclasses.FrozenInstanceError):
        ring.entries = ()  # type: ignore[misc]  # the assignment that must fail


@pytest.mark.parametrize("key_bytes", [CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES])
@pytest.mark.parametrize("key_id", [0, 255])
def test_generated_entry_parses(key_id: int, key_bytes: int) -> None:
    ring = KeyRing.parse(generate_key_entry(key_id, key_bytes), key_bytes=key_bytes)

    assert (key_id,) == ring.ids


def test_generated_keys_differ() -> None:
    assert generate_key_entry(1, 32) != generate_key_entry(1, 32)


@pytest.mark.parametrize("key_id", [-1, 256])
def test_entry_with_an_impossible_id_is_not_generated(key_id: int) -> None:
    with pytest.raises(ValueError, match="from 0 to 255"):
        generate_key_entry(key_id, 32)


@pytest.mark.parametrize(
    ("ids", "waiting"),
    [
        ((1,), ()),
        ((1, 2), (2,)),
        ((2, 1), ()),
        ((3, 5, 1, 4), (4, 5)),
        ((254, 1, 255, 253), (255, 1)),
        ((1, 128, 129), (128,)),
        ((255, 127, 128), (127,)),
        ((7, 0), ()),
        ((200, 0), ()),
        ((0, 255, 1), (1, 255)),
    ],
    ids=str,
)
def test_keys_that_wait_are_told_by_their_ids(
    ids: tuple[int, ...], waiting: tuple[int, ...]
) -> None:
    assert waiting == ring_of(*ids).waiting


@given(st.integers(0, 255), st.integers(0, 255))
def test_of_two_ids_exactly_one_is_the_later(one: int, other: int) -> None:
    if one != other:
        waits = [bool(ring_of(*ids).waiting) for ids in ((one, other), (other, one))]
        assert [False, True] == sorted(waits)


@pytest.mark.parametrize(
    ("ids", "oldest"),
    [((1,), 1), ((1, 2), 1), ((2, 1), 1), ((5, 3, 4), 3), ((1, 254, 255), 254), ((1, 0), 0)],
    ids=str,
)
def test_the_oldest_key_is_told_by_the_ids(ids: tuple[int, ...], oldest: int) -> None:
    assert oldest == ring_of(*ids).oldest[0]


def test_where_ids_say_nothing_the_last_key_is_the_oldest() -> None:
    assert 170 == ring_of(1, 85, 170).oldest[0]


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ((0,), 1),
        ((1,), 2),
        ((5, 2), 6),
        ((2, 5), 6),
        ((254,), 255),
        ((255,), 1),
        ((255, 1, 2, 0), 3),
        ((1, 128), 2),
        (tuple(range(1, 129)), None),
        (tuple(range(256)), None),
    ],
    ids=lambda value: (
        f"{len(value)} keys" if isinstance(value, tuple) and value[9:] else str(value)
    ),
)
def test_a_new_key_gets_a_free_id_that_is_later(ids: tuple[int, ...], expected: int | None) -> None:
    assert expected == ring_of(*ids).free_id()


def test_a_key_that_comes_first_leaves_the_others_in_their_order() -> None:
    led = ring_of(1, 2, 3).led_by(3)

    assert ((3, 1, 2), bytes([3])) == (led.ids, led.get(3))


def test_only_a_key_of_the_ring_can_come_first() -> None:
    with pytest.raises(KeyError):
        ring_of(1, 2).led_by(3)


def test_a_ring_without_a_key_keeps_the_others() -> None:
    assert (3, 1) == ring_of(3, 2, 1).without(2).ids


def ring_of(*ids: int) -> KeyRing:
    return KeyRing(tuple((key_id, bytes([key_id])) for key_id in ids))
