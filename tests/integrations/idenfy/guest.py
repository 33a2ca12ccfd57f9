"""iDenfy as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.idenfy import IDENFY
from sandbox.idenfy.simulator import SIMULATOR
from sandbox.idenfy.vendor import Idenfy
from tests.kit.contracts.identity import guest_of

GUEST = guest_of(IDENFY, SIMULATOR, Idenfy)
