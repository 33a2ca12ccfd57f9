"""A drive notices when AWS fails, and goes on without it where it cannot be simulated."""

import pytest

from sandbox.__main__ import main
from sandbox.drive import drive
from sandbox.hops import HopLog
from sandbox.runner import Sandbox
from sandbox.stage import Options


def test_a_portal_whose_aws_is_down_is_a_failed_step() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0)) as sandbox:
        sandbox.stage.sensedia.aws.is_down = True

        assert not drive(sandbox, lines.append)

    assert "health: 503" in lines[-1]


def test_without_moto_the_portal_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_hops: HopLog) -> None:
        raise ImportError

    monkeypatch.setattr("sandbox.sensedia.simulator.Aws", missing)

    code = main(["--once", "--port", "0"])

    printed = capsys.readouterr().out
    assert 0 == code, printed
    assert "Left out: Sensedia." in printed
    assert "make demo WITH=aws" in printed
    assert "Portal >" not in printed
