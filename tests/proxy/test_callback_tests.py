"""Test callbacks: what their mark opens, and that it opens nothing else."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, ip_network
from typing import Any

import pytest
import requests

from crypto import KeyRing
from proxy.http.callback_tests import TEST_HEADER, WINDOW_SECONDS, Mark, open_mark, told_of_route
from proxy.http.guards import read_address
from proxy.http.proofs import judge
from proxy.operating.doctor.forging import forged
from proxy.vendors.part import CallbackUnreadable, CalledBack
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
from tests.documents import everything
from tests.example_environment import random_key
from tests.kit.world import KitWorld

NOW = 1_800_000_000
ENTRY = IPv4Address("192.0.2.7")
KEYS = KeyRing.parse(f"3:{random_key(64)},1:{random_key(64)}", key_bytes=64)
SECRETS = ("shared-secret-of-the-vendor", "the-one-before")
MARK = Mark(NOW, "0" * 32, ENTRY)


def test_a_mark_opens_with_the_same_keys_and_its_answer_is_known() -> None:
    opened = open_mark(MARK.sealed(KEYS, "acme"), KEYS, "acme", NOW)
    assert opened is not None
    assert (MARK, True) == (opened[0], MARK.is_answered(KEYS, "acme", {"answer": opened[1]}))


def test_a_mark_opens_where_its_key_stands_behind_another() -> None:
    led = KEYS.led_by(1)
    assert open_mark(MARK.sealed(KEYS, "acme"), led, "acme", NOW) is not None


@pytest.mark.parametrize("off", [WINDOW_SECONDS, -WINDOW_SECONDS])
def test_a_mark_holds_for_a_few_minutes(off: int) -> None:
    sealed = MARK.sealed(KEYS, "acme")
    beyond = off + (1 if off > 0 else -1)
    assert open_mark(sealed, KEYS, "acme", NOW + off) is not None
    assert open_mark(sealed, KEYS, "acme", NOW + beyond) is None


SEALED = MARK.sealed(KEYS, "acme")
FORGERIES = {
    "nothing": "",
    "rubbish": "1;2;3",
    "huge": "1;" * 10_000,
    "another version": f"2{SEALED[1:]}",
    "no such key": SEALED.replace("1;3;", "1;9;", 1),
    "another key's number": SEALED.replace("1;3;", "1;1;", 1),
    "another time": SEALED.replace(str(NOW), str(NOW + 1)),
    "another nonce": SEALED.replace("0" * 32, "1" * 32),
    "another entry": SEALED.replace("192.0.2.7", "192.0.2.8"),
    "another end": SEALED[:-1] + ("0" if SEALED[-1] != "0" else "1"),
    "twice": f"{SEALED},{SEALED}",
    "a space behind": f"{SEALED} ",
    "digits of elsewhere": SEALED.replace("1;3;", "1;\u0663;", 1),
}


@pytest.mark.parametrize("forgery", FORGERIES.values(), ids=FORGERIES)
def test_what_is_changed_opens_nothing(forgery: str) -> None:
    assert open_mark(forgery, KEYS, "acme", NOW) is None


def test_a_mark_is_one_vendors_and_one_deployments() -> None:
    others = KeyRing.parse(f"3:{random_key(64)}", key_bytes=64)
    assert None is open_mark(SEALED, KEYS, "other", NOW)
    assert None is open_mark(SEALED, others, "acme", NOW)


@pytest.mark.parametrize("answer", [{}, {"answer": None}, {"answer": SEALED[-64:]}, {"answer": 1}])
def test_who_has_no_keys_cannot_answer(answer: Mapping[str, Any]) -> None:
    assert not MARK.is_answered(KEYS, "acme", answer)


NETWORKS = (ip_network("198.51.100.0/24"),)


@pytest.mark.parametrize(
    ("forwarded", "hops", "expected"),
    [
        (None, 0, {"entries": 0, "kinds": [], "appended": None, "sender": "loopback"}),
        (None, 1, {"entries": 0, "kinds": [], "appended": None, "sender": "unknown"}),
        ("192.0.2.7", 1, {"entries": 1, "kinds": ["other"], "appended": 0, "sender": "test"}),
        (
            "192.0.2.7, 198.51.100.4, 10.0.0.1",
            2,
            {
                "entries": 3,
                "kinds": ["other", "vendor", "private"],
                "appended": 2,
                "sender": "vendor",
            },
        ),
        (
            "203.0.113.9, 192.0.2.7, x",
            1,
            {
                "entries": 3,
                "kinds": ["other", "other", "unreadable"],
                "appended": 1,
                "sender": "unknown",
            },
        ),
    ],
)
def test_how_a_test_came_in_is_told_by_numbers_and_kinds(
    forwarded: str | None, hops: int, expected: dict[str, Any]
) -> None:
    told = told_of_route(MARK, forwarded, "127.0.0.1", hops, NETWORKS)
    assert {**expected, "connection": "loopback", "hops": hops} == told


# Every kind of proof


class Vendor(CalledBack[str]):
    """A vendor whose callbacks prove their origin in some way."""

    name = "acme"

    def __init__(self, proof: Proof, content_type: str | None = "application/json") -> None:
        self.proof = proof
        self.callback_content_type = content_type

    def read_callback(self, _headers: RequestHeaders, _body: bytes) -> str | None:
        """Read nothing."""
        raise CallbackUnreadable("none is one")


def read_form(_: RequestHeaders, body: bytes) -> list[Signature]:
    document = json.loads(body)
    return [Signature(document["message"].encode(), document["hash"])]


def write_form(sign: Any, now: int) -> tuple[dict[str, str], bytes]:
    return {"X-Form": "1"}, json.dumps(
        {"message": str(now), "hash": sign(str(now).encode())}
    ).encode()


ALGORITHMS = AlgorithmHeader("X-Digest", {"HMAC_SHA512_HEX": "sha512"})
PROOFS: dict[str, Proof] = {
    "a shared secret": SharedSecret("X-Secret", SECRETS),
    "a signature": Hmac(("X-Signature",), SECRETS),
    "in base64": Hmac(("X-Signature",), SECRETS, encoding="base64"),
    "of another digest": Hmac(("X-Signature",), SECRETS, algorithm="sha512"),
    "of a digest that is named": Hmac(("X-Signature",), SECRETS, algorithm=ALGORITHMS),
    "with a time in a list": Hmac(("X-Sig",), SECRETS, form="t=,v1=", signs="{t}.{body}"),
    "with a time before it": Hmac(("X-Sig",), SECRETS, form="t.signature", signs="{t}.{body}"),
    "with a time in a header": Hmac(("X-Sig",), SECRETS, signs="{t}:{body}", time_header="X-Time"),
    "in the body": Signatures(read_form, SECRETS, write=write_form),
}


class Headers(dict[str, str]):
    """Headers by their names in any case."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__({name.lower(): value for name, value in given.items()})

    def get(self, name: str, default: Any = None, /) -> Any:
        """Return a header's value."""
        return super().get(name.lower(), default)


