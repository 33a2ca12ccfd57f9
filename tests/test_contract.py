"""The OpenAPI document says what the app does: routes, problem codes, statuses, fitting examples.

Every statement is held by the document of all integrations, of each alone, and of example vendors
that bring no contract of their own.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from app import create_app
from integrations import ALL
from proxy import VERSION
from proxy.operating.configuration import Configuration, read_configuration
from proxy.outgoing.upstream import Upstreams
from proxy.problems import CONTENT_TYPE, KINDS
from proxy.settings_reader import SettingsReader
from proxy.vendors.doors import PortalDoor, TokenDoor
from proxy.vendors.integration import Integration
from proxy.vendors.part import CalledBack, Part
from proxy.vendors.proof import Hmac
from tests import example_vendors
from tests.contract import (
    Json,
    Refusal,
    documented_answers,
    fits,
    operations,
    path_of_rule,
    problem_codes,
    read_contract,
    refusal_statuses,
    resolve,
    served_contract,
    stated_refusals,
    vendors_of,
)
from tests.documents import CONTRACT, LINK_PAGES, deleted
from tests.example_environment import read_example
from tests.kit.inkwell.vendor import INKWELL
from tests.kit.tollgate.vendor import TOLLGATE

AUTOMATIC_METHODS = {"HEAD", "OPTIONS"}
NO_CONTENT, REDIRECT, DEFECT = 204, 303, 500
NOT_READY = ("/readyz", 503)
SENT_WITH = {"Retry-After": (429, 503), "WWW-Authenticate": (401,), "Allow": (405,)}


def _counter(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return a vendor that is two things, and tells of both at one address."""
    parts = (*INKWELL.build(reader, upstreams), *TOLLGATE.build(reader, upstreams))
    for part in parts:
        part.name = "counter"
        if isinstance(part, CalledBack):
            part.proof = Hmac(("Counter-Signature",), ("issued-counter-secret",))
    return parts


_SAID = "Told at one address."
COUNTER = Integration(
    "counter", _counter, {"operations": {"receiveCallback": {"description": _SAID}}}
)
# What is described, by the names of the integrations.
DESCRIBED: dict[str, tuple[Integration, ...]] = {
    "all": ALL,
    **{one.name: (one,) for one in ALL},
    "examples": example_vendors.KNOWN,
    "a vendor of two matters": (COUNTER,),
}


def _variables(integrations: tuple[Integration, ...]) -> dict[str, str]:
    listed = ",".join(integration.name for integration in integrations)
    settings = {**read_example(), **example_vendors.SETTINGS, "INTEGRATIONS": listed}
    # Each document is of an app with link pages, save for that of a vendor of two matters.
    return settings if integrations == (COUNTER,) else {**settings, **LINK_PAGES}


@pytest.fixture(scope="module", params=DESCRIBED)
def described(request: pytest.FixtureRequest) -> tuple[Integration, ...]:
    return DESCRIBED[request.param]


@pytest.fixture(scope="module")
def configuration(described: tuple[Integration, ...]) -> Configuration:
    return read_configuration(_variables(described), described)


@pytest.fixture(scope="module")
def app(described: tuple[Integration, ...]) -> Flask:
    return create_app(_variables(described), known=described)


@pytest.fixture(scope="module")
def contract(app: Flask) -> Json:
    return served_contract(app)


def _nodes(value: Any, path: str = "#") -> Iterator[tuple[str, Json]]:
    if isinstance(value, dict):
        yield path, value
        for key, inner in value.items():
            yield from _nodes(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _nodes(inner, f"{path}/{index}")


def _problem_responses(contract: Json) -> Iterator[tuple[str, Json]]:
    """Iterate over every refusal with its place, those included that belong to no operation."""
    for path, node in _nodes(contract):
        if CONTENT_TYPE in node.get("content", {}):
            yield path, node


def test_the_document_is_openapi_3_1_of_this_version(contract: Json) -> None:
    assert "3.1.0" == contract["openapi"]
    assert VERSION == contract["info"]["version"]


def test_the_repositorys_document_is_composed_of_what_there_is() -> None:
    written, composed = json.loads(CONTRACT.read_text()), read_contract()
    if deleted():
        assert _answers(composed) <= _answers(written)
    else:
        assert written == composed, "run `make documents`"


def _answers(contract: Json) -> set[tuple[str, str, str]]:
    """Return path, method and status of every answer: what a deleted vendor leaves as it is."""
    return {
        (path, method, status)
        for path, method, operation in operations(contract)
        for status in operation["responses"]
    }


def test_the_document_is_served_as_it_is_composed(app: Flask, configuration: Configuration) -> None:
    answer = app.test_client().get("/openapi.json")
    assert "application/json" == answer.content_type
    assert configuration.contract == answer.get_json()


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
        "NotFound", "MethodNotAllowed", "FrontendUnavailable", "FrontendLoop", "Overloaded",
        "RequestTimeout", "TargetTooLong", "ExpectationUnknown", "FieldsTooLarge", "CodingUnknown",
    }  # fmt: skip
    unused = {
        name
        for kind in ("schemas", "responses", "headers", "parameters")
        for name in contract["components"][kind]
        if f"#/components/{kind}/{name}" not in used
    }
    assert general == unused


