"""What a vendor must show that can be asked about its settings: right, wrong, and while it is down.

A subclass says which vendor, what is asked of it, and what can be wrong.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, ClassVar

import pytest
from flask import Flask, Response

from proxy.operating.configuration import read_configuration
from proxy.operating.doctor.probing import Probed, ProbeState, probed
from sandbox.kit.bodies import JSON
from sandbox.server import Server
from tests.kit.contracts.reference import MODES
from tests.kit.guest import Guest
from tests.kit.world import KitWorld

# What stands where a list or an object should, by the names that vendors have for these.
_NAMES = (
    "acceptedIdTypes access_token api_app data id mode results signer_roles submitters template"
    " type verification webhooks"
)
ODD = ("{}", json.dumps(dict.fromkeys(_NAMES.split(), 5) | {"id": []}), '{"template": {"id": 5}}')


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong, and what is told of it.

    `settings` stand in for the right ones, made for the simulated vendor; `at_vendor` changes what
    the vendor holds. `about` are the variables, and the entry of a list, that the answer is about;
    `words` are in it.
    """

    about: tuple[str, ...]
    status: int | None
    words: str
    settings: Callable[[Any], Mapping[str, str]] = lambda _: {}
    at_vendor: Callable[[Any], object] = lambda _: None
    state: ProbeState = field(default=ProbeState.REFUSED)


class ProbeContract:
    """The behaviours of a vendor's probes.

    `calls` are what is asked of it where all is right, in order, as patterns; `told` is what it
    says then, by what it is about: the variables, then the entry of a list where there is one.
    `unproven` are the variables that no request proves. `wrong` is what can be wrong.
    """

    vendor: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}
    calls: ClassVar[tuple[str, ...]]
    told: ClassVar[Mapping[tuple[str, ...], str]]
    unproven: ClassVar[tuple[str, ...]] = ()
    wrong: ClassVar[tuple[Wrong, ...]]

    @pytest.fixture
    def world(self) -> Iterator[KitWorld]:
        """Return a world with the vendor."""
        world = KitWorld(INTEGRATIONS=self.vendor, guests=self.guests, **self.options)
        yield world
        world.close()

    def ask(self, world: KitWorld, **settings: str) -> list[Probed]:
        """Return what the vendor says of the app's settings, or of others in their place."""
        checked = read_configuration({**world.settings, **settings}, world.known)
        return list(probed(checked.parts))

    def held(self, vendor: Any) -> object:
        """Return what the vendor holds that a request could have changed."""
        return dict(getattr(vendor, "transactions", {}))

    def test_what_is_right_is_accepted(self, world: KitWorld) -> None:
        answers = self.ask(world)
        accepted = {_about(one): one.words for one in answers if one.state is ProbeState.ACCEPTED}
        unproven = [one.variables[0] for one in answers if one.state is ProbeState.UNPROVEN]
        assert (self.told, list(self.unproven)) == (accepted, unproven)
        assert len(answers) == len(accepted) + len(unproven)
        secrets = [v for n, v in world.settings.items() if n.endswith(("KEY", "SECRET", "TOKEN"))]
        assert [] == [one for one in secrets if one in repr(answers)]

    def test_each_question_is_one_request_that_changes_nothing(self, world: KitWorld) -> None:
        vendor = world.vendors[self.vendor]
        before, sharetribe = self.held(vendor), list(world.sharetribe.calls)
        self.ask(world)
        pairs = zip(vendor.calls, self.calls, strict=False)
        assert len(self.calls) == len(vendor.calls), vendor.calls
        assert [] == [call for call, pattern in pairs if not fnmatchcase(call, pattern)]
        assert (before, sharetribe) == (self.held(vendor), world.sharetribe.calls)

    def test_what_is_wrong_is_told_with_the_way_out(self, world: KitWorld) -> None:
        vendor = world.vendors[self.vendor]
        entered = getattr(vendor, "callback_url", None)
        for number, wrong in enumerate(self.wrong):
            settings = wrong.settings(vendor)
            wrong.at_vendor(vendor)
            asked = len(vendor.calls)
            answers = self.ask(world, **settings)
            found = next((one for one in answers if _about(one) == wrong.about), None)
            assert found is not None, (number, answers)
            assert (wrong.state, wrong.status) == (found.state, found.status), (number, found)
            assert wrong.words in found.words, (number, found)
            held = [value for value in settings.values() if value in repr(answers)]
            assert [] == held, number
            # Credentials that the vendor does not know are shown to it once.
            assert wrong.status != 401 or len(vendor.calls) == asked + 1, number
            world.start_afresh()
            vendor.callback_url = entered

    def test_a_vendor_that_is_down_is_asked_nothing_more(self, world: KitWorld) -> None:
        for mode in MODES:
            world.vendors[self.vendor].faults.mode = mode
            states = {one.state for one in self.ask(world)} - {ProbeState.UNPROVEN}
            assert {ProbeState.UNAVAILABLE} == states, mode

    def test_an_answer_of_another_shape_proves_nothing(self, world: KitWorld) -> None:
        right, bodies = world.vendors[self.vendor].base_url, list(ODD)
        odd = Flask("odd")
        odd.register_error_handler(404, lambda _: Response(bodies[0], content_type=JSON))
        with Server(odd) as server:
            settings = world.settings.items()
            here = {n: v.replace(right, server.url) for n, v in settings if right in v}
            while bodies:
                states = {one.state for one in self.ask(world, **here)}
                assert ProbeState.ACCEPTED not in states, bodies.pop(0)
                del bodies[0]


def _about(answer: Probed) -> tuple[str, ...]:
    return (*answer.variables, answer.item) if answer.item else answer.variables