@pytest.mark.parametrize("proof", PROOFS.values(), ids=PROOFS)
def test_a_test_proves_its_origin_as_the_vendor_would(proof: Proof) -> None:
    test = forged(Vendor(proof), NOW)
    held = judge(proof, Headers(test.headers), test.body, sender=None, now=NOW)
    assert (True, True) == (test.is_signed, held is not None)


@pytest.mark.parametrize(
    "proof", [FromNetworks(NETWORKS), Signatures(read_form, SECRETS)], ids=["address", "unwritten"]
)
def test_what_cannot_be_made_is_not_pretended(proof: Proof) -> None:
    test = forged(Vendor(proof), NOW)
    assert (False, {"Content-Type": "application/json"}) == (test.is_signed, test.headers)


def test_a_test_has_the_content_type_that_the_vendors_have() -> None:
    test = forged(Vendor(SharedSecret("X-Secret", SECRETS), "text/plain"), NOW)
    assert "text/plain" == test.headers["Content-Type"]


def test_every_vendor_of_ours_that_signs_can_be_tested() -> None:
    parts = everything().parts.of(CalledBack)
    for part in parts:
        test = forged(part, NOW)
        held = judge(part.proof, Headers(test.headers), test.body, sender=None, now=NOW)
        assert (isinstance(part.proof, FromNetworks), test.is_signed) == (
            held is None,
            held is not None,
        )
    assert parts


