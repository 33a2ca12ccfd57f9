"""Tables for a page of Markdown, and the few figures that they are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median, quantiles


def markdown(title: str, header: Sequence[str], rows: Sequence[Sequence[str]], *notes: str) -> str:
    """Return a titled table, its first column left-aligned and all others right; notes below."""
    widths = [max(len(row[i]) for row in (header, *rows)) for i in range(len(header))]
    ruler = [
        f":{'-' * (width - 1)}" if i == 0 else f"{'-' * (width - 1)}:"
        for i, width in enumerate(widths)
    ]
    lines = [
        _line(header, widths),
        f"| {' | '.join(ruler)} |",
        *(_line(row, widths) for row in rows),
    ]
    return "\n".join([f"### {title}", "", *lines, "", *(f"{note}\n" for note in notes)])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = (
        cell.ljust(width) if i == 0 else cell.rjust(width)
        for i, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return f"| {' | '.join([first, *others])} |"


def medians(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the median of each figure over the rounds."""
    return {name: median(row[name] for row in rows) for name in rows[0]}


def times(value: float, base: float) -> str:
    """Return how many times `base` a value is, as text; a dash where that means nothing."""
    return f"{value / base:.2f}" if base > 0 else "-"


def percentile(values: Sequence[float], percent: int) -> float:
    """Return what `percent` (1 to 99) of the values do not exceed; 0 of none."""
    if len(values) < 2:
        return sum(values)
    return quantiles(values, n=100, method="inclusive")[percent - 1]


def spread(values: Sequence[float]) -> str:
    """Return median, least and most as text."""
    return f"{median(values):.0f} ({min(values):.0f}-{max(values):.0f})"
