"""Rights and badges follow what is decided: at a change, after the record, and for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Response, copy_current_request_context, request

from sandbox.sharetribe import User
from sandbox.sharetribe.users import ALLOW, DENY
from tests.flows.steps import started
from tests.kit.late import late_writes, second_process
from tests.kit.tollgate.simulator import MONTH_SECONDS, Order
from tests.kit.trips import MovedWorld
from tests.world import World

OPERATOR = "/v1/integration_api/users"
PROFILE, APPROVE, PERMISSIONS = (
    f"{OPERATOR}/{name}" for name in ("update_profile", "approve", "update_permissions")
)
SHOW = f"{OPERATOR}/show"
DAY = 24 * 60 * 60
# What an attempt that was given up may take to come, and a little more.
LATE = 150
POST, INITIATE = "postListings", "initiateTransactions"
AGREEMENT = "signing/provider-agreement"
AGREEMENT_PATH = "/api/signings/provider-agreement"
RULES = (
    f"identity=approve+{INITIATE},billing/membership={POST},signing/provider-agreement={POST}"
    ",billing/lead-fee=read"
)


@pytest.fixture(scope="module")
def file_world() -> Iterator[MovedWorld]:
    """Return a world whose membership and agreement open posting, and whose checks open orders."""
    world = MovedWorld(
        INTEGRATIONS="passcheck,inkwell,tollgate",
        ACCESS_RULES=RULES,
        PUBLIC_BADGES="identity,billing/membership",
    )
    yield world
    world.close()


@pytest.fixture
def world(file_world: MovedWorld) -> MovedWorld:
    """Return it, calm; its first user waits for approval."""
    file_world.start_afresh()
    file_world.user.state = "pending-approval"
    return file_world


def checked(world: MovedWorld, word: str = "passed", **told: bool) -> str:
    """Check who the user is, and return the check's id."""
    check = started(world.browser(), **({"restart": True} if world.verification() else {}))
    assert all(status == 200 for status in world.passcheck.finish(check, word, **told))
    return check


def signed(world: MovedWorld) -> str:
    """Have the user sign the agreement, and return the document's id."""
    answer = world.browser().call("POST", "/api/signings/provider-agreement")
    document: str = answer.json()["transactionReference"]
    assert [200] == world.inkwell.finish(document, "signed")
    return document


def ordered(world: MovedWorld, plan: str = "membership") -> Order:
    """Begin a plan, and return the order at the vendor."""
    answer = world.browser().call("POST", f"/api/billing/{plan}")
    order: Order = world.tollgate.transactions[answer.json()["transactionReference"]]
    return order


def subscribed(world: MovedWorld) -> Order:
    """Have the user subscribe, and return the order at the vendor."""
    order = ordered(world)
    assert [200] == world.tollgate.change(order.id)
    return order


def visited(world: MovedWorld, path: str = "id-verification") -> dict[str, Any]:
    """Return what a visit is told."""
    answer = world.browser().call("GET", f"/api/{path}")
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def rights(world: World, user: User | None = None) -> set[str]:
    """Return what a user may do of what can be restricted."""
    permissions = (user or world.user).permissions
    return {name for name, word in permissions.items() if word == ALLOW}


def written(world: MovedWorld) -> list[dict[str, str]]:
    """Return the changes of rights since this was asked last, in order."""
    updates = [changes for user_id, changes in world.sharetribe.access_updates]
    world.sharetribe.access_updates.clear()
    return updates


def asked(world: MovedWorld, act: Callable[[], object]) -> list[str]:
    """Return what the operator asks of Sharetribe while something is done, without its prefix."""
    world.sharetribe.calls.clear()
    act()
    calls = [call.partition(f" {OPERATOR}/") for call in world.sharetribe.calls]
    return [name for _, _, name in calls if name]


@contextmanager
def meanwhile(
    world: MovedWorld, path: str, act: Callable[[], object], *, before: bool
) -> Iterator[None]:
    """Have something done once while Sharetribe takes the first request to a path inside the block.

    It is done `before` the request has its effect, or after it and before it is answered.
    """
    app = world.sharetribe.app
    (endpoint,) = (rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == path)
    view, is_done = app.view_functions[endpoint], list[bool]()

    def answer() -> Any:
        if is_done:
            return view()
        is_done.append(True)
        request.get_data()
        if before:
            act()
        answered = copy_current_request_context(view)()
        if not before:
            act()
        return answered

    app.view_functions[endpoint] = answer
    try:
        yield
    finally:
        app.view_functions[endpoint] = view
    assert is_done


