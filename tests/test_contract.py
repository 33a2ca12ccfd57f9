"""`openapi.json` says what the app does: routes, problem codes, statuses, and examples that fit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app import create_app
from integrations import ALL
from proxy import VERSION
from proxy.problems import CONTENT_TYPE, KINDS
from tests.contract import (
    Json,
    Refusal,
    documented_answers,
    operations,
    path_of_rule,
    problem_codes,
    read_contract,
    refusal_statuses,
    resolve,
    stated_refusals,
)
from tests.example_environment import read_example
from tests.installed import INSTALLED, integration_of

AUTOMATIC_METHODS = {"HEAD", "OPTIONS"}
EVERY_INTEGRATION = {**read_example(), "INTEGRATIONS": ",".join(one.name for one in ALL)}
# What is neither JSON nor a problem document: redirects of a browser, and words for a workspace.
OTHER_MEDIA_TYPES = {
    ("/api/connections/hubrise/return", 303): ["text/html"],
    ("/api/connections/xero/return", 303): ["text/html"],
    ("/api/connections/pumble/return", 303): ["text/html"],
    ("/api/connections/pumble/return/{state}", 303): ["text/html"],
    ("/api/callbacks/pumble", 200): ["application/json", "text/plain"],
    ("/api/callbacks/pumble", 400): [CONTENT_TYPE, "application/json"],
    ("/readyz", 503): ["application/json"],
}
NO_CONTENT = 204
SENT_WITH = {"Retry-After": (429, 503), "WWW-Authenticate": (401,), "Allow": (405,)}


@pytest.fixture(scope="module")
def contract() -> Json:
    return read_contract()


@pytest.fixture(scope="module")
def app() -> Flask:
    return create_app(EVERY_INTEGRATION)


def _nodes(value: Any, path: str = "#") -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from _nodes(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nodes(inner, f"{path}/{index}")


def _problem_responses(contract: Json) -> Iterator[tuple[str, Json]]:
    for name, response in contract["components"]["responses"].items():
        yield name, response["content"][CONTENT_TYPE]


def test_the_document_is_openapi_3_1_of_this_version(contract: Json) -> None:
    assert "3.1.0" == contract["openapi"]
    assert VERSION == contract["info"]["version"]


def test_the_document_is_served_as_it_is(app: Flask, contract: Json) -> None:
    answer = app.test_client().get("/openapi.json")
    assert "application/json" == answer.content_type
    assert contract == answer.get_json()


def test_every_reference_leads_somewhere(contract: Json) -> None:
    for path, node in _nodes(contract):
        if "$ref" in node:
            assert node["$ref"].startswith("#/components/"), path
            assert {"$ref"} == set(node), path
            resolve(contract, node)


def test_every_component_is_used_or_general(contract: Json) -> None:
    used = {node["$ref"] for _, node in _nodes(contract) if "$ref" in node}
    # Answers of paths and methods that stand in no operation.
    general = {
        "NotFound", "MethodNotAllowed", "FrontendUnavailable", "Overloaded", "RequestTimeout",
        "TargetTooLong", "ExpectationUnknown", "FieldsTooLarge", "CodingUnknown",
    }  # fmt: skip
    unused = [
        name
        for kind in ("schemas", "responses", "headers", "parameters")
        for name in contract["components"][kind]
        if f"#/components/{kind}/{name}" not in used and name not in general
    ]
    assert [] == unused


def test_the_paths_are_the_apps_routes(app: Flask, contract: Json) -> None:
    routed = {
        (path_of_rule(rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - AUTOMATIC_METHODS
    }
    documented = {(path, method) for path, method, _ in operations(contract)}
    assert routed == {(p, m) for p, m in documented if integration_of(p) in {None, *INSTALLED}}


def test_both_apis_have_the_same_routes(contract: Json) -> None:
    kyx = create_app({**EVERY_INTEGRATION, "JUMIO_API": "kyx"})
    rules = {path_of_rule(rule.rule) for rule in kyx.url_map.iter_rules()}
    assert {p for p in contract["paths"] if integration_of(p) in {None, *INSTALLED}} == rules


def test_every_operation_is_complete(contract: Json) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(contract)]
    assert len(set(ids)) == len(ids)
    for path, method, operation in operations(contract):
        place = f"{method} {path}"
        assert operation["summary"], place
        assert {tag["name"] for tag in contract["tags"]} >= set(operation["tags"]), place
        for scheme in operation["security"]:
            assert set(contract["components"]["securitySchemes"]) >= set(scheme), place
        for status, response in documented_answers(contract, operation).items():
            assert response["description"], f"{place} {status}"
            assert "X-Request-Id" in response["headers"], f"{place} {status}"


def test_path_parameters_are_declared(contract: Json) -> None:
    for path, method, operation in operations(contract):
        parameters = [resolve(contract, parameter) for parameter in operation["parameters"]]
        declared = {p["name"] for p in parameters if p["in"] == "path" and p["required"]}
        assert declared == {part[1:-1] for part in path.split("/") if part[:1] == "{"}, method


def test_the_code_enum_is_the_problem_table(contract: Json) -> None:
    assert list(KINDS) == contract["components"]["schemas"]["ProblemCode"]["enum"]


def test_every_code_has_an_answer_with_its_status(contract: Json) -> None:
    documented: dict[str, set[int]] = {}
    for _, response in _problem_responses(contract):
        fixed = response["schema"]["allOf"][1]["properties"]
        for code in fixed["code"]["enum"]:
            documented.setdefault(code, set()).add(fixed["status"]["const"])
    assert refusal_statuses() == documented


def test_problems_stand_under_their_own_status(contract: Json) -> None:
    known = refusal_statuses()
    for path, method, operation in operations(contract):
        for status, response in documented_answers(contract, operation).items():
            for code in problem_codes(response):
                assert status in known[code], f"{method} {path} {code}"


def test_every_refusal_is_a_problem_document(contract: Json) -> None:
    for path, method, operation in operations(contract):
        for status, response in documented_answers(contract, operation).items():
            usual = ["application/json" if status < 400 else CONTENT_TYPE]
            expected = OTHER_MEDIA_TYPES.get((path, status), usual if status != NO_CONTENT else [])
            content = response.get("content", {})
            assert sorted(expected) == sorted(content), f"{method} {path} {status}"


def test_headers_are_documented_where_they_are_sent(contract: Json) -> None:
    for name, response in contract["components"]["responses"].items():
        status = response["content"][CONTENT_TYPE]["schema"]["allOf"][1]["properties"]["status"]
        for header, sent_with in SENT_WITH.items():
            assert (header in response["headers"]) == (status["const"] in sent_with), name


def test_problem_examples_are_what_the_app_answers(contract: Json) -> None:
    stated = stated_refusals()
    for name, content in _problem_responses(contract):
        examples = {code: example["value"] for code, example in content["examples"].items()}
        fixed = content["schema"]["allOf"][1]["properties"]
        assert fixed["code"]["enum"] == list(examples), name
        for code, example in examples.items():
            title = KINDS[code].title
            repeated = {"message": example["detail"]} if "message" in example else {}
            assert Refusal(code, fixed["status"]["const"], example["detail"]) in stated, name
            assert {
                "type": f"urn:echoseal:problem:{code}",
                "title": title,
                "status": fixed["status"]["const"],
                "detail": example["detail"],
                "code": code,
                "requestId": example["requestId"],
                "error": title,
                **repeated,
            } == example


def test_examples_fit_their_schemas(contract: Json) -> None:
    for path, node in _nodes(contract):
        for name, example in node.get("examples", {}).items() if "schema" in node else ():
            fits = _fits(contract, node["schema"], example["value"])
            assert fits, f"{path} {name}"


def _fits(contract: Json, schema: Json, value: Any) -> bool:
    """Judge by the few keywords that this document uses on its objects."""
    schema = resolve(contract, schema)
    alternatives = schema.get("oneOf", [schema])
    if "oneOf" in schema:
        return [_fits(contract, one, value) for one in alternatives].count(True) == 1
    if not all(_fits(contract, part, value) for part in schema.get("allOf", ())):
        return False
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if isinstance(value, list) and "items" in schema:
        return all(_fits(contract, schema["items"], item) for item in value)
    if not isinstance(value, dict) or "properties" not in schema:
        return True
    known = schema["properties"]
    is_open = schema.get("additionalProperties", True)
    return (
        set(schema.get("required", ())) <= set(value)
        and bool(is_open or set(value) <= set(known))
        and all(_fits(contract, known[name], value[name]) for name in known if name in value)
    )


def test_the_document_names_the_default_prefix(contract: Json) -> None:
    assert "API_PREFIX" in contract["info"]["description"]
    moved = create_app({**EVERY_INTEGRATION, "API_PREFIX": "/services/v1"})
    rules = {path_of_rule(rule.rule) for rule in moved.url_map.iter_rules()}
    assert {path.replace("/api/", "/services/v1/") for path in contract["paths"]} == rules


def test_the_session_schemes_are_those_that_are_read(contract: Json) -> None:
    schemes = contract["components"]["securitySchemes"]
    assert {"session", "bearer", "cardToken", "portal", "operator"} == set(schemes)
    assert "st-CLIENT_ID-token" == schemes["session"]["name"]
    assert "bearer" == schemes["bearer"]["scheme"]
    assert read_example()["KAIZALA_TOKEN_HEADER"] == schemes["cardToken"]["name"]
    assert "basic" == schemes["portal"]["scheme"]
