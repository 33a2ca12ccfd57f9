"""What every vendor must bear: whatever it tells and answers, the app blames it, and not itself."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from proxy.connections.refresh import FreshGrants
from proxy.references.trip import ReferenceTrip
from sandbox.kit.router import STRANGER
from tests.hostile.attacked_world import AttackedWorld, of_examples
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import bodies, json_texts
from tests.hostile.saboteur import Saboteur, Step, usual_steps
from tests.hostile.spoiling import STATUSES, leaves, spoilt_document
from tests.hostile.without_pauses import without_pauses
from tests.kit.guest import Guest
from tests.kit.trips import EXAMPLE, Consenting
from tests.kit.world import KitWorld

EXAMPLES = 20
LARGEST_BYTES = 2 * 1024 * 1024
WRONG = ("null", "1", '"x"', '""', "[]", "{}", "true", r'"\ud800\u0000"')
BULKY = {
    "a page": b"<!doctype html><title>It works!</title>",
    "nothing": b"",
    "no text": b"\xff\xfe\x00",
    "a deep document": b"[" * 100_000,
    "more than is read": b" " * (LARGEST_BYTES + 1),
}


class HostilityContract:
    """The behaviours of any vendor that answers in JSON: a subclass says which, and its own steps.

    `callbacks` are genuine, proven ones with JSON in them, of which each value is spoilt in turn.
    """

    listed: ClassVar[str]
    guests: ClassVar[tuple[Guest, ...]] = ()
    options: ClassVar[Mapping[str, Any]] = {}
    acts: ClassVar[Consenting] = EXAMPLE
    own_steps: ClassVar[Mapping[str, Step]] = {}
    callbacks: ClassVar[tuple[HostileRequest, ...]] = ()

    @pytest.fixture(scope="class")
    @classmethod
    def saboteur(cls) -> Iterator[Saboteur]:
        """Return a saboteur who has seen what the upstreams really answer."""
        with without_pauses(ReferenceTrip, FreshGrants):
            attacked = AttackedWorld(cls.listed, cls.genuine, guests=cls.guests, **cls.options)
        steps = {**usual_steps(attacked), **cls.own_steps}
        yield Saboteur(attacked, steps, cls.lives)
        attacked.close()

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return what the vendors' requests are made of, for the placeholders of `callbacks`."""
        return of_examples(world)

    @classmethod
    def lives(cls, attacked: AttackedWorld, vendor: str) -> bool:
        """Tell whether a vendor still takes the user's token."""
        return bool(cls.acts.held(attacked.world.vendors[vendor]))

    # Every subclass runs it, on a world of its own; no example is kept from one to another.
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.differing_executors],
        database=None,
    )
    @given(data=st.data())
    def test_only_the_upstream_is_blamed(self, saboteur: Saboteur, data: st.DataObject) -> None:
        path = data.draw(st.sampled_from(saboteur.paths))
        document = saboteur.genuine.get(path)
        spoilt = st.builds(
            lambda leaf, raw: spoilt_document(document, leaf, raw).encode("utf-8", "surrogatepass"),
            st.sampled_from([leaf for leaf, _ in leaves(document)]),
            json_texts,
        )
        body = data.draw(st.one_of(spoilt, spoilt, bodies))
        step = data.draw(st.sampled_from(saboteur.steps(path)))
        saboteur.answer_with(step, path, data.draw(st.sampled_from(STATUSES)), body)

    def test_no_part_of_an_answer_is_relied_on(self, saboteur: Saboteur) -> None:
        """Each value in turn is replaced by one of another type, in one step after the other."""
        wrong = itertools.cycle(WRONG)
        for path, document in list(saboteur.genuine.items()):
            steps = itertools.cycle(saboteur.steps(path))
            for leaf, _ in leaves(document):
                body = spoilt_document(document, leaf, next(wrong)).encode()
                saboteur.answer_with(next(steps), path, 200, body)

    def test_no_text_of_an_answer_has_to_be_one_that_can_be_stored(
        self, saboteur: Saboteur
    ) -> None:
        for path, document in list(saboteur.genuine.items()):
            steps = itertools.cycle(saboteur.steps(path))
            for leaf, value in leaves(document):
                if isinstance(value, str):
                    body = spoilt_document(document, leaf, r'"https://\ud800\u0000"').encode()
                    saboteur.answer_with(next(steps), path, 200, body)

    @pytest.mark.parametrize("body", BULKY.values(), ids=BULKY)
    @pytest.mark.parametrize("status", [200, 401, 404])
    def test_no_upstream_has_to_answer_in_json(
        self, saboteur: Saboteur, status: int, body: bytes
    ) -> None:
        for path in saboteur.paths:
            saboteur.answer_with(saboteur.steps(path)[0], path, status, body)

    def test_every_step_asks_somebody(self, saboteur: Saboteur) -> None:
        assert set() == saboteur.idle

    def test_no_part_of_a_proven_callback_is_relied_on(self, saboteur: Saboteur) -> None:
        attacked = saboteur.attacked
        for genuine in self.callbacks:
            document = json.loads(genuine.body)
            for (leaf, _), raw in itertools.product(leaves(document), WRONG):
                attacked.reset()
                encoded = spoilt_document(document, leaf, raw).encode()
                spoilt = HostileRequest(
                    "POST", genuine.path, {}, encoded, genuine.content_type, signer=genuine.signer
                )
                attacked.judge.send(spoilt)
                for record in attacked.sale.metadata.values():
                    assert json.dumps(record, ensure_ascii=False).encode()

    @pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"\x00" * 9, b"[" * 50_000])
    def test_proven_bytes_are_refused_as_a_body(self, saboteur: Saboteur, raw: bytes) -> None:
        for genuine in self.callbacks:
            hostile = HostileRequest(
                "POST", genuine.path, {}, raw, genuine.content_type, signer=genuine.signer
            )
            assert saboteur.attacked.judge.send(hostile).status_code in (400, 413)

    def test_an_unproven_callback_is_not_even_read(self, saboteur: Saboteur) -> None:
        for genuine in self.callbacks:
            for body in (genuine.body, b"\xff" + genuine.body):
                forged = HostileRequest(
                    "POST", genuine.path, {}, body, genuine.content_type, peer=STRANGER
                )
                assert saboteur.attacked.judge.send(forged).status_code in (401, 403)
