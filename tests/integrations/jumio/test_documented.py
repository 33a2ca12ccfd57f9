"""Jumio's two APIs have the same routes, and what each calls back with is described."""

from __future__ import annotations

import pytest

from app import create_app
from tests.contract import operations, served_contract
from tests.example_environment import read_example

APIS = {"netverify": "application/x-www-form-urlencoded", "kyx": "application/json"}


@pytest.mark.parametrize("api", APIS)
def test_both_apis_have_the_same_routes(api: str) -> None:
    described = {
        (path, method)
        for path, method, _ in operations(served_contract(create_app(read_example())))
    }
    chosen = create_app({**read_example(), "JUMIO_API": api})
    assert described == {(path, method) for path, method, _ in operations(served_contract(chosen))}


@pytest.mark.parametrize(("api", "content_type"), APIS.items())
def test_the_callbacks_of_both_apis_are_described(api: str, content_type: str) -> None:
    contract = served_contract(create_app({**read_example(), "JUMIO_API": api}))
    callback = contract["paths"]["/api/callbacks/{vendor}"]["post"]
    examples = callback["requestBody"]["content"][content_type]["examples"]
    assert [name for name in examples if name.startswith("jumio: ")]
