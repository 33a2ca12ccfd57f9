"""Pumble answers no app by itself, and nothing is asked of it to find that out."""

from __future__ import annotations

from proxy.operating.configuration import read_configuration
from proxy.operating.doctor.probing import ProbeState, probed
from tests.integrations.pumble.guest import GUEST
from tests.kit.world import KitWorld


def test_nothing_is_proven_and_that_is_said() -> None:
    world = KitWorld(INTEGRATIONS=GUEST.name, guests=(GUEST,))
    try:
        answers = list(probed(read_configuration(world.settings, world.known).parts))
        assert [] == world.vendors["pumble"].calls
    finally:
        world.close()
    expected = [
        (
            ("PUMBLE_APP_ID", "PUMBLE_APP_CLIENT_SECRET", "PUMBLE_APP_KEY"),
            "Pumble answers no app by itself; the first workspace connected proves it",
        ),
        (("PUMBLE_APP_SIGNING_SECRET",), "only a signed callback proves it"),
    ]
    assert {ProbeState.UNPROVEN} == {one.state for one in answers}
    assert expected == [(one.variables, one.words) for one in answers]
