"""The address for one connection's callbacks: whose it is, of which connection, and no token."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import KeyRing, Reference, ReferenceInvalid, Sealer
from proxy.connections.callback_reference import ConnectionReferences, address_length

unhurried = settings(deadline=None)  # other work may hold the machine

CLIENT = "3d1f0b7a-6c25-4e98-b7d0-a1c2e3f40516"
USER_ID = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
NEW, OLD = (2, bytes(range(64))), (1, bytes(range(64, 128)))
AT = 1_800_000_000
CALLBACKS = "https://proxy.example/api/callbacks/acme"
LONGEST_URL = 255  # what a text column holds by default where a vendor keeps the address


def references(
    *keys: tuple[int, bytes], vendor: str = "acme", client: str = CLIENT, at: float = AT
) -> ConnectionReferences:
    """Return the references of a vendor, at a fixed time."""
    sealer = Sealer(KeyRing(keys or (NEW, OLD)), client)
    return ConnectionReferences(sealer, vendor, CALLBACKS, lambda: at)


def sealed(used: ConnectionReferences) -> str:
    """Return the last segment of an address that `used` makes."""
    address, _, reference = used.callback_url(USER_ID).rpartition("/")
    assert CALLBACKS == address
    return reference


def test_an_address_tells_whose_connection_it_is() -> None:
    assert USER_ID == references().open(sealed(references()))


def test_no_token_travels_in_an_address() -> None:
    sealer = Sealer(KeyRing((NEW, OLD)), CLIENT)
    purpose = "acme.connection-callback"
    opened = sealer.open(sealed(references()), purpose=purpose, now=AT, max_age=0)

    assert Reference(USER_ID, AT, None) == opened


def test_every_address_is_another_one() -> None:
    assert sealed(references()) != sealed(references())


def test_an_address_is_short_enough_for_vendors() -> None:
    longest_host_name = f"https://{'x' * 63}.herokuapp.com/api/callbacks/passcheck/"

    assert len(longest_host_name + sealed(references())) <= LONGEST_URL


def test_an_addresss_length_is_known_before_there_is_one() -> None:
    assert len(references().callback_url(USER_ID)) == address_length(CALLBACKS)


@pytest.mark.parametrize("years", [0, 1, 60])
def test_an_address_does_not_expire(years: int) -> None:
    later = references(at=AT + years * 365 * 86_400)

    assert USER_ID == later.open(sealed(references()))


def test_an_address_from_the_future_does_not_open() -> None:
    with pytest.raises(ReferenceInvalid):
        references(at=AT - 301).open(sealed(references()))


@pytest.mark.parametrize(
    "other",
    [references(vendor="other"), references(client="another"), references(NEW)],
    ids=["another vendor", "another marketplace", "old key gone"],
)
def test_an_address_does_not_open_elsewhere(other: ConnectionReferences) -> None:
    with pytest.raises(ReferenceInvalid):
        other.open(sealed(references(OLD)))


def test_an_older_keys_address_opens() -> None:
    assert USER_ID == references().open(sealed(references(OLD)))


def test_a_reference_with_a_session_in_it_is_none_of_ours() -> None:
    sealer = Sealer(KeyRing((NEW,)), CLIENT)
    text = sealer.seal(Reference(USER_ID, AT, "token"), purpose="acme.connection-callback")

    with pytest.raises(ReferenceInvalid):
        references().open(text)


@unhurried
@given(st.text())
def test_any_text_does_not_open_and_raises_nothing_else(text: str) -> None:
    with pytest.raises(ReferenceInvalid):
        references().open(text)
