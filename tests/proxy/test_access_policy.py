"""The operator's rules and badges: what they may name, and what is said of what they may not."""

from __future__ import annotations

import pytest

from proxy.access.policy import AccessPolicy
from proxy.operating.configuration import read_configuration
from proxy.settings_reader import ConfigurationError
from tests.example_environment import read_deployment
from tests.example_vendors import KNOWN, SETTINGS

OPERATOR = {
    "SHARETRIBE_INTEGRATION_CLIENT_ID": "id",
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "secret",
}
NEEDS = (
    "ACCESS_RULES and PUBLIC_BADGES need the Integration API: set SHARETRIBE_INTEGRATION_CLIENT_ID"
    " and SHARETRIBE_INTEGRATION_CLIENT_SECRET"
)
SERVED = (
    "identity, signing/provider-agreement, signing/house-rules, billing/membership,"
    " billing/lead-fee, billing/card"
)
RIGHT = "is none of approve, postListings, initiateTransactions, read"


def policy(**variables: str) -> AccessPolicy:
    known = {**read_deployment(), **SETTINGS, "INTEGRATIONS": "passcheck,inkwell,tollgate"}
    return read_configuration({**known, **OPERATOR, **variables}, KNOWN).policy


def problems(**variables: str) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        policy(**variables)
    return list(caught.value.problems)


def test_rules_name_subjects_and_rights() -> None:
    rules = (
        " identity = approve + initiateTransactions,billing/membership=postListings+postListings"
    )
    expected = {
        "identity": ("approve", "initiateTransactions"),
        "billing/membership": ("postListings",),
    }
    assert expected == policy(ACCESS_RULES=rules).rules


def test_without_rules_and_badges_nothing_follows_and_nothing_is_needed() -> None:
    nothing = policy(**dict.fromkeys(OPERATOR, ""))
    assert (frozenset(), {}) == (nothing.badges, nothing.allowed("identity", {"identity"}))


def test_a_badge_needs_no_rule() -> None:
    badges = policy(PUBLIC_BADGES="identity,billing/membership").badges
    assert {"identity", "billing/membership"} == badges


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ("identity=post", f"a right of 'identity' {RIGHT}"),
        ("identity=postlistings", f"a right of 'identity' {RIGHT}"),
        ("identity=", f"a right of 'identity' {RIGHT}"),
        ("identity=read+", f"a right of 'identity' {RIGHT}"),
        ("identity", "'identity' must look like identity=postListings"),
        ("=read", f"names '', which is not enabled; there is {SERVED}"),
        ("billing=read", f"names 'billing', which is not enabled; there is {SERVED}"),
        ("billing/gold=read", f"names 'billing/gold', which is not enabled; there is {SERVED}"),
        ("identity=read,identity=approve", "has two rules for 'identity'; join them with +"),
    ],
)
def test_a_rule_that_would_open_nothing_is_a_problem(rules: str, expected: str) -> None:
    (problem,) = problems(ACCESS_RULES=rules)
    assert expected == problem.removeprefix("ACCESS_RULES").removeprefix(":").strip()


def test_a_badge_of_nothing_is_a_problem() -> None:
    expected = f"PUBLIC_BADGES names 'billing', which is not enabled; there is {SERVED}"
    assert [expected] == problems(PUBLIC_BADGES="billing")


@pytest.mark.parametrize("variable", ["ACCESS_RULES", "PUBLIC_BADGES"])
def test_nobody_but_the_integration_api_can_write_them(variable: str) -> None:
    value = {"ACCESS_RULES": "identity=read", "PUBLIC_BADGES": "identity"}[variable]
    assert [NEEDS] == problems(**dict.fromkeys(OPERATOR, ""), **{variable: value})


def test_all_problems_of_the_rules_show_at_once() -> None:
    rules = "identity=post,billing/gold=read,nonsense"
    assert 4 == len(problems(ACCESS_RULES=rules, PUBLIC_BADGES="gold"))
