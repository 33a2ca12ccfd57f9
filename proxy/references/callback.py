"""The reference trip, the vendor's side: a callback comes back with its sealed reference.

The steps that follow the proof (`proxy.callbacks`) stand here, once, for every vendor: the
reference opens -> the vendor confirms the result -> the token's user is the reference's user -> it
is news of this session -> write, and only then acknowledge.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from crypto import Reference as SealedReference
from proxy.callbacks import Acknowledgement, Delivery
from proxy.http.upstream_problems import marketplace_callback_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.logs import log_event
from proxy.problems import Problem
from proxy.references.provider import Provider
from proxy.references.record import Told, Verifications, WordUnclear
from proxy.references.session_record import SessionRecord
from proxy.references.verification import Verification
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    UserSession,
)
from proxy.sharetribe.token import Token
from proxy.timestamps import format_utc
from proxy.vendors.proof import FromNetworks
from proxy.vendors.reference import (
    Callback,
    Case,
    Result,
    Waiting,
)


class ReferenceCallback:
    """Takes one vendor's callbacks."""

    def __init__(
        self,
        provider: Provider,
        verifications: Verifications,
        kernel: Kernel,
    ) -> None:
        self._vendor = provider.vendor
        self._carrier = provider.carrier
        self._verifications = verifications
        self._marketplace = kernel.marketplace
        self._operator = kernel.operator
        self._clock = kernel.clock

    def take(self, callback: Callback, delivery: Delivery) -> Acknowledgement:
        """Take a callback; the last segment of its address, if any, is the reference's overflow.

        What the body claims counts only where the proof covers it. Acknowledges only after the
        write, or when nothing can be written; raises Problem otherwise. What a signature proves to
        be the vendor's, and nothing makes ours, is not for us: its account serves others too, and
        to refuse theirs would make them come again for days.
        """
        try:
            return self._taken(callback, delivery)
        except Problem as problem:
            if problem.code != "reference-invalid" or isinstance(self._vendor.proof, FromNetworks):
                raise
            cause = problem.cause or "no key of ours opens its reference, or it has none"
            log_event("callback-foreign", trip=self._vendor.name, cause=cause)
            return Acknowledgement("ignored")

    def _taken(self, callback: Callback, delivery: Delivery) -> Acknowledgement:
        reference = self._carrier.open(callback.reference, delivery.segment, self._clock())
        if callback.case is None:
            raise Problem("body-invalid", "The callback names no transaction.")
        if self._operator is None and reference.refresh_token is None:
            return Acknowledgement("deferred")
        is_trusted = self._vendor.trusts_callbacks and delivery.covers_body
        claimed = callback.result if is_trusted else None
        result = claimed or self._fetched(callback, callback.case)
        if isinstance(result, Waiting):
            return Acknowledgement("waiting")
        told = Told(
            case=callback.case,
            result=result,
            started_at=format_utc(reference.issued_at),
            is_asked_for=False,
        )
        return self._write(callback, reference, told)

    def _fetched(self, callback: Callback, case: Case) -> Result | Waiting:
        """Return what the vendor's own API tells; a result, for the same reference.

        It is asked for before the token is redeemed: a token that can be used once must not be
        spent on a result that is not there yet.
        """
        with vendor_problems():
            result = self._vendor.fetch_result(case, finished=True)
        if result is None:
            raise Problem("vendor-unavailable", "The result cannot be read yet; send this again.")
        if isinstance(result, Result) and result.echoed_reference != callback.reference:
            raise Problem("reference-invalid", cause="the vendor's record holds another reference")
        return result

    def _write(self, callback: Callback, reference: SealedReference, told: Told) -> Acknowledgement:
        """Write as whoever may; the vendor comes again when nobody could, and somebody may.

        Who cannot be reached is not gone round: only the operator moves the marker.
        """
        failure: Problem | None = None
        for writer in self._writers(reference):
            try:
                with marketplace_callback_problems():
                    return self._write_as(writer, callback, reference, told)
            except TokenRejected:
                continue
            except AccessForbidden:
                failure = Problem("marketplace-refused", cause="the user may not write")
            except Problem as problem:
                if problem.code != "marketplace-refused":
                    raise
                failure = problem
        if failure is not None:
            raise failure
        # No retry can revive a dead token; the user's next visit pulls the result.
        return Acknowledgement("deferred")

    def _writers(self, reference: SealedReference) -> Iterator[PrivateDataWriter]:
        """Iterate over the operator, who can write all of it, and the user himself."""
        if self._operator is not None:
            yield self._operator.user(reference.user_id)
        if reference.refresh_token is not None:
            yield UserSession(self._marketplace, Token("", reference.refresh_token))

    def _write_as(
        self,
        writer: PrivateDataWriter,
        callback: Callback,
        reference: SealedReference,
        told: Told,
    ) -> Acknowledgement:
        user = writer.show()
        if user.id != reference.user_id:
            raise Problem("reference-invalid", cause="the token belongs to another user")
        known = self._verifications.read(user)
        record = self._news(known, callback, told)
        news = [] if record is None else [record]
        self._verifications.write([writer], user, known, news)
        return Acknowledgement("stored" if news else "unchanged")

    def _news(self, known: Verification, callback: Callback, told: Told) -> SessionRecord | None:
        """Return what is new of the session; where that is unclear, the vendor is asked again."""
        try:
            return self._verifications.news(known, self._vendor.name, told)
        except WordUnclear:
            result = self._fetched(callback, told.case)
        if isinstance(result, Waiting):
            return None
        asked = replace(told, result=result, is_asked_for=True)
        return self._verifications.news(known, self._vendor.name, asked)
