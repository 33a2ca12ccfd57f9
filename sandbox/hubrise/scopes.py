"""OAuth scopes, such as `location[orders.write,catalog.read],profile`.

Grammar: "OAuth Scopes" in "Authentication", read 2026-11-20. Either order of the two parts is
accepted, since the documentation names none.
"""

import re
from dataclasses import dataclass

LEVELS = frozenset({"location", "account"})
RESOURCES = frozenset(
    {"orders", "customer_list", "catalog", "inventory", "all_customer_lists", "all_catalogs"}
)
RIGHTS = frozenset({"read", "write"})
GENERAL = frozenset({"profile", "profile_with_email"})
_PART = re.compile(r"[^,\[\]]+(?:\[[^\[\]]*\])?")


@dataclass(frozen=True, slots=True)
class Scope:
    """A parsed scope: `level` is None without an access-level set of permissions."""

    text: str
    level: str | None
    permissions: frozenset[str]

    def grants(self, resource: str, right: str) -> bool:
        """Return whether `right` on `resource` is granted; writing includes reading."""
        return not self.permissions.isdisjoint({f"{resource}.{right}", f"{resource}.write"})

    def names(self, *resources: str) -> bool:
        """Return whether any permission on one of `resources` is granted."""
        return any(self.grants(resource, right) for resource in resources for right in RIGHTS)


def parse_scope(text: str) -> Scope:
    """Return the scope that `text` spells; raises ValueError with what is wrong."""
    parts = _PART.findall(text)
    if not parts or ",".join(parts) != text:
        raise ValueError("not a comma separated list of permissions")
    if len(set(parts)) != len(parts):
        raise ValueError("a permission is named more than once")
    sets = [part for part in parts if "[" in part]
    if len(sets) > 1:
        raise ValueError("more than one access level")
    for part in parts:
        if part not in GENERAL and part not in sets:
            raise ValueError(f"unknown permission {part[:50]!r}")
    level, _, inner = sets[0].removesuffix("]").partition("[") if sets else ("", "", "")
    if sets and level not in LEVELS:
        raise ValueError(f"unknown access level {level[:50]!r}")
    return Scope(text, level or None, _permissions(inner) if sets else frozenset())


def _permissions(text: str) -> frozenset[str]:
    permissions = text.split(",")
    resources = []
    for permission in permissions:
        resource, _, right = permission.partition(".")
        if resource not in RESOURCES or right not in RIGHTS:
            raise ValueError(f"unknown permission {permission[:50]!r}")
        if resource in resources:
            raise ValueError(f"Resource type '{resource}' specified more than once")
        resources.append(resource)
    return frozenset(permissions)
