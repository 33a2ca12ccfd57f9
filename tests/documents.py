"""The documents at the root that are composed of the vendors' files: `make documents` writes them.

A vendor's own part of each stands beside its code: `contract.json`, `example.env` and `settings.md`
in its folder, or `<name>.json`, `<name>.env` and `<name>.md` beside its one file.
"""

from __future__ import annotations

import json
import re
from os.path import relpath
from pathlib import Path
from typing import Any

from integrations import ALL
from proxy.operating.configuration import Configuration, read_configuration
from tests import licences
from tests.source_tree import ROOT, module_of

CONTRACT = ROOT / "openapi.json"
EXAMPLE = ROOT / "config.example.env"
CONFIGURATION = ROOT / "docs" / "configuration.md"
_FOLDER = ROOT / "integrations"
# What link pages need; the example has none, since they need the Integration API.
LINK_PAGES = {
    "LINK_PAGES": "true",
    "MARKETPLACE_NAME": "Market",
    "MARKETPLACE_ORIGINS": "https://market.example",
    "SHARETRIBE_INTEGRATION_CLIENT_ID": "made-up-integration",
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "made-up-secret",
}
# What stands before and after the vendors' sections of a document.
_EXAMPLE_ENDS = ("`make documents` writes all that follows.\n\n", "")
_CONFIGURATION_ENDS = ("`make documents` writes them here. -->\n\n", "\n<!-- The end of the")
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=([A-Za-z0-9_.,:/@*+-]*)", re.ASCII)
_LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


def sections(name: str, suffix: str) -> list[str]:
    """Return the vendors' own texts, in the order of the list; `name` is the file's in a folder."""
    found = []
    for integration in ALL:
        module = module_of(integration.name)
        in_folder = _FOLDER / module / name
        path = in_folder if in_folder.is_file() else _FOLDER / f"{module}{suffix}"
        if path.is_file():
            found.append(_moved(path))
    return found


def _moved(path: Path) -> str:
    """Return a vendor's text with its links as they lead on from docs/."""

    def lead(link: re.Match[str]) -> str:
        return f"]({relpath(path.parent / link[1], CONFIGURATION.parent)}"

    text = path.read_text()
    return _LINK.sub(lead, text) if path.suffix == ".md" else text


def example() -> str:
    """Return `config.example.env` as it is to be."""
    composed = _between(EXAMPLE.read_text(), _EXAMPLE_ENDS, sections("example.env", ".env"))
    return re.sub(r"(?m)^INTEGRATIONS=.*$", f"INTEGRATIONS={ALL[0].name}", composed)


def configuration() -> str:
    """Return `docs/configuration.md` as it is to be."""
    own = sections("settings.md", ".md")
    return _between(CONFIGURATION.read_text(), _CONFIGURATION_ENDS, own)


def _between(text: str, ends: tuple[str, str], own: list[str]) -> str:
    before, start, rest = text.partition(ends[0])
    if not start or ends[1] not in rest:
        raise ValueError(f"the document has no line with {ends[0].strip()!r}")
    after = rest[rest.index(ends[1]) :] if ends[1] else ""
    return before + start + "\n".join(own) + after


def variables(text: str) -> dict[str, str]:
    """Return the variables of an example as a shell reads it.

    Raises ValueError for a line that is neither blank, a comment nor a plain assignment, and for a
    name that stands there twice: shells and `heroku config:set` would disagree about both.
    """
    found: dict[str, str] = {}
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(line)
        if assignment is None or assignment[1] in found:
            raise ValueError(f"not a plain, single assignment: {line}")
        found[assignment[1]] = assignment[2]
    return found


def everything() -> Configuration:
    """Return the configuration with all integrations, link pages and the example's settings."""
    names = ",".join(integration.name for integration in ALL)
    also = {**LINK_PAGES, "INTEGRATIONS": names}
    return read_configuration({**variables(example()), **also}, ALL)


def printed(value: Any, indent: int = 0, used: int = 0) -> str:
    """Return a JSON value as text: what fits into a line of 100 characters stands in one."""
    flat = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, dict | list) or not value:
        return flat
    if indent and indent + used + len(flat) < 100:
        return flat
    if isinstance(value, dict):
        names = {name: json.dumps(name, ensure_ascii=False) for name in value}
        rows = [
            f"{names[name]}: {printed(inner, indent + 2, len(names[name]) + 2)}"
            for name, inner in value.items()
        ]
    else:
        rows = [printed(inner, indent + 2) for inner in value]
    start, end = ("{", "}") if isinstance(value, dict) else ("[", "]")
    pad = " " * indent
    return f"{start}\n" + ",\n".join(f"{pad}  {row}" for row in rows) + f"\n{pad}{end}"


def write() -> None:
    """Write all four."""
    EXAMPLE.write_text(example())
    CONFIGURATION.write_text(configuration())
    CONTRACT.write_text(printed(dict(everything().contract)) + "\n")
    licences.PAGE.write_text(licences.page())


def deleted() -> frozenset[str]:
    """Return the integrations that the written contract names and the list does not.

    Who deletes a vendor's files and its entry, and nothing else, leaves it in the documents at the
    root until `make documents` writes them anew.
    """
    named: set[str] = set()
    for item in json.loads(CONTRACT.read_text())["paths"].values():
        named |= {item["x-integration"]} if "x-integration" in item else set()
        for operation in item.values():
            if isinstance(operation, dict):
                named |= {vendor for one in operation["parameters"] for vendor in _vendors(one)}
    return frozenset(named - {integration.name for integration in ALL})


def _vendors(parameter: dict[str, Any]) -> list[str]:
    is_vendor = (parameter.get("in"), parameter.get("name")) == ("path", "vendor")
    return list(parameter["schema"]["enum"]) if is_vendor else []


def is_of_a_deleted_one(name: str) -> bool:
    """Tell whether a variable (`ACME_SCOPE`) or a page's path is a deleted integration's."""
    names = (vendor.replace("-", "[-_]") for vendor in deleted())
    words = (rf"(?<![a-z0-9]){one}(?![a-z0-9])" for one in names)
    return any(re.search(word, name.lower()) for word in words)


if __name__ == "__main__":
    write()
