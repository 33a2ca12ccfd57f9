"""What is decided about a user, as the marker has it, and what follows that: rights, a badge.

A user's own private data may say something older that they have put back. So nothing follows them
alone: the first decision is marked by the vendor's word, and rights and badges follow the marker.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from proxy.kernel import Kernel
from proxy.references.counting import last_result
from proxy.references.marker import Marker
from proxy.references.session_record import SessionRecord
from proxy.references.subject import Subject
from proxy.references.telling import opens
from proxy.references.user_records import Summary, UserRecords


class Decisions:
    """Decides about one subject, for all users."""

    def __init__(self, subject: Subject, kernel: Kernel) -> None:
        self._subject = subject
        self.terms = kernel.policy.terms(subject.title)
        self._has_rules = subject.title in kernel.policy.rules
        self.has_badge = subject.title in kernel.policy.badges
        self._grace = kernel.settings.billing_grace_seconds
        self._clock = kernel.clock

    def is_unmarked(self, known: UserRecords) -> bool:
        """Tell whether something follows a decision that only the user's own data tell."""
        return (self._has_rules or self.has_badge) and not self._is_marked(known)

    def _is_marked(self, known: UserRecords) -> bool:
        """Tell whether the marker knows a decision; one about another version says nothing here."""
        decision = known.marker.decision
        return decision is not None and self._subject.is_current(decision)

    def marker(
        self, known: UserRecords, written: UserRecords, news: Sequence[SessionRecord]
    ) -> Marker:
        """Return the marker of what will be known once the news is written.

        In a lasting matter an older session may come first again, once a newer one is taken back;
        its record may be older than its own end, so it is marked when its vendor has said it again.
        """
        told: Sequence[SessionRecord] = written.records
        before = known.marker.decision
        if before is not None and self._subject.matter.is_lasting:
            told = [one for one in (*news, before) if self._subject.is_current(one)]
        result = last_result(told, self._subject.matter)
        is_told = not self.is_unmarked(known) or any(result == record for record in news)
        decision = result.decision if result is not None and is_told else None
        return Marker(decision, written.starts_since(self._clock()))

    def is_good(self, known: UserRecords) -> bool:
        """Tell whether what is decided is good now."""
        decision = last_result(known.records, self._subject.matter)
        if decision is None or not self._is_marked(known):
            return False
        return opens(decision, self._subject.matter, self._clock(), self._grace)

    def is_due(self, known: UserRecords) -> bool:
        """Tell whether rights are to be written; see `Rights.are_due`."""
        return self._has_rules and known.rights.are_due(
            is_good=self.is_good(known), terms=self.terms
        )

    def is_over(self, known: UserRecords) -> bool:
        """Tell whether rights that were allowed are to be denied."""
        return self._has_rules and known.rights.granted and not self.is_good(known)

    def is_access_pending(self, known: UserRecords) -> bool:
        """Tell whether the rights of a user are not what they will be once all is well."""
        current, is_unmarked = known.current, not self._is_marked(known)
        is_good = current is not None and self._subject.matter.is_good(current.status)
        return self.is_due(known) or (self._has_rules and is_unmarked and is_good)

    def is_for_operator(self, known: UserRecords) -> bool:
        """Tell whether something follows what is decided that only the operator can write."""
        marked = known.marker.decision if self._is_marked(known) else None
        decided = last_result(known.records, self._subject.matter)
        is_good, was_good = (
            one is not None and self._subject.matter.is_good(one.status)
            for one in (decided, marked)
        )
        follows = self._has_rules or self.has_badge
        return self.is_due(known) or (follows and is_good != was_good)

    def attempting(self, known: UserRecords) -> UserRecords:
        """Return what is known with what is noted before rights are written, where they are due."""
        if not self.is_due(known):
            return known
        rights = known.rights.attempted(self._clock(), is_good=self.is_good(known))
        return self.saying_what_is_due(replace(known, rights=rights))

    def saying_what_is_due(self, known: UserRecords) -> UserRecords:
        """Return what is known, with a summary that says so where rights are due."""
        if known.stored.fields is None or not self.is_due(known):
            return known
        fields = {**known.stored.fields, "access": "pending"}
        return replace(known, stored=Summary(fields, "valid"))

    def badge(self, known: UserRecords) -> dict[str, str] | None:
        """Return what others may see of a good decision, its word and its time; else None."""
        decision = last_result(known.records, self._subject.matter)
        if decision is None or not self.is_good(known):
            return None
        return {"status": decision.status, "at": str(decision.fields.get("completedAt"))}
