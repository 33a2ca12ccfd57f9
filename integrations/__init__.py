"""The integrations: one entry each, and nothing else anywhere names a vendor."""

from __future__ import annotations

from integrations.jumio import JUMIO
from proxy.integration import ReferenceIntegration

ALL: tuple[ReferenceIntegration, ...] = (JUMIO,)
