"""The blocks of code in the documentation, and the commands in them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import PurePosixPath

from docs.site.stage import pages
from tests.source_tree import ROOT

# Beside the pages of the site.
_ALSO = (PurePosixPath("bench/README.md"),)
_FENCE = re.compile(r"^(?P<indent> *)(?P<mark>`{3,})(?P<language>\S*) *$")
_INDENTED = re.compile(r" {4,}(?!\||[-*] |\d+\. )\S")
_INLINE = re.compile(r"`((?:heroku run (?:-- )?)?flask --app app [^`]+)`")
_COMMENT = re.compile(r"(?:^|\s+)#(?=\s).*$")
_OUTSIDE = re.compile(r"heroku run (?:-- )?(?=flask)")
_SUBSTITUTION = re.compile(r"\$\(([^()]*(?:\([^()]*\)[^()]*)*)\)")


@dataclass(frozen=True, slots=True)
class Snippet:
    """A block of a page: where it begins, its language ("" where none is told), its text."""

    page: PurePosixPath
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        """Where it stands, for a message."""
        return f"{self.page}:{self.line}"


@cache
def snippets() -> tuple[Snippet, ...]:
    """Return all blocks of all pages; those that are only indented have no language."""
    return tuple(one for page in (*pages(), *_ALSO) for one in _blocks(page))


def of_language(*languages: str) -> list[Snippet]:
    """Return the blocks in one of these languages."""
    return [one for one in snippets() if one.language in languages]


def _blocks(page: PurePosixPath) -> Iterator[Snippet]:
    lines = (ROOT / page).read_text().splitlines()
    number, before = 0, ""
    while number < len(lines):
        opening = _FENCE.match(lines[number])
        if opening is None:
            if not before.strip() and _INDENTED.match(lines[number]):
                yield Snippet(page, number + 1, "", lines[number].strip())
            before = lines[number]
            number += 1
            continue
        indent, mark = opening["indent"], opening["mark"]
        end = lines.index(indent + mark, number + 1)
        inside = [line.removeprefix(indent) for line in lines[number + 1 : end]]
        yield Snippet(page, number + 1, opening["language"], "\n".join(inside))
        number, before = end + 1, indent + mark


def commands(snippet: Snippet) -> Iterator[str]:
    """Iterate over the commands of a block of a shell, without comments.

    What a command substitutes is a command of its own, and stands before it; so is what another
    program runs of ours (`heroku run -- flask …`), behind it.
    """
    for line in snippet.text.replace("\\\n", " ").splitlines():
        yield from _commands(_COMMENT.sub("", line).strip())


def inline_commands() -> Iterator[tuple[PurePosixPath, str]]:
    """Iterate over the commands of ours that stand in running text, with their pages.

    The changelog is left out: it tells of those that are gone, too.
    """
    for page in pages():
        if page.name == "CHANGELOG.md":
            continue
        for command in _INLINE.findall((ROOT / page).read_text().replace("\n", " ")):
            yield page, _OUTSIDE.sub("", command)


def _commands(line: str) -> Iterator[str]:
    for inner in _SUBSTITUTION.findall(line):
        yield from _commands(inner.strip())
    plain = _SUBSTITUTION.sub("…", line)
    for part in re.split(r" && | \| ", plain) if "'" not in plain and '"' not in plain else [plain]:
        outside, ours, rest = part.strip().partition("flask --app app")
        if outside not in ("", ".venv/bin/"):
            yield outside.strip(" '\"") if ours else part.strip()
        if ours:
            quote = outside[-1:] if outside[-1:] in ("'", '"') else ""
            yield ours + (rest.partition(quote)[0] if quote else rest)


def words(command: str) -> list[str]:
    """Return the words of a command, as a shell splits them, without settings before it.

    Of words to choose from (`one|other`) the first is taken, `<what the reader knows>` is `…`.
    """
    chosen = re.sub(r"\b([a-z-]+)(?:\|[a-z-]+)+", r"\1", re.sub(r"<[^<>]+>", "…", command))
    found = shlex.split(chosen)
    while found and re.fullmatch(r"[A-Z_]+=.*", found[0]):
        found.pop(0)
    return found