@contextmanager
def refused(world: MovedWorld, path: str) -> Iterator[None]:
    """Have Sharetribe refuse the requests to a path inside the block."""
    app = world.sharetribe.app
    (endpoint,) = (rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == path)
    view = app.view_functions[endpoint]
    app.view_functions[endpoint] = lambda: Response(status=403)
    try:
        yield
    finally:
        app.view_functions[endpoint] = view


def break_rights(world: MovedWorld, mode: Any = "error") -> None:
    """Have Sharetribe refuse to change anybody's rights."""
    world.sharetribe.faults.only_paths = frozenset({PERMISSIONS})
    world.sharetribe.faults.mode = mode


# At a change


def test_what_becomes_good_opens_what_its_rule_names_and_nothing_else(world: MovedWorld) -> None:
    checked(world)
    assert [{"state": "active"}, {INITIATE: ALLOW}] == written(world)
    assert "access" not in visited(world)
    assert "access" not in world.user.private_data["idVerification"]
    assert world.checksum_holds()


@pytest.mark.parametrize("word", ["refused", "unclear", "lapsed"])
def test_what_ends_otherwise_opens_nothing(world: MovedWorld, word: str) -> None:
    checked(world, word)
    assert [] == written(world)


def test_a_correction_takes_back_what_can_be_taken_back(world: MovedWorld) -> None:
    check = checked(world)
    assert [200] == world.passcheck.finish(check, "refused")
    assert (set(), "active") == (rights(world), world.user.state)
    assert [200] == world.passcheck.finish(check, "passed")
    assert {INITIATE} == rights(world)


def test_who_begins_again_keeps_what_they_have_until_the_end(world: MovedWorld) -> None:
    checked(world)
    again = started(world.browser(), restart=True)
    visited(world)
    assert {INITIATE} == rights(world)
    world.passcheck.finish(again, "refused")
    assert set() == rights(world)


def test_approval_is_written_whatever_is_answered_to_who_does_not_wait(world: MovedWorld) -> None:
    for world.sharetribe.approves_once in (True, False):
        world.sharetribe.access_updates.clear()
        world.user.metadata.clear()
        world.user.private_data.clear()
        checked(world)
        checked(world, "refused")
        assert {INITIATE: DENY} == written(world)[-1]
        assert "active" == world.user.state


def test_another_matters_end_changes_nothing_of_it(world: MovedWorld) -> None:
    world.tollgate.finish(ordered(world, "lead-fee").id, "paid")
    assert [{"read": ALLOW}] == written(world)
    world.tollgate.finish(ordered(world, "card-on-file").id, "kept")
    assert [] == written(world)


def test_a_setting_by_hand_stands_until_the_next_change(world: MovedWorld) -> None:
    check = checked(world)
    world.user.permissions[INITIATE] = DENY
    visited(world)
    world.passcheck.tell(world.passcheck.checks[check])
    assert set() == rights(world)
    world.passcheck.finish(check, "refused")
    world.user.permissions[INITIATE] = ALLOW
    visited(world)
    checked(world, "refused")
    assert {INITIATE} == rights(world)
    checked(world)
    assert {INITIATE: ALLOW} == written(world)[-1]


# Several rules for one right, and what is paid for


def test_a_right_of_several_rules_needs_all_of_them(world: MovedWorld) -> None:
    order = subscribed(world)
    assert [] == written(world)
    document = signed(world)
    assert [{POST: ALLOW}] == written(world)
    world.inkwell.finish(document, "withdrawn")
    assert [{POST: DENY}] == written(world)
    world.inkwell.finish(document, "signed")
    world.tollgate.change(order.id, "ended")
    assert [{POST: ALLOW}, {POST: DENY}] == written(world)


def test_a_renewal_changes_nothing(world: MovedWorld) -> None:
    signed(world)
    order = subscribed(world)
    written(world)
    world.tollgate.change(order.id, paid_until=world.clock() + 2 * MONTH_SECONDS)
    world.clock.ahead = MONTH_SECONDS + DAY
    assert visited(world, "billing/membership")["entitled"]
    assert ([], {POST}) == (written(world), rights(world))


