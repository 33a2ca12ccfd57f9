"""The IAM policies on the page: enough for every request, and no more than the page admits."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import pytest

from integrations.sensedia.api_keys import ApiKeys
from integrations.sensedia.app_clients import AppClients
from integrations.sensedia.aws import Aws as AwsService
from sandbox.sensedia import Aws
from tests.integrations.sensedia.gate import Gate, Passed
from tests.integrations.sensedia.orders import app
from tests.source_tree import ROOT

PAGE = (ROOT / "docs/integrations/sensedia.md").read_text()
FOR_KEYS, FOR_CLIENTS = (
    json.loads(block)["Statement"]
    for block in re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    if '"Statement"' in block
)
GATEWAY = "arn:aws:apigateway:eu-west-1::"
NEW_TAGS = f"{GATEWAY}/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapikeys%2F*"
OURS = {"managed-by": "echoseal", "app-slug": "x"}


@dataclass(frozen=True)
class Asked:
    """What IAM is asked: an action on a resource, with the tags of both sides."""

    action: str
    resource: str
    request_tags: dict[str, str]
    resource_tags: dict[str, str]


def asked(
    action: str,
    path: str,
    *,
    request: dict[str, str] | None = None,
    resource: dict[str, str] | None = None,
) -> Asked:
    """Return what is asked for a method and a path, by default without tags."""
    return Asked(f"apigateway:{action}", f"{GATEWAY}{path}", request or {}, resource or {})


def listed(value: str | list[str]) -> list[str]:
    """Return a list, as IAM reads one value."""
    return [value] if isinstance(value, str) else value


def fits(statement: dict[str, Any], question: Asked) -> bool:
    """Evaluate a statement as IAM does, as far as the page's policies go (IAM User Guide)."""
    assert "Allow" == statement["Effect"]
    return (
        question.action in listed(statement["Action"])
        and any(fnmatchcase(question.resource, one) for one in listed(statement["Resource"]))
        and all(
            hold(operator, key, listed(values), question)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    )


def hold(operator: str, key: str, values: list[str], question: Asked) -> bool:
    """Tell whether one condition holds; a tag that is not there equals nothing."""
    if (operator, key) == ("ForAllValues:StringEquals", "aws:TagKeys"):
        return set(question.request_tags) <= set(values)
    assert "StringEquals" == operator
    source, _, name = key.partition("/")
    tags = {
        "aws:RequestTag": question.request_tags,
        "aws:ResourceTag": question.resource_tags,
    }[source]
    return tags.get(name) in values


def is_allowed(question: Asked, plan_ids: tuple[str, ...] = ("abc123",)) -> bool:
    """Tell whether the page's policy for keys allows this, with these plans in it."""
    policies = (json.dumps(FOR_KEYS).replace("abc123", plan_id) for plan_id in plan_ids)
    return any(fits(statement, question) for text in policies for statement in json.loads(text))


@pytest.fixture
def questions(
    api_keys: ApiKeys, api_gateway: AwsService, aws: Aws, gate: Gate
) -> Iterator[list[Asked]]:
    """Return what IAM is asked while a key is made, moved, renamed, probed for and revoked."""
    questions: list[Asked] = []

    def script(name: str, environ: Any) -> Passed | None:
        method, _, path = name.partition(" ")
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = io.BytesIO(body)
        request_tags = json.loads(body).get("tags", {}) if body else {}
        tags = {f"/apikeys/{key['id']}": key["tags"] for key in list(aws.keys())}
        questions.append(asked(method, path, request=request_tags, resource=tags.get(path)))
        if request_tags:  # AWS asks for this one too when it makes what has tags
            questions.append(Asked("apigateway:PUT", NEW_TAGS, request_tags, {}))
        return None

    gate.script = script
    told = api_keys.create(app(aws, "gold", "silver"))
    named = {"api_key_id": told["apiKeyId"]}
    api_keys.update(app(aws, "bronze", name="Other", **named))
    assert api_gateway.call("get_usage_plans", limit=1)
    api_keys.revoke(app(aws, **named))
    yield questions
    gate.reset()


def test_the_policy_for_keys_is_enough(questions: list[Asked], aws: Aws) -> None:
    plan_ids = tuple(aws.plan_ids.values())
    assert [] == [question for question in questions if not is_allowed(question, plan_ids)]


def test_the_policy_for_keys_allows_nothing_that_is_not_asked(
    questions: list[Asked], aws: Aws
) -> None:
    plan_id = aws.plan_ids["gold"]
    policy = json.loads(json.dumps(FOR_KEYS).replace("abc123", plan_id))
    unused = [
        (action, resource)
        for statement in policy
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
        if not any(
            fits({**statement, "Action": action, "Resource": resource}, question)
            for question in questions
        )
    ]
    assert [] == unused


@pytest.mark.parametrize(
    "question",
    [
        asked("POST", "/apikeys"),
        asked("POST", "/apikeys", request={"managed-by": "somebody", "app-slug": "x"}),
        asked("POST", "/apikeys", request={**OURS, "more": "x"}),
        asked("PUT", NEW_TAGS.removeprefix(GATEWAY)),
        asked("PUT", "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Frestapis%2Fx", request=OURS),
        asked("DELETE", NEW_TAGS.removeprefix(GATEWAY), request=OURS),
        asked("PATCH", "/apikeys/x"),
        asked("DELETE", "/apikeys/x", resource={"managed-by": "somebody"}),
        asked("POST", "/usageplans/another/keys", resource=OURS),
        asked("DELETE", "/usageplans/another/keys/x", resource=OURS),
        asked("PATCH", "/usageplans/abc123", resource=OURS),
        asked("DELETE", "/usageplans/abc123", resource=OURS),
        asked("GET", "/restapis"),
    ],
)
def test_the_policy_for_keys_does_not_reach_what_is_not_ours(question: Asked) -> None:
    assert not is_allowed(question)


def test_the_policy_for_clients_names_what_is_called_and_no_more(
    app_clients: AppClients, aws: Aws, gate: Gate
) -> None:
    told = app_clients.create(app(aws))
    app_clients.update(app(aws, client_id=told["clientId"], name="Other"))
    app_clients.revoke(app(aws))
    [statement] = FOR_CLIENTS
    assert {f"cognito-idp:{call}" for call in gate.calls} == set(statement["Action"])
    assert re.fullmatch(r"arn:aws:cognito-idp:[^*]+:userpool/[^*]+", statement["Resource"])
