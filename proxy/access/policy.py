"""The operator's rules: what an outcome allows its user to do, and what others may see of it.

    ACCESS_RULES=identity=approve+initiateTransactions,billing/membership=postListings
    PUBLIC_BADGES=identity,billing/membership

Source: sharetribe.com/docs (access control; Integration API: approve user, update user permissions;
read 2026-11).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from proxy.settings_reader import SettingsReader

RULES, BADGES = "ACCESS_RULES", "PUBLIC_BADGES"
APPROVE = "approve"
# What Sharetribe can restrict for a whole marketplace, and allow to one user.
PERMISSIONS = ("postListings", "initiateTransactions", "read")
_RIGHTS = (APPROVE, *PERMISSIONS)


@dataclass(frozen=True, slots=True)
class AccessPolicy:
    """Rights by subject (`identity`, `billing/membership`), and the subjects with badges."""

    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    badges: frozenset[str] = frozenset()

    def allowed(self, subject: str, good: Collection[str]) -> dict[str, bool]:
        """Tell of each right that a subject's rule names whether it is allowed.

        `good` are the subjects whose outcomes are: a right that several rules name is allowed once
        all of them are.
        """
        return {
            right: all(right not in rights or name in good for name, rights in self.rules.items())
            for right in self.rules.get(subject, ())
        }

    def terms(self, subject: str) -> str:
        """Return which rights a subject's rule names, and whose rules name them, in one text.

        It changes with what `allowed` may say of the same outcomes, and with nothing else.
        """
        named = {
            right: sorted(name for name, rights in self.rules.items() if right in rights)
            for right in sorted(self.rules.get(subject, ()))
        }
        return ",".join(f"{right}={'+'.join(names)}" for right, names in named.items())

    def beside(self, subject: str) -> tuple[str, ...]:
        """Return the other subjects whose rules name a right that this one's names too."""
        own = set(self.rules.get(subject, ()))
        return tuple(
            name for name, rights in self.rules.items() if name != subject and own & {*rights}
        )


def read_access_policy(
    reader: SettingsReader, subjects: Collection[str], *, has_operator: bool
) -> AccessPolicy:
    """Return the policy; `subjects` are those that are served. Reports every problem."""
    rules: dict[str, tuple[str, ...]] = {}
    for subject, rights in _rules(reader):
        unknown = [right for right in rights if right not in _RIGHTS]
        if unknown or not rights:
            reader.report(f"{RULES}: a right of {subject!r} is none of {', '.join(_RIGHTS)}")
        elif subject in rules:
            reader.report(f"{RULES} has two rules for {subject!r}; join them with +")
        elif _is_served(reader, RULES, subject, subjects):
            rules[subject] = tuple(dict.fromkeys(rights))
    badges = [name for name in reader.names(BADGES) if _is_served(reader, BADGES, name, subjects)]
    if (reader.names(RULES) or reader.names(BADGES)) and not has_operator:
        reader.report(
            f"{RULES} and {BADGES} need the Integration API: set SHARETRIBE_INTEGRATION_CLIENT_ID"
            " and SHARETRIBE_INTEGRATION_CLIENT_SECRET"
        )
    return AccessPolicy(rules, frozenset(badges))


def _rules(reader: SettingsReader) -> Iterator[tuple[str, tuple[str, ...]]]:
    for entry in reader.names(RULES):
        subject, equals, rights = entry.partition("=")
        if equals:
            yield subject.strip(), tuple(right.strip() for right in rights.split("+"))
        else:
            reader.report(f"{RULES}: {entry!r} must look like identity=postListings")


def _is_served(
    reader: SettingsReader, variable: str, subject: str, subjects: Collection[str]
) -> bool:
    if subject in subjects:
        return True
    known = ", ".join(subjects) or "nothing"
    reader.report(f"{variable} names {subject!r}, which is not enabled; there is {known}")
    return False