@pytest.mark.parametrize("is_down", [False, True])
def test_what_is_not_paid_again_is_taken_back_by_a_visit(world: MovedWorld, is_down: bool) -> None:
    signed(world)
    order = subscribed(world)
    world.clock.ahead = MONTH_SECONDS + DAY
    world.tollgate.change(order.id, "late", told=False)
    world.tollgate.faults.mode = "error" if is_down else "ok"
    assert not visited(world, "billing/membership")["entitled"]
    assert set() == rights(world)
    assert "billing_membership" not in world.user.metadata
    world.tollgate.faults.mode = "ok"
    paid_until = world.clock() + MONTH_SECONDS
    world.tollgate.change(order.id, paid_until=paid_until, told=False)
    assert visited(world, "billing/membership")["entitled"]
    assert {POST} == rights(world)


def test_what_lapsed_opens_nothing_for_another_rule(world: MovedWorld) -> None:
    subscribed(world)
    world.clock.ahead = MONTH_SECONDS + DAY
    signed(world)
    assert set() == rights(world)


def test_what_lapsed_and_is_paid_again_opens_what_another_rule_has_closed(
    world: MovedWorld,
) -> None:
    document, order = signed(world), subscribed(world)
    world.clock.ahead = MONTH_SECONDS + DAY
    world.tollgate.change(order.id, "late", told=False)
    world.inkwell.finish(document, "withdrawn")
    world.inkwell.finish(document, "signed")
    assert set() == rights(world)
    assert [200] == world.tollgate.change(order.id, paid_until=world.clock() + MONTH_SECONDS)
    assert {POST} == rights(world)


def test_what_is_paid_again_while_another_outcome_closes_is_not_forgotten(
    world: MovedWorld,
) -> None:
    document, order = signed(world), subscribed(world)
    world.clock.ahead = MONTH_SECONDS + DAY
    world.tollgate.change(order.id, "late", told=False)

    def pay() -> None:
        paid_until = world.clock() + MONTH_SECONDS
        assert [200] == world.tollgate.change(order.id, paid_until=paid_until)

    with meanwhile(world, PERMISSIONS, pay, before=False):
        world.inkwell.finish(document, "withdrawn")
    assert set() == rights(world)
    world.inkwell.finish(document, "signed")
    assert {POST} == rights(world)
    world.clock.ahead += MONTH_SECONDS + DAY
    world.tollgate.change(order.id, "late", told=False)
    assert not visited(world, "billing/membership")["entitled"]
    assert set() == rights(world)


# Rules that change


def test_a_rule_that_names_more_opens_it_for_who_has_that_outcome(world: MovedWorld) -> None:
    checked(world)
    changed = f"identity=approve+{INITIATE}+{POST}"
    with second_process(world, ACCESS_RULES=changed) as browser:
        assert "access" not in browser.read().json()
        assert {INITIATE, POST} == rights(world)
        written(world)
        browser.read()
    assert [] == written(world)


def test_a_right_that_waits_for_another_rule_is_open_without_that_rule(world: MovedWorld) -> None:
    signed(world)
    assert set() == rights(world)
    with second_process(world, ACCESS_RULES=f"{AGREEMENT}={POST}") as browser:
        assert 200 == browser.call("GET", AGREEMENT_PATH).status_code
    assert {POST} == rights(world)


def test_the_order_of_rules_is_no_change(world: MovedWorld) -> None:
    checked(world)
    written(world)
    turned = ",".join(
        reversed(RULES.replace(f"approve+{INITIATE}", f"{INITIATE}+approve").split(","))
    )
    with second_process(world, ACCESS_RULES=turned) as browser:
        browser.read()
    assert [] == written(world)


# Nothing is lost on the way


def test_what_cannot_be_written_is_not_acknowledged(world: MovedWorld) -> None:
    check = started(world.browser())
    break_rights(world)
    assert [503] == world.passcheck.finish(check)
    record = world.verification()
    assert record is not None
    assert ("approved", "pending") == (record["status"], record["access"])
    assert world.checksum_holds()
    told = visited(world)
    assert (True, "pending") == (told["verified"], told["access"])
    world.sharetribe.faults.reset()
    assert 200 == world.passcheck.tell(world.passcheck.checks[check]).status
    assert {INITIATE} == rights(world)
    assert "access" not in visited(world)
    assert "access" not in (world.verification() or {})


