"""What a vendor with a workspace of people is asked: take its signed requests, pass news on.

The workspace is the operator's: one marketplace user, named in the settings, has connected it. The
lookup is what such a vendor may use of the marketplace.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID

from proxy.vendors.connection import Grant, UserConnection
from proxy.vendors.part import CalledBack


@dataclass(frozen=True, slots=True)
class Standing:
    """How a marketplace user's verification stands.

    `status` is one of the stored words, or "none" or "invalid". `verified` is true only for an
    approved record whose checksum holds for this user.
    """

    user_id: UUID
    display_name: str = field(repr=False)
    status: str
    verified: bool


class UserLookup(Protocol):
    """What the kernel lends to such a vendor: looks at the marketplace, and writes nothing."""

    def connection(self) -> UserConnection | None:
        """Return the operator's connection; None where there is none.

        Raises ConnectionLost, UpstreamUnavailable, UpstreamRefused.
        """

    def standing(self, user: str) -> Standing | None:
        """Return how a user stands, by uuid or email address; None where there is no such user.

        Raises UpstreamUnavailable, UpstreamRefused.
        """


@dataclass(frozen=True, slots=True)
class Ending:
    """News that an installation has ended, or one user's authorization of it.

    `user_id` is None where it is about the whole workspace. `at` is when it ended (unix seconds),
    None where that is not told.
    """

    workspace_id: str
    user_id: str | None = None
    at: float | None = None


@dataclass(frozen=True, slots=True)
class WorkspaceAnswer:
    """An answer to a workspace's request; without a body it is the plain acknowledgement."""

    status: int
    body: Mapping[str, Any] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Hook:
    """A request of the workspace, read once.

    `answer` answers it, and raises ConnectionLost, UpstreamUnavailable, UpstreamRefused; what a
    handler of the request raises goes to its own hook, never into the answer. `late` is what
    answers when that could not be had in time, None where nobody waits for words, so that a refusal
    may bring the request again. `ending`: what the request says has ended, None for most.
    """

    answer: Callable[[UserLookup], WorkspaceAnswer]
    late: WorkspaceAnswer | None = None
    ending: Ending | None = None


class Workspace(CalledBack[Hook]):
    """A vendor whose workspace sends requests to one address and takes messages.

    `operator_id` is the marketplace user who connects the operator's workspace.
    """

    operator_id: UUID | None

    @abstractmethod
    def after(self, ending: Ending, grant: Grant | None) -> Grant | None:
        """Return what an ending leaves of the operator's grant; None: nothing.

        What the vendor itself keeps of tokens elsewhere ends here too.
        """

    @abstractmethod
    def announce(self, lookup: UserLookup, standing: Standing) -> None:
        """Tell the workspace that a verification ended.

        Raises UpstreamUnavailable, UpstreamRefused, ConnectionLost.
        """
