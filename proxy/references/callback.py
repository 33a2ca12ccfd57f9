"""The reference trip, the vendor's side: a callback comes back with its sealed reference.

The order of the security steps stands here, once, for every vendor: the sender's address (the
route's first act) -> the reference opens -> the vendor confirms the result -> the token's user is
the reference's user -> the record may move -> write, and only then acknowledge. The vendor's retry
is the only queue there is, so the status code says whether to come again.
"""

from __future__ import annotations

from collections.abc import Callable

from crypto import Reference
from proxy.http.answers import JsonAnswer
from proxy.http.bodies import without_mark
from proxy.http.upstream_problems import marketplace_callback_problems, vendor_problems
from proxy.problems import Problem
from proxy.references.carrier import Carrier
from proxy.references.record import Finished, Verifications
from proxy.sharetribe.client import (
    AccessForbidden,
    Marketplace,
    Operator,
    PrivateDataWriter,
    TokenRejected,
    UserSession,
)
from proxy.sharetribe.token import Token
from proxy.timestamps import format_utc
from proxy.vendors.reference import (
    Callback,
    CallbackUnreadable,
    Case,
    ReferenceVendor,
    Result,
)


class ReferenceCallback:
    """Takes one vendor's callbacks."""

    def __init__(
        self,
        vendor: ReferenceVendor,
        carrier: Carrier,
        verifications: Verifications,
        marketplace: Marketplace,
        operator: Operator | None,
        clock: Callable[[], float],
    ) -> None:
        self._vendor = vendor
        self._carrier = carrier
        self._verifications = verifications
        self._marketplace = marketplace
        self._operator = operator
        self._clock = clock

    def receive(self, body: bytes, overflow: str | None) -> JsonAnswer:
        """Take a callback whose sender's address has been checked.

        `overflow` is the last path segment of a per-transaction callback URL. Answers 200 only
        after the write, or when nothing can be written; raises Problem otherwise.
        """
        try:
            callback = self._vendor.read_callback(without_mark(body))
        except CallbackUnreadable as error:
            raise Problem("body-invalid", str(error)) from None
        if callback is None:
            return JsonAnswer(200, {"status": "ignored"})
        reference = self._carrier.open(callback.reference, overflow, self._clock())
        if callback.case is None:
            raise Problem("body-invalid", "The callback names no transaction.")
        writers = self._writers(reference)
        if not writers:
            return JsonAnswer(200, {"status": "deferred"})
        claimed = callback.result if self._vendor.trusts_callbacks else None
        finished = Finished(
            case=callback.case,
            result=claimed or self._fetched(callback, callback.case),
            started_at=format_utc(reference.issued_at),
            authoritative=claimed is None,
        )
        return self._write(writers, reference, finished)

    def _writers(self, reference: Reference) -> list[PrivateDataWriter]:
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
        self, writers: list[PrivateDataWriter], reference: Reference, finished: Finished
    ) -> JsonAnswer:
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
        return JsonAnswer(200, {"status": "deferred"})

    def _write_as(
        self, writer: PrivateDataWriter, reference: Reference, finished: Finished
    ) -> JsonAnswer:
        user = writer.show()
        if user.id != reference.user_id:
            raise Problem("reference-invalid", cause="the token belongs to another user")
        stored = self._verifications.read(user)
        written = self._verifications.write_result(writer, user, stored, finished)
        return JsonAnswer(200, {"status": "unchanged" if written is stored else "stored"})