@pytest.mark.parametrize("word", ["passed", "refused"])
def test_what_the_operator_alone_may_write_is_not_acknowledged_for_the_users_record(
    world: MovedWorld, word: str
) -> None:
    check = started(world.browser())
    if word == "refused":
        world.passcheck.finish(check)
    with refused(world, SHOW):
        assert [503] == world.passcheck.finish(check, word)
    assert 200 == world.passcheck.tell(world.passcheck.checks[check]).status
    assert ({INITIATE} if word == "passed" else set()) == rights(world)


@pytest.mark.parametrize("word", ["passed", "refused"])
def test_the_next_visit_makes_good_what_could_not_be_written(world: MovedWorld, word: str) -> None:
    check = started(world.browser())
    if word == "refused":
        world.passcheck.finish(check)
    break_rights(world, mode="reset")
    world.passcheck.finish(check, word)
    world.sharetribe.faults.reset()
    assert "access" not in visited(world)
    assert ({INITIATE} if word == "passed" else set()) == rights(world)


@pytest.mark.parametrize("path", [PERMISSIONS, APPROVE, PROFILE])
def test_a_death_at_any_step_is_made_good_by_another_process(world: MovedWorld, path: str) -> None:
    check = started(world.browser())
    with late_writes(world.sharetribe, path):
        # As for a process that has died: its request may have had its effect, and it knows nothing.
        assert [503] == world.passcheck.finish(check)
    with second_process(world) as browser:
        assert browser.read().json()["verified"]
    assert ({INITIATE}, "active") == (rights(world), world.user.state)
    assert [{"state": "active"}, {INITIATE: ALLOW}] == written(world)


def test_an_attempt_that_comes_after_a_correction_is_taken_back(world: MovedWorld) -> None:
    check = started(world.browser())
    with late_writes(world.sharetribe, PERMISSIONS, most=1) as held:
        world.passcheck.finish(check)
        assert [200] == world.passcheck.finish(check, "refused")
    held[0]()
    assert {INITIATE} == rights(world)
    assert "pending" == visited(world)["access"]
    assert set() == rights(world)
    world.clock.ahead = LATE
    assert "access" not in visited(world)
    written(world)
    visited(world)
    assert [] == written(world)


def test_an_attempt_counts_as_open_though_another_one_has_ended(world: MovedWorld) -> None:
    check = started(world.browser())
    with late_writes(world.sharetribe, PERMISSIONS, most=1) as held:
        assert [503] == world.passcheck.finish(check)
    assert 200 == world.passcheck.tell(world.passcheck.checks[check]).status
    assert "access" not in visited(world)
    assert [200] == world.passcheck.finish(check, "refused")
    held[0]()
    assert "pending" == visited(world)["access"]
    assert set() == rights(world)


def test_an_attempt_that_comes_after_another_subjects_end_is_taken_back(world: MovedWorld) -> None:
    document, order = signed(world), ordered(world)
    with late_writes(world.sharetribe, PERMISSIONS, most=1) as held:
        assert [503] == world.tollgate.change(order.id)
    assert [200] == world.inkwell.finish(document, "withdrawn")
    held[0]()
    assert {POST} == rights(world)
    assert 200 == world.tollgate.tell(order).status
    assert set() == rights(world)


def test_a_result_that_is_written_late_makes_no_right_forgotten(world: MovedWorld) -> None:
    passed = started(world.browser())
    world.clock.ahead = 60
    refused = started(world.browser(), restart=True)
    for check, word in ((passed, "passed"), (refused, "refused")):
        world.clock.ahead += 60
        world.passcheck.finish(check, word, told=False)
    with late_writes(world.sharetribe, PROFILE, most=1) as held:
        assert 503 == world.passcheck.tell(world.passcheck.checks[refused]).status
    assert 200 == world.passcheck.tell(world.passcheck.checks[passed]).status
    assert {INITIATE} == rights(world)
    held[0]()
    assert not visited(world)["verified"]
    assert set() == rights(world)


def test_a_correction_while_rights_are_written_wins(world: MovedWorld) -> None:
    check = started(world.browser())

    def correct() -> None:
        assert [200] == world.passcheck.finish(check, "refused")

    with meanwhile(world, PERMISSIONS, correct, before=True):
        assert [200] == world.passcheck.finish(check)
    assert {INITIATE: DENY} == written(world)[-1]
    assert not visited(world)["verified"]
    assert set() == rights(world)


