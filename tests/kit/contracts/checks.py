"""What the contracts of leaks and of hostility do with a vendor of the reference trip, simulated.

Its simulator is a `sandbox.kit.checks.CheckVendor`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from proxy.operating.configuration import read_configuration
from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Step
from tests.kit.contracts.leaks import LeakContract
from tests.kit.page import Page
from tests.kit.subjects import first_subject
from tests.kit.world import KitWorld


class CheckLeakContract(LeakContract):
    """Nothing leaks while sessions are begun, decided in the order of `decisions`, and corrected.

    All are the vendor's words: `approval` is what a forger claims, `correction` "" for none.
    """

    approval: ClassVar[str]
    decisions: ClassVar[tuple[str, ...]]
    correction: ClassVar[str] = ""

    def use(self, page: Page) -> None:
        """Begin and finish sessions; forge and repeat callbacks."""
        vendor = page.world.vendors[self.listed]
        subject = first_subject(read_configuration(page.world.settings, page.world.known).parts)
        assert subject is not None
        path = f"/api{subject.path}"
        begun = page.send("POST", path, json={"restart": True}).get_json()
        page.send("GET", path)
        reference = begun.get("transactionReference", "")
        if reference in vendor.transactions:
            vendor.forge(reference, self.approval)
            for word in self.decisions:
                vendor.finish(reference, word)
            if self.correction:
                vendor.correct(reference, self.correction)
            vendor.resend(reference)
        page.send("GET", path)


def finishing(vendor: str, word: str, told: HostileRequest) -> Step:
    """Return the step that finishes the first check in silence, and then tells of it."""

    def finish(attacked: AttackedWorld) -> HostileRequest:
        simulated = attacked.world.vendors[vendor]
        simulated.callbacks = "lose"
        reference = attacked.genuine["transaction"]
        if simulated.transactions[reference].outcome is None:
            simulated.finish(reference, word)
        return told

    return finish


def first_check(world: KitWorld, vendor: str) -> Mapping[str, str]:
    """Return the ids of the check that was begun first, for the placeholders of requests."""
    found = next(iter(world.vendors[vendor].transactions.values()), None)
    return {} if found is None else {"reference": found.reference, "transaction": found.id}
