"""Asks the vendors whether they take the settings: each question once, one answer each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum

from proxy.outgoing.deadline import deadline
from proxy.outgoing.places import lane
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.vendors.connection import ConnectionLost
from proxy.vendors.part import Part
from proxy.vendors.probe import Probe, SettingRefused, Unproven

_PROBE_SECONDS = 10.0


class ProbeState(Enum):
    """What came of a probe."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNAVAILABLE = "unavailable"
    UNPROVEN = "unproven"


@dataclass(frozen=True, slots=True)
class Probed:
    """What a vendor says of some settings; `words` say what it told, or what is wrong and the fix.

    `item` is the entry of a list that they are about, `status` and `code` are the vendor's own, of
    a refusal.
    """

    vendor: str
    variables: tuple[str, ...]
    state: ProbeState
    words: str = ""
    status: int | None = None
    code: str = ""
    item: str = ""


def probed(parts: Iterable[Part]) -> Iterator[Probed]:
    """Iterate over what the vendors say, asking as one goes.

    Parts of one vendor share what they have in common. After a part's first probe has failed its
    others are not asked, and nothing about credentials that the vendor does not know.
    """
    known: dict[tuple[str, tuple[str, ...], str], Probed] = {}
    dead: set[tuple[str, tuple[str, ...]]] = set()
    for part in parts:
        for number, probe in enumerate(part.probes()):
            about = part.name, probe.variables
            if about in dead:
                break
            key = (*about, probe.item)
            is_new = key not in known
            if is_new:
                known[key] = _asked(part.name, probe)
                yield known[key]
            answer = known[key]
            if answer.status == 401 or answer.state is ProbeState.UNAVAILABLE:
                dead.add(about)
            if number == 0 and answer.state in (ProbeState.REFUSED, ProbeState.UNAVAILABLE):
                break


def _asked(vendor: str, probe: Probe) -> Probed:
    def found(state: ProbeState, words: str, status: int | None = None, code: str = "") -> Probed:
        return Probed(vendor, probe.variables, state, words, status, code, probe.item)

    if probe.ask is None:
        return found(ProbeState.UNPROVEN, probe.unproven)
    # Of an operator who waits for it: its calls take nobody's places.
    before = lane.set("checks")
    try:
        with deadline(_PROBE_SECONDS):
            return found(ProbeState.ACCEPTED, probe.ask())
    except SettingRefused as refused:
        return found(ProbeState.REFUSED, refused.fix, refused.status, refused.code)
    except UpstreamRefused as refused:
        return found(ProbeState.REFUSED, _fix(refused, probe), refused.status, refused.code)
    except ConnectionLost:
        # What a client of connections makes of a 401.
        return found(ProbeState.REFUSED, _compare(probe), 401)
    except UpstreamUnavailable as unavailable:
        return found(ProbeState.UNAVAILABLE, f"nothing was proven: {unavailable.cause}")
    except Unproven as unproven:
        return found(ProbeState.UNPROVEN, str(unproven))
    finally:
        lane.reset(before)


def _fix(refused: UpstreamRefused, probe: Probe) -> str:
    told = " ".join(filter(None, (str(refused.status), refused.code)))
    return f"refused with {told}; {_compare(probe)}"


def _compare(probe: Probe) -> str:
    return f"compare {' and '.join(probe.variables)} with what {probe.found_at} shows"
