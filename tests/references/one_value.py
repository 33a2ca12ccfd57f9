"""The rule of before, as a control: one value for all sessions, the last writer replaces it.

A result of a session that the value does not name changes nothing, and is acknowledged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from proxy.timestamps import format_utc
from proxy.vendors.reference import Case, Result, StartRequest
from tests.references.marketplace import Network, Saying
from tests.references.profile import WHO
from tests.references.stage import Stage
from tests.references.vendor import Session


class OneValueProcess:
    """One process of such an app."""

    def __init__(self, stage: Stage, clock: Callable[[], float]) -> None:
        self._vendors = stage.vendors
        self._network: Network = stage.network
        self._clock = clock

    def forget(self) -> None:
        """Remember nothing; see Process.forget."""

    def _stored(self) -> dict[str, Any]:
        return dict(self._network.user().private_data.get(WHO.key, {}))

    def _write(self, **record: str) -> None:
        self._network.write({WHO.key: record}, {})

    def start(self, provider: str, *, restart: bool) -> None:  # noqa: ARG002 - every start restarts
        """Begin a session; see Process.start."""
        request = StartRequest("reference", "", "", "", "")
        transaction = self._vendors[provider].start(request).case.reference
        self._write(provider=provider, transactionReference=transaction, status="pending")

    def callback(self, session: Session, number: int) -> None:  # noqa: ARG002 - the vendor is asked
        """Take a callback; see Process.callback."""
        case = Case(session.transaction)
        result = self._vendors[session.provider].fetch_result(case, finished=True)
        stored = self._stored()
        is_current = stored.get("transactionReference") == session.transaction
        if result is not None and (is_current or not stored):
            self._finish(session.provider, session.transaction, result, stored)

    def _finish(
        self, provider: str, transaction: str, result: Result, stored: dict[str, Any]
    ) -> None:
        completed_at = format_utc(result.completed_at or self._clock())
        if stored.get("completedAt", "") < completed_at:
            self._write(
                provider=provider,
                transactionReference=transaction,
                status=result.status.value,
                completedAt=completed_at,
            )

    def visit(self) -> Mapping[str, Any]:
        """Return what is stored, once the vendor was asked about what is pending."""
        stored = self._stored()
        if stored.get("status") == "pending":
            provider, transaction = stored["provider"], stored["transactionReference"]
            result = self._vendors[provider].fetch_result(Case(transaction), finished=False)
            if result is not None:
                self._finish(provider, transaction, result, stored)
        return self._stored() or {"status": "none"}

    def summary(self) -> Saying | None:
        """Return what is stored; see Process.summary."""
        stored = self._stored()
        return (stored["transactionReference"], stored["status"]) if stored else None

    def decision(self) -> Saying | None:
        """Return None: there is no marker."""
        return None
