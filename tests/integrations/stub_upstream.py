"""An upstream that answers what a test has prepared, and remembers what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from proxy.outgoing.places import Places
from proxy.outgoing.upstream import READ_SECONDS, Answer, Upstream, Upstreams
from proxy.settings import THREADS


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as the stub upstream got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes | None

    @property
    def document(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body or b"null")


class PreparedUpstream(Upstream):
    """Gives the prepared answers in turn (the last one again and again) and remembers requests.

    Without answers nothing may be sent. A vendor's tests derive their own with name and address.
    """

    vendor: ClassVar[str]
    usual_base_url: ClassVar[str]

    def __init__(self, *answers: Answer | Exception, base_url: str | None = None) -> None:
        self.name = self.vendor
        self.base_url = base_url or self.usual_base_url
        self.answers = list(answers) or [AssertionError("nothing may be sent")]
        self.sent: list[Sent] = []
        self._places = Places(THREADS)

    @property
    def lines(self) -> list[str]:
        """Every request as "METHOD /path"."""
        return [f"{sent.method} {sent.path}" for sent in self.sent]

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        read_seconds: float = READ_SECONDS,
    ) -> Answer:
        """Take the next prepared answer; `read_seconds` plays no part."""
        del read_seconds
        self.sent.append(Sent(method, path, dict(headers), body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class PreparedUpstreams(Upstreams):
    """One prepared upstream at every address; `asked` holds name and address, in order.

    `others` are those at some addresses.
    """

    def __init__(self, upstream: Upstream, others: Mapping[str, Upstream] | None = None) -> None:
        self._upstream = upstream
        self._others = dict(others or {})
        self.asked: list[str] = []

    def at(self, name: str, base_url: str) -> Upstream:
        """Return the upstream of an address."""
        self.asked.append(f"{name} {base_url}")
        return self._others.get(base_url, self._upstream)
