"""A process that dies at a call to AWS, or stands still there while others go on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integrations.sensedia.aws import Aws as AwsService
from proxy.outgoing.upstream import Upstreams
from tests.integrations.sensedia.orders import service_at


class KilledError(BaseException):
    """The process is gone: nothing after this is done, no way back either."""


class MortalAws(AwsService):
    """An AWS service whose caller stands still before its n-th call, or dies before or after it."""

    def die(self, step: int, *, after: bool) -> None:
        """Set when to die; the first call is 1."""
        self._set(step)
        self._dies_before, self._dies_after = not after, after

    def stand_still(self, step: int, meanwhile: Callable[[], object], *, dies: bool) -> None:
        """Have something else done before the n-th call, and then go on, or die."""
        self._set(step, meanwhile)
        self._dies_before = dies

    def live(self) -> None:
        """Let the caller live."""
        self._set(0)

    def _set(self, step: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        self.calls, self._step, self._meanwhile = 0, step, meanwhile
        self._dies_before = self._dies_after = False

    def call(self, operation: str, **arguments: Any) -> dict[str, Any]:
        self.calls += 1
        is_there = self.calls == self._step
        if is_there:
            self._meanwhile()
        if is_there and self._dies_before:
            raise KilledError
        answer = super().call(operation, **arguments)
        if is_there and self._dies_after:
            raise KilledError
        return answer


def mortal_at(url: str, service: str, upstreams: Upstreams) -> MortalAws:
    """Return an AWS service at `url` as a process calls it that may die."""
    made = service_at(url, service, upstreams, make=MortalAws)
    assert isinstance(made, MortalAws)
    made.live()
    return made
