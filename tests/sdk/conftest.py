"""Fixtures that run the marketplace's real JavaScript clients under Node."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest

from tests import node_packages
from tests.sdk.pages import Pages


class RunScript(Protocol):
    """Runs a script of this folder and returns the JSON object that it prints."""

    def __call__(self, name: str, *args: str, input_json: object = None) -> dict[str, Any]:
        """Pass `args` on the command line and `input_json` on standard input.

        A script that ends with an error, or prints anything else, fails the test.
        """


@pytest.fixture(scope="session")
def sdk_folder() -> Path:
    """This folder, with the locked SDKs installed in its `node_modules`."""
    folder = Path(__file__).parent
    node_packages.install(folder)
    return folder


@pytest.fixture(scope="session")
def run_script(sdk_folder: Path) -> RunScript:
    """A function that runs a script of this folder under Node."""

    def run(name: str, *args: str, input_json: object = None) -> dict[str, Any]:
        return node_packages.run(sdk_folder / name, *args, input_json=input_json)

    return run


@pytest.fixture
def pages(run_script: RunScript) -> Iterator[Pages]:
    """A marketplace with its catalogue, whose pages are looked at."""
    pages = Pages(run_script)
    yield pages
    pages.server.close()
