"""The simulated vendor as tests and the demo hold it: one WSGI application and its controls."""

import time
from collections.abc import Callable
from typing import Any

import requests

from sandbox.hops import HopLog
from sandbox.hubrise.application import make_application
from sandbox.hubrise.authorization import Decision, decide, query_pairs, read_request
from sandbox.hubrise.callbacks import Callbacks, encoded
from sandbox.hubrise.connections import DeadReason
from sandbox.hubrise.order_fields import STATUSES
from sandbox.hubrise.orders import create_order, patch_order
from sandbox.hubrise.tenant import Tenant
from sandbox.kit.sender import Headers, statuses

TILL_NAME = "Sandbox Till"


class HubRise(Tenant):
    """HubRise, simulated: serve `app`, put its address into `base_url`, call `close()` at the end.

    The OAuth server answers under `/oauth2/v1`, the API under `/v1`.
    """

    def __init__(self, hops: HopLog | None = None, clock: Callable[[], float] = time.time) -> None:
        """Start with new credentials, no connections and no orders.

        `hops` receives every exchange; `clock` answers Unix seconds.
        """
        super().__init__(clock)
        self._outbox = Callbacks(self, hops)
        self.app = make_application(self, hops, self._outbox)

    def authorize(
        self, authorize_url: str, location_id: str | None = None, decision: Decision = "allow"
    ) -> str:
        """Decide as a user on the consent page and return where the browser would be sent.

        For an out-of-band request, return the code (or the error) that the page would show. Without
        `location_id` the first location is connected. Raises ValueError where the page would show a
        problem.
        """
        asked = read_request(self, query_pairs(authorize_url))
        answer = decide(self, asked, location_id or next(iter(self.locations)), decision)
        if asked.is_out_of_band:
            return answer.get("code") or answer["error"]
        return asked.address(answer)

    def set_status(
        self, order_id: str, status: str, cause: str | None = None, wait: bool = True
    ) -> list[int | None]:
        """Change an order as the shop's till does, and send the callbacks that this causes.

        `cause` says why an order is rejected, where tills put it: the custom field
        `epos.rejection.cause`. Setting the status that an order has already is an update too.
        Returns the status that answered each attempt (None: no answer); without `wait`, those known
        so far. Raises KeyError for an unknown order, ValueError for an unknown status.
        """
        order = self.orders[order_id]
        if status not in STATUSES:
            raise ValueError(f"HubRise has no order status {status!r}")
        changes: dict[str, Any] = {"status": status}
        if cause is not None:
            changes["custom_fields"] = {"epos": {"rejection": {"cause": cause}}}
        previous = patch_order(self, order, changes)
        return statuses(self._outbox.order_changed(order, previous), wait=wait)

    def place_order(
        self, location_id: str, private_ref: str | None = None, wait: bool = True
    ) -> str:
        """Make an order at the till, send the callbacks that this causes, and return its id.

        `private_ref` is the till's own: the client sees null. Raises KeyError for an unknown
        location.
        """
        order = create_order(self, self.locations[location_id], {"status": "accepted"}, TILL_NAME)
        if private_ref is not None:
            self.till_private_refs[order["id"]] = private_ref
        statuses(self._outbox.order_changed(order, None), wait=wait)
        return str(order["id"])

    def release_callbacks(self) -> list[int | None]:
        """Send what modes `delay` and `reorder` hold back; return the statuses that answered."""
        return statuses(self._outbox.release())

    def wait_for_callbacks(self, timeout: float) -> bool:
        """Return whether all callbacks that are on their way arrive within `timeout` seconds."""
        return self._outbox.wait(timeout)

    def send_event(
        self,
        url: str,
        event: dict[str, Any],
        *,
        secret: str | None = None,
        headers: Headers | None = None,
        raw: bytes | None = None,
    ) -> requests.Response:
        """Send one callback by hand and return the answer.

        It is signed with the client's secret, or with `secret`; `headers` (names and values, also
        repeated ones) take the place of the signature; `raw` takes the place of `event`. Raises
        ValueError for a URL outside this machine, and OSError, http.client.HTTPException,
        urllib3.exceptions.HTTPError or requests.RequestException where no answer comes.
        """
        body = encoded(event) if raw is None else raw
        return self._outbox.send_by_hand(url, body, secret, headers)

    def pending_events(self, token: str) -> list[dict[str, Any]]:
        """Return the events of a connection that nobody has acknowledged, oldest first."""
        pending = self._outbox.pending(self.connections[token])
        return [event.document for event in pending.values()]

    def block(self, token: str, reason: DeadReason | None) -> None:
        """Let a connection die of `reason`, or revive it (None); a revoked one has no callback."""
        connection = self.connections[token]
        if reason == "revoked":
            connection.revoke()
        connection.dead = reason

    def start_afresh(self) -> None:
        """Forget the connections, and the orders with all that was to be told of them."""
        for connection in self.connections.values():
            connection.revoke()
        self.release_callbacks()  # what is held back for a revoked connection goes nowhere
        self.connections.clear()
        self.orders.clear()

    def close(self) -> None:
        """Let go of held requests, drop unsent callbacks and end the sending thread."""
        super().close()
        self._outbox.close()
