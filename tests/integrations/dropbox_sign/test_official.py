"""The official Python SDK as a judge: a client of the simulator, and a verifier of its events."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from email.parser import BytesParser
from typing import Any

import pytest
from dropbox_sign.api.api_app_api import ApiAppApi
from dropbox_sign.api.embedded_api import EmbeddedApi
from dropbox_sign.api.signature_request_api import SignatureRequestApi
from dropbox_sign.api.template_api import TemplateApi
from dropbox_sign.api_client import ApiClient
from dropbox_sign.configuration import Configuration
from dropbox_sign.event_callback_helper import EventCallbackHelper
from dropbox_sign.exceptions import ApiException
from dropbox_sign.models.error_response import ErrorResponse
from dropbox_sign.models.event_callback_request import EventCallbackRequest
from dropbox_sign.models.signature_request_create_embedded_with_template_request import (
    SignatureRequestCreateEmbeddedWithTemplateRequest,
)
from dropbox_sign.models.signature_request_update_request import SignatureRequestUpdateRequest
from dropbox_sign.models.sub_signature_request_template_signer import (
    SubSignatureRequestTemplateSigner,
)

from sandbox.dropbox_sign import DropboxSign
from sandbox.kit.checks import Event
from sandbox.server import Server

DAY = 24 * 60 * 60
REFERENCE = "r" * 99


@pytest.fixture
def sign() -> Iterator[DropboxSign]:
    """Return the simulator, served."""
    sign = DropboxSign()
    with Server(sign.app) as server:
        sign.base_url = server.url
        yield sign
    sign.close()


@pytest.fixture
def client(sign: DropboxSign) -> Iterator[ApiClient]:
    """Return the SDK's client of it."""
    configuration = Configuration(host=f"{sign.base_url}/v3", username=sign.api_keys[0])
    with ApiClient(configuration) as client:
        yield client
    client.rest_client.pool_manager.clear()


def requests_of(client: ApiClient) -> Any:
    """Return the SDK's calls about signature requests; all that its models hold is optional."""
    return SignatureRequestApi(client)


def made(sign: DropboxSign, client: ApiClient, **changes: Any) -> Any:
    """Return a signature request that the SDK has made."""
    signer = SubSignatureRequestTemplateSigner(
        role=sign.role, name="Specimena Signer", email_address="specimena@example.com"
    )
    asked = SignatureRequestCreateEmbeddedWithTemplateRequest(
        client_id=sign.client_id,
        template_ids=sign.template_ids[:1],
        signers=[signer],
        metadata={"carrier": REFERENCE, "order": 4711},
        **{"allow_decline": True, "test_mode": True, **changes},
    )
    answer = requests_of(client).signature_request_create_embedded_with_template(asked)
    return answer.signature_request


def refusal(refused: ApiException) -> tuple[int, str]:
    """Return status and name of a refusal, as the SDK's model reads it."""
    read = ErrorResponse.init(json.loads(refused.body or ""))
    return refused.status, read.error.error_name


def read(event: Event) -> Any:
    """Return an event as the SDK reads it, from the form that the standard library reads."""
    header = f"Content-Type: {event.content_type}\r\n\r\n".encode()
    message: Any = BytesParser().parsebytes(header + event.body)
    (field,) = message.get_payload()
    assert "json" == field.get_param("name", header="content-disposition")
    return EventCallbackRequest.init(json.loads(field.get_payload(decode=True)))


def events_of(sign: DropboxSign, made: Any) -> list[Event]:
    """Return the events of a request's last change."""
    return sign.events(sign.transactions[made.signature_request_id])


# As a client


def test_the_sdk_makes_a_request_and_reads_it(sign: DropboxSign, client: ApiClient) -> None:
    created = made(sign, client)
    found = requests_of(client).signature_request_get(created.signature_request_id)
    told = found.signature_request
    assert created.to_dict() == told.to_dict()
    assert {"carrier": REFERENCE, "order": 4711} == told.metadata
    assert (False, False, False) == (told.is_complete, told.is_declined, told.has_error)
    ((signature),) = told.signatures
    assert ("awaiting_signature", sign.role) == (signature.status_code, signature.signer_role)


