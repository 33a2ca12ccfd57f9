"""`config.example.env` and `docs/configuration.md` are composed of what stands beside the code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.documents import CONFIGURATION, EXAMPLE, configuration, deleted, example, sections

DOCUMENTS = {
    "example": (EXAMPLE, example, ("example.env", ".env")),
    "configuration": (CONFIGURATION, configuration, ("settings.md", ".md")),
}


@pytest.mark.parametrize(("path", "compose", "own"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_a_document_is_composed(
    path: Path, compose: Callable[[], str], own: tuple[str, str]
) -> None:
    if deleted():
        assert [] == [text for text in sections(*own) if text not in path.read_text()]
    else:
        assert path.read_text() == compose(), "run `make documents`"


@pytest.mark.parametrize(("path", "compose", "own"), DOCUMENTS.values(), ids=DOCUMENTS)
def test_every_part_begins_with_its_heading(
    path: Path, compose: Callable[[], str], own: tuple[str, str]
) -> None:
    heading = "# --- " if path == EXAMPLE else "## "
    assert [] == [text[:40] for text in sections(*own) if not text.startswith(heading)]
    assert all(text in compose() for text in sections(*own))
