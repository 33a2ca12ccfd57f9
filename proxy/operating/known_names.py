"""All the variables that there are, and those that were set under a name that is nearly one.

The names come from where they are read: what the settings' reader was asked for, and the examples
that stand beside each integration's code, so that those of a disabled one are known as well.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from pathlib import Path

from proxy.serving.start import SERVER_NAMES
from proxy.settings_reader import SettingsReader
from proxy.vendors.integration import Integration
from proxy.vendors.subjects import DOCUMENTS, PLANS

_ASSIGNMENT = re.compile(r"(?m)^([A-Z][A-Z0-9_]*)=(.*)$", re.ASCII)
# Shorter names are like too many others (PORT, SORT).
_SHORTEST = 6
_MOST_LETTERS_OFF = 2


@dataclass(frozen=True, slots=True)
class KnownNames:
    """The names of variables.

    `examples` has the variables of each integration, with the example's values, by its name.
    """

    names: frozenset[str]
    examples: Mapping[str, Mapping[str, str]]

    def like(self, name: str) -> str | None:
        """Return the known name that an unknown one is meant to be, None where it is like none.

        That is one in another case, or at most two letters away.
        """
        if name.upper() in self.names:
            return name.upper()
        near = (known for known in self.names if _is_near(name.upper(), known))
        return min(near, key=lambda known: (_letters_off(name.upper(), known), known), default=None)


def known_names(reader: SettingsReader, known: Iterable[Integration]) -> KnownNames:
    """Return the names that `reader` was asked for, the server's, and those of `known`."""
    examples = {integration.name: _example(integration) for integration in known}
    of_integrations = {name for example in examples.values() for name in example}
    # Vendors of their kind alone read the lists of what is signed and sold.
    own = {*reader.asked, *SERVER_NAMES, DOCUMENTS, PLANS}
    return KnownNames(frozenset(own | of_integrations), examples)


def _example(integration: Integration) -> dict[str, str]:
    """Return an integration's example: `example.env` in its folder, or `<name>.env` beside it."""
    file = getattr(sys.modules.get(integration.build.__module__), "__file__", None)
    if file is None:
        return {}
    code = Path(file)
    is_folder = code.name == "__init__.py"
    example = code.with_name("example.env") if is_folder else code.with_suffix(".env")
    try:
        text = example.read_text(encoding="utf-8")
    except OSError:
        return {}
    return dict(_ASSIGNMENT.findall(text))


def _is_near(name: str, known: str) -> bool:
    is_long = min(len(name), len(known)) >= _SHORTEST
    if not is_long or name == known or abs(len(name) - len(known)) > _MOST_LETTERS_OFF:
        return False
    # What differs at all is counted first: it is cheap, and rules out nearly everything.
    different = (Counter(name) - Counter(known)).total()
    return different <= _MOST_LETTERS_OFF and _letters_off(name, known) <= _MOST_LETTERS_OFF


def _letters_off(name: str, known: str) -> int:
    matcher = SequenceMatcher(None, name, known, autojunk=False)
    return sum(
        max(end - start, known_end - known_start)
        for kind, start, end, known_start, known_end in matcher.get_opcodes()
        if kind != "equal"
    )


def unknown_names(variables: Mapping[str, str], known: KnownNames) -> Iterator[tuple[str, str]]:
    """Iterate over the variables that nothing reads, each with the name that is meant.

    What has that name already is not missed, and most variables are other programs'.
    """
    for name in variables:
        if name in known.names or not name.replace("_", "").isalnum():
            continue
        meant = known.like(name)
        if meant is not None and not variables.get(meant, "").strip():
            yield name, meant


def did_you_mean(text: str, options: Iterable[str]) -> str:
    """Return `; did you mean <option>?` where one is like `text`, else ""."""
    by_folded = {_folded(option): option for option in options}
    near = get_close_matches(_folded(text), by_folded, n=1, cutoff=0.75)
    return f"; did you mean {by_folded[near[0]]}?" if near else ""


def _folded(text: str) -> str:
    return text.strip().lower().replace("_", "-")