def test_the_paths_are_the_apps_routes(app: Flask, contract: Json) -> None:
    routed = {
        (path_of_rule(rule.rule), method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - AUTOMATIC_METHODS
    }
    assert routed == {(path, method) for path, method, _ in operations(contract)}


def test_a_path_of_one_vendor_says_whose_it_is(
    contract: Json, described: tuple[Integration, ...]
) -> None:
    names = {integration.name for integration in described}
    for path, item in contract["paths"].items():
        own = {name for name in names if f"/{name}/" in f"{path}/"}
        assert own == {item["x-integration"]} if "x-integration" in item else not own, path


def test_every_operation_is_complete(contract: Json) -> None:
    items = [item for item in contract["paths"].values() for item in item.values()]
    ids = [item["operationId"] for item in items if "operationId" in item]
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
        named = {part[1:-1] for part in path.split("/") if part[:1] == "{"}
        assert declared - ({"vendor"} if vendors_of(operation) else set()) == named, method


def test_nothing_is_said_twice_of_an_operation(contract: Json) -> None:
    for path, method, operation in operations(contract):
        parameters = [resolve(contract, parameter) for parameter in operation["parameters"]]
        places = [(parameter["in"], parameter["name"].lower()) for parameter in parameters]
        assert sorted(set(places)) == sorted(places), f"{method} {path}"
        said = operation.get("description", "").split("\n\n")
        assert sorted(set(said)) == sorted(said), f"{method} {path}"


def test_the_code_enum_is_the_problem_table(contract: Json) -> None:
    assert list(KINDS) == contract["components"]["schemas"]["ProblemCode"]["enum"]


def test_every_code_has_an_answer_with_its_status() -> None:
    """The example vendors have a part of each kind, and no words of their own."""
    known = example_vendors.KNOWN
    configuration = read_configuration(_variables(known), known)
    documented: dict[str, set[int]] = {}
    for _, response in _problem_responses(dict(configuration.contract)):
        fixed = response["content"][CONTENT_TYPE]["schema"]["allOf"][1]["properties"]
        for code in fixed["code"]["enum"]:
            documented.setdefault(code, set()).add(fixed["status"]["const"])
    assert refusal_statuses(configuration.parts) == documented


def test_problems_stand_under_their_own_status(
    contract: Json, configuration: Configuration
) -> None:
    known = refusal_statuses(configuration.parts)
    for path, method, operation in operations(contract):
        for status, response in documented_answers(contract, operation).items():
            for code in problem_codes(response):
                assert status in known[code], f"{method} {path} {code}"


def test_every_refusal_is_a_problem_document(contract: Json) -> None:
    for path, method, operation in operations(contract):
        # What a vendor is told is in its own words, and may be besides.
        is_told = operation["operationId"].startswith("receiveCallback")
        is_page = "links" in operation["tags"]
        for status, response in documented_answers(contract, operation).items():
            place, content = f"{method} {path} {status}", set(response.get("content", {}))
            if status == NO_CONTENT:
                assert not content, place
            elif is_page and status != DEFECT:
                assert content in ({"text/html"}, {"text/css"}), place
            elif status == REDIRECT:
                assert {"text/html"} == content, place
            elif status < 400 or (path, status) == NOT_READY:
                assert {"application/json"} == content or is_told, place
            else:
                assert {CONTENT_TYPE} == content or (is_told and CONTENT_TYPE in content), place


def test_a_callback_is_acknowledged_in_the_vendors_words(
    contract: Json, configuration: Configuration
) -> None:
    for path, _, operation in operations(contract):
        for part in configuration.parts.of(CalledBack):
            if f"/callbacks/{part.name}/" in f"{path}/":
                content = operation["responses"]["200"]["content"]
                expected = "application/json" if part.acknowledgement is None else "text/plain"
                assert expected in content, path


def test_headers_are_documented_where_they_are_sent(contract: Json) -> None:
    for place, response in _problem_responses(contract):
        status = response["content"][CONTENT_TYPE]["schema"]["allOf"][1]["properties"]["status"]
        for header, sent_with in SENT_WITH.items():
            assert (header in response["headers"]) == (status["const"] in sent_with), place


def test_problem_examples_are_what_the_app_answers(
    contract: Json, configuration: Configuration
) -> None:
    stated = stated_refusals(configuration.parts)
    for name, response in _problem_responses(contract):
        content = response["content"][CONTENT_TYPE]
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
            assert fits(contract, node["schema"], example["value"]), f"{path} {name}"


def test_the_document_has_the_prefix_of_the_routes(described: tuple[Integration, ...]) -> None:
    variables = {**_variables(described), "API_PREFIX": "/services/v1"}
    moved = create_app(variables, known=described)
    contract = served_contract(moved)
    assert "API_PREFIX" in contract["info"]["description"]
    rules = {path_of_rule(rule.rule) for rule in moved.url_map.iter_rules()}
    assert rules == {path for path, _, _ in operations(contract)}


def test_the_session_schemes_are_those_that_are_read(
    contract: Json, configuration: Configuration
) -> None:
    schemes = contract["components"]["securitySchemes"]
    doors = configuration.parts.of(TokenDoor)
    portal = {"portal"} if configuration.parts.of(PortalDoor) else set()
    own = {f"{door.name}Token" for door in doors} | portal
    with_session = {s for _, _, o in operations(contract) for one in o["security"] for s in one}
    assert (own | {"operator"}) <= set(schemes) <= own | {"operator", "session", "bearer"}
    assert with_session == set(schemes)
    assert "bearer" == schemes["operator"]["scheme"]
    for door in doors:
        scheme = schemes[f"{door.name}Token"]
        assert ("apiKey", "header", door.token_header) == (
            scheme["type"], scheme["in"], scheme["name"]
        )  # fmt: skip
    if "session" in schemes:
        assert "st-CLIENT_ID-token" == schemes["session"]["name"]
        assert "bearer" == schemes["bearer"]["scheme"]
    if portal:
        assert "basic" == schemes["portal"]["scheme"]
