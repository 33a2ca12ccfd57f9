"""Nothing personal is kept of a document, said or logged, unless the operator lists it by name."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from sandbox.jumio import SPECIMEN
from tests.flows.steps import logged, standing, started
from tests.integrations.jumio.flows.callbacks import APIS, callback_body, post_callback
from tests.integrations.jumio.flows.world import JumioWorld, StartWorld

OLD_FORM = {
    "callbackDate": "2000-01-01T00:00:00Z",
    "idFirstName": SPECIMEN.first_name,
    "clientIp": SPECIMEN.ip_address,
}


def verified(world: JumioWorld) -> str:
    """Go through a verification and return all that was stored, said and logged by the app."""
    browser = world.browser()
    with logged() as lines:
        begun = browser.start()
        reference = begun.json()["transactionReference"]
        world.jumio.finish(reference, "approved")
        transaction = world.jumio.transactions[reference]
        repeated = post_callback(world, transaction, callback_body(transaction, **OLD_FORM))
        told = standing(browser)
    assert told["verified"]
    users = [asdict(user) for user in world.sharetribe.users.values()]
    return "\n".join([begun.text, json.dumps([repeated.body, told, users], default=str), *lines])


def found_in(text: str) -> set[str]:
    return {value for value in SPECIMEN.values() if value in text}


@pytest.mark.parametrize("confirm", ["retrieval", "callback"])
@pytest.mark.parametrize("api", APIS)
def test_nothing_personal_is_kept_by_default(
    start_world: StartWorld, api: str, confirm: str
) -> None:
    world = start_world(JUMIO_API=api, JUMIO_CONFIRM=confirm)
    assert set() == found_in(verified(world))
    record = world.verification() or {}
    assert {"type": "PASSPORT", "country": "USA"} == record["document"]


@pytest.mark.parametrize("confirm", ["retrieval", "callback"])
@pytest.mark.parametrize("api", APIS)
def test_listed_fields_are_kept_and_no_others(
    start_world: StartWorld, api: str, confirm: str
) -> None:
    listed = "firstName,dateOfBirth,documentNumber,gender"
    world = start_world(JUMIO_API=api, JUMIO_CONFIRM=confirm, JUMIO_RESULT_FIELDS=listed)
    expected = {SPECIMEN.first_name, SPECIMEN.birth_date, SPECIMEN.document_number}
    assert expected == found_in(verified(world))
    assert {
        "type": "PASSPORT",
        "country": "USA",
        "firstName": SPECIMEN.first_name,
        "dateOfBirth": SPECIMEN.birth_date,
        "documentNumber": SPECIMEN.document_number,
    } == (world.verification() or {})["document"]
    assert world.checksum_holds()


@pytest.mark.parametrize("api", APIS)
def test_listed_fields_stay_out_of_the_logs(start_world: StartWorld, api: str) -> None:
    world = start_world(JUMIO_API=api, JUMIO_RESULT_FIELDS="firstName,lastName")
    with logged() as lines:
        world.jumio.finish(started(world.browser()), "approved")
        world.browser().read()
    assert lines
    assert set() == found_in("\n".join(lines))


def test_neither_references_nor_tokens_are_logged(each_api: JumioWorld) -> None:
    world = each_api
    token = world.sharetribe.log_in(world.user.id)
    with logged() as lines:
        browser = world.browser()
        world.sharetribe.expire_access_tokens()
        reference = started(browser)
        world.jumio.finish(reference, "approved")
        world.browser().read()
    transaction = world.jumio.transactions[reference]
    secrets = [
        transaction.user_reference,
        transaction.customer_internal_reference,
        browser.cookie,
        token["refresh_token"],
        world.jumio.api_secret,
        world.user.id,
        world.user.email,
    ]
    text = "\n".join(lines)
    assert [] == [secret for secret in secrets if secret is None or secret in text]
