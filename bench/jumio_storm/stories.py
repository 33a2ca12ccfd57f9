"""What the storm's users do. Every story ends where nobody does anything any more; then it counts.

A user who is never sent to a vendor's page, because every click failed, has no story to go on with.
"""

from __future__ import annotations

from bench.jumio_storm.courier import Courier
from bench.jumio_storm.people import Person
from bench.jumio_storm.story import ENDS, Story, end

# What the keys of single sessions begin with.
_OF_SESSIONS = "idVerification-"
_VERDICTS = ("approved", "denied-fraud", "no-id-uploaded")


def _verified(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        end(person, courier, reference)
        person.read()


def _double_click(person: Person, courier: Courier) -> None:
    one = str(person.any_process())
    found = person.start("first", person.browser, person.browser, processes=one + one)
    _end_one_of(person, courier, found)


def _double_click_on_two(person: Person, courier: Courier) -> None:
    found = person.start("first", person.browser, person.browser, processes="01")
    _end_one_of(person, courier, found)


def _two_browsers(person: Person, courier: Courier) -> None:
    other = person.another_browser()
    found = person.start("first", person.browser, other)
    _end_one_of(person, courier, found)


def _end_one_of(person: Person, courier: Courier, references: list[str]) -> None:
    if references:
        end(person, courier, person.dice.choice(references))
        person.read()


def _restart_twice(person: Person, courier: Courier) -> None:
    person.start("first")
    processes = person.dice.choice(("01", "10", "00", "11"))
    found = person.start("again", person.browser, person.browser, processes=processes, restart=True)
    _end_one_of(person, courier, found)


def _restart_while_pending(person: Person, courier: Courier) -> None:
    """Both sessions are finished, in either order; their callbacks come in either order, too."""
    references = person.start("first") + person.start("again", restart=True)
    person.dice.shuffle(references)
    for reference in references:
        person.finish(reference, person.dice.choice(_VERDICTS))
        if person.dice.random() < 0.3:
            person.read()
    person.dice.shuffle(references)
    delay = person.dice.choice((0.0, 0.3))
    sent = [courier.send(one, person.dice.random() * delay) for one in references]
    for one in sent:
        one.result()


def _restart_and_lose(person: Person, courier: Courier) -> None:
    """Three sessions, all finished, in any order; of most the callback never comes."""
    references = person.start("first")
    references += person.start("again", restart=True) + person.start(
        "again-once-more", restart=True
    )
    person.dice.shuffle(references)
    for reference in references:
        person.finish(reference, person.dice.choice(_VERDICTS))
    for reference in references:
        if person.dice.random() < 0.2:
            courier.send(reference).result()


def _restart_and_leave(person: Person, courier: Courier) -> None:
    """The first session's end comes after the restart, which is never finished."""
    references = person.start("first")
    person.start("again", restart=True)
    for reference in references:
        end(person, courier, reference, person.dice.choice(_VERDICTS))


def _restart_when_approved(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        end(person, courier, reference, "approved")
        for again in person.start("again", restart=True):
            if again != reference:
                end(person, courier, again, person.dice.choice(_VERDICTS))


def _tries_again(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        end(person, courier, reference, person.dice.choice(("denied-fraud", "no-id-uploaded")))
        person.read()
        for again in person.start("second"):
            if again != reference:
                end(person, courier, again, person.dice.choice(_VERDICTS))


def _upgraded(person: Person, courier: Courier) -> None:
    """The user began, and perhaps ended, when private data held no more than the two keys."""
    for reference in person.start("first"):
        if person.dice.random() < 0.5:
            end(person, courier, reference)
        _keep_the_two_keys(person, reference)
        if person.dice.random() < 0.5:
            end(person, courier, reference)
        for again in person.start("again", restart=person.dice.random() < 0.5):
            if again != reference:
                end(person, courier, again, person.dice.choice(_VERDICTS))


def _keep_the_two_keys(person: Person, reference: str) -> None:
    private_data = person.user.private_data
    kept = {key: private_data[key] for key in private_data if not key.startswith(_OF_SESSIONS)}
    if kept.get("idVerification", {}).get("transactionReference") == reference:
        person.stage.sharetribe.replace_private_data(person.user.id, kept)


def _callback_lost(person: Person, _: Courier) -> None:
    for reference in person.start("first"):
        person.finish(reference, person.dice.choice(ENDS))


def _callback_repeated(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        person.finish(reference, person.dice.choice(ENDS))
        for one in [courier.send(reference) for _ in range(3)]:
            one.result()


def _callback_late(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        person.finish(reference, person.dice.choice(ENDS))
        person.read()
        courier.send(reference, 0.5).result()
        courier.send(reference, 0.2).result()


def _callback_early(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        courier.send_early(reference)
        end(person, courier, reference)
        courier.send(reference).result()


def _read_meanwhile(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        person.finish(reference, person.dice.choice(ENDS))
        sent = courier.send(reference)
        person.at_once(
            *(lambda process=process: person.read(process=process) for process in (0, 1, 0))
        )
        sent.result()


def _corrected(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        end(person, courier, reference, "approved")
        person.correct(reference, "denied-fraud")
        courier.send(reference).result()


def _corrected_to_approved(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        end(person, courier, reference, "denied-fraud")
        person.read()
        person.correct(reference, "approved")
        courier.send(reference).result()


def _one_of_two_corrected(person: Person, courier: Courier) -> None:
    references = person.start("first") + person.start("again", restart=True)
    for reference in references:
        end(person, courier, reference, person.dice.choice(("approved", "denied-fraud")))
    for reference in references[:1]:
        person.correct(reference, person.dice.choice(("approved", "denied-fraud")))
        courier.send(reference).result()


def _logged_out(person: Person, courier: Courier) -> None:
    for reference in person.start("first"):
        person.stage.sharetribe.log_out(person.user.id)
        end(person, courier, reference)


def _stale_session(person: Person, courier: Courier) -> None:
    """The access token has ended, so a start renews the session, and so does a visit."""
    person.browser.grow_stale()
    for reference in person.start("first"):
        person.browser.grow_stale()
        person.read()
        end(person, courier, reference)
        person.browser.grow_stale()
        person.read()


STORIES = (
    Story("plain", _verified, weight=4),
    Story("double click, one process", _double_click),
    Story("double click, two processes", _double_click_on_two, weight=3),
    Story("double click, two browsers", _two_browsers),
    Story("restart clicked twice", _restart_twice, weight=3),
    Story("restart, both finished", _restart_while_pending, weight=4),
    Story("restarts, callbacks lost", _restart_and_lose),
    Story("restart, the first finished", _restart_and_leave),
    Story("restart when approved", _restart_when_approved),
    Story("tries again", _tries_again),
    Story("upgraded meanwhile", _upgraded),
    Story("callback lost", _callback_lost),
    Story("callback repeated", _callback_repeated),
    Story("callback late", _callback_late),
    Story("callback early", _callback_early),
    Story("reads meanwhile", _read_meanwhile),
    Story("corrected to rejected", _corrected, corrects=True),
    Story("corrected to approved", _corrected_to_approved, corrects=True),
    Story("one of two corrected", _one_of_two_corrected, corrects=True),
    Story("logged out", _logged_out),
    Story("stale session", _stale_session),
)
