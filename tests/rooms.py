"""The rooms of the product, their floors, and who comes in where: `python -m tests.rooms` draws it.

A room is a folder of `proxy/`, one of its own files, or a package beside it. Imports run down.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from pathlib import Path

from tests.source_tree import PRODUCT, ROOT, parse, python_files

GROUND = "ground"
# From the ground up; a room may import those of the floors below it.
FLOORS: tuple[tuple[str, ...], ...] = (
    ("crypto",),
    (GROUND,),
    ("wire", "monitoring"),
    ("outgoing",),
    ("vendors", "sharetribe"),
    ("http", "access"),
    ("kernel",),
    ("callbacks",),
    ("references", "connections", "doors", "passthrough"),
    ("orders", "workspaces", "serving", "links"),
    ("operating",),
    ("integrations",),
    ("app",),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}


def room_of(module: str) -> str | None:
    """Return the room of a module of ours, None for any other and for `proxy` itself."""
    package, _, rest = module.partition(".")
    if package != "proxy":
        return package if package in ("crypto", "integrations", "app") else None
    name = rest.partition(".")[0]
    if not name or not name.islower():
        return None
    if (ROOT / "proxy" / name).is_dir() or name in FLOOR_OF:
        return name
    return GROUND if (ROOT / "proxy" / f"{name}.py").is_file() else None


def arrows() -> dict[tuple[str, str], list[str]]:
    """Return what is imported from room to room: `file -> module`, by the two rooms."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for path in python_files(*PRODUCT):
        room = room_of(_module(path))
        if room is None:
            continue
        for imported in _imported(path):
            other = room_of(imported)
            if other is not None and other != room:
                found[room, other].append(f"{path} -> {imported}")
    return found


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _imported(path: Path) -> list[str]:
    names: list[str] = []
    for node in ast.walk(parse(path)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += (
                [node.module]
                if node.module != "proxy"
                else [f"proxy.{alias.name}" for alias in node.names]
            )
    return names


def up() -> list[str]:
    """Return the imports that run up, or along a floor."""
    return [
        line
        for (room, other), lines in arrows().items()
        if FLOOR_OF[other] >= FLOOR_OF[room]
        for line in lines
    ]


def draw() -> str:
    """Return the map as text, the top floor first."""
    below: dict[str, list[str]] = defaultdict(list)
    for room, other in sorted(arrows()):
        below[room].append(other)
    lines = [
        f"{floor:>2}  {room:<13} {' '.join(below[room])}".rstrip()
        for floor in reversed(range(len(FLOORS)))
        for room in FLOORS[floor]
    ]
    rooms = sum(len(floor) for floor in FLOORS)
    count = len(arrows())
    return "\n".join(
        [*lines, f"{rooms} rooms, {len(FLOORS)} floors, {count} arrows, {len(up())} imports run up"]
    )


if __name__ == "__main__":
    print(draw())  # noqa: T201 - this is what it is run for
