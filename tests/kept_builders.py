"""Werkzeug's code for building a route's address, compiled once a process and not once a world.

A world starts an app and its simulators, with some forty routes; compiling two functions for each
of them, which hardly anybody calls, is half of the CPU that a world takes to start.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


def keep_builders() -> None:
    """Have rules that are written alike share what is compiled of them; it holds no state.

    It is bound to its rule afterwards, whose converters it asks. Defaults are compiled in, so rules
    that have some are compiled each for itself.
    """
    compiled = Rule._compile_builder
    kept: dict[Any, Builder] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Builder:
        if rule.defaults:
            return compiled(rule, append_unknown)
        key = (tuple(rule._trace), append_unknown)
        if key not in kept:
            kept[key] = compiled(rule, append_unknown)
        return kept[key]

    Rule._compile_builder = builder  # type: ignore[method-assign, assignment]
