"""Vault, simulated: it makes keys for apps, and its portal orders them."""

from __future__ import annotations

import secrets
from base64 import b64encode
from typing import Any

from flask import Response, jsonify

from tests.kit.simulated import SimulatedVendor, bearer_token, read_json, refuse


class SimulatedVault(SimulatedVendor):
    """Vault. `keys` holds the app of each key."""

    name = "vault"

    def __init__(self, *arguments: Any) -> None:
        """Start without keys; arguments as for SimulatedVendor."""
        super().__init__(*arguments)
        self.token = secrets.token_hex(16)
        self.password = secrets.token_hex(12)
        self.keys: dict[str, str] = {}
        self.app.post("/keys")(self._make)
        self.app.get("/")(dict)

    def _make(self) -> tuple[Response, int]:
        if bearer_token() != self.token:
            refuse(401, "unauthorized")
        key = secrets.token_hex(20)
        self.keys[key] = read_json({"app"})["app"]
        return jsonify(key=key), 201

    @property
    def authorization(self) -> dict[str, str]:
        """The header with which the portal comes."""
        return {"Authorization": f"Basic {b64encode(f'portal:{self.password}'.encode()).decode()}"}

    def settings(self, world: object) -> dict[str, str]:  # noqa: ARG002
        """Return the app's settings."""
        return {"VAULT_TOKEN": self.token, "VAULT_BASIC_AUTH": f"portal:{self.password}"}

    def secrets(self) -> dict[str, str]:
        """Return token, password, and keys."""
        keys = {f"vault's key {number}": key for number, key in enumerate(self.keys)}
        return {"vault's token": self.token, "the portal's password": self.password, **keys}

    def start_afresh(self) -> None:
        """Forget every key."""
        self.faults.reset()
        self.keys.clear()
        self.calls.clear()
