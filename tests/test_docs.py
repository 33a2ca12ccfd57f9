"""The documentation lists what there is: problem codes, variables, and pages that exist."""

from __future__ import annotations

import re

from tests.contract import refusal_statuses
from tests.documents import configuration, deleted, everything, is_of_a_deleted_one
from tests.example_environment import read_example
from tests.source_tree import ROOT, tracked_files

_ROW = re.compile(r"\| `([a-z-]+)` \| ([0-9]{3}) \| ([^|]+) \| ([^|]+) \|")
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#]+)(?:#[^)]*)?\)")


def _table_cells(page: str) -> set[str]:
    """Return the names in backticks in the first cell of the rows of a page's tables."""
    cells = re.findall(r"^\|([^|]+)\|", page, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def test_every_problem_code_is_explained_with_its_status() -> None:
    rows = _ROW.findall((ROOT / "docs" / "errors.md").read_text())
    known = refusal_statuses(everything().parts)
    expected = {(code, str(status)) for code, statuses in known.items() for status in statuses}
    explained = {(code, status) for code, status, _, _ in rows}
    assert expected == explained or (deleted() and expected < explained)


def test_every_variable_is_explained_and_no_other() -> None:
    assert set(read_example()) == _table_cells(configuration())


def test_links_between_pages_lead_somewhere() -> None:
    missing = [
        f"{page}: {target}"
        for page in tracked_files()
        if page.suffix == ".md"
        for target in _LINK.findall((ROOT / page).read_text())
        if not (ROOT / page.parent / target).exists() and not is_of_a_deleted_one(target)
    ]
    assert [] == missing