# The app


@pytest.fixture(scope="module")
def module_world() -> Iterator[KitWorld]:
    """Return a world with vendors of each kind of proof and of trip."""
    world = KitWorld(INTEGRATIONS="passcheck,facecheck,calendar,guild", integration_api=True)
    yield world
    world.close()


@pytest.fixture
def world(module_world: KitWorld) -> KitWorld:
    """Return it, with nothing kept from another test."""
    module_world.start_afresh()
    return module_world


def keys(world: KitWorld) -> KeyRing:
    return KeyRing.parse(world.settings["SEAL_KEYS"], key_bytes=64)


def post(
    world: KitWorld, vendor: str, mark: str, suffix: str = "", **headers: str
) -> requests.Response:
    """Post a test callback of a vendor with a mark."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(
        f"{world.api_url}/callbacks/{vendor}{suffix}",
        data=b"{}",
        headers={TEST_HEADER: mark, "Content-Type": "application/json", **named},
        timeout=10,
    )


def fresh_mark() -> Mark:
    return Mark(int(time.time()), secrets.token_hex(16), ENTRY)


@pytest.mark.parametrize(
    ("vendor", "suffix"),
    [("passcheck", ""), ("passcheck", "/x"), ("facecheck", ""), ("calendar", "/x"), ("guild", "")],
)
def test_a_test_is_answered_and_ends_there(world: KitWorld, vendor: str, suffix: str) -> None:
    mark = fresh_mark()
    told = post(world, vendor, mark.sealed(keys(world), vendor), suffix, X_Forwarded_For=f"{ENTRY}")
    assert 200 == told.status_code
    assert mark.is_answered(keys(world), vendor, told.json())
    assert ("fails", 0) == (told.json()["proof"], told.json()["appended"])
    assert [] == world.sharetribe.calls


def test_no_address_is_in_the_answer(world: KitWorld) -> None:
    mark = fresh_mark()
    came = f"{ENTRY}, 198.51.100.99, 10.9.8.7"
    told = post(world, "facecheck", mark.sealed(keys(world), "facecheck"), X_Forwarded_For=came)
    assert [] == [one for one in (*came.split(", "), "127.0.0.1") if one in told.text]


@pytest.mark.parametrize(("vendor", "status"), [("passcheck", 401), ("facecheck", 403)])
@pytest.mark.parametrize("mark", ["", "x", SEALED])
def test_a_false_mark_is_refused_as_a_stranger_is(
    world: KitWorld, vendor: str, status: int, mark: str
) -> None:
    told = post(world, vendor, mark)
    stranger = requests.post(
        f"{world.api_url}/callbacks/{vendor}",
        data=b"{}",
        headers={"Content-Type": "application/json"},
        timeout=10,
    )
    assert (status, status) == (told.status_code, stranger.status_code)
    assert stranger.json()["type"] == told.json()["type"]
    assert [] == world.sharetribe.calls


def test_a_true_callback_with_a_false_mark_does_nothing(world: KitWorld) -> None:
    """Whoever can add a header to what a vendor sends can lose it, and nothing else."""
    test = forged(Vendor(SharedSecret("X-Secret", SECRETS)), NOW)
    told = post(world, "passcheck", "x", **test.headers)
    assert (401, []) == (told.status_code, world.sharetribe.calls)


def test_a_test_that_comes_again_tells_its_sender_about_itself_alone(world: KitWorld) -> None:
    sealed = fresh_mark().sealed(keys(world), "passcheck")
    first = post(world, "passcheck", sealed, X_Forwarded_For="198.51.100.1")
    again = post(world, "passcheck", sealed, X_Forwarded_For="10.0.0.1, 10.0.0.2")
    assert (["other"], ["private", "private"]) == (first.json()["kinds"], again.json()["kinds"])
    assert read_address("198.51.100.1") is not None
    assert [] == world.sharetribe.calls
