"""Rights that follow an outcome: written after the record, and noted when that is done.

    decided -> the record, with `"access": "pending"`, the marker, and the attempt that begins
    -> the rights, whose answer tells how the user stands now -> what was granted, and the record
    without `access`

Whoever comes next makes good what a death in between has left undone: repeating is harmless. What
was granted is compared with what is decided, so a right that the operator has set by hand stays
until an outcome changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.access.policy import APPROVE
from proxy.kernel import Kernel
from proxy.log_lines import Line
from proxy.outgoing.upstream import UpstreamUnavailable
from proxy.references.record_store import RecordStore
from proxy.references.user_records import UserRecords
from proxy.sharetribe.client import User
from proxy.sharetribe.operator import OperatorAccess

# How often what another process decides meanwhile is followed in one request.
_ROUNDS = 4


class Granting:
    """Makes a user's rights follow what is decided about the user."""

    def __init__(self, kernel: Kernel, stores: Mapping[str, RecordStore]) -> None:
        """`stores` are those of every subject, by its title."""
        self._policy = kernel.policy
        self._words = kernel.log_words
        self._clock = kernel.clock
        self._stores = stores

    def settle(
        self, operator: OperatorAccess, records: RecordStore, user: User, known: UserRecords
    ) -> UserRecords:
        """Write the rights that are due to a user, and note that; return what is known then.

        `user` is as read, `known` what one subject's records have said since. Another
        process may decide otherwise at the same time, about this subject or one whose rule names
        the same right: so the user is looked at again when the rights are written, and they are
        noted only where nothing has changed. What has lapsed beside it is denied first: else it
        would count as allowed once it is good again, and its right may be denied with this one's.
        Raises UpstreamUnavailable, UpstreamRefused; then they stay due.
        """
        decisions, title = records.decisions, records.subject.title
        if not decisions.is_due(known):
            return known
        # Otherwise somebody may have allowed what was good then.
        is_certain = records.read(user).rights.are_certain(self._clock())
        stamp = known.rights.ways[decisions.is_good(known)].tried
        for one in (self._stores[name] for name in self._policy.beside(title)):
            beside = one.read(user)
            if one.decisions.is_over(beside):
                user = self._denied(operator, one, user, beside)
        _, known = self._written(operator, records, user, known, stamp=stamp, is_certain=is_certain)
        return known

    def _denied(
        self, operator: OperatorAccess, records: RecordStore, user: User, known: UserRecords
    ) -> User:
        """Deny the rights of a subject that has lapsed unseen; return the user as they are then."""
        tried = known.rights.attempted(self._clock(), is_good=False)
        known = records.note_rights(operator, user, known, tried)
        stamp = tried.ways[False].tried
        user, _ = self._written(operator, records, user, known, stamp=stamp, is_certain=False)
        return user

    def _written(
        self,
        operator: OperatorAccess,
        records: RecordStore,
        user: User,
        known: UserRecords,
        *,
        stamp: str,
        is_certain: bool,
    ) -> tuple[User, UserRecords]:
        """Write the rights of one subject, and note that; return the user, and what is known.

        `stamp` is that of the attempt that was noted, "" for none.
        """
        decisions, title = records.decisions, records.subject.title
        for _ in range(_ROUNDS):
            began_at, is_good = self._clock(), decisions.is_good(known)
            allowed = self._policy.allowed(title, self._good(user, records, known))
            changes = _changes(allowed, denies=not (is_good and is_certain))
            user = operator.grant(changes)
            self._tell(records, user, changes)
            known = records.read(user)
            still = self._policy.allowed(title, self._good(user, records, known))
            if (is_good, allowed) == (decisions.is_good(known), still):
                terms = decisions.terms
                rights = known.rights.written(stamp, began_at, is_good=is_good, terms=terms)
                return user, records.note_rights(operator, user, known, rights)
            is_certain, stamp = False, ""
        raise UpstreamUnavailable("sharetribe", "the user's outcomes change all the time")

    def _tell(self, records: RecordStore, user: User, changes: Mapping[str, bool]) -> None:
        for outcome, is_allowed in (("granted", True), ("revoked", False)):
            rights = "+".join(right for right, allowed in changes.items() if allowed is is_allowed)
            if rights:
                self._line(records, user, outcome=outcome, rights=rights).write()

    def tell_pending(self, records: RecordStore, user: User, cause: str) -> None:
        """Tell the operator that a user's rights are due and could not be written."""
        line = self._line(records, user, outcome="pending", cause=cause)
        line.warn()
        line.write()

    def _line(self, records: RecordStore, user: User, **fields: object) -> Line:
        subject = self._words.subject(user.id)
        return Line("access", matter=records.subject.title, subject=subject, **fields)

    def _good(self, user: User, records: RecordStore, known: UserRecords) -> set[str]:
        """Return the subjects with rules whose outcomes are good; `known` is of one of them."""
        own = records.subject.title
        others = {name: self._stores[name] for name in self._policy.rules if name != own}
        good = {name for name, one in others.items() if one.decisions.is_good(one.read(user))}
        return good | {own} if records.decisions.is_good(known) else good


def _changes(allowed: Mapping[str, bool], *, denies: bool) -> dict[str, bool]:
    """Return the rights to write. Who was approved stays so.

    What waits for another subject's outcome is left as it is, unless it `denies` that as well.
    """
    return {
        right: is_allowed
        for right, is_allowed in allowed.items()
        if is_allowed or (denies and right != APPROVE)
    }
