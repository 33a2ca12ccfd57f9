"""The command `flask --app app new-integration`: a vendor to begin with, which works at once.

What it writes stands in `skeletons/`, one folder for each kind, about an example. Inside the
repository its files go where those of other vendors are, outside all of them into one folder:
`places.json` says where, which words stand for the example's name and rank, and what reads
otherwise outside, where ours is a library. Two skeletons may make one file.
"""

from __future__ import annotations

import json
import keyword
import os
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from shlex import quote

import click

from proxy.operating.new_files import NotWritten, Writing
from proxy.vendors.integration import Integration

# It also names a module, so that no hyphen is in it.
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_ROOT = Path(__file__).resolve().parents[2]
_SKELETONS = Path(__file__).with_name("skeletons")
_PLACES = "places.json"
_LIST = "integrations/__init__.py"
_FOLDERS = ("integrations", "sandbox", "tests/integrations", "tests/kit")
_PYTHON = ("vendor", "simulator", "test")
_KINDS = ("reference", "oauth", "door")
_HELP = """Write a vendor to begin with: it works, it is simulated and tested, and yours to edit.

NAME (lower-case letters, digits and _) stands in routes, in records and in front of its settings.
The kinds:

\b
reference  our server starts it, it echoes a field of ours, and calls back later
oauth      people connect it on its consent page, and a token stays
door       callers bring a token of its own, and no session of the marketplace
"""


@dataclass(frozen=True, slots=True)
class _Vendor:
    name: str
    kind: str

    @property
    def constant(self) -> str:
        return self.name.upper()

    @property
    def type_name(self) -> str:
        words = "".join(word.capitalize() for word in self.name.split("_"))
        return words if words != self.constant else f"{words}Vendor"


def new_integration_command(
    variables: Mapping[str, str], known: Sequence[Integration], root: Path = _ROOT
) -> click.Command:
    """Return the command; `known` are the integrations that the repository at `root` lists."""

    @click.command("new-integration", help=_HELP)
    @click.argument("name")
    @click.option("--kind", type=click.Choice(_KINDS), required=True, help="What the vendor is.")
    @click.option(
        "--into",
        metavar="FOLDER",
        type=click.Path(path_type=Path),
        help="Write it there, outside the repository, where nothing of ours is edited.",
    )
    def new_integration(name: str, kind: str, into: Path | None) -> None:
        vendor = _Vendor(name, kind)
        folder = root if into is None else into.resolve()
        try:
            _check_name(name, [integration.name for integration in known])
            _check_free(name, root if into is None else None)
            _check_words(vendor)
            writing = Writing(folder, _files(vendor, _rank(root, kind), inside=into is None))
            if into is None:
                writing.replace(_LIST, _with_entry((root / _LIST).read_text("utf-8"), vendor))
            writing.write()
        except NotWritten as problem:
            raise click.ClickException(f"Nothing was written: {problem}") from None
        click.echo(f"{name} is written, in {folder}:")
        for path in writing.paths:
            click.echo(f"  {path}")
        click.echo("")
        listed = variables.get("INTEGRATIONS") or known[0].name
        for line in _next_inside(name) if into is None else _next_outside(vendor, folder, listed):
            click.echo(line)

    return new_integration


def _check_name(name: str, known: Sequence[str]) -> None:
    if not _NAME.fullmatch(name):
        raise NotWritten(
            f"{name!r} is no name; one has lower-case letters, digits and _, begins with a letter,"
            " and has 40 characters at most"
        )
    if name in known:
        raise NotWritten(f"there is an integration that is named {name}")


def _check_free(name: str, root: Path | None) -> None:
    """Refuse a name by which something else is imported: from `root`, or outside with None."""
    if root is None:
        for module in (name, f"{name}_simulator"):
            if find_spec(module) is not None:
                raise NotWritten(f"there is a module that is named {module}")
        return
    for folder in _FOLDERS:
        for path in (root / folder / name, root / folder / f"{name}.py"):
            if os.path.lexists(path):
                raise NotWritten(f"there is {path.relative_to(root)} already")


def _check_words(vendor: _Vendor) -> None:
    """Refuse a name of which the vendor's own files could not be written."""
    written = "".join(_skeleton(vendor, f"{file}.py") or "" for file in _PYTHON)
    written = _replaced(written, dict.fromkeys(_places()["words"], ""))
    words = [
        word for word in (vendor.type_name, vendor.constant) if re.search(rf"\b{word}\b", written)
    ]
    words += [word for word in (vendor.name, vendor.type_name) if keyword.iskeyword(word)]
    if words:
        raise NotWritten(f"{vendor.name} is no name: {words[0]} means something else in its files")