def test_the_sdk_sets_a_deadline(sign: DropboxSign, client: ApiClient) -> None:
    created = made(sign, client)
    wanted = int(time.time()) + 60 * DAY
    fields = SignatureRequestUpdateRequest(
        signature_id=created.signatures[0].signature_id, name="Specimena", expires_at=wanted
    )
    api = requests_of(client)
    told = api.signature_request_update(created.signature_request_id, fields).signature_request
    assert wanted // 3600 * 3600 == told.expires_at
    assert created.signatures[0].signature_id == told.signatures[0].signature_id


def test_the_sdk_gets_a_new_link_each_time(sign: DropboxSign, client: ApiClient) -> None:
    signature_id = made(sign, client).signatures[0].signature_id
    api: Any = EmbeddedApi(client)
    first, second = (api.embedded_sign_url(signature_id).embedded for _ in "12")
    assert first.sign_url != second.sign_url
    assert 3590 < first.expires_at - time.time() <= 3600


@pytest.mark.parametrize(
    ("outcome", "told"),
    [
        ("signed", (True, False, False, "signed")),
        ("signed_first", (False, False, False, "signed")),
        ("declined", (False, True, False, "declined")),
        ("expired", (False, False, False, "expired")),
        ("error", (False, False, True, "error_file")),
    ],
)
def test_the_sdk_reads_how_it_has_ended(
    sign: DropboxSign, client: ApiClient, outcome: str, told: tuple[bool, bool, bool, str]
) -> None:
    created = made(sign, client)
    sign.finish(created.signature_request_id, outcome)
    found = requests_of(client).signature_request_get(created.signature_request_id)
    ended = found.signature_request
    code = ended.signatures[0].status_code
    assert told == (ended.is_complete, ended.is_declined, ended.has_error, code)
    assert (code == "signed") == (ended.signatures[0].signed_at is not None)


def test_the_sdk_cancels_a_request(sign: DropboxSign, client: ApiClient) -> None:
    created, api = made(sign, client), requests_of(client)
    api.signature_request_cancel(created.signature_request_id)
    with pytest.raises(ApiException) as refused:
        api.signature_request_get(created.signature_request_id)
    assert (410, "deleted") == refusal(refused.value)


def test_the_sdk_reads_the_api_app(sign: DropboxSign, client: ApiClient) -> None:
    sign.callback_url = "https://market.example/api/callbacks/dropbox-sign"
    app = ApiAppApi(client).api_app_get(sign.client_id).api_app
    assert (sign.client_id, sign.callback_url, True) == (
        app.client_id,
        app.callback_url,
        app.is_approved,
    )


def test_the_sdk_reads_a_template_and_its_role(sign: DropboxSign, client: ApiClient) -> None:
    template = TemplateApi(client).template_get(sign.template_ids[0]).template
    assert [sign.role] == [role.name for role in template.signer_roles or []]


def test_the_sdk_reads_refusals(sign: DropboxSign, client: ApiClient) -> None:
    sign.has_quota = False
    with pytest.raises(ApiException) as refused:
        made(sign, client, test_mode=False)
    assert (402, "payment_required") == refusal(refused.value)


# As a verifier


def test_the_sdk_accepts_and_reads_every_event(sign: DropboxSign, client: ApiClient) -> None:
    created = made(sign, client)
    sign.finish(created.signature_request_id, "signed")
    told = [read(event) for event in events_of(sign, created)]
    kinds = [f"signature_request_{word}" for word in ("signed", "all_signed", "downloadable")]
    assert kinds == [one.event.event_type for one in told]
    for one in told:
        assert EventCallbackHelper.is_valid(sign.api_keys[0], one)
        assert "app_callback" == EventCallbackHelper.get_callback_type(one)
        assert REFERENCE == one.signature_request.metadata["carrier"]


def test_the_sdk_refuses_what_another_key_has_made(sign: DropboxSign, client: ApiClient) -> None:
    created = made(sign, client)
    found = sign.requests[0]
    forged = read(sign.event(found, "all_signed", "a-guessed-key"))
    assert not EventCallbackHelper.is_valid(sign.api_keys[0], forged)
    assert created.signature_request_id == forged.signature_request.signature_request_id
