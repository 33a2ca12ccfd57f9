"""The pages are complete: each listed, each vendor told of, the release told by one number."""

from __future__ import annotations

import re
import tomllib
from pathlib import PurePosixPath

import pytest

from docs.site.stage import CONTENTS, FRONT_PAGE, contents, faces, links, pages
from integrations import ALL
from proxy import VERSION
from tests import licences
from tests.source_tree import ROOT, tracked_files

_VENDORS = PurePosixPath("docs/integrations")
# Pages with a row for each vendor.
TABLES = ("README.md", "docs/costs.md", "docs/data.md", "docs/integrations/README.md")
# What users, operators and readers see; `he` and its kin are said of nobody.
_PERSON = re.compile(r"\b(?:he|him|his|himself|she|her|hers|herself)\b", re.IGNORECASE)
_READ_BY_PEOPLE = (".md", ".html", ".env", ".json")
_CHANGES = ROOT / "CHANGELOG.md"


def _text(page: PurePosixPath | str) -> str:
    return (ROOT / page).read_text()


def test_every_page_is_in_the_table_of_contents() -> None:
    listed = {page for part in contents(_text(CONTENTS)).values() for page in part}
    missing = [
        str(page)
        for page in pages()
        if page not in listed | {CONTENTS, FRONT_PAGE} and not listed & set(faces(page))
    ]
    assert [] == missing, "list it in docs/README.md"


@pytest.mark.parametrize("page", TABLES)
def test_every_vendor_has_a_row(page: str) -> None:
    rows = [line for line in _text(page).splitlines() if line.startswith("|")]
    linked = {str(one) for one in links(PurePosixPath(page), "\n".join(rows))}
    told = "\n".join(rows).lower()
    missing = [
        vendor.name
        for vendor in ALL
        if str(_VENDORS / f"{vendor.name}.md") not in linked
        and f"| {vendor.name.replace('-', ' ')} |" not in told
    ]
    assert [] == missing


def test_every_vendor_has_a_page() -> None:
    expected = {f"{vendor.name}.md" for vendor in ALL} | {CONTENTS.name}
    assert expected == {page.name for page in pages() if page.parent == _VENDORS}


def test_the_release_is_told_by_one_number() -> None:
    project = tomllib.loads(_text("pyproject.toml"))["project"]
    assert VERSION == project["version"]
    assert re.search(
        rf"(?m)^## \[{re.escape(VERSION)}\] - \d{{4}}-\d\d-\d\d$", _CHANGES.read_text()
    )


def test_the_release_tells_how_to_upgrade_to_it() -> None:
    section = re.split(r"(?m)^## \[", _CHANGES.read_text())[2]
    assert section.startswith(VERSION), "what is unreleased comes first, and then this version"
    assert re.search(r"(?m)^### Upgrading from \d", section)


def test_the_licences_are_those_of_the_packages() -> None:
    assert licences.PAGE.read_text() == licences.page(), "run `make documents`"


def test_every_licence_of_the_runtime_is_permissive() -> None:
    told = {name: licences.licence(name) or "" for name in licences.packages()}
    asking = {
        name: words for name, words in told.items() if words and not licences.is_permissive(words)
    }
    assert licences.BY_FILE == asking


def test_no_page_takes_a_person_for_a_man_or_a_woman() -> None:
    found = [
        f"{path}:{number}: {line.strip()[:80]}"
        for path in tracked_files()
        if path.suffix in _READ_BY_PEOPLE and path.parts[0] not in ("tests", "bench", "sandbox")
        for number, line in enumerate((ROOT / path).read_text().splitlines(), 1)
        if _PERSON.search(line)
    ]
    assert [] == found
