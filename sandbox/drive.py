"""Drive what every vendor has to show, as a browser would: checks first, then documents, plans."""

from collections.abc import Callable

import requests

from sandbox.layout import PLAIN, Layout
from sandbox.no_code_drive import no_code_steps
from sandbox.runner import Sandbox
from sandbox.trip_drive import IDENTITY, BillingDrive, TripDrive, signing
from sandbox.visit import Step, StepError, Steps, Visit, answered


def drive(sandbox: Sandbox, say: Callable[[str], None] = print, layout: Layout = PLAIN) -> bool:
    """Log the first simulated user in and take the steps of every vendor.

    Each vendor of checks verifies that user in turn, who signs a document with each vendor of
    documents, subscribes and pays; a second user then goes the ways of a marketplace without code.
    Says each step as `layout` has it and returns whether all went well. What the sandbox's options
    leave out is not driven.
    """
    stage = sandbox.stage
    visit = Visit(stage.sharetribe, sandbox.public_url, stage.checks)
    steps = _steps(sandbox, visit)
    if layout.heading():
        say(layout.heading())
    try:
        for number, take in enumerate(steps, start=1):
            step = take()
            say(layout.step(number, step.title, step.status, step.milliseconds, step.notice))
    except (StepError, requests.RequestException) as failure:
        failed = layout.paragraph(f"FAILED at step {number}: {failure}", "  ")
        say(layout.coloured(failed, "red"))
        return False
    return True


def _steps(sandbox: Sandbox, visit: Visit) -> Steps:
    steps: Steps = (lambda: _log_in(visit),)
    stage = sandbox.stage
    for number, vendor in enumerate(stage.checking):
        steps += TripDrive(visit, vendor, IDENTITY, stage.hops, again=number > 0).steps
    signers = [(name, one) for name, vendors in stage.documents.items() for one in vendors]
    for number, (document, vendor) in enumerate(signers):
        goal = signing(document)
        steps += TripDrive(visit, vendor, goal, stage.hops, again=number > 0).steps
    for vendor in stage.billing:
        steps += BillingDrive.steps_at(visit, vendor, stage.hops)
    for one in stage.running:
        steps += one.simulator.steps(visit, one.vendor)
    return steps + no_code_steps(stage, sandbox.public_url)


def _log_in(visit: Visit) -> Step:
    answer = visit.log_in()
    notice = f"{visit.user.display_name} is logged in; the session is a cookie, as usual"
    return answered("Browser > Sharetribe  log in", answer, notice)
