"""API keys: made, handed out again, moved between plans, revoked; nobody else's is touched."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import pytest

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.aws import Aws as AwsService
from integrations.sensedia.aws import Conflict
from integrations.sensedia.contract import App
from integrations.sensedia.gateway import Gateway
from proxy.outgoing.deadline import deadline
from proxy.outgoing.upstream import UpstreamUnavailable
from proxy.vendors.doors import PortalRefused
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import Gate, Passed, answered, refusal
from tests.integrations.sensedia.orders import OWNER, SLUG, app, assert_one_working_key

FORMER_SLUG = "0123456789abcdef"


def foreign_key(aws: Aws, name: str, tags: dict[str, str]) -> dict[str, Any]:
    """Have somebody else make a key, with the silver plan."""
    key = aws.api_gateway("POST", "/apikeys", {"name": name, "enabled": True, "tags": tags})
    attach(aws, key["id"], "silver")
    return key


def attach(aws: Aws, key_id: str, plan: str) -> None:
    """Attach a key to a plan past the product."""
    document = {"keyId": key_id, "keyType": "API_KEY"}
    aws.api_gateway("POST", f"/usageplans/{aws.plan_ids[plan]}/keys", document)


def changes(gate: Gate) -> list[str]:
    """Return the requests that change something."""
    return [call for call in gate.calls if not call.startswith("GET ")]


def enabled(aws: Aws) -> list[bool]:
    """Return of each key whether it works."""
    return [key["enabled"] for key in list(aws.keys())]


def test_a_key_is_made_disabled_attached_to_each_plan_once_and_enabled_last(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    bodies: list[bytes] = []

    def look(name: str, environ: Any) -> Passed | None:
        passed = gate.pass_on(environ)
        if name == "POST /apikeys":
            bodies.append(passed.body)
        return passed

    gate.script = look
    told = api_keys.create(app(aws, "gold", "silver"))

    assert_one_working_key(aws, told, "gold", "silver")
    assert b'"enabled": false' in bodies[0]
    plans = aws.plan_ids
    assert [
        "POST /apikeys",
        f"POST /usageplans/{plans['gold']}/keys",
        f"POST /usageplans/{plans['silver']}/keys",
        f"PATCH /apikeys/{told['apiKeyId']}",
    ] == changes(gate)


def test_a_key_carries_the_apps_name_the_developer_and_our_tags(
    api_keys: ApiKeys, aws: Aws
) -> None:
    api_keys.create(app(aws, "gold"))
    [key] = aws.keys()
    assert f"{SLUG}/Parcel tracker" == key["name"]
    assert "dev@parcels.example" == key["description"]
    assert {"managed-by": OWNER, "app-slug": SLUG} == key["tags"]


def test_a_repeated_create_returns_the_same_and_changes_nothing(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    told = api_keys.create(app(aws, "gold"))
    gate.reset()
    assert told == api_keys.create(app(aws, "gold"))
    assert [] == changes(gate)


def test_a_repeated_create_with_other_plans_moves_the_key(api_keys: ApiKeys, aws: Aws) -> None:
    told = api_keys.create(app(aws, "gold"))
    assert told == api_keys.create(app(aws, "silver"))
    assert_one_working_key(aws, told, "silver")


def test_a_disabled_leftover_is_taken_over_and_loses_its_old_plans(
    api_keys: ApiKeys, aws: Aws
) -> None:
    tags = {"managed-by": OWNER, "app-slug": SLUG}
    leftover = aws.api_gateway("POST", "/apikeys", {"name": f"{SLUG}/Old", "tags": tags})
    attach(aws, leftover["id"], "bronze")

    told = api_keys.create(app(aws, "gold"))

    assert leftover["id"] == told["apiKeyId"]
    assert_one_working_key(aws, told, "gold")


def test_two_apps_have_two_keys_even_when_one_slug_begins_like_the_other(
    api_keys: ApiKeys, aws: Aws
) -> None:
    told = api_keys.create(app(aws, "gold", slug="abc"))
    longer = api_keys.create(app(aws, "gold", slug="abcd"))
    assert told["apiKeyId"] != longer["apiKeyId"]
    assert told == api_keys.create(app(aws, "gold", slug="abc"))


@pytest.mark.parametrize("order", ["create", "update"])
def test_a_plan_that_is_not_listed_is_refused_before_aws_is_asked(
    api_keys: ApiKeys, aws: Aws, gate: Gate, order: str
) -> None:
    unlisted = app(aws, "gold", plan_ids=(aws.plan_ids["gold"], "unlisted"))
    with pytest.raises(PortalRefused, match="not-allowed"):
        getattr(api_keys, order)(unlisted)
    assert [] == gate.calls


@pytest.mark.parametrize("order", ["create", "update"])
def test_an_order_without_any_plan_is_refused(api_keys: ApiKeys, aws: Aws, order: str) -> None:
    with pytest.raises(PortalRefused, match="body-invalid"):
        getattr(api_keys, order)(app(aws))


@pytest.mark.parametrize("kind", ["404", "plan"])
def test_a_plan_that_aws_does_not_know_is_refused_and_nothing_works(
    api_keys: ApiKeys, aws: Aws, gate: Gate, kind: str
) -> None:
    gate.script = lambda name, _: refusal(kind) if name.endswith("/keys") else None
    with pytest.raises(PortalRefused, match="knows no usage plan"):
        api_keys.create(app(aws, "gold"))
    assert [False] == enabled(aws)


def test_when_aws_does_not_say_what_it_did_not_find_it_is_asked_for_the_key(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    """A new key, and a part of AWS that has not heard of it for the first two tries."""

    def script(name: str, _: Any) -> Passed | None:
        is_about_key = name.endswith("/keys") or name.startswith("GET /apikeys/")
        return refusal("404") if is_about_key and gate.calls.count(name) < 3 else None

    gate.script = script
    told = api_keys.create(app(aws, "gold"))
    assert_one_working_key(aws, told, "gold")


def test_a_conflict_about_something_else_is_not_told_as_one_about_a_stage(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    gate.script = lambda name, _: refusal("409") if name.endswith("/keys") else None
    with pytest.raises(Conflict):
        api_keys.create(app(aws, "gold"))
    assert [False] == enabled(aws)


def test_a_key_that_is_attached_already_is_attached(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    def script(name: str, environ: Any) -> Passed | None:
        if not name.endswith("/keys"):
            return None
        gate.pass_on(environ)
        return refusal("409")

    gate.script = script
    told = api_keys.create(app(aws, "gold"))
    assert_one_working_key(aws, told, "gold")


def one_plan_per_stage(gate: Gate) -> Any:
    """Return a script by which AWS refuses a second plan: they all are for the same stage."""

    def script(name: str, _: Any) -> Passed | None:
        is_attachment = name.startswith("POST /usageplans/")
        return refusal("stage") if is_attachment and gate.aws.keys()[0]["plans"] else None

    return script


def test_a_second_plan_for_the_same_stage_is_refused_and_nothing_works(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    gate.script = one_plan_per_stage(gate)
    with pytest.raises(PortalRefused, match="stage"):
        api_keys.create(app(aws, "gold", "silver"))
    assert [False] == enabled(aws)


def test_an_update_detaches_before_it_attaches(api_keys: ApiKeys, aws: Aws, gate: Gate) -> None:
    told = api_keys.create(app(aws, "gold"))
    gate.script = one_plan_per_stage(gate)
    api_keys.update(app(aws, "silver", api_key_id=told["apiKeyId"]))
    assert_one_working_key(aws, told, "silver")


STRUCK = [(5, kind) for kind in ("403", "409", "429", "500", "reset", "garbage")]
STRUCK += [(6, kind) for kind in ("403", "404", "409", "429", "500", "key", "reset", "garbage")]


@pytest.mark.parametrize(("step", "kind"), STRUCK)
def test_an_update_that_cannot_attach_puts_the_old_plans_back(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str
) -> None:
    told = api_keys.create(app(aws, "gold", "bronze"))
    gate.reset()
    gate.strike(step, kind)  # the key, another name, its plans, off gold, off bronze, on silver
    with pytest.raises(Exception, match=r"aws|not-allowed"):
        api_keys.update(app(aws, "silver", api_key_id=told["apiKeyId"], name="New"))
    assert_one_working_key(aws, told, "gold", "bronze")


def test_an_update_changes_the_name_and_keeps_the_slug(api_keys: ApiKeys, aws: Aws) -> None:
    told = api_keys.create(app(aws, "gold"))
    renamed = App(slug="", has_slug=False, name="Tracker 2", developer="", **by_id(told))
    api_keys.update(renamed)
    [key] = aws.keys()
    assert f"{SLUG}/Tracker 2" == key["name"]
    assert_one_working_key(aws, told, "gold")


def by_id(told: dict[str, str]) -> dict[str, Any]:
    """Return the field that names a key."""
    return {"api_key_id": told["apiKeyId"]}


def test_an_update_repeated_changes_nothing(api_keys: ApiKeys, aws: Aws, gate: Gate) -> None:
    api_keys.create(app(aws, "gold"))
    api_keys.update(app(aws, "silver"))
    gate.reset()
    api_keys.update(app(aws, "silver"))
    assert [] == changes(gate)


def test_an_update_leaves_plans_alone_that_are_not_listed(
    api_keys: ApiKeys, api_gateway: AwsService, aws: Aws
) -> None:
    told = api_keys.create(app(aws, "gold"))
    attach(aws, told["apiKeyId"], "bronze")
    listed = frozenset({aws.plan_ids["gold"], aws.plan_ids["silver"]})
    ApiKeys(Gateway(api_gateway, OWNER), listed).update(app(aws, "silver"))
    assert_one_working_key(aws, told, "silver", "bronze")


@pytest.mark.parametrize("named", [{"api_key_id": "gone"}, {}])
def test_an_update_of_an_unknown_app_is_refused_and_makes_no_key(
    api_keys: ApiKeys, aws: Aws, named: dict[str, str]
) -> None:
    with pytest.raises(PortalRefused, match="app-unknown"):
        api_keys.update(app(aws, "gold", **named))
    assert [] == aws.keys()


@pytest.mark.parametrize("by", ["id", "slug", "both"])
def test_a_revoke_removes_the_key(api_keys: ApiKeys, aws: Aws, by: str) -> None:
    told = api_keys.create(app(aws, "gold"))
    named = by_id(told) if by != "slug" else {}
    slug = {"slug": "", "has_slug": False} if by == "id" else {}
    api_keys.revoke(app(aws, **named, **slug))
    assert [] == aws.keys()


def test_a_revoke_takes_the_key_out_of_use_before_anything_else(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    told = api_keys.create(app(aws, "gold"))
    gate.reset()
    api_keys.revoke(app(aws))
    plan, key = aws.plan_ids["gold"], told["apiKeyId"]
    assert [
        f"PATCH /apikeys/{key}",
        f"DELETE /usageplans/{plan}/keys/{key}",
        f"DELETE /apikeys/{key}",
    ] == changes(gate)


def test_a_revoke_of_what_is_not_there_succeeds(api_keys: ApiKeys, aws: Aws, gate: Gate) -> None:
    api_keys.revoke(app(aws))
    api_keys.revoke(app(aws, api_key_id="gone"))
    assert [] == changes(gate)


@pytest.mark.parametrize(
    ("name", "tags"),
    [
        (f"{SLUG}/By hand", {}),
        (f"{SLUG}/Another installation", {"managed-by": "somebody", "app-slug": SLUG}),
        ("other/Another app", {"managed-by": OWNER, "app-slug": "other"}),
    ],
)
@pytest.mark.parametrize("order", ["update", "revoke"])
def test_keys_of_others_are_not_touched(
    api_keys: ApiKeys, aws: Aws, gate: Gate, order: str, name: str, tags: dict[str, str]
) -> None:
    key = foreign_key(aws, name, tags)
    before = aws.keys()
    if order == "revoke":
        api_keys.revoke(app(aws, api_key_id=key["id"]))
        api_keys.revoke(app(aws))
    else:
        for named in ({"api_key_id": key["id"]}, {}):
            with pytest.raises(PortalRefused, match="app-unknown"):
                api_keys.update(app(aws, "gold", **named))
    assert (before, []) == (aws.keys(), changes(gate))


def test_a_create_beside_a_foreign_key_of_the_same_name_makes_our_own(
    api_keys: ApiKeys, aws: Aws
) -> None:
    foreign = foreign_key(aws, f"{SLUG}/Parcel tracker", {"app-slug": SLUG})
    told = api_keys.create(app(aws, "gold"))
    assert foreign["id"] != told["apiKeyId"]
    assert 2 == len(aws.keys())


@pytest.mark.parametrize("step", [3, 4, 5])
@pytest.mark.parametrize("kind", ["429", "500", "reset"])
def test_a_secret_that_is_being_revoked_is_never_handed_out_again(
    api_keys: ApiKeys, aws: Aws, gate: Gate, step: int, kind: str
) -> None:
    """Approved, cancelled with a failure on the way, approved again."""
    told = api_keys.create(app(aws, "gold"))
    gate.reset()
    gate.strike(step + 1, kind, until=99)  # two searches and the marking pass
    with pytest.raises(Exception, match="aws"):
        api_keys.revoke(app(aws))
    gate.reset()

    again = api_keys.create(app(aws, "gold"))

    assert told["apiKey"] != again["apiKey"]
    enabled = {key["id"]: key["enabled"] for key in list(aws.keys())}
    assert {told["apiKeyId"]: False, again["apiKeyId"]: True} == enabled


def test_a_revoke_sent_again_finishes_what_was_begun(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    told = api_keys.create(app(aws, "gold"))
    gate.reset()
    gate.strike(3, "500", until=99)
    with pytest.raises(Exception, match="aws"):
        api_keys.revoke(app(aws, **by_id(told)))
    gate.reset()
    api_keys.revoke(app(aws, **by_id(told)))
    assert [] == aws.keys()


def test_a_key_that_is_being_revoked_cannot_be_updated(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    told = api_keys.create(app(aws, "gold"))
    gate.reset()
    gate.strike(5, "500", until=99)  # three searches and the marking pass
    with pytest.raises(UpstreamUnavailable):
        api_keys.revoke(app(aws, **by_id(told)))
    gate.reset()
    for named in (by_id(told), {}):
        with pytest.raises(PortalRefused, match="app-unknown"):
            api_keys.update(app(aws, "silver", **named))
    [key] = aws.keys()
    assert (False, ["gold"]) == (key["enabled"], key["plans"])


def test_an_old_revoke_does_not_reach_the_key_of_an_app_approved_anew(
    api_keys: ApiKeys, aws: Aws
) -> None:
    old = api_keys.create(app(aws, "gold"))
    api_keys.revoke(app(aws, **by_id(old)))
    again = api_keys.create(app(aws, "gold"))
    api_keys.revoke(app(aws, **by_id(old)))
    assert_one_working_key(aws, again, "gold")


def test_a_slug_that_reads_like_a_mark_of_ours_is_an_app_like_any_other(
    api_keys: ApiKeys, aws: Aws
) -> None:
    told = api_keys.create(app(aws, "gold", slug="revoked"))
    api_keys.update(app(aws, "silver", slug="revoked", **by_id(told)))
    assert_one_working_key(aws, told, "silver")


def without_slug(aws: Aws, **named: Any) -> App:
    """Return an app of an older portal's, as it is named now and as older versions named it."""
    slugs = {"slug": "derived.0123", "former_slug": FORMER_SLUG, "has_slug": False}
    return app(aws, "gold", **{**slugs, **named})


