"""The sandbox's transaction processes are those that the checkout brings along."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.sharetribe.processes import PROCESSES
from sandbox.sharetribe.processes.graph import SYSTEM, LastEntered, Point, Transition

FOLDER = "ext/transaction-processes"
_COMMENT = re.compile(r";.*")
_TOKEN = re.compile(r'[\[\]{}]|"[^"]*"|[^\s,\[\]{}]+')


def read_edn(text: str) -> Any:
    """Read a process description: names are texts, without what they begin with.

    Raises ValueError and IndexError for what is none.
    """
    open_values: list[list[Any]] = [[]]
    for token in _TOKEN.findall(_COMMENT.sub("", text)):
        if token in "[{":
            open_values.append([])
        elif token in "]}":
            values = open_values.pop()
            is_map = token == "}"
            value = dict(zip(values[::2], values[1::2], strict=True)) if is_map else values
            open_values[-1].append(value)
        else:
            open_values[-1].append(token.strip('":').rpartition("/")[2])
    ((process,),) = open_values
    return process


def described(step: dict[str, Any]) -> tuple[Any, ...]:
    """Return what a process description says of a transition."""
    return (
        step["name"],
        step.get("actor", SYSTEM),
        step.get("from"),
        step["to"],
        tuple(action["name"] for action in step.get("actions", ())),
        step.get("privileged?", "false") == "true",
        frozenset(_moments(step["at"])) if "at" in step else frozenset(),
    )


def _moments(expression: dict[str, Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the moments of a time expression of which the earliest counts."""
    ((function, values),) = expression.items()
    if function == "min":
        for value in values:
            yield from _moments(value)
    elif function == "timepoint":
        yield (*values, "PT0M")
    else:
        (moment,) = _moments(values[0])
        yield (*moment[:-1], *values[1]["period"])


def simulated(transition: Transition) -> tuple[Any, ...]:
    """Return the same of a transition of the sandbox."""
    return (
        transition.name,
        transition.by,
        transition.source,
        transition.target,
        transition.actions,
        transition.privileged,
        frozenset((*_point(point), _period(delay)) for point, delay in transition.after),
    )


def _point(point: Point) -> tuple[str, ...]:
    if isinstance(point, LastEntered):
        return "last-entered-state", point.state
    return (point,) if point.startswith("booking-") else ("first-entered-state", point)


def _period(delay: Any) -> str:
    days = delay.days
    return f"P{days}D" if days else f"PT{delay.seconds // 60}M"


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_is_the_templates_own(checkout: Path, name: str) -> None:
    text = (checkout / FOLDER / name / "process.edn").read_text()
    process = read_edn(text)

    expected = {described(step) for step in process["transitions"]}
    assert expected == {simulated(one) for one in PROCESSES[name].values()}


def test_the_template_has_no_other_process(checkout: Path) -> None:
    expected = {path.parent.name for path in (checkout / FOLDER).glob("*/process.edn")}

    assert expected == set(PROCESSES)
