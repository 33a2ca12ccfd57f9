"""What happens in a storm, user by user: requests, the upstream calls they cause, what goes wrong.

Thread-safe. A call is told by its user and by the process that makes it; so is what strikes it.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

BOTH = -1


@dataclass(slots=True)
class Asked:
    """One request to the product; times are those of `time.monotonic`.

    `click` names the click of a start; `told` is the answer in words. `strokes` are what injected
    faults did to it, as `<call>: <fault>`. `calls` counts its upstream calls; they are its own only
    where it `is_alone`: no other request of this user was under way at this process.
    """

    user: int
    kind: str
    process: int
    click: str = ""
    began: float = field(default_factory=time.monotonic)
    ended: float | None = None
    status: int | None = None
    told: str = ""
    calls: int = 0
    is_alone: bool = True
    strokes: list[str] = field(default_factory=list)

    def overlaps(self, other: Asked) -> bool:
        """Tell whether both were under way at once."""
        mine, others = self.ended or time.monotonic(), other.ended or time.monotonic()
        return self.began < others and other.began < mine


class Journal:
    """Holds it all until the end."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._lock = threading.Lock()
        self._open: list[Asked] = []
        self.asked: list[Asked] = []
        self.faults: Counter[str] = Counter()
        self.forged: list[str] = []
        self._lines: dict[int, list[str]] = defaultdict(list)

    def begin(self, asked: Asked) -> Asked:
        """Note that a request sets out."""
        with self._lock:
            beside = [one for one in self._open if _meets(one, asked.user, asked.process)]
            for one in beside:
                one.is_alone = False
            asked.is_alone = not beside
            self._open.append(asked)
            self.asked.append(asked)
        self.note(asked.user, f"-> {asked.kind} {asked.click} at process {asked.process}")
        return asked

    def end(self, asked: Asked, status: int | None, told: str) -> None:
        """Note what answered a request (None: nothing), with what it told in words."""
        with self._lock:
            self._open.remove(asked)
            asked.ended, asked.status, asked.told = time.monotonic(), status, told
        self.note(asked.user, f"<- {asked.kind} {asked.click} {status} {told}")

    def called(self, user: int, process: int, call: str) -> None:
        """Note an upstream call."""
        with self._lock:
            for one in self._open:
                if _meets(one, user, process):
                    one.calls += 1
        self.note(user, f"     {call} from process {process}")

    def struck(self, user: int, process: int, call: str, fault: str) -> None:
        """Note that a fault strikes a call."""
        with self._lock:
            self.faults[fault] += 1
            for one in self._open:
                if _meets(one, user, process):
                    one.strokes.append(f"{call}: {fault}")
        self.note(user, f"     {call}: {fault}")

    def ended(self, process: int, how: str) -> None:
        """Note that a process has been ended: all that was under way there is struck."""
        with self._lock:
            struck = [one for one in self._open if one.process == process]
            for one in struck:
                one.strokes.append(f"process: {how}")
        for one in struck:
            self.note(one.user, f"     process {process} is {how}")

    def is_struck(self, asked: Asked) -> bool:
        """Tell whether a fault struck a request, or one beside it of the same user."""
        return any(
            one.strokes
            for one in self.asked
            if _meets(one, asked.user, asked.process) and one.overlaps(asked)
        )

    def note(self, user: int, line: str) -> None:
        """Add a line to what happened to a user."""
        with self._lock:
            self._lines[user].append(f"{time.monotonic() - self._began:8.3f}  {line}")

    def story_of(self, user: int) -> Iterator[str]:
        """Iterate over the lines about a user."""
        with self._lock:
            return iter(list(self._lines[user]))


def _meets(one: Asked, user: int, process: int) -> bool:
    return one.user == user and process in (one.process, BOTH)
