"""The reference trip, the vendor's side: a callback comes back with its sealed reference.

The steps that follow the proof (`proxy.callbacks`) stand here, once, for every vendor: the
reference opens -> the vendor confirms the result -> the token's user is the reference's user -> the
record may move -> write, and only then acknowledge.
"""

from __future__ import annotations

from crypto import Reference as SealedReference
from proxy.callbacks import Acknowledgement, Delivery
from proxy.http.upstream_problems import marketplace_callback_problems, vendor_problems
from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.references.record import Finished
from proxy.references.trip import Provider
from proxy.sharetribe.client import (
    AccessForbidden,
    PrivateDataWriter,
    TokenRejected,
    UserSession,
)
from proxy.sharetribe.token import Token
from proxy.timestamps import format_utc
from proxy.vendors.reference import (
    Callback,
    Case,
    Result,
)


class ReferenceCallback:
    """Takes one vendor's callbacks."""

    def __init__(
        self,
        provider: Provider,
        kernel: Kernel,
    ) -> None:
        self._vendor = provider.vendor
        self._carrier = provider.carrier
        self._verifications = provider.verifications
        self._marketplace = kernel.marketplace
        self._operator = kernel.operator
        self._clock = kernel.clock

    def take(self, callback: Callback, delivery: Delivery) -> Acknowledgement:
        """Take a callback; the last segment of its address, if any, is the reference's overflow.

        What the body claims counts only where the proof covers it. Acknowledges only after the
        write, or when nothing can be written; raises Problem otherwise.
        """
        reference = self._carrier.open(callback.reference, delivery.segment, self._clock())
        if callback.case is None:
            raise Problem("body-invalid", "The callback names no transaction.")
        writers = self._writers(reference)
        if not writers:
            return Acknowledgement("deferred")
        is_trusted = self._vendor.trusts_callbacks and delivery.covers_body
        claimed = callback.result if is_trusted else None
        finished = Finished(
            case=callback.case,
            result=claimed or self._fetched(callback, callback.case),
            started_at=format_utc(reference.issued_at),
            authoritative=claimed is None,
        )
        return self._write(writers, reference, finished)

    def _writers(self, reference: SealedReference) -> list[PrivateDataWriter]:
        """Return who can write for the reference's user, least power first."""
        writers: list[PrivateDataWriter] = []
        if reference.refresh_token is not None:
            writers.append(UserSession(self._marketplace, Token("", reference.refresh_token)))
        if self._operator is not None:
            writers.append(self._operator.user(reference.user_id))
        return writers

    def _fetched(self, callback: Callback, case: Case) -> Result:
        """Return the result that the vendor's own API tells, for the same reference.

        It is asked for before the token is redeemed: a token that can be used once must not be
        spent on a result that is not there yet.
        """
        with vendor_problems():
            result = self._vendor.fetch_result(case, finished=True)
        if result is None:
            raise Problem("vendor-unavailable", "The result cannot be read yet; send this again.")
        if result.echoed_reference != callback.reference:
            raise Problem("reference-invalid", cause="the vendor's record holds another reference")
        return result

    def _write(
        self, writers: list[PrivateDataWriter], reference: SealedReference, finished: Finished
    ) -> Acknowledgement:
        forbidden = False
        for writer in writers:
            try:
                with marketplace_callback_problems():
                    return self._write_as(writer, reference, finished)
            except TokenRejected:
                continue
            except AccessForbidden:
                forbidden = True
        if forbidden:
            raise Problem("marketplace-refused", cause="the user may not write")
        # No retry can revive a dead token; the user's next visit pulls the result.
        return Acknowledgement("deferred")

    def _write_as(
        self, writer: PrivateDataWriter, reference: SealedReference, finished: Finished
    ) -> Acknowledgement:
        user = writer.show()
        if user.id != reference.user_id:
            raise Problem("reference-invalid", cause="the token belongs to another user")
        stored = self._verifications.read(user)
        written = self._verifications.write_result(writer, user, stored, finished)
        return Acknowledgement("unchanged" if written is stored else "stored")
