"""Simulated vendors are found by what they declare, also outside the repository."""

import pytest

from sandbox.__main__ import parse
from sandbox.discovery import guest, simulators

REFERENCE = "tests.sandbox.acme:SIMULATOR"


def test_simulators_stand_in_the_order_of_their_ranks() -> None:
    ranks = [simulator.rank for simulator in simulators([guest(REFERENCE)])]
    assert sorted(ranks) == ranks


def test_no_two_simulators_share_a_name_or_a_rank() -> None:
    known = simulators()
    assert len(known) == len({one.name for one in known}) == len({one.rank for one in known})


def test_a_guest_is_simulated_with_the_others_and_brings_its_options() -> None:
    options, *_ = parse(["--with", REFERENCE, "--acme", "wild"])

    assert "acme" in [simulator.name for simulator in options.simulators]
    assert "wild" == options.chosen["ACME_MODE"]


@pytest.mark.parametrize("reference", ["nowhere:SIMULATOR", "sandbox.stage:NOTHING", "x", ""])
def test_a_guest_that_is_not_there_is_a_usage_error(
    reference: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        parse(["--with", reference])

    assert "cannot be imported" in capsys.readouterr().err


def test_what_is_no_simulator_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--with", "sandbox.stage:DEFAULT_PORT"])

    assert "is no Simulator" in capsys.readouterr().err