def former_key(aws: Aws, developer: str = "dev@parcels.example") -> dict[str, Any]:
    """Have an older version make a key of an app without slug."""
    tags = {"managed-by": OWNER, "app-slug": FORMER_SLUG}
    document = {"name": f"{FORMER_SLUG}/App", "description": developer, "tags": tags}
    return aws.api_gateway("POST", "/apikeys", {**document, "enabled": True})


def test_what_an_older_version_made_for_an_app_without_slug_is_found_and_revoked(
    api_keys: ApiKeys, aws: Aws
) -> None:
    former = former_key(aws)
    told = api_keys.create(without_slug(aws))
    assert (former["id"], former["value"]) == (told["apiKeyId"], told["apiKey"])
    api_keys.revoke(without_slug(aws))
    assert [] == aws.keys()


def test_what_an_older_version_made_for_another_developer_is_not_handed_out(
    api_keys: ApiKeys, aws: Aws
) -> None:
    former = former_key(aws, "mallory@parcels.example")
    assert former["id"] != api_keys.create(without_slug(aws))["apiKeyId"]
    api_keys.revoke(without_slug(aws))
    assert [former["id"]] == [key["id"] for key in list(aws.keys())]


@pytest.mark.parametrize("order", ["create", "revoke"])
def test_a_slug_of_the_portals_does_not_reach_what_was_made_for_an_app_without_slug(
    api_keys: ApiKeys, aws: Aws, order: str
) -> None:
    former = former_key(aws)
    sent = app(aws, "gold", slug=f"portal.{FORMER_SLUG}", former_slug=FORMER_SLUG)
    told = getattr(api_keys, order)(sent)
    assert former["id"] in [key["id"] for key in list(aws.keys())]
    assert told is None or told["apiKeyId"] != former["id"]


