"""What the vendors of the reference trip in a world are asked for first."""

from __future__ import annotations

from proxy.references.subject import Subject
from proxy.vendors.part import Parts
from proxy.vendors.reference import Reference


def first_subject(parts: Parts) -> Subject | None:
    """Return the first subject of the first such vendor, None where there is no such vendor."""
    vendors = parts.of(Reference)
    return next((Subject(one.matter, name) for one in vendors for name in one.subjects), None)