def test_two_outcomes_at_once_open_what_needs_both(world: MovedWorld) -> None:
    order = ordered(world)
    with meanwhile(world, SHOW, lambda: signed(world), before=False):
        assert [200] == world.tollgate.change(order.id)
    assert {POST} == rights(world)


def test_what_ends_while_another_outcome_opens_stays_closed(world: MovedWorld) -> None:
    document, order = signed(world), ordered(world)

    def withdraw() -> None:
        assert [200] == world.inkwell.finish(document, "withdrawn")

    with meanwhile(world, PERMISSIONS, withdraw, before=True):
        assert [200] == world.tollgate.change(order.id)
    assert set() == rights(world)


def test_two_processes_at_once_open_it_as_one_does(world: MovedWorld) -> None:
    check = checked(world, told=False)

    def visit() -> None:
        with second_process(world) as browser:
            assert browser.read().json()["verified"]

    with meanwhile(world, PERMISSIONS, visit, before=True):
        assert 200 == world.passcheck.tell(world.passcheck.checks[check]).status
    assert "access" not in visited(world)
    assert ({INITIATE}, "active") == (rights(world), world.user.state)


# Nobody opens anything for themselves


def test_an_older_record_that_its_user_puts_back_opens_nothing(world: MovedWorld) -> None:
    check = checked(world)
    older = dict(world.user.private_data)
    world.passcheck.finish(check, "refused")
    world.user.private_data = older
    for _ in range(2):
        assert not visited(world)["verified"]
    assert (set(), False) == (rights(world), "identity" in world.user.metadata)


def test_a_decision_about_another_version_vouches_for_no_record(world: MovedWorld) -> None:
    subscribed(world)
    document = signed(world)
    older = dict(world.user.private_data)
    world.inkwell.finish(document, "withdrawn")
    changed = "provider-agreement:1003,house-rules:1002"
    with second_process(world, INKWELL_DOCUMENTS=changed) as browser:
        again = browser.call("POST", AGREEMENT_PATH).json()["transactionReference"]
        world.inkwell.finish(again, "signed", told=False)
        assert browser.call("GET", f"{AGREEMENT_PATH}?fresh=true").json()["signed"]
    # And back to the first one, which its user claims to have signed.
    world.user.private_data = older
    assert not visited(world, "signings/provider-agreement")["signed"]
    assert set() == rights(world)


@pytest.mark.parametrize("gap", [5, 400])
def test_an_older_payment_that_its_user_puts_back_opens_nothing(
    world: MovedWorld, gap: int
) -> None:
    older = None
    for _ in range(2):
        order = ordered(world, "lead-fee")
        for word, opened in (("paid", {"read"}), ("refunded", set[str]())):
            world.tollgate.finish(order.id, word)
            assert opened == rights(world)
            older = older or dict(world.user.private_data)
            world.clock.ahead += gap
    world.user.private_data = older or {}
    for _ in range(2):
        assert not visited(world, "billing/lead-fee")["entitled"]
    assert set() == rights(world)


def test_a_record_that_is_deleted_takes_nothing_away(world: MovedWorld) -> None:
    checked(world)
    world.user.private_data.clear()
    assert visited(world)["verified"]
    assert {INITIATE} == rights(world)


@pytest.mark.parametrize(("word", "opened"), [("passed", {INITIATE}), ("refused", set[str]())])
def test_what_private_data_alone_say_counts_once_the_vendor_says_it_too(
    world: MovedWorld, word: str, opened: set[str]
) -> None:
    check = checked(world)
    # As of a day on which there was no Integration API: nothing stands in metadata.
    world.user.metadata.clear()
    world.user.permissions[INITIATE] = DENY
    world.passcheck.finish(check, word, told=False)
    world.passcheck.faults.mode = "error"
    assert "pending" == visited(world)["access"]
    assert (set(), False) == (rights(world), "identity" in world.user.metadata)
    world.passcheck.faults.mode = "ok"
    assert (word == "passed") == visited(world)["verified"]
    assert opened == rights(world)
    world.passcheck.calls.clear()
    visited(world)
    assert [] == world.passcheck.calls


def test_nobody_gets_what_another_has_earned(world: MovedWorld) -> None:
    checked(world)
    thief = world.other_user
    thief.private_data, thief.metadata = dict(world.user.private_data), dict(world.user.metadata)
    world.browser(thief).read()
    assert set() == rights(world, thief)


