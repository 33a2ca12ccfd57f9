"""Onfido as a guest of the kit's worlds."""

from __future__ import annotations

from dataclasses import replace

from integrations.onfido import ONFIDO
from sandbox.onfido import SIMULATOR, Onfido
from sandbox.onfido.vendor import OUTPUT
from tests.kit.contracts.identity import guest_of


def _secrets(onfido: Onfido) -> dict[str, str]:
    found = {"webhook token": onfido.webhook_token}
    found |= {name: OUTPUT[name] for name in ("first_name", "document_number")}
    for number, run in enumerate(onfido.transactions.values()):
        found[f"reference {number}"] = run.reference
    return found


GUEST = replace(guest_of(ONFIDO, SIMULATOR, Onfido), secrets=_secrets)
