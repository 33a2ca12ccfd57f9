"""Each block of code in the documentation holds: it is run, or read by what reads its language."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest

from integrations import ALL
from proxy.operating.configuration import read_configuration
from tests import node_packages
from tests.conftest import StartWorld
from tests.contract import Json, operations
from tests.docs.snippets import of_language, snippets
from tests.documents import LINK_PAGES, deleted, everything, example, variables
from tests.kit.world import KitWorld
from tests.source_tree import ROOT

CHECKER = Path(__file__).with_name("check_syntax.mjs")
RUNNER = Path(__file__).with_name("run_page.mjs")
CLIENT_RUNNER = Path(__file__).with_name("run_client_page.mjs")
CLIENT = ROOT / "frontend" / "client" / "echoseal.js"
# The pages' own server, where the template's code is developed.
DEVELOPMENT = "http://localhost:3000"
FRONTEND = "docs/frontend.md"
# Read by nothing here, each with the reason; what is not in this list has a test below.
UNREAD = {
    "caddy": "tests/routers runs the configurations as files",
    "css": "a part of a style sheet; frontend/tests/readme.test.js knows its variables",
    "dockerfile": "the file itself is built, and the page only shows a part",
    "ini": "a part of a unit of systemd, which is not here",
    "jsx": "frontend/tests/readme.test.js renders each on a server",
    "mermaid": "drawn in a browser by tests/browser/test_docs_site.py",
    "nginx": "tests/routers runs the configurations as files",
    "promql": "asked at the reader's Prometheus",
    "text": "is no code: a layout of bytes, a line of a log, an address",
    "yaml": "a part of a file that is read as a whole",
}
_ADDRESS = re.compile(
    r"\b(post|fetch|request)\('(/api/[^'?]*)[^']*'(, \{ method: (?:'|methods\.)([A-Z]+))?"
)


def test_every_block_names_its_language() -> None:
    known = {*READERS, *UNREAD, "bash", "sh", "js"}
    assert [] == [
        f"{one.place}: {one.language or 'only indented: fence it and name the language'}"
        for one in snippets()
        if one.language not in known
    ]


def _json(text: str) -> object:
    """Read JSON, or members of an object that a page shows alone."""
    whole = text if text.lstrip().startswith(("{", "[")) else "{" + text.rstrip().rstrip(",") + "}"
    return json.loads(whole)


def _env(text: str) -> None:
    """Read settings as the app does, beside the example; `…` is the reader's own."""
    told = variables(text.replace("…", ""))
    unknown = set(told) - set(variables(example())) - set(LINK_PAGES)
    assert not unknown, unknown
    if "…" not in text:
        every = {"INTEGRATIONS": ",".join(integration.name for integration in ALL)}
        read_configuration({**variables(example()), **LINK_PAGES, **every, **told}, ALL)


def _html(text: str) -> None:
    parser = HTMLParser()
    parser.feed(text)
    parser.close()


def _python(text: str) -> None:
    """Run a module as it stands."""
    exec(compile(ast.parse(text), "snippet", "exec"), {"__name__": "snippet"})  # noqa: S102 - ours


READERS: Mapping[str, Callable[[str], object]] = {
    "env": _env,
    "html": _html,
    "json": _json,
    "python": _python,
    "toml": tomllib.loads,
}


@pytest.mark.parametrize("language", READERS)
def test_what_reads_a_language_takes_its_blocks(language: str) -> None:
    wrong = []
    for one in of_language(language):
        try:
            READERS[language](one.text)
        except Exception as error:  # whatever it is, it is told
            wrong.append(f"{one.place}: {type(error).__name__}: {error}")
    assert [] == wrong


@pytest.mark.node
def test_blocks_for_browsers_are_javascript() -> None:
    texts = [{"name": one.place, "text": one.text} for one in of_language("js")]
    assert {"wrong": []} == node_packages.run(CHECKER, input_json=texts)


