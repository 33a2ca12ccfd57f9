"""Onfido's own library judges our simulator, and our proof is judged by Onfido's own vectors.

The library is onfido-python 6.2.0. The vectors stand in its tests (onfido/onfido-python @04baf27,
MIT): `test_classic_webhook_event_verification.py`, `test_studio_webhook_event_verification.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import date
from uuid import UUID

import onfido as official
import pytest
from onfido.exceptions import ApiException

from proxy.http.proofs import Proven
from sandbox.onfido import Onfido
from tests.flows.steps import assert_recorded, started
from tests.integrations.onfido.fakes import onfido as configured
from tests.integrations.parts import proven
from tests.kit.world import KitWorld

CLASSIC = (
    '{"payload":{"resource_type":"check","action":"check.completed","object":'
    '{"id":"f2302f45-227d-413d-ad61-09ec077a086a","status":"complete",'
    '"completed_at_iso8601":"2024-04-04T09:21:21Z",'
    '"href":"https://api.onfido.com/v3.6/checks/f2302f45-227d-413d-ad61-09ec077a086a"}}}'
)
STUDIO = (
    '{"payload":{"resource_type":"workflow_task","action":"workflow_task.started","object":'
    '{"id":"profile_1eb92","task_spec_id":"profile_1eb92","task_def_id":"profile_data",'
    '"workflow_run_id":"bc77c6e5-753a-4580-96a6-aaed3e5a8d19","status":"started",'
    '"started_at_iso8601":"2024-07-10T12:49:09Z","href":"https://api.eu.onfido.com/v3.6/'
    'workflow_runs/bc77c6e5-753a-4580-96a6-aaed3e5a8d19/tasks/profile_1eb92"},"resource":'
    '{"created_at":"2024-07-10T12:49:09Z","id":"profile_1eb92",'
    '"workflow_run_id":"bc77c6e5-753a-4580-96a6-aaed3e5a8d19",'
    '"updated_at":"2024-07-10T12:49:09Z","input":{},"task_def_version":null,'
    '"task_def_id":"profile_data","output":null}}}'
)
VECTORS = [
    (
        CLASSIC,
        "wU99mE6jJ7nXOLFwZ0tJymM1lpI15pZh",
        "77ebc3e418f26be6eebb47f7ebe551321de26734fc273961e075fc9ab163d9c7",
    ),
    (
        STUDIO,
        "YKOC6mkBxi6yK2zlUIrLMvsJMFEZObP5",
        "c95a5b785484f6fa1bc25f381b5595d66bf85cb442eefb06aa007802ee6a4dfa",
    ),
]


def judged(body: str, token: str, headers: dict[str, str]) -> Proven | None:
    """Return what our proof makes of a body."""
    return proven(configured(ONFIDO_WEBHOOK_TOKENS=token), body.encode(), headers)


@pytest.mark.parametrize(("body", "token", "signature"), VECTORS)
def test_a_published_signature_holds(body: str, token: str, signature: str) -> None:
    assert judged(body, token, {"X-SHA2-Signature": signature}) is not None
    assert judged(body, f"another-one,{token}", {"X-SHA2-Signature": signature}) is not None


@pytest.mark.parametrize(("body", "token", "signature"), VECTORS)
def test_a_published_signature_holds_for_nothing_else(
    body: str, token: str, signature: str
) -> None:
    last = "0" if signature[-1] != "0" else "1"
    wrong: list[dict[str, str]] = [
        {},
        {"X-SHA2-Signature": signature[:-1] + last},
        {"X-SHA2-Signature": signature[:-1]},
        {"X-Signature": signature},
        {"X-Signature": hmac.new(token.encode(), body.encode(), hashlib.sha1).hexdigest()},
        {"X-SHA2-Signature": hmac.new(token.encode(), body.encode(), hashlib.sha1).hexdigest()},
    ]
    assert [None] * len(wrong) == [judged(body, token, headers) for headers in wrong]
    assert judged(body + " ", token, {"X-SHA2-Signature": signature}) is None
    assert judged(body, "another-one", {"X-SHA2-Signature": signature}) is None


@pytest.mark.parametrize("outcome", ["approved", "declined", "review", "abandoned", "error"])
def test_the_library_accepts_what_the_simulator_signs(
    world: KitWorld, simulated: Onfido, outcome: str
) -> None:
    run = simulated.transactions[started(world.browser())]
    simulated.tells_all = True
    verifier = official.WebhookEventVerifier(simulated.webhook_token)
    *_, event = events = simulated.claiming(run, outcome)
    for told in events:
        ((_, signature),) = simulated.signed(told.body)
        assert verifier.read_payload(told.body.decode(), signature) is not None
    read = verifier.read_payload(event.body.decode(), simulated.signed(event.body)[0][1])
    assert read is not None
    assert read.payload is not None
    assert read.payload.action is official.WebhookEventType.WORKFLOW_RUN_DOT_COMPLETED
    assert read.payload.resource is not None
    assert (run.reference, outcome) == (
        read.payload.resource.customer_user_id,
        read.payload.resource.status,
    )


def test_the_library_refuses_what_somebody_else_signs(world: KitWorld, simulated: Onfido) -> None:
    run = simulated.transactions[started(world.browser())]
    body = simulated.claiming(run, "approved")[0].body
    verifier = official.WebhookEventVerifier(simulated.webhook_token)
    with pytest.raises(official.OnfidoInvalidSignatureError):
        verifier.read_payload(body.decode(), simulated.signed(body, "guessed")[0][1])


@pytest.fixture
def client(simulated: Onfido) -> Iterator[official.DefaultApi]:
    """Return Onfido's own client, which asks the simulator."""
    configuration = official.Configuration(
        host=f"{simulated.base_url}/v3.6", api_token=simulated.api_token
    )
    with official.ApiClient(configuration) as api_client:
        yield official.DefaultApi(api_client)
        api_client.rest_client.pool_manager.clear()


