"""What the site is built from: the pages as they stand in the repository, and what they link to.

`docs/README.md` is the site's table of contents: each of its headings is a part of the navigation,
each page that it links an entry. A page that it does not link is found below the README of its own
folder, or the page called as the folder is (`deploy.md` for `deploy/`), or the README of the folder
above, or else at the end.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.source_tree import ROOT, tracked_files

CONTENTS = PurePosixPath("docs/README.md")
FRONT_PAGE = PurePosixPath("README.md")
UNLISTED = "Further pages"
_FOLDERS = ("docs", "frontend")
# Pages of the repository that are for readers of the documentation too.
_OUTSIDE = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "verifier/README.md")
_FENCE = re.compile(r"^( *)(`{3,}).*?^\1\2 *$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?://|mailto:|#)([^)#\s]+)")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def pages() -> list[PurePosixPath]:
    """Return the pages of the site, as paths relative to the root of the repository."""
    tracked = [PurePosixPath(path) for path in tracked_files()]
    return [
        path
        for path in tracked
        if path.suffix == ".md" and (path.parts[0] in _FOLDERS or path.as_posix() in _OUTSIDE)
    ]


def links(page: PurePosixPath, text: str) -> Iterator[PurePosixPath]:
    """Iterate over the files of the repository that a page's text links, without their anchors."""
    for target in _LINK.findall(_FENCE.sub("", text)):
        yield PurePosixPath(_normal(page.parent / target))


def contents(text: str) -> dict[str, list[PurePosixPath]]:
    """Return the pages that each part of the table of contents links, each page once.

    `text` is that of `docs/README.md`. What it links and is no page is left out.
    """
    known, seen = set(pages()), {CONTENTS, FRONT_PAGE}
    found: dict[str, list[PurePosixPath]] = {}
    parts = _HEADING.split(text)[1:]
    for heading, part in zip(parts[::2], parts[1::2], strict=True):
        entries = [page for page in dict.fromkeys(links(CONTENTS, part)) if page in known]
        found[heading.strip()] = [page for page in entries if page not in seen]
        seen.update(entries)
    return found


def faces(page: PurePosixPath) -> tuple[PurePosixPath, ...]:
    """Return the pages below which a page that is not linked may be found."""
    folder = page.parent
    found = (folder / "README.md", folder.with_suffix(".md"), folder.parent / "README.md")
    return tuple(one for one in found if one not in (FRONT_PAGE, CONTENTS, page))


def stage(folder: Path) -> None:
    """Lay the site's sources into an empty folder."""
    for page in pages():
        text = (ROOT / page).read_text()
        _lay(folder, page)
        for target in links(page, text):
            if (ROOT / target).is_file() and target.suffix != ".md":
                _lay(folder, target)
    for page, tree in _trees().items():
        with (folder / page).open("a") as staged:
            staged.write(tree)


def _trees() -> dict[PurePosixPath, str]:
    """Return the hidden tables that tell Sphinx the order of the pages, by the page they end."""
    parts = contents((ROOT / CONTENTS).read_text())
    below: dict[PurePosixPath, list[PurePosixPath]] = {}
    listed = {FRONT_PAGE, CONTENTS, *(page for part in parts.values() for page in part)}
    unlisted = []
    for page in pages():
        if page in listed:
            continue
        face = next((one for one in faces(page) if one in listed), None)
        if face is None:
            unlisted.append(page)
        else:
            below.setdefault(face, []).append(page)
    front = _tree("Documentation", [CONTENTS])
    front += "".join(_tree(name, entries) for name, entries in parts.items())
    front += _tree(UNLISTED, unlisted)
    return {FRONT_PAGE: front, **{face: _tree("", its) for face, its in below.items()}}


def _tree(caption: str, entries: list[PurePosixPath]) -> str:
    if not entries:
        return ""
    options = ":hidden:\n" + (f":caption: {caption}\n" if caption else "")
    rows = "".join(f"/{entry.with_suffix('')}\n" for entry in entries)
    return f"\n```{{toctree}}\n{options}\n{rows}```\n"


def _lay(folder: Path, path: PurePosixPath) -> None:
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(ROOT / path, folder / path)


def _normal(path: PurePosixPath) -> str:
    """Return a path without its `..`; one that leaves the repository stays as it is."""
    parts: list[str] = []
    for part in path.parts:
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)
