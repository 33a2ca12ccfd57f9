"""Only what HubRise has signed is taken, over the bytes as they came, at an address of ours.

Of the vendor's own tests (github.com/HubRise/ruby-app 1.2.14, `spec/controllers/hubrise_app/
callback_controller_spec.rb`, read 2026-11) this file covers a good HMAC, which is taken, and a
wrong one, which is answered 401; their secret, body and HMAC are the official vector below.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator

import pytest
import requests

from sandbox.hubrise.callbacks import SIGNATURE_HEADER
from sandbox.kit.sender import Headers
from tests.integrations.hubrise.flows.till import Shop, code_of
from tests.integrations.hubrise.flows.world import HubRiseWorld

OFFICIAL_SECRET = "dummy_secret"
OFFICIAL_BODY = b'{"key":"val","app_instance_id":"hr_id1"}'
OFFICIAL_HMAC = "edb1136a4bd15e6637f2720b9804f21a4913ce41e5ba31b8ad62bad00fa53ce5"
UNSIGNED = (401, "signature-invalid")


@pytest.fixture(scope="module")
def module_world() -> Iterator[HubRiseWorld]:
    """Return a world with the Integration API and the vendor's test secret, for this file."""
    world = HubRiseWorld(
        integration_api=True,
        HUBRISE_CLIENT_SECRET=OFFICIAL_SECRET,
    )
    world.hubrise.client_secret = OFFICIAL_SECRET
    yield world
    world.close()


def digest(body: bytes, secret: str = OFFICIAL_SECRET) -> bytes:
    return hmac.digest(secret.encode(), body, hashlib.sha256)


def send(shop: Shop, body: bytes, *signatures: str, name: str = SIGNATURE_HEADER) -> int:
    """Send a body with these signature headers and return the status."""
    headers: Headers = [(name, signature) for signature in signatures]
    return shop.send(body, headers=headers).status_code


def encoded(shop: Shop, status: str = "accepted") -> bytes:
    return json.dumps(shop.event(status), ensure_ascii=False).encode()


def test_the_vendors_own_example_is_genuine(shop: Shop) -> None:
    answer = shop.send(OFFICIAL_BODY, headers=[(SIGNATURE_HEADER, OFFICIAL_HMAC)])
    # Past the signature; but it is about no resource.
    assert (400, "body-invalid") == code_of(answer)


@pytest.mark.parametrize(
    ("body", "signature"),
    [
        (OFFICIAL_BODY + b"\n", OFFICIAL_HMAC),
        (OFFICIAL_BODY.replace(b"val", b"vaI"), OFFICIAL_HMAC),
        (OFFICIAL_BODY.replace(b",", b", "), OFFICIAL_HMAC),
        (OFFICIAL_BODY, OFFICIAL_HMAC[:-1] + "6"),
        (OFFICIAL_BODY, OFFICIAL_HMAC[::-1]),
    ],
)
def test_next_to_the_vendors_own_example_nothing_is_genuine(
    shop: Shop, body: bytes, signature: str
) -> None:
    answer = shop.send(body, headers=[(SIGNATURE_HEADER, signature)])
    assert UNSIGNED == code_of(answer)


def test_a_genuine_event_is_taken(shop: Shop) -> None:
    body = encoded(shop)
    assert 200 == send(shop, body, digest(body).hex())
    assert "accepted" == shop.record["status"]


@pytest.mark.parametrize("name", [SIGNATURE_HEADER.upper(), SIGNATURE_HEADER.lower()])
def test_the_headers_letter_case_does_not_matter(shop: Shop, name: str) -> None:
    body = encoded(shop)
    assert 200 == send(shop, body, digest(body).hex(), name=name)


def test_the_hex_digits_letter_case_does_not_matter(shop: Shop) -> None:
    body = encoded(shop)
    assert 200 == send(shop, body, digest(body).hex().upper())


def test_a_byte_order_mark_is_signed_and_then_skipped(shop: Shop) -> None:
    body = encoded(shop)
    marked = b"\xef\xbb\xbf" + body
    assert 401 == send(shop, marked, digest(body).hex())
    assert 200 == send(shop, marked, digest(marked).hex())
    assert "accepted" == shop.record["status"]


def test_what_is_signed_are_the_bytes_not_the_document(shop: Shop) -> None:
    event = {**shop.event("accepted"), "customer_notes": "Sans gluten, s'il vous plaît 🌾"}
    for body in (
        json.dumps(event, ensure_ascii=False).encode(),
        json.dumps(event, indent=4).encode(),
        json.dumps(dict(reversed(event.items()))).encode(),
    ):
        assert 200 == send(shop, body, digest(body).hex())
        other = json.dumps(json.loads(body), sort_keys=True, indent=1).encode()
        assert 401 == send(shop, other, digest(body).hex())


