"""Events: how they are read, what proves them, and what they lead to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from dropbox_sign.event_callback_helper import EventCallbackHelper
from dropbox_sign.models.event_callback_request import EventCallbackRequest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import encode_multipart_formdata
from werkzeug.datastructures import Headers

from proxy.vendors import Callback, CallbackUnreadable
from tests.integrations.dropbox_sign.fakes import (
    CASE,
    KEY,
    SIGNATURE_ID,
    START,
    UNCHANGED,
    event,
    form,
    record,
    signature,
    signed,
    signing,
)
from tests.integrations.parts import proven

ALL_SIGNED = "signature_request_all_signed"
SECOND = b'\r\n--xYzZY\r\nContent-Disposition: form-data; name="json"\r\n\r\n{}'


def is_proven(document: object, settings: Mapping[str, str] = UNCHANGED) -> bool:
    """Tell whether an event is proven, as the kernel judges it."""
    headers, body = form(document)
    return proven(signing(settings=settings), body, headers) is not None


def read(document: object) -> Callback | None:
    """Return what is read of an event."""
    headers, body = form(document)
    return signing().read_callback(Headers(headers), body)


def changed(**fields: Any) -> dict[str, Any]:
    """Return an event with other fields in its `event`."""
    found = event(ALL_SIGNED)
    return {**found, "event": {**found["event"], **fields}}


# What proves one


def test_what_the_sdk_accepts_is_proven() -> None:
    found = event(ALL_SIGNED)
    assert EventCallbackHelper.is_valid(KEY, EventCallbackRequest.init(found))
    assert is_proven(found)


@pytest.mark.parametrize(
    "forged",
    [
        event(ALL_SIGNED, "another-key"),
        changed(event_type="signature_request_declined"),
        changed(event_time="1796040001"),
        changed(event_hash=""),
        changed(event_hash=None),
        changed(event_time=1796040000),
        changed(event_time="1796040000signature_request_", event_type="all_signed"),
        changed(event_time="", event_type=f"1796040000{ALL_SIGNED}"),
        {"signature_request": signed()},
        {"event": [event(ALL_SIGNED)["event"]]},
        [],
        "",
        '{"event": ',
    ],
)
def test_what_is_not_made_with_the_key_over_time_and_type_is_not_proven(forged: object) -> None:
    assert not is_proven(forged)


def test_a_hash_proves_nothing_of_what_the_event_is_about() -> None:
    headers, body = form(event(ALL_SIGNED, signature_request=record(signature_request_id="other")))
    judged = proven(signing(), body, headers)
    assert judged is not None
    assert not judged.covers_body
    assert not signing().trusts_callbacks


def test_any_of_the_listed_keys_may_sign() -> None:
    keys = {"DROPBOX_SIGN_CALLBACK_KEYS": "the-primary-key, the-next-primary-key"}
    assert is_proven(event(ALL_SIGNED, "the-primary-key"), keys)
    assert is_proven(event(ALL_SIGNED, "the-next-primary-key"), keys)
    assert not is_proven(event(ALL_SIGNED, KEY), keys)


@given(
    st.binary(max_size=300),
    st.text(st.characters(codec="latin-1", exclude_categories=["Cc"]), max_size=80),
)
def test_whatever_comes_proves_nothing_and_breaks_nothing(body: bytes, boundary: str) -> None:
    for headers in ({}, {"Content-Type": f"multipart/form-data; boundary={boundary}"}):
        assert proven(signing(), body, headers) is None


# How one is read


@pytest.mark.parametrize("boundary", ["xYzZY", "----WebKitFormBoundary7MA4", "a'(b)+_,-./:=?c"])
def test_a_form_of_another_maker_is_read(boundary: str) -> None:
    found = form(event(ALL_SIGNED), "b")[1].split(b"\r\n")[3].decode()
    fields = {"title": "a field before it", "json": found, "note": "and one behind"}
    body, content_type = encode_multipart_formdata(fields, boundary)
    quoted = content_type.replace(f"={boundary}", f'="{boundary}"; charset=utf-8')
    assert proven(signing(), body, {"Content-Type": quoted}) is not None
    callback = signing().read_callback(Headers({"Content-Type": quoted}), body)
    assert callback == Callback(START.reference, CASE)


@pytest.mark.parametrize("content_type", ["", "multipart/form-data", "text/plain; boundary"])
def test_a_body_without_a_boundary_is_unreadable(content_type: str) -> None:
    _, body = form(event(ALL_SIGNED))
    with pytest.raises(CallbackUnreadable):
        signing().read_callback(Headers({"Content-Type": content_type}), body)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'name="json"', b'name="jason"'),
        (b'name="json"', b'filename="json"'),
        (b"form-data", b"attachment"),
        (b"\r\n--xYzZY--", b""),
        (b"\r\n--xYzZY--", SECOND + b"\r\n--xYzZY--"),
    ],
    ids=["another field", "a file", "another disposition", "cut off", "two of them"],
)
def test_a_form_without_the_one_field_is_unreadable(old: bytes, new: bytes) -> None:
    headers, body = form(event(ALL_SIGNED))
    assert old in body
    with pytest.raises(CallbackUnreadable):
        signing().read_callback(Headers(headers), body.replace(old, new, 1))


# What it leads to


@pytest.mark.parametrize(
    "kind",
    [
        *("all_signed", "downloadable", "declined", "canceled", "expired", "invalid"),
        "a_word_of_next_year",
    ],
)
def test_an_event_about_a_request_leads_to_the_question(kind: str) -> None:
    assert Callback(START.reference, CASE) == read(event(f"signature_request_{kind}"))


@pytest.mark.parametrize(
    "kind",
    [
        *("sent", "prepared", "viewed", "signed", "remind", "email_bounce", "reassigned"),
        *("signer_removed", "incomplete_qes", "destroyed"),
    ],
)
def test_a_step_on_the_way_needs_nothing_done(kind: str) -> None:
    assert read(event(f"signature_request_{kind}")) is None


@pytest.mark.parametrize("kind", ["callback_test", "account_confirmed", "template_created"])
def test_an_event_about_something_else_needs_nothing_done(kind: str) -> None:
    found = event(kind)
    del found["signature_request"]
    assert read(found) is None


@pytest.mark.parametrize(
    ("about", "expected"),
    [
        (signed(metadata={}), Callback(None, CASE)),
        (signed(metadata={"echoseal": ["r"]}), Callback(None, CASE)),
        (signed(metadata=[]), Callback(None, CASE)),
        (signed(signature_request_id="../account"), Callback(START.reference, None)),
        (signed(signature_request_id=None), Callback(START.reference, None)),
        (None, Callback(None, None)),
    ],
)
def test_anything_may_be_missing(about: object, expected: Callback) -> None:
    assert expected == read(event(ALL_SIGNED, signature_request=about))


def test_of_several_signatures_the_one_of_our_role_is_named() -> None:
    other = signature("signed", signature_id="0a" * 16, signer_role="Countersigner")
    found = read(event(ALL_SIGNED, signature_request=record(other, signature())))
    assert found is not None
    assert found.case is not None
    assert {"signatureId": SIGNATURE_ID} == found.case.ids


@pytest.mark.parametrize("word", [None, 7, ["signature_request_all_signed"]])
def test_an_event_without_a_type_is_unreadable(word: object) -> None:
    with pytest.raises(CallbackUnreadable):
        read(changed(event_type=word))
