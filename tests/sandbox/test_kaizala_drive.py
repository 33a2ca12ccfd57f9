"""A drive notices when the simulated Kaizala fails."""

from sandbox.drive import drive
from sandbox.runner import Sandbox
from sandbox.stage import Options


def test_a_card_whose_kaizala_is_down_is_a_failed_step() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0)) as sandbox:
        sandbox.stage.kaizala.faults.mode = "error"

        assert not drive(sandbox, lines.append)

    assert "GET me: 503" in lines[-1]
