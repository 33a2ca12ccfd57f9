"""Scripts of this folder that Node runs over a file; what they print is JSON."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any


def run_script(node: str, name: str, file: Path, option: str = "") -> dict[str, Any]:
    """Return what a script prints about a file, with or without an option."""
    done = subprocess.run(
        [node, Path(__file__).parent / name, file, option],
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    report: dict[str, Any] = json.loads(done.stdout)
    return report
