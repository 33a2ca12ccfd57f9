"""A drive notices when the simulated Pumble hears nothing."""

from sandbox.drive import drive
from sandbox.runner import Sandbox
from sandbox.stage import Options


def test_a_channel_that_hears_nothing_is_a_failed_step() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0)) as sandbox:
        sandbox.stage.pumble.faults.only_paths = frozenset({"/v1/channels/"})
        sandbox.stage.pumble.faults.mode = "error"

        assert not drive(sandbox, lines.append)

    assert "messages in the channel: expected 1, got 0" in lines[-1]