def _places() -> dict[str, dict[str, str]]:
    places: dict[str, dict[str, str]] = json.loads((_SKELETONS / _PLACES).read_text("utf-8"))
    return places


def _rank(root: Path, kind: str) -> int:
    """Return a place on the demo page: the first for one that checks people, else the last."""
    simulators = (root / "sandbox").glob("**/*.py")
    found = [re.findall(r"\n    rank=(-?\d+),", path.read_text("utf-8")) for path in simulators]
    ranks = [int(rank) for ranks in found for rank in ranks] or [0]
    return min(ranks) - 1 if kind == "reference" else max(ranks) + 10


def _files(vendor: _Vendor, rank: int, *, inside: bool) -> dict[str, str]:
    """Return the texts to write, by their paths."""
    places = _places()
    values = {"constant": vendor.constant, "type": vendor.type_name, "name": vendor.name}
    values["rank"] = str(rank)
    words = {word: values[meaning] for word, meaning in places["words"].items()}
    files: dict[str, str] = {}
    for skeleton, place in places["inside" if inside else "outside"].items():
        if (text := _skeleton(vendor, skeleton)) is None:
            continue
        for pattern, other in ({} if inside else places["words outside"]).items():
            text = re.sub(pattern, other, text, flags=re.MULTILINE)
        path = _replaced(place, words)
        files[path] = files.get(path, "") + _in_order(_replaced(text, words))
    return files


def _skeleton(vendor: _Vendor, name: str) -> str | None:
    """Return the kind's own text, or the one of all kinds; None where there is neither."""
    for path in (_SKELETONS / vendor.kind / f"{name}.txt", _SKELETONS / f"{name}.txt"):
        if path.is_file():
            return path.read_text("utf-8")
    return None


def _replaced(text: str, words: Mapping[str, str]) -> str:
    return re.sub("|".join(words), lambda found: words[found[0]], text)


def _with_entry(text: str, vendor: _Vendor) -> str:
    """Return the list of the integrations with one more at its end."""
    imports = re.search(r"(?:^from integrations\..*\n)+", text, re.MULTILINE)
    listed = re.search(r"^(ALL\b.*= )\(([^)]*)\)", text, re.MULTILINE)
    if imports is None or listed is None:
        raise NotWritten(f"{_LIST} does not look as it did; its entry cannot be added")
    own = f"from integrations.{vendor.name} import {vendor.constant}\n"
    names = [*filter(None, map(str.strip, listed[2].split(","))), vendor.constant]
    entries = f"{listed[1]}({', '.join(names)})"
    if len(entries) > 100:
        entries = "".join([f"{listed[1]}(\n", *(f"    {name},\n" for name in names), ")"])
    return _in_order(text.replace(listed[0], entries).replace(imports[0], imports[0] + own))


def _in_order(text: str) -> str:
    """Return a file's text with each run of imports sorted by their modules."""

    def ordered(run: re.Match[str]) -> str:
        return "".join(sorted(run[0].splitlines(keepends=True), key=lambda line: line.split()[1]))

    return re.sub(r"(?m)(?:^from \S+ import .*[^(\n]\n)+", ordered, text)


def _next_inside(name: str) -> Iterator[str]:
    """Iterate over what to do next, a line each."""
    yield "Next:"
    yield f"  {_python()} -m pytest tests/integrations/{name}"
    yield "  make demo        # and find it on the page"
    yield "  make documents   # puts its settings where all of them are explained"
    yield "  make format lint types"
    yield f"  grep -in 'look up' integrations/{name}.py sandbox/{name}/simulator.py"


def _next_outside(vendor: _Vendor, folder: Path, listed: str) -> Iterator[str]:
    name, at = vendor.name, quote(str(folder))
    yield f"Next, in {quote(str(_ROOT))}:"
    yield f"  export PYTHONPATH={at}"
    yield f"  {_python()} -m pytest -c pyproject.toml {at}/test_{name}.py"
    yield f"  {_python()} -m sandbox --with {name}_simulator:SIMULATOR"
    yield f"  grep -in 'look up' {at}/{name}*.py"
    yield "and where it runs, with its settings:"
    yield f"  INTEGRATIONS={listed},{name}:{vendor.constant}"


def _python() -> Path:
    """Return this Python, as it is called from the repository."""
    python = Path(sys.executable)
    return python.relative_to(_ROOT) if python.is_relative_to(_ROOT) else python
