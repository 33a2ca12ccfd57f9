"""The example vendors: what the kernel's tests run on, and what a new vendor may begin as.

None of them exists. Each is a folder: `vendor.py` is what stands in `integrations/` of a real one,
`simulator.py` what stands in `sandbox/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from proxy.vendors import Integration
from tests.kit.badge.simulator import SimulatedBadge
from tests.kit.badge.vendor import BADGE
from tests.kit.calendar.simulator import SimulatedCalendar
from tests.kit.calendar.vendor import CALENDAR
from tests.kit.facecheck.simulator import SimulatedFacecheck
from tests.kit.facecheck.vendor import FACECHECK
from tests.kit.guest import Guest
from tests.kit.guild.simulator import SimulatedGuild
from tests.kit.guild.vendor import GUILD
from tests.kit.inkwell.simulator import SimulatedInkwell
from tests.kit.inkwell.vendor import INKWELL
from tests.kit.passcheck.simulator import SimulatedPasscheck
from tests.kit.passcheck.vendor import PASSCHECK
from tests.kit.simulated import SimulatedVendor
from tests.kit.till.simulator import SimulatedTill
from tests.kit.till.vendor import TILL
from tests.kit.tollgate.simulator import SimulatedTollgate
from tests.kit.tollgate.vendor import TOLLGATE
from tests.kit.vault.simulator import SimulatedVault
from tests.kit.vault.vendor import VAULT


def _example(integration: Integration, simulator: type[SimulatedVendor]) -> Guest:
    return Guest(
        integration,
        lambda _, clock: simulator(clock),
        _settings,
        simulator.start_afresh,
        simulator.secrets,
    )


def _settings(vendor: SimulatedVendor, world: Any) -> Mapping[str, str]:
    return {f"{vendor.name.upper()}_BASE_URL": vendor.base_url, **vendor.settings(world)}


EXAMPLES = (
    _example(PASSCHECK, SimulatedPasscheck),
    _example(FACECHECK, SimulatedFacecheck),
    _example(INKWELL, SimulatedInkwell),
    _example(TOLLGATE, SimulatedTollgate),
    _example(CALENDAR, SimulatedCalendar),
    _example(TILL, SimulatedTill),
    _example(GUILD, SimulatedGuild),
    _example(BADGE, SimulatedBadge),
    _example(VAULT, SimulatedVault),
)
KNOWN = tuple(example.integration for example in EXAMPLES)
ALL = ",".join(example.name for example in EXAMPLES)
CHECKS = (PASSCHECK.name, FACECHECK.name)
CONNECTIONS = (CALENDAR.name, TILL.name, GUILD.name)
