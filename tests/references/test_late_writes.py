"""Single orders of writes that once ended wrong, each by itself."""

from __future__ import annotations

from proxy.vendors.matters import Status
from tests.references.marketplace import Fate
from tests.references.stage import Stage
from tests.references.vendor import Manners

HOUR = 3_600.0


def stage_of(manners: Manners) -> Stage:
    """Return a stage with one vendor, on which all writes are applied now."""
    stage = Stage({"acme": manners})
    stage.network.prepare([Fate.NOW])
    return stage


def say(stage: Stage, transaction: str, status: Status) -> None:
    """Let the vendor say a word, an hour after what came before, and be told at once."""
    stage.now += HOUR
    stage.say(transaction, status)
    number = len(stage.sessions[transaction].words) - 1
    assert stage.call_back(transaction, number, process=1)


def test_a_session_that_has_ended_is_not_handed_out_because_its_start_was_not_stored() -> None:
    stage = stage_of(Manners())
    stage.network.prepare([Fate.FAILS])
    assert not stage.start("A", "acme", process=0)
    stage.network.prepare([Fate.NOW])
    say(stage, "A", Status.REJECTED)
    stage.now += HOUR
    assert stage.start("B", "acme", process=0)
    assert (("B", "pending"), ("B", "pending")) == stage.last_visit()


def test_nor_is_one_whose_record_a_later_verdict_has_taken_away() -> None:
    stage = stage_of(Manners())
    stage.network.prepare([Fate.FAILS])
    stage.start("A", "acme", process=0)
    stage.network.prepare([Fate.NOW])
    say(stage, "A", Status.REJECTED)
    stage.now += HOUR
    stage.start("B", "acme", process=1)
    say(stage, "B", Status.REJECTED)
    stage.now += HOUR
    assert stage.start("C", "acme", process=0)
    assert (("C", "pending"), ("C", "pending")) == stage.last_visit()


def test_a_correction_survives_a_verdict_that_took_the_record_away_and_is_written_again() -> None:
    stage = stage_of(Manners())
    stage.start("A", "acme", process=0)
    say(stage, "A", Status.APPROVED)
    stage.now += HOUR
    stage.start("B", "acme", process=0)
    stage.network.prepare([Fate.TWICE])
    say(stage, "B", Status.APPROVED)
    stage.network.prepare([Fate.NOW])
    say(stage, "A", Status.REJECTED)
    stage.network.profile = stage.network.profile.landed(0)
    assert (("A", "rejected"), ("A", "rejected")) == stage.last_visit()


def test_an_old_claim_without_a_time_does_not_take_the_place_of_a_newer_word() -> None:
    stage = stage_of(Manners(is_dated=False, claims=True))
    stage.start("A", "acme", process=0)
    say(stage, "A", Status.APPROVED)
    stage.now += HOUR
    say(stage, "A", Status.REJECTED)
    stage.now += HOUR
    assert stage.call_back("A", 0, process=0)
    assert (("A", "rejected"), ("A", "rejected")) == stage.last_visit()