# What it costs


def test_a_change_of_rights_costs_these_calls_and_a_repetition_none_of_them(
    world: MovedWorld,
) -> None:
    check = checked(world, told=False)
    tell = world.passcheck.tell
    told = world.passcheck.checks[check]
    world.passcheck.calls.clear()
    expected = ["show", "update_profile", "approve", "update_permissions", "update_profile"]
    assert expected == asked(world, lambda: tell(told))
    assert 1 == len(world.passcheck.calls)
    assert ["show"] == asked(world, lambda: tell(told))
    assert [] == asked(world, lambda: visited(world))
    expected.remove("approve")
    assert expected == asked(world, lambda: world.passcheck.finish(check, "refused"))


def test_an_answer_that_does_not_tell_of_the_user_is_followed_by_a_look(world: MovedWorld) -> None:
    app, views = world.sharetribe.app, dict(world.sharetribe.app.view_functions)

    def without_query(view: Callable[[], Any]) -> Callable[[], Any]:
        def answer() -> Any:
            request.query_string = b""
            return view()

        return answer

    for rule in list(app.url_map.iter_rules()):
        if rule.rule in (APPROVE, PERMISSIONS):
            app.view_functions[rule.endpoint] = without_query(views[rule.endpoint])
    check = checked(world, told=False)
    told = world.passcheck.checks[check]
    writes = ["approve", "update_permissions", "show", "update_profile"]
    assert ["show", "update_profile", *writes] == asked(world, lambda: world.passcheck.tell(told))
    app.view_functions.update(views)
    assert {INITIATE} == rights(world)


def test_what_waits_for_another_outcome_is_looked_at_once_more(world: MovedWorld) -> None:
    order = ordered(world)
    expected = ["show", "update_profile", "show", "update_profile"]
    assert expected == asked(world, lambda: world.tollgate.change(order.id))
    assert ["show"] == asked(world, lambda: world.tollgate.tell(order))


def test_a_visit_that_changes_rights_costs_three_writes(world: MovedWorld) -> None:
    signed(world)
    order = subscribed(world)
    world.tollgate.change(order.id, "ended", told=False)
    path = "billing/membership?fresh=true"
    expected = ["update_profile", "update_permissions", "update_profile"]
    assert expected == asked(world, lambda: visited(world, path))


# Badges


def seen_by_another(world: MovedWorld) -> dict[str, Any]:
    """Return the badges that another user sees, without what is sealed."""
    token = world.sharetribe.log_in(world.other_user.id)["access_token"]
    client = world.sharetribe.app.test_client()
    path = f"/v1/api/users/show?id={world.user.id}"
    answer = client.get(path, headers={"Authorization": f"Bearer {token}"}).get_json()
    metadata = answer["data"]["attributes"]["profile"]["metadata"]
    return {name: value for name, value in metadata.items() if not name.startswith("echoseal")}


def test_others_see_that_it_is_good_and_since_when_and_nothing_else(world: MovedWorld) -> None:
    check = checked(world, told=False)
    assert {} == seen_by_another(world)
    world.passcheck.tell(world.passcheck.checks[check])
    record = world.verification()
    assert record is not None
    badge = {"status": "approved", "at": record["completedAt"]}
    assert {"identity": badge} == seen_by_another(world)
    subscribed(world)
    assert {"identity", "billing_membership"} == set(seen_by_another(world))
    world.passcheck.finish(check, "refused")
    assert {"billing_membership"} == set(seen_by_another(world))


def test_a_badge_that_is_to_go_is_not_left_to_the_user_either() -> None:
    world = MovedWorld(INTEGRATIONS="passcheck", PUBLIC_BADGES="identity")
    try:
        check = checked(world)
        with refused(world, SHOW):
            assert [503] == world.passcheck.finish(check, "refused")
        assert 200 == world.passcheck.tell(world.passcheck.checks[check]).status
        assert {} == seen_by_another(world)
    finally:
        world.close()


def test_what_is_not_listed_has_no_badge(world: MovedWorld) -> None:
    signed(world)
    assert {} == seen_by_another(world)


def test_a_badge_tells_the_last_of_two_good_outcomes(world: MovedWorld) -> None:
    checked(world)
    world.clock.ahead = DAY
    checked(world)
    record = world.verification()
    assert record is not None
    assert record["completedAt"] == seen_by_another(world)["identity"]["at"]
