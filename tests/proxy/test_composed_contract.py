"""What the OpenAPI document says of vendors: by their parts, in their own words, and together."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from proxy.operating.configuration import read_configuration
from proxy.settings_reader import ConfigurationError
from proxy.vendors import Integration
from tests.contract import Json, operations, problem_codes, resolve, served_contract
from tests.example_environment import read_deployment
from tests.example_vendors import KNOWN, SETTINGS

# What an operator writes beside app.py, without a contract or with one of its own.
MODULE = """
from proxy.vendors import Connection, Grant, Integration, Option

class Shop(Connection):
    name = "shop"
    options = (Option("size", "S|M"), Option("isGift"))

    def authorize_url(self, request):
        return "https://shop.example/authorize"

    def exchange(self, request):
        return Grant({"token": "t"})

    def release(self, grant, kept):
        pass

def build(reader, upstreams):
    return (Shop(),)

SHOP = Integration("shop", build, {contract})
"""


def composed(names: str, contract: Mapping[str, Any] | Path | None = None) -> Json:
    """Return the document of example vendors; the first of them brings `contract`."""
    first, *others = names.split(",")
    known = tuple(
        Integration(one.name, one.build, contract if one.name == first else None)
        for one in KNOWN
        if one.name in (first, *others)
    )
    variables = {**read_deployment(), **SETTINGS, "INTEGRATIONS": names}
    return dict(read_configuration(variables, known).contract)


def operation(contract: Json, name: str) -> Json:
    """Return an operation by its id."""
    return next(one for _, _, one in operations(contract) if one["operationId"] == name)


def parameters(contract: Json, name: str) -> dict[str, Json]:
    """Return the parameters of an operation by their names."""
    given = operation(contract, name)["parameters"]
    return {found["name"]: found for found in (resolve(contract, one) for one in given)}


def codes(contract: Json, name: str, status: int) -> set[str]:
    """Return the problem codes of an operation under a status."""
    response = operation(contract, name)["responses"].get(str(status), {})
    return set(problem_codes(resolve(contract, response)))


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose modules can be imported, as those beside app.py can."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.mark.parametrize("contract", ["None", "{}", "{'operations': {}}"])
def test_an_operators_own_module_is_described(beside: Path, contract: str) -> None:
    (beside / "corner_shop.py").write_text(MODULE.replace("{contract}", contract))
    variables = {**read_deployment(), **SETTINGS, "INTEGRATIONS": "corner_shop:SHOP"}
    served = served_contract(create_app(variables))
    assert {
        ("/api/connections/shop", "POST"),
        ("/api/connections/shop", "DELETE"),
        ("/api/connections/shop/return", "GET"),
    } == {(path, method) for path, method, _ in operations(served) if "shop" in path}
    body = operation(served, "beginConnection")["requestBody"]["content"]["application/json"]
    assert {
        "size": {"type": ["string", "null"], "pattern": "^(?:S|M)$"},
        "isGift": {"type": ["boolean", "null"]},
    } == body["schema"]["properties"]


def test_only_what_is_enabled_is_described() -> None:
    paths = set(composed("badge")["paths"])
    kernels = {"/healthz", "/readyz", "/statusz", "/openapi.json"}
    own = {"/api/{vendor}/me", "/api/{vendor}/link", "/api/{vendor}/link-codes"}
    assert kernels | own == paths


def test_a_state_in_the_path_is_described_for_those_who_want_it() -> None:
    contract = composed("calendar,till,guild")
    vendor = parameters(contract, "returnFromConsentWithState")["vendor"]
    assert ["guild"] == vendor["schema"]["enum"]
    assert ["calendar", "till", "guild"] == (
        parameters(contract, "returnFromConsent")["vendor"]["schema"]["enum"]
    )


@pytest.mark.parametrize(
    ("name", "where", "headers", "unproven"),
    [
        ("passcheck", "receiveCallback", {"Passcheck-Signature"}, (401, "signature-invalid")),
        ("facecheck", "receiveCallback", set(), (403, "origin-not-allowed")),
        ("guild", "receiveCallback", {"Guild-Signature", "Guild-Time"}, (403, "signature-invalid")),
        ("till", "receiveCallbackWithReference", {"Till-Signature"}, (401, "signature-invalid")),
    ],
)
def test_a_callback_is_described_by_its_proof(
    name: str, where: str, headers: set[str], unproven: tuple[int, str]
) -> None:
    contract = composed(name)
    found = parameters(contract, where).values()
    required = {one["name"] for one in found if one["in"] == "header" and one["required"]}
    assert headers == required
    answers = {(status, code) for status in (401, 403) for code in codes(contract, where, status)}
    assert {unproven} == answers - {(403, "callback-foreign")}


def test_headers_of_one_vendor_are_not_required_of_several() -> None:
    contract = composed("passcheck,guild")
    assert not parameters(contract, "receiveCallback")["Guild-Signature"]["required"]


def test_a_content_type_that_counts_is_described() -> None:
    contract = composed("facecheck")
    content = operation(contract, "receiveCallback")["requestBody"]["content"]
    assert ["application/x-www-form-urlencoded"] == list(content)
    assert {"content-type-unsupported"} == codes(contract, "receiveCallback", 415)
    assert set() == codes(composed("guild"), "receiveCallback", 415)


def test_refusals_of_several_vendors_stand_together() -> None:
    contract = composed("facecheck,guild")
    assert {"origin-not-allowed", "signature-invalid"} == codes(contract, "receiveCallback", 403)
    assert {"origin-not-allowed"} == codes(composed("facecheck"), "receiveCallback", 403)


def test_a_token_goes_into_the_header_of_its_vendor() -> None:
    contract = composed("badge")
    assert [{"badgeToken": []}] == operation(contract, "whoHoldsTheToken")["security"]
    assert "X-Badge" == contract["components"]["securitySchemes"]["badgeToken"]["name"]
    body = operation(contract, "linkPerson")["requestBody"]["content"]["application/json"]
    assert {"code", "badge"} == set(body["schema"]["properties"])


def test_an_orders_words_are_told() -> None:
    contract = composed("till")
    assert "collected" in contract["components"]["schemas"]["OrderStatus"]["examples"]


def test_a_portals_operations_are_its_own() -> None:
    item = composed("vault")["paths"]["/api/vault/v1/keys"]
    assert ("vault", {"x-integration", "post"}) == (item["x-integration"], set(item))


# What a vendor adds in words of its own

OWN = {
    "operations": {
        "beginConnection": {
            "description": "Opening hours are asked for.",
            "requestBody": {"content": {"application/json": {"examples": {"a": {"value": {}}}}}},
        },
        "receiveCallbackWithReference": {
            "requestBody": {
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/News"}}}
            },
        },
    },
    "components": {"schemas": {"News": {"type": "object", "required": ["id"]}}},
}


@pytest.mark.parametrize("in_a_file", [True, False])
def test_a_vendors_own_contract_is_added(tmp_path: Path, *, in_a_file: bool) -> None:
    (tmp_path / "contract.json").write_text(json.dumps(OWN))
    contract = composed("till", tmp_path / "contract.json" if in_a_file else OWN)
    begin = operation(contract, "beginConnection")
    assert begin["description"].endswith("\n\ntill: Opening hours are asked for.")
    assert ["till: a"] == list(begin["requestBody"]["content"]["application/json"]["examples"])
    body = operation(contract, "receiveCallbackWithReference")["requestBody"]["content"]
    assert {"$ref": "#/components/schemas/News"} == body["application/json"]["schema"]
    assert ["id"] == contract["components"]["schemas"]["News"]["required"]


def test_schemas_of_several_vendors_are_alternatives() -> None:
    contract = composed("till,calendar", OWN)
    body = operation(contract, "receiveCallbackWithReference")["requestBody"]["content"]
    alternatives = body["application/json"]["schema"]["anyOf"]
    assert [{"$ref": "#/components/schemas/News"}, {"type": "object"}] == alternatives


BROKEN: dict[str, Mapping[str, Any]] = {
    "a reference that leads nowhere": {
        "operations": {
            "beginConnection": {
                "responses": {
                    "200": {
                        "content": {"text/plain": {"schema": {"$ref": "#/components/schemas/No"}}}
                    }
                }
            }
        }
    },
    "a name of the kernel's": {"components": {"schemas": {"Problem": {}}}},
    "an unknown refusal": {"operations": {"beginConnection": {"refusals": ["Never"]}}},
    "no object at all": {"operations": ["beginConnection"]},
}


@pytest.mark.parametrize("contract", BROKEN.values(), ids=BROKEN)
def test_a_contract_that_cannot_be_used_is_a_problem(contract: Mapping[str, Any]) -> None:
    with pytest.raises(ConfigurationError) as refused:
        composed("till", contract)
    (problem,) = refused.value.problems
    assert problem.startswith("the OpenAPI document cannot be composed (")


@pytest.mark.parametrize("written", ["{", "[1]", None])
def test_a_contract_that_cannot_be_read_is_its_vendors_problem(
    tmp_path: Path, written: str | None
) -> None:
    if written is not None:
        (tmp_path / "contract.json").write_text(written)
    with pytest.raises(ConfigurationError) as refused:
        composed("till", tmp_path / "contract.json")
    (problem,) = refused.value.problems
    assert problem.startswith("the OpenAPI document cannot be composed (till: ")
