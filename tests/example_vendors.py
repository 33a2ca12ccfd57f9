"""The example vendors of `tests/kit/` as settings list them, for tests that call none of them."""

from __future__ import annotations

from tests.kit.examples import ALL, KNOWN

__all__ = ("ALL", "KNOWN", "SETTINGS")

SETTINGS = {
    "INTEGRATIONS": ALL,
    **{f"{one.name.upper()}_BASE_URL": f"https://{one.name}.example" for one in KNOWN},
    "PASSCHECK_API_KEY": "made-up-passcheck-key",
    "PASSCHECK_SIGNING_SECRET": "made-up-passcheck-secret",
    "FACECHECK_API_KEY": "made-up-facecheck-key",
    "FACECHECK_NETWORKS": "192.0.2.0/24",
    "CALENDAR_CLIENT_ID": "made-up-calendar",
    "CALENDAR_CLIENT_SECRET": "made-up-calendar-secret",
    "TILL_CLIENT_ID": "made-up-till",
    "TILL_CLIENT_SECRET": "made-up-till-secret",
    "GUILD_CLIENT_ID": "made-up-guild",
    "GUILD_CLIENT_SECRET": "made-up-guild-secret",
    "GUILD_SIGNING_SECRET": "made-up-guild-signing-secret",
    "BADGE_DESKS": "front",
    "VAULT_BASIC_AUTH": "portal:k3Wz-0pQv_7t",
    "VAULT_TOKEN": "made-up-vault-token",
}
"""What every example vendor needs; it is good enough for a deployment."""
