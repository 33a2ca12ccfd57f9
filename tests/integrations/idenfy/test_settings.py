"""iDenfy's settings, what proves its notifications, and what is reported."""

from __future__ import annotations

import pytest

from integrations.idenfy import IDENFY, Idenfy
from proxy.vendors import SettingsReader
from sandbox.idenfy.vendor import Idenfy as Vendor
from tests.integrations.idenfy.fakes import CASE, StubUpstream, scan
from tests.integrations.parts import proven
from tests.integrations.stub_upstream import PreparedUpstreams

WHOLE = {
    "IDENFY_API_KEY": "key-1",
    "IDENFY_API_SECRET": "secret: one",
    "IDENFY_SIGNING_KEYS": "a signing key",
}
BODY = b'{"final":true,"scanRef":"4c1d7f9e-2b6a-4d38-9e57-b0a1c2d3e4f5","clientId":"a reference"}'
# printf '%s' '{"final":true,…}' | openssl dgst -sha256 -hmac 'a signing key' (and 'another key')
SIGNED = "98a39e59840ad9a40ba6e55371884750c22636d0b987e52b4c0080f42c110fab"
SIGNED_ANEW = "9252d9104eb8ed1bf9bf47de14a4674f93f23b59987912048e187cc83adb41cd"


def built(**variables: str) -> tuple[Idenfy, PreparedUpstreams, StubUpstream, list[str]]:
    reader, upstream = SettingsReader(variables), StubUpstream(scan())
    upstreams = PreparedUpstreams(upstream)
    (vendor,) = IDENFY.build(reader, upstreams)
    assert isinstance(vendor, Idenfy)
    return vendor, upstreams, upstream, reader.problems


def is_proven(vendor: Idenfy, signature: str | None, body: bytes = BODY) -> bool:
    headers = {} if signature is None else {"Idenfy-Signature": signature}
    return proven(vendor, body, headers) is not None


def test_the_signing_key_is_the_operators_to_choose() -> None:
    reader = SettingsReader(WHOLE)
    IDENFY.build(reader, PreparedUpstreams(StubUpstream(scan())))
    assert {"IDENFY_SIGNING_KEYS"} == reader.chosen


def test_key_secret_and_signing_key_are_enough() -> None:
    _, upstreams, _, problems = built(**WHOLE)
    assert [] == problems
    assert ["idenfy https://ivs.idenfy.com"] == upstreams.asked


def test_an_answer_comes_before_idenfy_gives_up_on_it() -> None:
    assert 0 < (built(**WHOLE)[0].answer_seconds or 0) < Vendor.answer_seconds


def test_key_and_secret_authorize_each_call() -> None:
    vendor, _, upstream, _ = built(**WHOLE)
    vendor.fetch_result(CASE, finished=True)
    # printf 'key-1:secret: one' | base64
    assert "Basic a2V5LTE6c2VjcmV0OiBvbmU=" == upstream.sent[0].headers["Authorization"]


def test_what_is_missing_is_reported_together() -> None:
    assert [f"{name} is not set" for name in WHOLE] == built()[3]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IDENFY_SESSION_MINUTES", "4"),
        ("IDENFY_SESSION_MINUTES", "43201"),
        ("IDENFY_BASE_URL", "http://idenfy.example"),
        ("IDENTITY_RESULT_FIELDS", "shoeSize"),
    ],
)
def test_an_odd_value_is_reported(name: str, value: str) -> None:
    (problem,) = built(**WHOLE, **{name: value})[3]
    assert problem.startswith(name)


@pytest.mark.parametrize(
    ("signature", "expected"),
    [(SIGNED, True), (SIGNED_ANEW, False), (SIGNED[:-1], False), ("", False), (None, False)],
)
def test_a_notification_is_proven_by_its_signature(
    signature: str | None, *, expected: bool
) -> None:
    assert expected == is_proven(built(**WHOLE)[0], signature)


def test_a_signature_is_of_the_body_as_it_came() -> None:
    assert not is_proven(built(**WHOLE)[0], SIGNED, BODY + b" ")


def test_while_a_signing_key_is_exchanged_both_hold() -> None:
    vendor = built(**{**WHOLE, "IDENFY_SIGNING_KEYS": "another key, a signing key"})[0]
    assert is_proven(vendor, SIGNED)
    assert is_proven(vendor, SIGNED_ANEW)