def test_what_pages_ask_for_is_a_route() -> None:
    contract: Json = dict(everything().contract)
    known = {(method, _pattern(path)) for path, method, _ in operations(contract)}
    asked = [
        (one.place, "POST" if call == "post" else method or "GET", path)
        for one in of_language("js")
        for call, path, _, method in _ADDRESS.findall(one.text)
    ]
    assert asked
    assert [] == [
        (place, method, path)
        for place, method, path in asked
        if not any(method == its and re.fullmatch(route, path) for its, route in known)
        and not any(vendor in path for vendor in deleted())
    ]


def _pattern(path: str) -> str:
    return re.sub(r"\{[^}]+\}", "[^/]+", path)


@dataclass(frozen=True, slots=True)
class Placement:
    """A world, and the origin of the pages: it leads to the world, or is the template's own."""

    world: KitWorld
    page: str

    @property
    def told(self) -> dict[str, object]:
        """What a runner needs to know."""
        return {
            "base": self.world.url,
            "page": self.page,
            "isBeside": self.page == DEVELOPMENT,
            "cookie": self.world.browser().cookie_header,
        }


@pytest.fixture(params=["https://market.example", DEVELOPMENT], ids=["production", "development"])
def placement(request: pytest.FixtureRequest, start_world: StartWorld) -> Placement:
    """Return a world behind the pages' own address, or on a port beside their server."""
    page: str = request.param
    listed = "passcheck,inkwell,tollgate"
    return Placement(start_world(INTEGRATIONS=listed, MARKETPLACE_ORIGINS=page), page)


def block(page: str, holding: str) -> str:
    """Return the block of a page for browsers that holds a text."""
    (found,) = [
        one.text for one in of_language("js") if str(one.page) == page and holding in one.text
    ]
    return found


@pytest.mark.node
def test_the_page_with_the_client_goes_there_and_back(placement: Placement) -> None:
    world = placement.world
    text = block(FRONTEND, "createClient")
    if placement.page == DEVELOPMENT:
        (told,) = re.findall(r"createClient\(\{ base: '([^']+)' \}\)", text)
        assert "http://localhost:3500/api" == told
        text = text.replace("createClient();", f"createClient({{ base: '{world.url}/api' }});")
    said = {**placement.told, "text": text, "client": CLIENT.read_text()}
    left = node_packages.run(CLIENT_RUNNER, input_json=said)
    check = world.checks.check
    assert [f"{placement.page}/account"] * 2 == [check.success_url, check.error_url]
    assert check.url == left["left"]
    world.checks.finish(check.id, "passed")
    came = {**said, "kept": left["kept"], "query": "?check=1&outcome=passed"}
    back = node_packages.run(CLIENT_RUNNER, input_json=came)
    assert {"isGood": True, "query": ""} == back


@pytest.mark.node
def test_the_templates_own_helpers_go_there_and_back(placement: Placement) -> None:
    world = placement.world
    helpers = block(FRONTEND, "export const startVerification").replace("export ", "")
    lines = block(FRONTEND, "await startVerification(")
    said = {
        **placement.told,
        "text": f"{helpers}\n{lines}",
        "names": ["redirectUrl", "status", "verified"],
    }
    first = node_packages.run(RUNNER, input_json=said)
    check = world.checks.check
    assert f"{placement.page}/account" == check.success_url
    expected = {"sent": [check.url], "redirectUrl": check.url, "status": "pending"}
    assert {**expected, "verified": False} == first
    world.checks.finish(check.id, "passed")
    second = node_packages.run(RUNNER, input_json=said)
    assert {"sent": [], "status": "approved", "verified": True} == second


@pytest.mark.node
def test_documents_and_plans_are_begun_by_the_templates_helper(placement: Placement) -> None:
    world = placement.world
    text = block(FRONTEND, "const agreement")
    # A portal is for whoever has paid.
    lines = [line for line in text.splitlines() if "portal" not in line.partition("=")[0]]
    names = ["agreement", "membership"]
    ran = node_packages.run(
        RUNNER, input_json={**placement.told, "text": "\n".join(lines), "names": names}
    )
    assert ran["agreement"]["redirectUrl"].startswith(world.inkwell.base_url)
    assert ran["membership"]["redirectUrl"].startswith(world.tollgate.base_url)
