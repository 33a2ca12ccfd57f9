"""The example vendors of `tests/kit/` as settings list them, for tests that call none of them."""

from __future__ import annotations

from tests.kit.examples import ALL, KNOWN

__all__ = ("ALL", "KNOWN", "SETTINGS")

SETTINGS = {
    "INTEGRATIONS": ALL,
    **{f"{one.name.upper()}_BASE_URL": f"https://{one.name}.example" for one in KNOWN},
    "PASSCHECK_API_KEY": "issued-passcheck-key",
    "PASSCHECK_SIGNING_SECRET": "issued-passcheck-secret",
    "FACECHECK_API_KEY": "issued-facecheck-key",
    "FACECHECK_NETWORKS": "192.0.2.0/24",
    "INKWELL_API_KEY": "issued-inkwell-key",
    "INKWELL_SIGNING_SECRETS": "issued-inkwell-secret",
    "INKWELL_DOCUMENTS": "provider-agreement:1001,house-rules:1002",
    "TOLLGATE_API_KEY": "issued-tollgate-key",
    "TOLLGATE_SIGNING_SECRETS": "issued-tollgate-secret",
    "BILLING_PLANS": "membership:price_1:subscription,lead-fee:price_2:payment,card::setup",
    "CALENDAR_CLIENT_ID": "issued-calendar",
    "CALENDAR_CLIENT_SECRET": "issued-calendar-secret",
    "TILL_CLIENT_ID": "issued-till",
    "TILL_CLIENT_SECRET": "issued-till-secret",
    "GUILD_CLIENT_ID": "issued-guild",
    "GUILD_CLIENT_SECRET": "issued-guild-secret",
    "GUILD_SIGNING_SECRET": "issued-guild-signing-secret",
    "BADGE_DESKS": "front",
    "VAULT_BASIC_AUTH": "portal:k3Wz-0pQv_7t",
    "VAULT_TOKEN": "issued-vault-token",
}
"""What every example vendor needs; it is good enough for a deployment."""
