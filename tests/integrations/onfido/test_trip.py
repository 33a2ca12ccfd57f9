"""Onfido, asked by the real app: only what is its own is tested here."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.onfido import Onfido
from tests.flows.problems import assert_problem
from tests.flows.steps import assert_recorded, started
from tests.kit.world import KitWorld
from tests.world import MARKETPLACE_ORIGIN


def begun(simulated: Onfido) -> Any:
    """Return the run that was begun last."""
    return next(reversed(simulated.transactions.values()))


def recorded(world: KitWorld) -> dict[str, Any]:
    """Return what is stored of the verification."""
    found = world.verification()
    assert found is not None
    return found


def test_a_start_makes_an_applicant_without_a_name_and_a_run(
    world: KitWorld, simulated: Onfido
) -> None:
    started(world.browser())
    assert ["POST /v3.6/applicants", "POST /v3.6/workflow_runs"] == simulated.calls
    (applicant,) = simulated.applicants.values()
    assert ("Unnamed", "Person") == (applicant["first_name"], applicant["last_name"])
    assert (applicant["id"], simulated.workflow_id) == (
        begun(simulated).applicant_id,
        begun(simulated).workflow_id,
    )


def test_the_link_ends_when_the_session_does_and_leads_back(
    world: KitWorld, simulated: Onfido
) -> None:
    success, error = f"{MARKETPLACE_ORIGIN}/verified", f"{MARKETPLACE_ORIGIN}/verify-again"
    answer = world.browser().start(successUrl=success, errorUrl=error, locale="de-AT")
    link = dict(begun(simulated).link)
    expires_at = datetime.fromisoformat(str(link.pop("expires_at")))
    assert timedelta(hours=23, minutes=59) < expires_at - datetime.now(UTC) <= timedelta(days=1)
    told = datetime.fromisoformat(answer.json()["expiresAt"])
    assert abs(told - expires_at) < timedelta(seconds=5)
    assert {
        "completed_redirect_url": success,
        "expired_redirect_url": error,
        "language": "de_DE",
    } == link


def test_without_a_run_nothing_is_begun_and_the_next_start_is_a_new_one(
    world: KitWorld, simulated: Onfido
) -> None:
    simulated.faults.only_paths = frozenset({"/v3.6/workflow_runs"})
    simulated.faults.mode = "error"
    browser = world.browser()
    assert_problem(browser.start(), 503, "vendor-unavailable")
    assert world.verification() is None
    simulated.faults.reset()
    started(browser)
    assert (2, 1) == (len(simulated.applicants), len(simulated.transactions))


def test_a_callback_that_its_api_does_not_know_of_yet_comes_again(
    world: KitWorld, simulated: Onfido
) -> None:
    reference = started(world.browser())
    simulated.lags = True
    assert [503] == simulated.finish(reference, "approved")
    assert_recorded(world, "pending")
    simulated.lags = False
    assert 200 == simulated.resend(reference)
    assert_recorded(world, "approved")


def test_events_of_tasks_change_nothing(world: KitWorld, simulated: Onfido) -> None:
    reference = started(world.browser())
    simulated.tells_all = True
    task, run = simulated.events(simulated.transactions[reference])
    before = list(simulated.calls)
    assert 200 == simulated.tell(simulated.transactions[reference], task)
    assert (before, "pending") == (simulated.calls, recorded(world)["status"])
    assert b'"workflow_run"' in run.body
    assert [200, 200] == simulated.finish(reference, "approved")
    assert_recorded(world, "approved")


def test_no_result_of_another_workflow_is_stored_as_approved(
    world: KitWorld, simulated: Onfido
) -> None:
    reference = started(world.browser())
    begun(simulated).workflow_id = simulated.other_workflow_id
    assert [200] == simulated.finish(reference, "approved")
    assert_recorded(world, "failed")


def test_what_the_sandbox_has_approved_is_nothing_to_a_live_token(
    world: KitWorld, simulated: Onfido
) -> None:
    test_app = world.another_app(ONFIDO_API_TOKEN=simulated.sandbox_token)
    headers = {"Sec-Fetch-Site": "same-origin", "Cookie": world.browser().cookie_header}
    client = test_app.test_client(use_cookies=False)
    answer = client.post("/api/id-verification", json={}, headers=headers).get_json()
    assert [200] == simulated.finish(answer["transactionReference"], "approved")
    assert_recorded(world, "failed")
    assert "other_environment" == recorded(world)["reason"]["code"]


def test_only_type_and_country_of_the_output_are_kept(world: KitWorld, simulated: Onfido) -> None:
    simulated.finish(started(world.browser()), "approved")
    assert {"type": "DRIVING_LICENSE", "country": "PRT"} == recorded(world)["document"]
