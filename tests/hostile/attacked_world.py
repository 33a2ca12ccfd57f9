"""The world that is attacked: whatever a user can have is under way in it."""

from __future__ import annotations

import base64
import copy
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from proxy.operating.configuration import read_configuration
from proxy.vendors.connection import Connection, ConnectionCallbacks
from proxy.vendors.matters import BILLING, SIGNING
from proxy.vendors.orders import Orders
from sandbox.sharetribe import Transaction, User
from tests.flows.connecting import begin, connect
from tests.hostile.judge import Judge, silence_logs
from tests.kit.checks import SimulatedChecks
from tests.kit.consent import SimulatedConsent
from tests.kit.examples import ALL
from tests.kit.subjects import first_subject
from tests.kit.world import KitWorld

_ORDER_FIELDS = {"orderId", "status", "reason", "updatedAt"}


Genuine = Callable[[KitWorld], Mapping[str, str]]


def of_examples(world: KitWorld) -> dict[str, str]:
    """Return what requests about the example vendors are made of."""
    found = {"place": "north"}
    for name, vendor in world.vendors.items():
        if isinstance(vendor, SimulatedConsent):
            found[name] = vendor.reference_of_callbacks
        if isinstance(vendor, SimulatedChecks) and vendor.checks:
            check = vendor.check
            found |= {
                "reference": check.reference,
                "transaction": check.id,
                "subject": check.subject_id,
            }
    return found


class AttackedWorld:
    """A world in which the first user has a check, or a signing, under way that nobody finishes.

    `subject` is what that is about, None where no vendor has a reference trip. The user has
    connected every vendor that can be connected, sent a sale wherever orders go, and holds a badge
    and a code. All that follows from the parts of the integrations that `listed` names.
    """

    def __init__(self, listed: str = ALL, genuine: Genuine | None = None, **options: Any) -> None:
        """`genuine` returns what a guest's requests are made of; `options` as of KitWorld."""
        self._own = genuine or of_examples
        self.world = KitWorld(INTEGRATIONS=listed, **{"integration_api": True, **options})
        self.parts = read_configuration(self.world.settings, self.world.known).parts
        self.subject = first_subject(self.parts)
        self.connected = tuple(part.name for part in self.parts.of(Connection))
        self.called = tuple(part.name for part in self.parts.of(ConnectionCallbacks))
        self.tills = tuple(part.name for part in self.parts.of(Orders))
        self.browser = self.world.browser()
        self.genuine = {
            "client": self.world.sharetribe.client_id,
            "sale": self.sale.id,
            "member": self.user.id,
        }
        self.log_in()
        self.pending: dict[str, Any] = {}
        self._begin_check()
        for vendor in self.connected:
            self.connect(vendor)
        for vendor in self.tills:
            self._send_order(vendor)
        self.genuine |= self._own(self.world)
        self.ordered = copy.deepcopy(self.sale.metadata)
        self._come_to_doors()
        self.pending = copy.deepcopy(self.user.private_data)
        self.judge = Judge(self.world.app, self.genuine, self.parts)

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

    def _begin_check(self) -> None:
        if self.subject is not None:
            assert 201 == self.browser.call("POST", f"/api{self.subject.path}").status_code
            self.genuine |= self._own(self.world)

    def connect(self, vendor: str) -> None:
        """Connect the user, again if need be; what is then stored is what `reset` goes back to."""
        connect(self.world, vendor, self.browser)
        self.pending = copy.deepcopy(self.user.private_data)
        self.genuine |= self._own(self.world)
        begun = begin(self.browser, vendor)
        (name,) = begun.cookie
        self.genuine |= {
            f"{vendor}-state": parse_qs(urlsplit(begun.authorize_url).query)["state"][0],
            f"{vendor}-trip": name.rpartition("-")[2],
            f"{vendor}-nonce": begun.nonce,
        }

    def _send_order(self, vendor: str) -> None:
        body = {"transactionId": self.sale.id}
        answer = self.browser.call("POST", f"/api/{vendor}/orders", json_body=body)
        assert 201 == answer.status_code, answer.text
        self.genuine["order"] = answer.json()["orderId"]

    def _come_to_doors(self) -> None:
        if "badge" in self.world.vendors:
            self.genuine["badge"] = self.world.badge.issue()
            code = self.browser.call("POST", "/api/badge/link-codes").json()["code"]
            self.genuine["code"] = code
        if "vault" in self.world.vendors:
            pair = f"portal:{self.world.vault.password}"
            self.genuine["basic"] = base64.b64encode(pair.encode()).decode()

    def reset(self) -> None:
        """Put the user's private data and the sale back to what is under way."""
        self.world.sharetribe.replace_private_data(self.user.id, self.pending)
        self.sale.metadata = copy.deepcopy(self.ordered)

    def restore(self) -> None:
        """Connect again what a request has rightly disconnected, and forget a link."""
        for vendor in self.connected:
            if f"{vendor}Connection" not in self.user.private_data:
                self.connect(vendor)

    def assert_nobody_is_approved(self) -> None:
        """Raise AssertionError when something changed in a way that no request may cause."""
        # A request may rightly link an account, end a connection, and begin what is then pending.
        own = {
            key: value
            for key, value in self.user.private_data.items()
            if not (key.startswith("badgeLink") or key.endswith("-ended"))
            if not self._is_begun(key, value)
        }
        summary: set[str] = set()
        if self.subject is not None and self.subject.key in self.pending:
            assert "pending" == own[self.subject.key]["status"]
            summary = {self.subject.key, self.subject.checksum_key}
        assert set(own) <= set(self.pending)
        for key in own.keys() - summary:
            assert self.pending[key] == own[key] or own[key].get("lastFailedReason")
        assert {} == self.world.other_user.private_data
        assert set(self.ordered) == set(self.sale.metadata)
        for record in self.sale.metadata.values():
            assert set(record) <= _ORDER_FIELDS

    def _is_begun(self, key: str, value: Any) -> bool:
        """Tell whether a document or a plan was begun that was not under way before."""
        is_other = key not in self.pending and key.startswith((SIGNING.record, BILLING.record))
        return is_other and (key.endswith("Checksum") or value["status"] == "pending")

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()
