"""A small storm of verifications (bench/README.md): whatever fails on the way, none is lost."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.contestants import Contestant, settings
from bench.jumio_storm import Cast, run
from bench.jumio_storm.attacks import ATTACKS
from bench.jumio_storm.faults import Severity
from bench.jumio_storm.stage import Conditions
from bench.jumio_storm.stories import STORIES
from bench.messages import Recipe
from tests.source_tree import ROOT

# An outage comes, and goes, within the few calls of so few users.
_SEVERITY = Severity(hang_seconds=0.5, calls_per_outage=300, outage_seconds=0.3)


@pytest.mark.parametrize("has_rules", [False, True], ids=["sessions", "access rules"])
def test_a_small_storm_loses_nothing(tmp_path: Path, has_rules: bool) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    command = (sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "app:create_app()")
    environment = {**settings("http://127.0.0.1:9"), "PATH": path}
    here = Contestant("here", command, ROOT, environment, Recipe(()), is_ours=True)
    conditions = Conditions(7, _SEVERITY, integration_api=has_rules, access_rules=has_rules)

    outcome = run(here, None, tmp_path, Cast((*STORIES, *ATTACKS), conditions))

    assert [] == [outcome.judged[user] for user in outcome.lost]
    assert [] == outcome.scene.journal.forged
    assert [] == outcome.leaks
    assert [] == outcome.unexplained
    assert [] == outcome.courier.never_taken
