"""Rights that follow an outcome: written after the record, and noted in the marker when done.

    decided -> the record, with `"access": "pending"`, and the marker -> the rights -> the marker
    with what was granted, and the record without `access`

Whoever comes next makes good what a death in between has left undone: repeating is harmless. What
was granted is compared with what is decided, so a right that the operator has set by hand stays
until an outcome changes.
"""

from __future__ import annotations

from collections.abc import Mapping

from proxy.kernel import Kernel
from proxy.references.record_store import RecordStore
from proxy.references.user_records import UserRecords
from proxy.sharetribe.client import User
from proxy.sharetribe.operator import OperatorAccess


class Granting:
    """Makes a user's rights follow what is decided about him."""

    def __init__(self, kernel: Kernel, stores: Mapping[str, RecordStore]) -> None:
        """`stores` are those of every subject, by its title."""
        self._policy = kernel.policy
        self._stores = stores

    def settle(
        self, operator: OperatorAccess, records: RecordStore, user: User, known: UserRecords
    ) -> UserRecords:
        """Write the rights that are due to a user, and note that; return what is known then.

        `known` is what one subject's records say, as the marker has it. Raises UpstreamUnavailable,
        UpstreamRefused; then they stay due.
        """
        if not records.decisions.is_due(known):
            return known
        title, is_good = records.subject.title, records.decisions.is_good(known)
        others = {
            name: store.decisions.is_good(store.read(user))
            for name, store in self._stores.items()
            if name in self._policy.rules and name != title
        }
        operator.grant(self._policy.changes(title, others, is_good=is_good))
        return records.note_granted(operator, user, known, is_good=is_good)
