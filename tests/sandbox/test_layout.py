"""How the command prints: lines that fit, whole words, and colours only where they are wanted."""

from __future__ import annotations

import io
import re

import pytest

from sandbox.layout import PLAIN, Layout, layout_of

STEPS = (
    (1, "Browser > Sharetribe  log in", 200, 12.4, "the session is a cookie, as usual"),
    (26, "Browser > Proxy  POST signings/provider-agreement", 201, 1234.0, "travels in metadata"),
    (
        31,
        "Sharetribe holds the result",
        None,
        0.0,
        "signing_provider-agreement + checksum are kept",
    ),
    (
        62,
        "Proxy > Vendor  message",
        403,
        9.0,
        f"1fad1957-7ea0-4b11-9c7d-e85554d0ce5d {'so ' * 40}",
    ),
)
PLACES = {"proxy and demo page": "http://127.0.0.1:8080", "the proxy's log": f"/a/{'x' * 40}.log"}


class Terminal(io.StringIO):
    """What a terminal is to those who print."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def colours(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Return a way to set the variables that speak of colours, of which there are none."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return monkeypatch


def printed(layout: Layout) -> list[str]:
    texts = [layout.places(PLACES), layout.heading(), *(layout.step(*step) for step in STEPS)]
    return "\n".join(texts).split("\n")


@pytest.mark.parametrize("width", [60, 80, 100, 129, 130, 160])
def test_no_line_is_longer_than_the_terminal(width: int) -> None:
    assert [] == [line for line in printed(Layout(width)) if len(line) > width]


@pytest.mark.parametrize("width", [60, 80, 100, 160])
def test_no_word_is_broken_and_none_is_lost(width: int) -> None:
    words = {word for step in STEPS for text in (step[1], step[4]) for word in text.split()}
    assert set() == words - {word for line in printed(Layout(width)) for word in line.split()}


def test_what_is_no_terminal_gets_whole_lines() -> None:
    assert len(STEPS) + len(PLACES) + 1 == len(printed(PLAIN))
    row = "  1  Browser > Sharetribe  log in   200   12   the session is a cookie, as usual"
    assert row.split() == printed(PLAIN)[3].split()


def test_a_word_that_is_wider_than_the_terminal_stays_whole() -> None:
    assert "x" * 90 == Layout(60).paragraph("x" * 90)


def test_a_terminal_gets_its_width_and_colours(colours: pytest.MonkeyPatch) -> None:
    colours.setenv("COLUMNS", "72")
    assert Layout(72, is_coloured=True) == layout_of(Terminal())


@pytest.mark.parametrize(
    ("name", "value", "coloured"),
    [("NO_COLOR", "1", False), ("NO_COLOR", "", True), ("TERM", "dumb", False)],
)
def test_colours_can_be_declined(
    colours: pytest.MonkeyPatch, name: str, value: str, *, coloured: bool
) -> None:
    colours.setenv(name, value)
    assert coloured == layout_of(Terminal()).is_coloured


def test_what_is_no_terminal_has_no_colours(colours: pytest.MonkeyPatch) -> None:
    colours.setenv("COLUMNS", "72")
    assert PLAIN == layout_of(io.StringIO())


@pytest.mark.parametrize("width", [60, 160])
def test_colours_change_nothing_but_the_looks(width: int) -> None:
    coloured = printed(Layout(width, is_coloured=True))
    assert printed(Layout(width)) == [re.sub(r"\x1b\[[0-9]+m", "", line) for line in coloured]
    assert printed(Layout(width)) != coloured
