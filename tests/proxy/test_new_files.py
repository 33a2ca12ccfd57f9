"""New files are written all together or not at all, and never over one that is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.operating.new_files import NotWritten, Writing

TOO_LONG = "n" * 300


def contents(folder: Path) -> dict[str, str]:
    """Return what is in a folder: the texts of files, and folders as nothing."""
    return {
        str(path.relative_to(folder)): path.read_text() if path.is_file() else ""
        for path in folder.rglob("*")
    }


def test_files_are_written_with_their_folders_and_over_what_they_replace(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("old")
    writing = Writing(tmp_path, {"one": "1", "deep/er/two": "\u00e9"})
    writing.replace("list", "new")
    writing.write()

    written = {"one": "1", "deep": "", "deep/er": "", "deep/er/two": "\u00e9", "list": "new"}
    assert written == contents(tmp_path)
    assert ("one", "deep/er/two", "list") == writing.paths


@pytest.mark.parametrize("taken", ["one", "deep/two", "deep"])
def test_what_is_there_is_left_alone(taken: str, tmp_path: Path) -> None:
    (tmp_path / taken).parent.mkdir(exist_ok=True)
    (tmp_path / taken).write_text("mine")
    (tmp_path / taken).chmod(0o755)  # as one may search a folder
    before = contents(tmp_path)

    with pytest.raises(NotWritten, match=r"already|no folder that can be written to"):
        Writing(tmp_path, {"one": "1", "deep/two": "2"})
    assert before == contents(tmp_path)


def test_a_link_that_leads_nowhere_is_there_too(tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "nowhere")

    with pytest.raises(NotWritten, match="already"):
        Writing(tmp_path, {"one": "1"})


def test_a_file_that_comes_meanwhile_is_left_alone(tmp_path: Path) -> None:
    writing = Writing(tmp_path, {"one": "1", "two": "2"})
    (tmp_path / "two").write_text("mine")

    with pytest.raises(NotWritten, match="two cannot be written"):
        writing.write()
    assert {"two": "mine"} == contents(tmp_path)


@pytest.mark.parametrize("last", [TOO_LONG, f"deep/{TOO_LONG}"])
def test_what_cannot_be_finished_is_undone(last: str, tmp_path: Path) -> None:
    (tmp_path / "list").write_text("old")
    writing = Writing(tmp_path, {"one": "1", "deep/er/two": "2", last: "3"})
    writing.replace("list", "new")

    with pytest.raises(NotWritten, match="cannot be written"):
        writing.write()
    assert {"list": "old"} == contents(tmp_path)


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(NotWritten, match="there is no folder"):
        Writing(tmp_path / "file", {"one": "1"})
