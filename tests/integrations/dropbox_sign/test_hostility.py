"""Dropbox Sign bears what every vendor must bear."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import ClassVar

import pytest

from sandbox.dropbox_sign.events import formed
from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Saboteur, Step, asking
from tests.hostile.spoiling import leaves, spoilt_document
from tests.integrations.dropbox_sign.guest import GUEST
from tests.kit.contracts.checks import first_check
from tests.kit.contracts.hostility import WRONG, HostilityContract
from tests.kit.world import KitWorld

PATH = "/api/callbacks/dropbox-sign"
COVERED = [(), ("event",), *(("event", f"event_{word}") for word in ("time", "type", "hash"))]


def _event(attacked: AttackedWorld) -> str:
    """Return the event of a request that was declined, whose hash holds."""
    sign = attacked.world.vendors["dropbox-sign"]
    made = sign.transactions[attacked.genuine["transaction"]]
    sign.callbacks = "lose"
    if made.outcome is None:
        sign.finish(made.id, "declined")
    text: str = sign.event(made, "declined").body.split(b"\r\n")[3].decode()
    return text


def _told(text: str) -> HostileRequest:
    event = formed(text, "hostile")
    return HostileRequest("POST", PATH, {}, event.body, event.content_type)


class TestDropboxSign(HostilityContract):
    """Starts, links that are asked for again, and events."""

    listed, guests = "dropbox-sign", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {
        "go on": asking("POST", "/api/signings/provider-agreement", b"{}"),
        "callback": lambda attacked: _told(_event(attacked)),
    }

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the request that was made first."""
        return first_check(world, "dropbox-sign")

    def test_no_part_of_an_event_is_relied_on(self, saboteur: Saboteur) -> None:
        """What the hash covers is refused once it is spoilt; all the rest is anybody's."""
        attacked = saboteur.attacked
        text = _event(attacked)
        document = json.loads(text)
        for (leaf, _), raw in itertools.product(leaves(document), WRONG):
            attacked.reset()
            answer = attacked.judge.send(_told(spoilt_document(document, leaf, raw)))
            assert (leaf in COVERED) == (answer.status_code == 401), (leaf, raw)

    @pytest.mark.parametrize("text", ["", "\x00", "[" * 50_000, "{}", '{"event": {}}'])
    def test_what_has_no_hash_is_refused(self, saboteur: Saboteur, text: str) -> None:
        assert 401 == saboteur.attacked.judge.send(_told(text)).status_code
