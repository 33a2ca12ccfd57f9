"""A client of a vendor's JSON API: headers, bodies, and statuses as exceptions."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import urlencode

from proxy.outgoing.upstream import (
    READ_SECONDS,
    Answer,
    Upstream,
    UpstreamRefused,
    UpstreamUnavailable,
)
from proxy.vendors.client_credentials import ClientCredentials
from proxy.vendors.reading import as_object, as_text, as_word

Item = TypeVar("Item")
MAX_PAGES = 20


class JsonApi:
    """Calls one upstream.

    `headers` go along with every call: what authorizes it, for most. `credentials` are those of a
    token that ends: it goes along as a bearer token, and a refused one is renewed once. `code_at`
    is where an error document has its code, member by member.
    """

    def __init__(
        self,
        upstream: Upstream,
        headers: Mapping[str, str] | None = None,
        credentials: ClientCredentials | None = None,
        read_seconds: float = READ_SECONDS,
        code_at: tuple[str, ...] = (),
    ) -> None:
        """`read_seconds` is the longest silence of an answer."""
        self.upstream = upstream
        self._headers = dict(headers or {})
        self._credentials = credentials
        self._read_seconds = read_seconds
        self._code_at = code_at

    def call(
        self,
        method: str,
        path: str,
        document: Mapping[str, Any] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request, with `document` as JSON or `form` encoded, and return its answer of 2xx.

        A query's values are encoded here, a path's by the caller. `headers` are this call's own.
        Raises UpstreamUnavailable, and for every other status what `refusal` makes of it.
        """
        sent = {"Accept": "application/json", **self._headers, **(headers or {})}
        body = None
        if form is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode(form).encode()
        if document is not None:
            sent["Content-Type"] = "application/json"
            # In ASCII: a lone surrogate, which JSON can hold, could not be sent otherwise.
            body = json.dumps(document).encode()
        address = f"{path}?{urlencode(query)}" if query else path
        answer = self._sent(method, address, sent, body)
        if 200 <= answer.status < 300:
            return answer
        raise self.refusal(answer)

    def find(
        self,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer | None:
        """Return what is at a path, None for 404; raises as `call`."""
        try:
            return self.call("GET", path, query=query, headers=headers)
        except UpstreamRefused as refused:
            if refused.status == 404:
                return None
            raise

    def refusal(self, answer: Answer) -> Exception:
        """Return what is raised for an answer that is not 2xx: a vendor may tell more by it."""
        code = error_code(answer, *self._code_at) if self._code_at else ""
        return UpstreamRefused(answer.upstream, answer.status, code)

    def _sent(
        self,
        method: str,
        address: str,
        headers: Mapping[str, str],
        body: bytes | None,
    ) -> Answer:
        send = partial(
            self.upstream.request, method, address, body=body, read_seconds=self._read_seconds
        )
        if self._credentials is None:
            return send(headers=headers)
        token = self._credentials.token()
        answer = send(headers={**headers, "Authorization": f"Bearer {token}"})
        if answer.status != 401:
            return answer
        token = self._credentials.token(refused=token)
        return send(headers={**headers, "Authorization": f"Bearer {token}"})


def error_code(answer: Answer, *path: str) -> str:
    """Return the code that an error document has at a path, as a word; "" where there is none."""
    try:
        found: object = answer.json_object()
    except UpstreamUnavailable:
        return ""
    for member in path:
        found = as_object(found).get(member)
    return as_word(found) if as_text(found) else ""


def pages(fetch: Callable[[str], tuple[Iterable[Item], str]]) -> Iterator[Item]:
    """Iterate over a list that comes in pages, MAX_PAGES at most.

    `fetch` gets a page's cursor, "" for the first one, and returns the items and the next page's
    cursor: "" or one that was seen before ends the list. Raises what `fetch` raises.
    """
    cursor, seen = "", set[str]()
    for _ in range(MAX_PAGES):
        items, cursor = fetch(cursor)
        yield from items
        if not cursor or cursor in seen:
            return
        seen.add(cursor)
