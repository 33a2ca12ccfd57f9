"""`config.example.env` as a mapping, read the way a shell reads it."""

from __future__ import annotations

import re

from tests.source_tree import ROOT

EXAMPLE = ROOT / "config.example.env"
_ASSIGNMENT = re.compile(r"([A-Z][A-Z0-9_]*)=([A-Za-z0-9_.,:/@*+-]*)", re.ASCII)


def read_example() -> dict[str, str]:
    """Return the example's variables.

    Raises ValueError for a line that is neither blank, a comment nor a plain assignment, and for a
    name that stands there twice: shells and `heroku config:set` would disagree about both.
    """
    variables: dict[str, str] = {}
    for line in EXAMPLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        assignment = _ASSIGNMENT.fullmatch(line)
        if assignment is None or assignment[1] in variables:
            raise ValueError(f"not a plain, single assignment: {line}")
        variables[assignment[1]] = assignment[2]
    return variables
