"""A wrong setting of Jumio's is one problem, which names its variable."""

from __future__ import annotations

from functools import cache

import pytest

from integrations.jumio import JUMIO
from proxy.outgoing.upstream import Upstreams
from proxy.settings import SettingsReader

GOOD = {"JUMIO_API_TOKEN": "jumio-token", "JUMIO_API_SECRET": "jumio-secret-value"}


@cache
def upstreams() -> Upstreams:
    """Return upstreams for all tests: making them loads the world's certificates."""
    return Upstreams("Tests/1.0", lambda *_: None)


def problems(**changes: str) -> list[str]:
    reader = SettingsReader({**GOOD, **changes})
    JUMIO.build(reader, upstreams())
    return reader.problems


@pytest.mark.parametrize("name", GOOD)
def test_what_is_required_must_be_set(name: str) -> None:
    assert [f"{name} is not set"] == problems(**{name: ""})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("JUMIO_API", "v5"),
        ("JUMIO_DATACENTER", "moon"),
        ("JUMIO_BASE_URL", "http://jumio.example"),
        ("JUMIO_CALLBACK_IPS", "10.0.0.300"),
        ("JUMIO_CALLBACK_IPS", "10.0.0.1/8"),
        ("JUMIO_CALLBACK_IPS", ","),
        ("JUMIO_CONFIRM", "never"),
        ("JUMIO_WORKFLOW", "2000"),
        ("JUMIO_SESSION_MINUTES", "4"),
        ("JUMIO_RESULT_FIELDS", "firstName,shoeSize"),
    ],
)
def test_a_wrong_value_is_one_problem_that_names_its_variable(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(name)
    assert GOOD["JUMIO_API_SECRET"] not in problem


@pytest.mark.parametrize(
    ("api", "expected"), [("netverify", []), ("kyx", ["JUMIO_WORKFLOW is not set"])]
)
def test_the_workflow_is_required_for_kyx_only(api: str, expected: list[str]) -> None:
    assert expected == problems(JUMIO_API=api)
