"""A simulated vendor is named in its own files alone, and the demonstration goes on without it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.discovery import simulators
from tests.sharetribe_words import is_sharetribes
from tests.source_tree import PRODUCT, ROOT, tracked_files

PATIENCE_SECONDS = 60
SIMULATORS = simulators()
# Of the tests, those that are about the sandbox itself: a vendor's own are named for it.
SHARED = ("sandbox/", "tests/world.py", "tests/sandbox/", "tests/browser/")


@pytest.mark.parametrize("name", [simulator.name for simulator in SIMULATORS])
def test_nothing_but_its_own_files_names_a_vendor(name: str) -> None:
    shared = [
        path
        for path in tracked_files()
        if path.as_posix().startswith(SHARED) and not is_sharetribes(path, name)
    ]
    written = re.compile(name.replace("-", "[-_]"))
    others = [path for path in shared if not any(map(written.search, path.parts))]
    assert [] == [path for path in others if written.search((ROOT / path).read_text().lower())]


def test_the_demonstration_goes_on_without_the_vendor_that_checks(tmp_path: Path) -> None:
    checking = next(simulator for simulator in SIMULATORS if simulator.checks)
    for path in tracked_files():
        if path.as_posix().startswith((*PRODUCT, "sandbox/", "openapi.json")):
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, tmp_path / path)
    shutil.rmtree(tmp_path / "sandbox" / checking.name)

    run = subprocess.run(
        [sys.executable, "-m", "sandbox", "--once", "--port", "0"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )

    assert 0 == run.returncode, run.stdout + run.stderr
    assert checking.title not in run.stdout
