"""Links to the signing page, and what has to be so for one to open.

Source: developers.hellosign.com, embedded signing; help.dropbox.com, "How to set up Dropbox Sign
embedded signing" (2025-11); `hellosign-embedded` 2.12.4, which adds the parameters (read 2026-11).
What the page answers to who may not open it is not documented: here it is a page that says so.
"""

import secrets
import threading
from collections.abc import Callable, Collection, Mapping
from urllib.parse import urlencode, urlsplit

from sandbox.dropbox_sign.signature_request import SignatureRequest

SIGN_PAGE = "/editor/embeddedSign"
LINK_SECONDS = 60 * 60


class SignUrls:
    """Links that were given out: each opens once, within an hour; thread-safe."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Start without any; `clock` answers Unix seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._open: dict[str, tuple[SignatureRequest, int]] = {}

    def give(self, signature_request: SignatureRequest) -> tuple[str, int]:
        """Return the query of a new link, and when it ends (unix seconds)."""
        token, ends_at = secrets.token_hex(16), int(self._clock()) + LINK_SECONDS
        with self._lock:
            self._open[token] = (signature_request, ends_at)
        query = {"signature_id": signature_request.signature_id, "token": token}
        return urlencode(query), ends_at

    def spend(self, query: Mapping[str, str]) -> SignatureRequest | None:
        """Return the request of a link that is opened, None for one that is used, old or unknown.

        Whoever opens it, and however: then it is used.
        """
        with self._lock:
            found = self._open.pop(query.get("token", ""), None)
        if found is None or self._clock() >= found[1]:
            return None
        is_its = query.get("signature_id") == found[0].signature_id
        return found[0] if is_its else None

    def clear(self) -> None:
        """Let none open any more."""
        self._open.clear()


def why_closed(
    query: Mapping[str, str],
    destination: str | None,
    *,
    client_id: str,
    domains: Collection[str],
    is_test: bool,
) -> str:
    """Return why the page stays closed, "" where it opens.

    `query` is what the library has added to the link, `destination` the request's Sec-Fetch-Dest.
    """
    if destination not in (None, "iframe"):
        return "It opens only in a frame, by Dropbox Sign\u2019s library."
    if query.get("client_id") != client_id:
        return "It needs the client id of the API app that the request was made with."
    if is_test and query.get("skip_domain_verification") == "1":
        return ""
    host = urlsplit(query.get("parent_url", "")).hostname or ""
    if not any(host == domain or host.endswith(f".{domain}") for domain in domains):
        return "The page around it is not on a domain that the API app has registered."
    return ""
