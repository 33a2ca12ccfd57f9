"""Whether a vendor can be reached, and takes what is set for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.operating.doctor.finding import (
    Finding,
    bad,
    good,
    left_open,
    unreachable_words,
)
from proxy.operating.probing import Probed, ProbeState, probed
from proxy.outgoing.upstream import Reachable, Upstream
from proxy.vendors.part import Part


def vendor_findings(parts: Sequence[Part]) -> Iterator[Finding]:
    """Ask one vendor, of which `parts` are all: its hosts first, then about the credentials."""
    hosts: dict[str, Reachable] = {}
    for part in parts:
        for upstream in part.upstreams:
            hosts.setdefault(_place(upstream), upstream)
    are_up = True
    for place, upstream in hosts.items():
        cause = upstream.why_unreachable()
        if cause is not None:
            are_up = False
            yield bad(upstream.name, f"{place}: {unreachable_words(cause)}")
    if not are_up:
        return
    if hosts:
        yield good(parts[0].name, f"answers ({', '.join(hosts)})")
    for answer in probed(parts):
        yield _of_probe(answer)


def _place(upstream: Reachable) -> str:
    return upstream.base_url if isinstance(upstream, Upstream) else upstream.name


def _of_probe(answer: Probed) -> Finding:
    about = ", ".join(answer.variables) or answer.vendor
    item = f"{answer.item}: " if answer.item else ""
    if answer.state is ProbeState.ACCEPTED:
        told = f" ({answer.words})" if answer.words else ""
        return good(about, f"{item}{answer.vendor} takes it{told}")
    if answer.state is ProbeState.UNPROVEN:
        return left_open(about, f"{item}{answer.words}")
    return bad(about, f"{item}{answer.vendor}: {answer.words}")
