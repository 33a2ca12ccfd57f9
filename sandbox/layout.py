"""How the command prints: lines that fit the terminal, with colours where there is one.

Where the output is no terminal, lines are plain and whole, so that they can be searched.
"""

import os
import shutil
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TextIO

Colour = Literal["green", "yellow", "red", "bold", "dim"]
# ECMA-48, 8.3.117 (select graphic rendition).
_CODES: dict[Colour, str] = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_NUMBER, _TITLE, _STATUS, _TIME = 5, 52, 6, 7
# Below this the notice of a step stands under it, not beside it, and what answered ends there.
_WIDE, _END = 130, 80
_NARROWEST = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """Lines of at most `width` characters, of any length where it is None."""

    width: int | None = None
    is_coloured: bool = False

    def paragraph(self, text: str, indent: str = "") -> str:
        """Return a text in lines that break between words."""
        if self.width is None:
            return indent + text
        return "\n".join(self._wrapped(text, self.width - len(indent), indent))

    def places(self, places: Mapping[str, str]) -> str:
        """Return what is where, in two columns, or below each other where it does not fit."""
        left = max(map(len, places)) + 4
        lines: list[str] = []
        for what, where in places.items():
            if self.width is None or left + len(where) <= self.width:
                lines.append(f"  {what:<{left - 2}}{where}")
            else:
                lines += [f"  {what}", self.paragraph(where, "    ")]
        return "\n".join(lines)

    def heading(self) -> str:
        """Return the line above steps."""
        if self.width is None or self.width >= _WIDE:
            return self._beside("", "step", "status", "ms", ["what to notice"])
        return ""

    def step(
        self, number: int, title: str, status: int | None, milliseconds: float, notice: str
    ) -> str:
        """Return a step: what it is, what answered and when, and what to notice about it."""
        told, count = "" if status is None else str(status), f"{number:>3}"
        time = f"{milliseconds:.0f}"
        if self.width is None or self.width >= _WIDE:
            beside = _NUMBER + _TITLE + _STATUS + _TIME + 3
            room = None if self.width is None else self.width - beside
            notices = [notice] if room is None else self._wrapped(notice, room)
            return self._beside(count, title, told, time, notices)
        return self._below(count, title, f"{told:>4}{time:>6} ms", notice)

    def _beside(self, number: str, title: str, status: str, time: str, notices: list[str]) -> str:
        head = f"{number:<{_NUMBER}}{title:<{_TITLE}}"
        first = f"{head}{self._judged(status, _STATUS)}{time:>{_TIME}}   {notices[0]}"
        indent = " " * (_NUMBER + _TITLE + _STATUS + _TIME + 3)
        return "\n".join([first, *(indent + line for line in notices[1:])])

    def _below(self, number: str, title: str, end: str, notice: str) -> str:
        width = min(self.width or 0, _END)
        indent = " " * _NUMBER
        titles = self._wrapped(title, width - _NUMBER - len(end))
        first = f"{titles[0]:<{width - _NUMBER - len(end)}}"
        coloured = self._judged(end[:4], 4) + end[4:]
        notices = [
            self.coloured(line, "dim")
            for line in self._wrapped(notice, (self.width or 0) - _NUMBER)
        ]
        lines = [f"{number:<{_NUMBER}}{first}{coloured}"]
        return "\n".join(lines + [indent + line for line in (*titles[1:], *notices)])

    def _judged(self, status: str, width: int) -> str:
        colour: Colour = "green" if status.strip() < "4" else "yellow"
        return self.coloured(f"{status.strip():>{width}}", colour)

    def coloured(self, text: str, colour: Colour) -> str:
        """Return `text` in a colour, where there are any."""
        return f"\x1b[{_CODES[colour]}m{text}\x1b[0m" if self.is_coloured else text

    @staticmethod
    def _wrapped(text: str, width: int, indent: str = "") -> list[str]:
        lines = textwrap.wrap(
            text, max(width, _NARROWEST), break_long_words=False, break_on_hyphens=False
        )
        return [indent + line for line in lines] or [indent]


PLAIN = Layout()


def layout_of(stream: TextIO) -> Layout:
    """Return the layout for what `stream` leads to.

    NO_COLOR, if it is set and not empty, means none (no-color.org, read 2026-11).
    """
    if not stream.isatty():
        return Layout()
    is_coloured = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Layout(shutil.get_terminal_size().columns, is_coloured)
