"""The licences of what is installed at runtime, as its own metadata tells them."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, metadata

from tests.source_tree import ROOT

# What tests, documents and demonstrates.
_NOT_DEPLOYED = ("requirements-dev", "requirements-docs", "requirements-demo")
PAGE = ROOT / "docs" / "licences.md"
_LOCKED = re.compile(r"^([a-z0-9][a-z0-9._-]*)==\S+(?: ; (.+?))? *\\?$", re.MULTILINE)
_TABLE = re.compile(r"^\| package \|.*\n(?:\|.*\n)+", re.MULTILINE)
# What a deployment may be made of without anybody's asking for its source.
PERMISSIVE = {
    "Apache-2.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    "Public Domain",
}
# Changed files would have to be passed on; nobody changes any.
BY_FILE = {"certifi": "MPL-2.0"}
# What older metadata calls them, in the words of SPDX.
_SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "BSD": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache 2.0": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
}


def licence(package: str) -> str | None:
    """Return what a package's metadata says, None where it is not installed."""
    try:
        told = metadata(package)
    except PackageNotFoundError:
        return None
    if "License-Expression" in told:
        return told["License-Expression"]
    classified = [
        line.rpartition(" :: ")[2]
        for line in told.get_all("Classifier") or []
        if line.startswith("License :: ") and line != "License :: OSI Approved"
    ]
    words = classified or [told["License"].partition("\n")[0].strip() if "License" in told else ""]
    return " OR ".join(_SPDX.get(word, word) for word in words) or "not told"


def is_permissive(licence: str) -> bool:
    """Tell whether a licence that may be chosen is permissive, with all that belongs to it."""
    return any(set(one.split(" AND ")) <= PERMISSIVE for one in licence.split(" OR "))


def packages() -> dict[str, str]:
    """Return when each locked package of the runtime is installed, by its name."""
    found: dict[str, str] = {}
    for lock, when in _locks().items():
        for name, marker in _LOCKED.findall((ROOT / lock).read_text()):
            only = f"{when}, on some platforms" if marker else when
            found.setdefault(name, only)
    return dict(sorted(found.items()))


def _locks() -> dict[str, str]:
    """Return when what a lock file of the runtime lists is installed, by the file's name."""
    extras = {
        path.name: f"with `{path.name}`"
        for path in sorted(ROOT.glob("requirements-*.txt"))
        if not path.stem.startswith(_NOT_DEPLOYED)
    }
    return {"requirements.txt": "always", **extras}


def page() -> str:
    """Return `docs/licences.md` as it is to be; what is not installed here stays as it stands."""
    text = PAGE.read_text()
    stands = dict(re.findall(r"^\| (\S+) \| ([^|]+) \|", text, re.MULTILINE))
    rows = [
        f"| {name} | {licence(name) or stands.get(name, 'not told')} | {when} |\n"
        for name, when in packages().items()
    ]
    table = "| package | licence | installed |\n|---|---|---|\n" + "".join(rows)
    if _TABLE.search(text) is None:
        raise ValueError(f"{PAGE.name} has no table of packages")
    return _TABLE.sub(lambda _: table, text, count=1)