def test_the_id_of_a_key_and_the_slug_that_an_older_version_knew_it_by_go_together(
    api_keys: ApiKeys, aws: Aws
) -> None:
    named = {"slug": f"portal.{FORMER_SLUG}", "former_slug": FORMER_SLUG}
    api_keys.revoke(app(aws, api_key_id=former_key(aws)["id"], **named))
    assert [] == aws.keys()


def test_an_order_with_an_id_alone_takes_turns_with_those_that_name_the_app(
    api_keys: ApiKeys, aws: Aws, gate: Gate
) -> None:
    told = api_keys.create(app(aws, "gold"))
    alone = App(slug="", has_slug=False, name="", developer="", **by_id(told))
    waited: list[Exception] = []

    def script(name: str, _: Any) -> Passed | None:
        if name.startswith("DELETE /usageplans"):
            with deadline(0.5), pytest.raises(UpstreamUnavailable, match="this app") as refusal:
                api_keys.revoke(alone)
            waited.append(refusal.value)
        return None

    gate.script = script
    api_keys.update(app(aws, "silver"))
    assert 1 == len(waited)
    assert_one_working_key(aws, told, "silver")


def test_every_page_of_keys_is_read(api_keys: ApiKeys, aws: Aws, gate: Gate) -> None:
    told = api_keys.create(app(aws, "gold"))
    [ours] = aws.keys()
    pages = {"": {"item": [], "position": "page/2=+"}, "page/2=+": {"item": [ours]}}

    def script(name: str, environ: Any) -> Passed | None:
        return answered(pages[position(environ)]) if name == "GET /apikeys" else None

    gate.script = script
    assert told == api_keys.create(app(aws, "gold"))


def position(environ: Any) -> str:
    """Return the page that a request asks for."""
    pages: list[str] = parse_qs(environ["QUERY_STRING"]).get("position", [""])
    return pages[0]


def test_a_list_without_an_end_is_given_up(api_keys: ApiKeys, aws: Aws, gate: Gate) -> None:
    gate.script = lambda *_: answered({"item": [], "position": "again"})
    with pytest.raises(Exception, match="does not end"):
        api_keys.create(app(aws, "gold"))
    assert 200 == len(gate.calls)


@pytest.mark.parametrize("document", [{}, {"id": "abc"}, {"id": 7, "value": "x" * 20}])
def test_a_key_without_id_or_value_is_no_answer(
    api_keys: ApiKeys, aws: Aws, gate: Gate, document: dict[str, object]
) -> None:
    made = answered(document, "201 Created")
    gate.script = lambda name, _: made if name == "POST /apikeys" else None
    with pytest.raises(UpstreamUnavailable):
        api_keys.create(app(aws, "gold"))