WRONG: dict[str, Callable[[bytes], list[str]]] = {
    "missing": lambda _: [],
    "empty": lambda _: [""],
    "another-secret": lambda body: [digest(body, "another_secret").hex()],
    "no-secret": lambda body: [digest(body, "").hex()],
    "another-body": lambda body: [digest(body + b" ").hex()],
    "empty-body": lambda _: [digest(b"").hex()],
    "base64": lambda body: [base64.b64encode(digest(body)).decode()],
    "base64url": lambda body: [base64.urlsafe_b64encode(digest(body)).decode()],
    "base64-of-hex": lambda body: [base64.b64encode(digest(body).hex().encode()).decode()],
    "prefixed": lambda body: [f"sha256={digest(body).hex()}"],
    "cut": lambda body: [digest(body).hex()[:-1]],
    "longer": lambda body: [digest(body).hex() + "0"],
    "sha1": lambda body: [hmac.new(b"dummy_secret", body, hashlib.sha1).hexdigest()],
    "sha512": lambda body: [hmac.new(b"dummy_secret", body, hashlib.sha512).hexdigest()],
    "unkeyed": lambda body: [hashlib.sha256(body).hexdigest()],
    "other-digits": lambda body: ["\u0660" + digest(body).hex()[1:]],
    "twice": lambda body: [digest(body).hex()] * 2,
    "good-then-bad": lambda body: [digest(body).hex(), "0" * 64],
    "bad-then-good": lambda body: ["0" * 64, digest(body).hex()],
    "listed": lambda body: [f"{digest(body).hex()},{digest(body).hex()}"],
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_everything_else_is_refused_and_changes_nothing(
    shop: Shop, make: Callable[[bytes], list[str]]
) -> None:
    body = encoded(shop)
    before = list(shop.world.sharetribe.calls)
    signatures = [text.encode("utf-8").decode("latin-1") for text in make(body)]
    headers: Headers = [(SIGNATURE_HEADER, signature) for signature in signatures]
    assert UNSIGNED == code_of(shop.send(body, headers=headers))
    assert "new" == shop.record["status"]
    assert before == shop.world.sharetribe.calls


def test_a_signature_in_another_header_is_none(shop: Shop) -> None:
    body = encoded(shop)
    assert 401 == send(shop, body, digest(body).hex(), name="X-Hub-Signature-256")


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"\xff", b"[]", b"<xml/>"])
def test_nothing_is_read_before_the_signature(shop: Shop, body: bytes) -> None:
    assert 401 == send(shop, body, "0" * 64)
    assert 400 == send(shop, body, digest(body).hex())


def test_the_signature_comes_before_the_address(shop: Shop) -> None:
    url = shop.callback_url[:-8] + "deadbeef"
    body = encoded(shop)
    headers: Headers = [(SIGNATURE_HEADER, "0" * 64)]
    assert UNSIGNED == code_of(shop.send(body, to=url, headers=headers))


def other_vendors_reference(shop: Shop) -> str:
    """Return a reference that was sealed here, for a check of identity."""
    shop.browser.start()
    return shop.world.checks.check.reference


JUNK: dict[str, Callable[[Shop], str]] = {
    "short": lambda _: "x",
    "long": lambda _: "A" * 2_000,
    "cut": lambda shop: shop.callback_url.rpartition("/")[2][:-1],
    "longer": lambda shop: shop.callback_url.rpartition("/")[2] + "A",
    "altered": lambda shop: shop.callback_url.rpartition("/")[2][:-4] + "AAAA",
    "encoded": lambda _: "%00%ff..%2f",
    "token": lambda shop: shop.connection.token,
    "other-vendors": other_vendors_reference,
}


@pytest.mark.parametrize("make", JUNK.values(), ids=JUNK)
def test_an_address_that_does_not_open_keeps_the_event_at_hubrise(
    shop: Shop, make: Callable[[Shop], str]
) -> None:
    event = shop.event("accepted")
    url = f"{shop.callback_url.rpartition('/')[0]}/{make(shop)}"
    answer = shop.send(event, to=url)
    assert (503, "reference-invalid") == code_of(answer)
    assert answer.headers["Retry-After"].isdigit()
    assert "new" == shop.record["status"]


@pytest.mark.parametrize("rest", ["", "/", "/x/y"])
def test_an_address_without_a_reference_is_none(shop: Shop, rest: str) -> None:
    url = shop.callback_url.rpartition("/")[0] + rest
    assert 404 == shop.send(shop.event("accepted"), to=url).status_code


def test_the_reference_is_not_looked_for_in_the_query(shop: Shop) -> None:
    base, _, reference = shop.callback_url.rpartition("/")
    answer: requests.Response = shop.send(shop.event("accepted"), to=f"{base}/x?c={reference}")
    assert (503, "reference-invalid") == code_of(answer)


def test_a_replayed_event_changes_nothing_more(shop: Shop) -> None:
    body = encoded(shop)
    signature = digest(body).hex()
    assert 200 == send(shop, body, signature)
    later = encoded(shop, "completed")
    assert 200 == send(shop, later, digest(later).hex())
    assert 200 == send(shop, body, signature)
    assert "completed" == shop.record["status"]
