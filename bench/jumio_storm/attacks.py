"""What those do who would be verified without being so, or at the operator's cost."""

from __future__ import annotations

from bench.jumio_storm.courier import Courier
from bench.jumio_storm.people import Person
from bench.jumio_storm.story import Story, end


def _attacked(person: Person, courier: Courier) -> None:
    references = person.start("first")
    for reference in references:
        courier.forge(reference, "approved")
        others = [
            one.user_reference
            for one in list(person.stage.jumio.transactions.values())
            if one.reference not in references and one.user_reference
        ]
        if others:
            courier.forge(reference, "approved", person.dice.choice(others))
        end(person, courier, reference, "denied-fraud")
        courier.forge(reference, "approved")


def _forges_own_record(person: Person, _: Courier) -> None:
    """The user writes a result, then the approved record of somebody else with its checksum."""
    person.start("first")
    sharetribe = person.stage.sharetribe
    others = [user.private_data for user in list(sharetribe.users.values()) if user.private_data]
    copied = person.dice.choice(others) if others else {}
    own = {**person.user.private_data}
    made_up = {"idVerification": {**own.get("idVerification", {}), "status": "approved"}}
    for forged in (own | made_up, copied):
        sharetribe.replace_private_data(person.user.id, forged)
        person.read()


def _deletes_own_record(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        end(person, courier, reference)
        person.stage.sharetribe.replace_private_data(person.user.id, {})


def _restores_own_record(person: Person, courier: Courier) -> None:
    """What was approved once is put back, after a later session was refused."""
    for reference in person.start("first"):
        end(person, courier, reference, "approved")
        person.read()
        kept = {**person.user.private_data}
        for again in person.start("again", restart=True):
            if again != reference:
                end(person, courier, again, "denied-fraud")
                person.stage.sharetribe.replace_private_data(person.user.id, kept)


def _restarts_without_end(person: Person, courier: Courier) -> None:
    for number in range(10):
        for reference in person.start(f"again-{number}", restart=True):
            end(person, courier, reference, "no-id-uploaded")


def _restarts_and_deletes(person: Person, courier: Courier) -> None:
    for number in range(10):
        for reference in person.start(f"again-{number}", restart=True):
            end(person, courier, reference, "no-id-uploaded")
            person.stage.sharetribe.replace_private_data(person.user.id, {})


ATTACKS = (
    Story("forged callbacks", _attacked),
    Story("forges their own record", _forges_own_record, tampers=True, weight=1),
    Story("deletes their own record", _deletes_own_record, tampers=True, weight=1),
    Story("restores their own record", _restores_own_record, tampers=True, heals=True, weight=1),
)
# Where starts are limited.
LIMITED = (
    Story("ten restarts", _restarts_without_end, is_limited=True),
    Story(
        "ten restarts, record deleted",
        _restarts_and_deletes,
        tampers=True,
        heals=True,
        is_limited=True,
    ),
)
