"""The world that is attacked: whatever a user can have is under way in it."""

from __future__ import annotations

import copy
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from sandbox.sharetribe import Transaction, User
from tests.flows.connecting import ALL, begin, connect
from tests.hostile.judge import Judge, silence_logs
from tests.installed import deleted
from tests.world import World

CONNECTED = ("hubrise", "pumble")
_ORDER_FIELDS = {"orderId", "status", "reason", "updatedAt"}


def require_everything() -> None:
    """Skip what needs every vendor, where somebody has deleted one."""
    if gone := ", ".join(sorted(deleted())):
        pytest.skip(f"the attacked apps connect every vendor, and {gone} is deleted")


class AttackedWorld:
    """A world in which the first user has a verification under way that nobody finishes.

    He has connected both vendors, and sent a sale to his till.
    """

    def __init__(self, api: str, **settings: Any) -> None:
        """Skip the test where somebody has deleted one of the vendors."""
        require_everything()
        options: dict[str, Any] = {"INTEGRATIONS": ALL, "integration_api": True, **settings}
        self.world = World(JUMIO_API=api, **options)
        token = self.world.sharetribe.log_in(self.world.user.id)
        self.browser = self.world.browser()
        started = self.browser.start().json()
        transaction = self.world.jumio.transactions[started["transactionReference"]]
        self.genuine = {
            "cookie": self.browser.cookie or "",
            "access": str(token["access_token"]),
            "reference": transaction.user_reference or "",
            "transaction": transaction.reference,
            "account": transaction.account_id or "",
            "client": self.world.sharetribe.client_id,
            "sale": self.sale.id,
            "member": self.user.id,
        }
        self.pending: dict[str, Any] = {}
        for vendor in CONNECTED:
            self.connect(vendor)
        self._send_order()
        hubrise, pumble = self.world.hubrise, self.world.pumble
        secrets = {"hubrise": hubrise.client_secret, "pumble": pumble.signing_secret}
        self.judge = Judge(self.world.app, self.genuine, secrets)

    @property
    def user(self) -> User:
        """The user who is attacked."""
        return self.world.user

    @property
    def sale(self) -> Transaction:
        """The transaction in which that user sells something."""
        return next(iter(self.world.sharetribe.transactions.values()))

    def log_in(self) -> None:
        """Log the user in anew: a session that was refused is remembered as refused."""
        sharetribe = self.world.sharetribe
        self.browser = self.world.browser()
        self.genuine["cookie"] = self.browser.cookie or ""
        self.genuine["access"] = str(sharetribe.log_in(self.user.id)["access_token"])

    def connect(self, vendor: str) -> None:
        """Connect the user, again if need be; what is then stored is what `reset` goes back to."""
        connect(self.world, vendor, self.browser)
        self.pending = copy.deepcopy(self.user.private_data)
        details = self.pending[f"{vendor}Connection"]
        if vendor == "hubrise":
            alive = [c for c in self.world.hubrise.connections.values() if c.callback_url]
            url = alive[-1].callback_url or ""
            self.genuine["connection"] = url.rpartition("/")[2]
            self.genuine["location"] = details["locationId"]
        else:
            self.genuine["workspace"] = details["workspaceId"]
            self.genuine["person"] = details["userId"]
        self._begin(vendor)

    def _begin(self, vendor: str) -> None:
        """Begin a trip that nobody finishes; a request in its name may."""
        begun = begin(self.browser, vendor)
        state = parse_qs(urlsplit(begun.authorize_url).query)["state"][0]
        (name,) = begun.cookie
        self.genuine |= {
            f"{vendor}-state": state,
            f"{vendor}-trip": name.rpartition("-")[2],
            f"{vendor}-nonce": begun.nonce,
        }

    def _send_order(self) -> None:
        body = {"transactionId": self.sale.id}
        answer = self.browser.call("POST", "/api/hubrise/orders", json_body=body)
        assert 201 == answer.status_code, answer.text
        self.genuine["order"] = answer.json()["orderId"]
        self.ordered = copy.deepcopy(self.sale.metadata)

    def reset(self) -> None:
        """Put the user's private data and the sale back to what is under way."""
        self.world.sharetribe.replace_private_data(self.user.id, self.pending)
        self.sale.metadata = copy.deepcopy(self.ordered)

    def restore(self) -> None:
        """Connect again what a request has rightly disconnected."""
        for vendor in CONNECTED:
            if f"{vendor}Connection" not in self.user.private_data:
                self.connect(vendor)

    def assert_nobody_is_approved(self) -> None:
        """Raise AssertionError when something changed in a way that no request may cause."""
        found, known = self.user.private_data, self.pending
        assert "pending" == found["idVerification"]["status"]
        assert {"idVerification", "idVerificationChecksum"} <= set(found) <= set(known)
        for key in found.keys() - {"idVerification", "idVerificationChecksum"}:
            assert known[key] == found[key]
        assert {} == self.world.other_user.private_data
        assert {"hubriseOrder"} == set(self.sale.metadata)
        assert set(self.sale.metadata["hubriseOrder"]) <= _ORDER_FIELDS

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()
