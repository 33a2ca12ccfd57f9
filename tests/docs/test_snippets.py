"""Each block of code in the documentation holds: it is run, or read by what reads its language."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from pathlib import Path

import pytest

from integrations import ALL
from proxy.operating.configuration import read_configuration
from tests import node_packages
from tests.conftest import StartWorld
from tests.contract import Json, operations
from tests.docs.snippets import Snippet, of_language, snippets
from tests.documents import LINK_PAGES, deleted, everything, example, variables

CHECKER = Path(__file__).with_name("check_syntax.mjs")
RUNNER = Path(__file__).with_name("run_page.mjs")
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
_ADDRESS = re.compile(r"\b(post|fetch)\('(/api/[^'?]*)[^']*'(, \{ method: '([A-Z]+)')?")


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


@pytest.mark.node
@pytest.mark.parametrize("number", [0, 1])
def test_the_lines_of_a_frontend_do_what_is_said(start_world: StartWorld, number: int) -> None:
    world = start_world(INTEGRATIONS="passcheck,inkwell,tollgate")
    page = [one for one in of_language("js") if str(one.page) == FRONTEND][number]
    ran = node_packages.run(
        RUNNER,
        input_json={
            "base": world.url,
            "cookie": world.browser().cookie_header,
            "text": page.text,
            "names": _names(page),
        },
    )
    checked, signed, paid = (world.checks, world.inkwell, world.tollgate)
    outcomes: tuple[dict[str, object], ...] = (
        {"sent": [checked.base_url], "status": "pending", "verified": False},
        {"agreement": signed.base_url, "membership": paid.base_url},
    )
    expected = outcomes[number]
    assert expected == {name: ran[name] for name in expected}


def _names(snippet: Snippet) -> list[str]:
    """Return the constants that a block makes."""
    found: list[str] = []
    for inner, name in re.findall(r"\bconst (?:\{ ([^}]+) \}|(\w+)) =", snippet.text):
        found += [part.strip() for part in inner.split(",")] if inner else [name]
    return found
