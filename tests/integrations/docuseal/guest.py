"""DocuSeal as a guest of the kit's worlds."""

from __future__ import annotations

from integrations.docuseal import DOCUSEAL
from sandbox.docuseal.simulator import SIMULATOR
from sandbox.docuseal.vendor import DocuSeal
from tests.kit.contracts.identity import guest_of

GUEST = guest_of(DOCUSEAL, SIMULATOR, DocuSeal)
