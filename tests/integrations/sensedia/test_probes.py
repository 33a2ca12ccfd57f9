"""What AWS says of the settings: one request, and its codes in words with the way out.

The codes are AWS's own (docs.aws.amazon.com, common errors of API Gateway and Cognito).
"""

from __future__ import annotations

import pytest

from integrations.sensedia import Sensedia, build
from proxy.operating.doctor.probing import Probed, ProbeState, probed
from proxy.vendors import SettingsReader, Upstreams
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import Gate, answered

SECRET = "sandbox-secret-access-key"


def ask(gate: Gate, upstreams: Upstreams, **settings: str) -> list[Probed]:
    """Return what AWS says of the settings for API keys, or of others in their place."""
    variables = {
        "SENSEDIA_BASIC_AUTH": "portal:a made-up password",
        "SENSEDIA_USAGE_PLANS": ",".join(gate.aws.plan_ids.values()),
        "AWS_REGION": Aws.region,
        "AWS_ACCESS_KEY_ID": Aws.access_key_id,
        "AWS_SECRET_ACCESS_KEY": SECRET,
        "AWS_BASE_URL": gate.url,
    }
    reader = SettingsReader({**variables, **settings})
    doors: tuple[Sensedia, ...] = build(reader, upstreams)
    assert [] == reader.problems
    return list(probed(doors))


def of_clients(gate: Gate) -> dict[str, str]:
    """Return settings for app clients."""
    return {
        "SENSEDIA_CREDENTIAL_TYPE": "CLIENT_CREDENTIALS",
        "SENSEDIA_USER_POOL_ID": gate.aws.pool_id,
        "SENSEDIA_API_SCOPES": "q1w2e3:parcels/read",
    }


def test_keys_and_plans_are_asked_for_once_each(gate: Gate, upstreams: Upstreams) -> None:
    answers = ask(gate, upstreams)
    assert ["GET /usageplans", "GET /usageplans"] == gate.calls
    expected = [
        ("AWS_ACCESS_KEY_ID", ProbeState.ACCEPTED),
        ("SENSEDIA_USAGE_PLANS", ProbeState.ACCEPTED),
        ("SENSEDIA_BASIC_AUTH", ProbeState.UNPROVEN),
    ]
    assert expected == [(one.variables[0], one.state) for one in answers]


def test_the_pool_is_asked_for_by_its_clients(gate: Gate, upstreams: Upstreams) -> None:
    answers = ask(gate, upstreams, **of_clients(gate))
    assert ["ListUserPoolClients"] == gate.calls
    assert [ProbeState.ACCEPTED, ProbeState.UNPROVEN] == [one.state for one in answers]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("UnrecognizedClientException", "does not know AWS_ACCESS_KEY_ID"),
        ("InvalidSignatureException", "does not belong to AWS_ACCESS_KEY_ID"),
        ("ExpiredTokenException", "renew AWS_SESSION_TOKEN"),
        ("AccessDeniedException", "knows the credentials, and they may not read"),
        ("SomethingNewException", "refused with 403 SomethingNewException; compare"),
    ],
)
def test_a_refusal_is_told_with_the_way_out(
    gate: Gate, upstreams: Upstreams, code: str, words: str
) -> None:
    gate.script = lambda *_: answered({"__type": code, "message": "no"}, "403 Forbidden")
    keys, *rest = ask(gate, upstreams)
    assert ["GET /usageplans"] == gate.calls
    assert (ProbeState.REFUSED, 403, code) == (keys.state, keys.status, keys.code)
    assert words in keys.words
    assert [] == rest


def test_a_pool_of_another_region_is_told(gate: Gate, upstreams: Upstreams) -> None:
    settings = {**of_clients(gate), "SENSEDIA_USER_POOL_ID": "eu-west-1_Nobody123"}
    keys = ask(gate, upstreams, **settings)[0]
    assert ProbeState.REFUSED is keys.state
    assert "correct SENSEDIA_USER_POOL_ID or AWS_REGION" in keys.words


def test_plans_that_are_not_there_are_counted(gate: Gate, upstreams: Upstreams) -> None:
    known = next(iter(gate.aws.plan_ids.values()))
    plans = ask(gate, upstreams, SENSEDIA_USAGE_PLANS=f"{known},nobodys1,nobodys2")[1]
    assert (ProbeState.REFUSED, 404) == (plans.state, plans.status)
    assert plans.words.startswith("SENSEDIA_USAGE_PLANS lists 2 that AWS does not have")


@pytest.mark.parametrize("kind", ["429", "500", "reset", "garbage"])
def test_aws_that_is_down_proves_nothing(gate: Gate, upstreams: Upstreams, kind: str) -> None:
    gate.strike(1, kind, until=99)
    answers = ask(gate, upstreams)
    assert [ProbeState.UNAVAILABLE] == [one.state for one in answers]


def test_no_answer_shows_the_secret(gate: Gate, upstreams: Upstreams) -> None:
    assert SECRET not in repr(ask(gate, upstreams))
