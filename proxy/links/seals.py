"""What link pages hand out instead of remembering: the seal of a form, and that of a trip.

Both are references without a token (layout 3, `crypto.references`), so they show nothing and open
for one purpose only. A form's purpose names the subject and the browser: who has seen a page cannot
send its form from another browser, and no other site can send it at all.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable
from typing import Any
from uuid import UUID

from crypto import Reference, ReferenceInvalid, Sealer
from proxy.http.cookies import cookie_values
from proxy.references.carrier import REFERENCE_SECONDS

FORM_SECONDS = 15 * 60
_NONCE_BYTES = 32
_NONCE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class Seals:
    """Seals and opens them; keeps nothing."""

    def __init__(self, sealer: Sealer, clock: Callable[[], float]) -> None:
        self._sealer = sealer
        self._clock = clock

    def form(self, user_id: UUID, title: str, nonce: str) -> str:
        """Return what a form of this user, about this subject, in this browser is sent with."""
        return self._seal(user_id, _form_purpose(title, nonce))

    def form_user(self, text: str, title: str, nonce: str | None) -> UUID | None:
        """Return whose form was sent; None where it is forged, foreign or older than 15 minutes."""
        if nonce is None:
            return None
        return self._open(text, _form_purpose(title, nonce), FORM_SECONDS)

    def trip(self, user_id: UUID, title: str) -> str:
        """Return what the vendor sends the browser back with: whose trip it was."""
        return self._seal(user_id, f"links.trip.{title}")

    def trip_user(self, text: str, title: str) -> UUID | None:
        """Return whose trip has ended, None where that cannot be told any more."""
        return self._open(text, f"links.trip.{title}", REFERENCE_SECONDS)

    def _seal(self, user_id: UUID, purpose: str) -> str:
        reference = Reference(user_id, int(self._clock()), None)
        return self._sealer.seal(reference, purpose=purpose)

    def _open(self, text: str, purpose: str, seconds: int) -> UUID | None:
        now = int(self._clock())
        try:
            return self._sealer.open(text, purpose=purpose, now=now, max_age=seconds).user_id
        except ReferenceInvalid:
            return None


def _form_purpose(title: str, nonce: str) -> str:
    return f"links.form.{hashlib.sha256(nonce.encode()).hexdigest()}.{title}"


class BrowserNonce:
    """The cookie that tells one browser from another; it says nothing of any user.

    Browsers take a cookie named `__Host-…` from this very host alone (RFC 6265bis 4.1.3.2). It is
    Lax, because the link to a page stands in another site: with Strict, its second opening would
    give the browser another nonce, and end the forms that it has.
    """

    def __init__(self, *, secure: bool) -> None:
        self.name = f"{'__Host-' if secure else ''}echoseal-links"
        self._secure = secure

    def read(self, header: str | None) -> str | None:
        """Return what a `Cookie` header has; None where it is missing, odd, or there twice."""
        values = set(cookie_values(header, self.name))
        nonce = values.pop() if len(values) == 1 else ""
        return nonce if _NONCE.fullmatch(nonce) else None

    def new(self) -> str:
        """Return a nonce for a browser that has none."""
        return secrets.token_urlsafe(_NONCE_BYTES)

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of the cookie."""
        return {
            "max_age": FORM_SECONDS,
            "path": "/",
            "secure": self._secure,
            "httponly": True,
            "samesite": "Lax",
        }
