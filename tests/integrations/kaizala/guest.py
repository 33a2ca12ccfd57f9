"""Kaizala as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.kaizala import KAIZALA
from sandbox.kaizala import ACTION_PACKAGE, Kaizala
from tests.kit.guest import Guest
from tests.kit.world import KitWorld


def _settings(kaizala: Kaizala, _: KitWorld) -> dict[str, str]:
    return {"KAIZALA_BASE_URL": kaizala.base_url, "KAIZALA_ACTION_PACKAGES": ACTION_PACKAGE}


def _start_afresh(kaizala: Kaizala) -> None:
    kaizala.faults.reset()
    kaizala.refusal = "401"
    kaizala.calls.clear()


def _secrets(kaizala: Kaizala) -> dict[str, str]:
    names = {f"name {n}": person.name for n, person in enumerate(kaizala.people)}
    return names | {f"phone {n}": one.phone_number for n, one in enumerate(kaizala.people)}


GUEST = Guest(
    KAIZALA, lambda hops, clock: Kaizala(hops=hops, clock=clock), _settings, _start_afresh
)