def test_the_library_begins_a_run_and_reads_it(
    simulated: Onfido, client: official.DefaultApi
) -> None:
    applicant = client.create_applicant(
        official.ApplicantBuilder(first_name="Ottoline", last_name="Made-Up")
    )
    run = client.create_workflow_run(
        official.WorkflowRunBuilder(
            applicant_id=applicant.id,
            workflow_id=UUID(simulated.workflow_id),
            customer_user_id="r" * 256,
            link=official.WorkflowRunLink(language="pt_PT"),
        )
    )
    assert official.WorkflowRunStatus.AWAITING_INPUT is run.status
    simulated.finish(str(run.id), "declined")
    read = client.find_workflow_run(run.id)
    assert (run.id, "r" * 256, ["face_mismatch"]) == (
        read.id,
        read.customer_user_id,
        read.reasons,
    )
    assert client.find_applicant(applicant.id).sandbox is False


def test_nothing_that_the_simulator_answers_is_unknown_to_the_library(
    world: KitWorld, simulated: Onfido, client: official.DefaultApi
) -> None:
    reference = started(world.browser())
    simulated.finish(reference, "error")
    run = client.find_workflow_run(UUID(reference))
    assert run.link is not None
    applicant = client.find_applicant(run.applicant_id)
    for read in (run, run.link, run.error, applicant):
        assert read is not None
        assert {} == read.additional_properties


def test_the_library_reads_what_our_app_has_begun(
    world: KitWorld, simulated: Onfido, client: official.DefaultApi
) -> None:
    run = client.find_workflow_run(UUID(started(world.browser())))
    assert simulated.workflow_id == str(run.workflow_id)
    assert_recorded(world, "pending")


def test_the_library_lists_runs_by_their_day(world: KitWorld, client: official.DefaultApi) -> None:
    begun = started(world.browser())
    assert [begun] == [str(run.id) for run in client.list_workflow_runs()]
    assert [] == client.list_workflow_runs(created_at_gt=date(2999, 1, 1))


def test_the_library_reads_the_webhook(simulated: Onfido, client: official.DefaultApi) -> None:
    (webhook,) = client.list_webhooks().webhooks
    assert (simulated.webhook_token, simulated.callback_url) == (webhook.token, webhook.url)


def test_the_library_is_refused_as_documented(
    simulated: Onfido, client: official.DefaultApi
) -> None:
    with pytest.raises(ApiException) as refused:
        client.find_workflow_run(UUID(simulated.workflow_id))
    assert (404, "resource_not_found") == (
        refused.value.status,
        json.loads(refused.value.body or "")["error"]["type"],
    )
