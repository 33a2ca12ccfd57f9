"""Files that are written all together or not at all, and never over one that is there."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path


class NotWritten(Exception):
    """Nothing was written; the message says why."""


class Writing:
    """New files in a folder, and texts that take the place of files there."""

    def __init__(self, folder: Path, files: Mapping[str, str]) -> None:
        """`files` are the texts of the new ones, by their paths in `folder`.

        Raises NotWritten for a folder that is not there or cannot be written to, and for a file
        that is there already.
        """
        if not folder.is_dir():
            raise NotWritten(f"there is no folder {folder}; make it first")
        self._folder = folder
        self._files = dict(files)
        self._replaced: dict[str, str] = {}
        for path in (folder / name for name in files):
            if os.path.lexists(path):
                raise NotWritten(f"there is {path} already")
            above = next(parent for parent in path.parents if os.path.lexists(parent))
            if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
                raise NotWritten(f"{above} is no folder that can be written to")
        self._made: list[Path] = []

    def replace(self, name: str, text: str) -> None:
        """Have a text take the place of what a file in the folder holds, after all else."""
        self._replaced[name] = text

    @property
    def paths(self) -> tuple[str, ...]:
        """What is written, as paths in the folder."""
        return (*self._files, *self._replaced)

    def write(self) -> None:
        """Write all of it; raises NotWritten, and leaves nothing behind then."""
        try:
            for name, text in self._files.items():
                self._write_new(self._folder / name, text)
            for name, text in self._replaced.items():
                self._write_over(self._folder / name, text)
        except OSError as error:
            for path in reversed(self._made):
                with suppress(OSError):
                    path.rmdir() if path.is_dir() else path.unlink()
            raise NotWritten(f"{error.filename} cannot be written ({error.strerror})") from None

    def _write_new(self, path: Path, text: str) -> None:
        for parent in reversed([above for above in path.parents if not above.exists()]):
            parent.mkdir()
            self._made.append(parent)
        with path.open("x", encoding="utf-8") as file:
            self._made.append(path)
            file.write(text)

    def _write_over(self, path: Path, text: str) -> None:
        beside = path.with_name(f"{path.name}.new")
        self._write_new(beside, text)
        beside.replace(path)
