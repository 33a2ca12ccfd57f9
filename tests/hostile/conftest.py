"""The apps that are attacked: one whose upstreams are simulated, ones whose upstreams are dead."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

import integrations
from app import create_app
from proxy.operating.configuration import read_configuration
from proxy.vendors import Integration
from tests.example_environment import read_example
from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.ingredients import ORIGIN, PLACEHOLDERS
from tests.hostile.judge import Judge, silence_logs
from tests.kit.links import LINK_PAGES
from tests.source_tree import module_of, vendor_files, words_of_code

# Nothing listens on the discard port.
NOWHERE = "http://127.0.0.1:9"
_ADDRESS = re.compile(r"[A-Z][A-Z0-9_]*_BASE_URL")


@pytest.fixture(scope="module")
def attacked() -> Iterator[AttackedWorld]:
    """Return a world of example vendors, shared by a module's examples."""
    world = AttackedWorld(**LINK_PAGES)
    yield world
    world.close()


@pytest.fixture(scope="module", params=integrations.ALL, ids=lambda one: str(one.name))
def cut_off(request: pytest.FixtureRequest) -> Iterator[Judge]:
    """Return the judge of an app with one of the vendors, which reaches none of its upstreams."""
    integration: Integration = request.param
    files = vendor_files()[module_of(integration.name)]
    found = {text for path in files for _, text in words_of_code(path) if _ADDRESS.fullmatch(text)}
    settings = {
        **read_example(),
        **dict.fromkeys(found, NOWHERE),
        "SHARETRIBE_BASE_URL": NOWHERE,
        "SHARETRIBE_INTEGRATION_BASE_URL": NOWHERE,
        "SHARETRIBE_INTEGRATION_CLIENT_ID": "made-up-id",
        "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "made-up-secret",
        "AWS_ACCESS_KEY_ID": "made-up",
        "AWS_SECRET_ACCESS_KEY": "made-up",
        "INTEGRATIONS": integration.name,
        "MARKETPLACE_ORIGINS": ORIGIN,
        **LINK_PAGES,
    }
    parts = read_configuration(settings, (integration,)).parts
    genuine = dict.fromkeys(PLACEHOLDERS, "genuine") | {"client": settings["SHARETRIBE_CLIENT_ID"]}
    yield Judge(create_app(settings, known=(integration,)), genuine, parts)
    silence_logs()
