"""All checks at once, each in a thread of its own, within one bound of time."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from proxy.operating.configuration import Configuration
from proxy.operating.doctor.access_control import access_rule_findings
from proxy.operating.doctor.deployment import PUBLIC, deployment_findings
from proxy.operating.doctor.finding import Finding, bad
from proxy.operating.doctor.frontend import FRONTEND, frontend_findings
from proxy.operating.doctor.marketplace import marketplace_findings
from proxy.operating.doctor.return_page import return_page_findings
from proxy.operating.doctor.vendors import vendor_findings
from proxy.operating.return_pages import RETURN_PAGE
from proxy.outgoing.deadline import deadline
from proxy.outgoing.places import lane

_MOST_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to look at, by the name that stands for it while it is not done."""

    name: str
    findings: Callable[[], Iterable[Finding]]


def checks(
    checked: Configuration, clock: Callable[[], float], *, is_deployed: bool, only: str | None
) -> list[Check]:
    """Return what there is to look at; `only` one vendor's callbacks, where that is named."""
    deployment = Check(PUBLIC, lambda: deployment_findings(checked, clock, only))
    if only is not None:
        return [deployment]
    found = [
        Check("Sharetribe", lambda: marketplace_findings(checked, clock)),
        Check("ACCESS_RULES", lambda: access_rule_findings(checked)),
        Check(FRONTEND, lambda: frontend_findings(checked, is_deployed=is_deployed)),
        Check(RETURN_PAGE, lambda: return_page_findings(checked, is_deployed=is_deployed)),
    ]
    for name in dict.fromkeys(part.name for part in checked.parts):
        parts = [part for part in checked.parts if part.name == name]
        found.append(Check(name, lambda parts=parts: vendor_findings(parts)))  # type: ignore[misc]
    return [*found, deployment] if is_deployed else found


def examined(
    found: Iterable[Check],
    seconds: float = _MOST_SECONDS,
    done: Callable[[str], None] = lambda _: None,
) -> Iterator[Finding]:
    """Iterate over the findings of all checks, in their order, after `seconds` at most.

    `done` hears the name of each check that has ended. What has not ended is a finding itself, and
    so is a check that fails by a defect of ours.
    """
    listed = list(found)
    ended: queue.SimpleQueue[tuple[int, list[Finding]]] = queue.SimpleQueue()

    def run(number: int, check: Check) -> None:
        lane.set("checks")
        try:
            with deadline(seconds):
                ended.put((number, list(check.findings())))
        except Exception as error:
            words = f"the check itself failed ({type(error).__name__}); please report it"
            ended.put((number, [bad(check.name, words)]))

    for number, check in enumerate(listed):
        # A daemon: the system's resolver may take longer than anybody waits.
        threading.Thread(target=run, args=(number, check), daemon=True).start()
    results: dict[int, list[Finding]] = {}
    until = time.monotonic() + seconds + 1
    while len(results) < len(listed):
        try:
            number, findings = ended.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        results[number] = findings
        done(listed[number].name)
    for number, check in enumerate(listed):
        unfinished = [bad(check.name, f"was not done after {seconds:.0f} seconds")]
        yield from results.get(number, unfinished)
