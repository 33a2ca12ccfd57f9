"""Grants that end are renewed before they do, by one request at a time, and written before use.

A refresh token may work once (RFC 9700 4.14.2), and the record is the only place where it stands.
So: take the turn of this user -> look again, somebody may have renewed -> renew, in time of its own
-> look whether it is still the same connection -> write, with more time and by another way where
that fails -> only then use it. What two processes can do to each other is in ADR 19: the
marketplace has no conditional write.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace

from proxy.connections.slot import Slot
from proxy.http.upstream_problems import marketplace_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.outgoing.deadline import deadline, uncounted
from proxy.outgoing.keyed_locks import KeyedLocks
from proxy.outgoing.upstream import Upstream, UpstreamRefused, UpstreamUnavailable
from proxy.problems import Problem
from proxy.sharetribe.client import AccessForbidden, PrivateDataWriter, TokenRejected
from proxy.vendors.connection import (
    Connection,
    ConnectionLost,
    Grant,
    GrantRefused,
    UserConnection,
)

# Longer than a request lasts, and than two processes' clocks may differ.
EARLY_SECONDS = 120
REFUSED = "The connection has ended: its renewal was refused."
_SPARE_SECONDS = 30  # what an access token must still live to serve this request
# A renewal that is cut off may have spent the refresh token, so no request's end cuts it off.
_REFRESH_SECONDS = 12.0
_WRITE_SECONDS = 10.0
_WRITE_PAUSES = (0.2, 1.0, 3.0)
# What another process needs to write what it has just been answered.
_SETTLING_SECONDS = 1.5
_WRITE_FAILURES = (UpstreamUnavailable, UpstreamRefused, TokenRejected, AccessForbidden)
_VENDOR_FAILURES = (UpstreamUnavailable, UpstreamRefused, ConnectionLost, GrantRefused)


class FreshGrants:
    """One vendor's grants, as they can be used now; one for each process and vendor."""

    def __init__(
        self,
        vendor: Connection,
        kernel: Kernel,
        wait: Callable[[float], None] = time.sleep,
        write_pauses: Sequence[float] = _WRITE_PAUSES,
    ) -> None:
        """`wait` passes seconds; `write_pauses` come before each further try to write."""
        self._vendor = vendor
        self._operator = kernel.operator
        self._clock = kernel.clock
        self._words = kernel.log_words
        self._wait = wait
        self._write_pauses = write_pauses
        self._turns = KeyedLocks()

    def of(self, slot: Slot) -> Grant:
        """Return the grant of a slot that holds one, with an access token that still lives.

        Raises ConnectionLost where the vendor renews it no more, and Problem.
        """
        known = slot.load()
        if known is None:
            raise Problem("not-connected")
        if self._is_fresh(known):
            return known.grant
        with self._turn(slot):
            return self._renewed(slot)

    def _is_fresh(self, connection: UserConnection, seconds: float = EARLY_SECONDS) -> bool:
        ends_at = connection.expires_at
        if not self._vendor.refreshes or ends_at is None:
            return True
        return ends_at - self._clock() > seconds

    @contextmanager
    def _turn(self, slot: Slot) -> Iterator[None]:
        """Be the only request of this process that renews this user's grant."""
        upstream = self._vendor.upstreams[0]
        if not isinstance(upstream, Upstream):
            raise TypeError(f"{self._vendor.name} renews at nothing that can be asked in turn")
        with vendor_problems(), upstream.in_turn(self._turns, slot.user_id.hex):
            yield

    def _renewed(self, slot: Slot) -> Grant:
        known = self._looked_up(slot)
        if self._is_fresh(known):
            return known.grant
        asked_at = int(self._clock())
        try:
            with vendor_problems(), uncounted(), deadline(_REFRESH_SECONDS):
                grant = self._vendor.refresh(known.grant)
        except GrantRefused as refusal:
            return self._after_refusal(slot, known, refusal)
        except Problem:
            if self._is_fresh(known, _SPARE_SECONDS):
                return known.grant  # it was early
            raise
        renewed = replace(
            known,
            grant=replace(grant, lives_seconds=None),
            expires_at=None if grant.lives_seconds is None else asked_at + grant.lives_seconds,
            renewals=known.renewals + 1,
        )
        return self._kept(slot, renewed)

    def _looked_up(self, slot: Slot) -> UserConnection:
        with marketplace_problems():
            known = slot.reload()
        if known is None:
            raise Problem("needs-reconnection" if slot.stored.exists else "not-connected")
        return known

    def _after_refusal(self, slot: Slot, known: UserConnection, refusal: GrantRefused) -> Grant:
        """Return what another process has renewed to; raises ConnectionLost where nobody has."""
        self._wait(_SETTLING_SECONDS)
        found = self._looked_up(slot)
        if found.grant == known.grant:
            self._log(slot, "refused", str(refusal))
            raise ConnectionLost(REFUSED)
        if not self._is_fresh(found, _SPARE_SECONDS):
            raise Problem("vendor-unavailable", cause="another renewal is under way")
        return found.grant

    def _kept(self, slot: Slot, renewed: UserConnection) -> Grant:
        """Write what was renewed and return what counts now; raises Problem, and it is not used."""
        try:
            return self._written(slot, renewed, None)
        except _WRITE_FAILURES as error:
            first = error
        with uncounted(), deadline(_WRITE_SECONDS):
            for pause in self._write_pauses:
                self._wait(pause)
                for writer in self._writers(slot):
                    with suppress(*_WRITE_FAILURES):
                        return self._written(slot, renewed, writer)
        # The old refresh token may be dead, and the new one is not stored: the next request tells.
        self._log(slot, "not-stored", str(first) or type(first).__name__)
        with marketplace_problems():
            raise first

    def _writers(self, slot: Slot) -> Iterator[PrivateDataWriter | None]:
        """Iterate over those who can write: the slot's own writer (None), then the operator."""
        yield None
        if self._operator is not None:
            yield self._operator.user(slot.user_id)

    def _written(
        self, slot: Slot, renewed: UserConnection, writer: PrivateDataWriter | None
    ) -> Grant:
        """Write, unless another connection has been made meanwhile, or this one was ended.

        What is of no use then is given back. Raises what the writer raises, and Problem.
        """
        found = slot.reload(writer)
        if found is not None and found.connected_at == renewed.connected_at:
            # What else has been learnt of it meanwhile stays.
            new = replace(renewed, is_registered=found.is_registered, trips=found.trips)
            slot.put(replace(new, failure=None), writer)
            self._log(slot, "renewed")
            return renewed.grant
        kept = None if found is None else found.grant
        with suppress(*_VENDOR_FAILURES):
            self._vendor.release(renewed.grant, kept)
        if found is None:
            raise Problem("needs-reconnection" if slot.stored.exists else "not-connected")
        if not self._is_fresh(found, _SPARE_SECONDS):
            raise Problem("vendor-unavailable", cause="another connection has just been made")
        return found.grant

    def _log(self, slot: Slot, outcome: str, cause: str | None = None) -> None:
        level = logging.INFO if cause is None else logging.WARNING
        subject = self._words.subject(slot.user_id)
        log_event(
            "renewal", level, trip=self._vendor.name, outcome=outcome, subject=subject, cause=cause
        )
