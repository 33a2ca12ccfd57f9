"""Whether a vendor can be reached, and takes what is set for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from proxy.operating.doctor.finding import Finding, State, bad, good, left_open, words_for
from proxy.operating.doctor.probing import Probed, ProbeState, probed
from proxy.outgoing.upstream import Reachable, Upstream
from proxy.vendors.part import Part


def vendor_findings(parts: Sequence[Part]) -> Iterator[Finding]:
    """Ask one vendor, of which `parts` are all: its hosts first, then about the credentials.

    Who shows life only to those whom it knows may refuse already then, in words of its own; the
    question about the credentials tells the way out.
    """
    hosts: dict[str, Reachable] = {}
    for part in parts:
        for upstream in part.upstreams:
            hosts.setdefault(_place(upstream), upstream)
    silent, refusing = list[Finding](), list[Finding]()
    for place, upstream in hosts.items():
        cause = upstream.why_unreachable()
        if cause is not None:
            words = words_for(cause)
            found = refusing if words is None else silent
            found.append(bad(upstream.name, f"{place}: {words or cause}"))
    if silent:
        yield from silent
        return
    answers = [_of_probe(answer) for answer in probed(parts)]
    if not refusing and hosts:
        yield good(parts[0].name, f"answers ({', '.join(hosts)})")
    elif not any(answer.state is State.BAD for answer in answers):
        yield from refusing
    yield from answers


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
