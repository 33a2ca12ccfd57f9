"""The app as Pumble knows it: credentials, manifest, switches and memory."""

import secrets
from collections.abc import Callable
from typing import Literal, get_args

from flask import Response

from sandbox.kit.vendor import SimulatedVendor
from sandbox.pumble.installations import Installations
from sandbox.pumble.manifest import Manifest
from sandbox.pumble.messages import Message
from sandbox.pumble.refusal import RefusalError, refusal_answer
from sandbox.pumble.workspaces import Workspace, first_workspaces, new_id

DeclineMode = Literal["nothing", "error"]


class Registration(SimulatedVendor):
    """What the consent page, the exchange, the API and the hooks of one app share.

    Tests read and set the public attributes at any time. `echo_state` says whether the redirect
    repeats the request's `state`, which the documentation lists but never shows.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Make fresh random credentials and workspaces; `clock` answers Unix seconds."""
        super().__init__(clock, _too_many_requests)
        self.app_id = new_id()
        self.app_key = secrets.token_urlsafe(24)
        self.client_secret = secrets.token_urlsafe(24)
        self.signing_secret = secrets.token_urlsafe(24)
        self.manifest = Manifest()
        self.workspaces: dict[str, Workspace] = first_workspaces()
        self.installations = Installations(clock)
        self.messages: list[Message] = []
        self.echo_state = True
        self._decline: DeclineMode = "nothing"

    @property
    def decline(self) -> DeclineMode:
        """What a redirect says after Decline: `nothing`, or `error` as in RFC 6749, 4.1.2.1.

        The vendor does not document it.
        """
        return self._decline

    @decline.setter
    def decline(self, mode: DeclineMode) -> None:
        if mode not in get_args(DeclineMode):
            raise ValueError(f"unknown decline mode {mode!r}")
        self._decline = mode


def _too_many_requests() -> Response:
    """The answer over a limit: status 429 in `docs/rate-limits.md`; its body is not documented."""
    return refusal_answer(RefusalError(429, 1, "Too Many Requests"))
