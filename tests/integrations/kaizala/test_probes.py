"""Kaizala knows tokens, and no app: nothing of the settings can be asked about."""

from __future__ import annotations

from proxy.operating.configuration import read_configuration
from proxy.operating.doctor.probing import Probed, ProbeState, probed
from tests.integrations.kaizala.guest import GUEST
from tests.kit.world import KitWorld


def test_nothing_is_proven_and_that_is_said() -> None:
    world = KitWorld(INTEGRATIONS=GUEST.name, guests=(GUEST,))
    try:
        answers = list(probed(read_configuration(world.settings, world.known).parts))
        assert [] == world.vendors["kaizala"].calls
    finally:
        world.close()
    words = "Kaizala knows no credentials of ours; the first card that calls proves it"
    expected = Probed("kaizala", ("KAIZALA_ACTION_PACKAGES",), ProbeState.UNPROVEN, words)
    assert [expected] == answers
