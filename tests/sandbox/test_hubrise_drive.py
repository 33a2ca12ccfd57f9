"""A drive notices when the simulated HubRise tells nothing."""

from sandbox.drive import drive
from sandbox.runner import Sandbox
from sandbox.stage import Options


def test_a_lost_order_callback_is_a_failed_step() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0)) as sandbox:
        sandbox.stage.hubrise.callbacks = "lose"

        assert not drive(sandbox, lines.append)

    assert "callback statuses: expected [200], got []" in lines[-1]
