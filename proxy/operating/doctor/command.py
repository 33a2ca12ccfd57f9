"""`flask --app app doctor`, and what it shares with `check --online`."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable

import click

from proxy.operating.callback_addresses import callback_addresses
from proxy.operating.configuration import Configuration
from proxy.operating.doctor.examination import checks, examined
from proxy.operating.doctor.finding import Finding, State
from proxy.operating.terminal import printable

_COLOURS = {State.GOOD: "green", State.NOTE: "cyan", State.OPEN: "yellow", State.BAD: "red"}
_MOST_CHARACTERS = 1_000

not_deployed = click.option(
    "--not-deployed", is_flag=True, help="Leave out what is asked at PUBLIC_URL."
)


def doctor_command(configuration: Callable[[], Configuration]) -> click.Command:
    """Return the command; it reads the configuration when it runs."""

    @click.command("doctor")
    @click.option(
        "--callback",
        "vendor",
        metavar="VENDOR",
        help="Only send a test callback of one vendor to PUBLIC_URL.",
    )
    @not_deployed
    def doctor(vendor: str | None, *, not_deployed: bool) -> None:
        """Ask everything that the app depends on, and say what is wrong, a line each.

        Sharetribe (the client id, the Integration API's pair, access control), each vendor's
        credentials, the frontend, the clock, and PUBLIC_URL: whether callbacks get to this app, and
        how many proxies TRUSTED_PROXY_HOPS must count. Nothing is billed, and nothing is changed;
        half a minute at most.

        Run it with the deployment's settings, there or on your own machine: what is asked from
        another machine may go another way (`heroku run`, `fly ssh console`, `docker exec` run it
        there).

        Exit codes: 0 nothing is wrong, 1 something is, or the configuration itself.
        """
        checked = configuration()
        if vendor is not None:
            _require_called_back(checked, vendor)
        if not diagnosed(checked, is_deployed=not not_deployed, only=vendor):
            sys.exit(1)

    return doctor


def _require_called_back(checked: Configuration, vendor: str) -> None:
    known = [address.vendor for address in callback_addresses(checked.settings, checked.parts)]
    if vendor not in known:
        listed = ", ".join(known) or "none"
        raise click.BadParameter(f"there are callbacks of {listed}", param_hint="--callback")


def diagnosed(checked: Configuration, *, is_deployed: bool, only: str | None = None) -> bool:
    """Print the findings, a line each, and tell whether nothing is wrong."""
    listed = checks(checked, time.time, is_deployed=is_deployed, only=only)
    waiting = [check.name for check in listed]

    def progress(name: str) -> None:
        if name in waiting:
            waiting.remove(name)
        if sys.stderr.isatty():
            told = f"asking {', '.join(waiting)} ..." if waiting else ""
            click.echo(f"\r\x1b[K{told[:70]}", nl=False, err=True)

    progress("")
    # The calls themselves, which every other process logs, would stand between the findings.
    logging.disable(logging.INFO)
    try:
        findings = list(examined(listed, done=progress))
    finally:
        logging.disable(logging.NOTSET)
    for finding in findings:
        click.echo(_line(finding))
    wrong = sum(finding.state is State.BAD for finding in findings)
    if wrong:
        click.echo(f"{wrong} of {len(findings)} to be put right.")
    elif is_deployed:
        click.echo("Nothing is wrong.")
    else:
        click.echo("Nothing is wrong; what is asked at PUBLIC_URL was left out.")
    return not wrong


def _line(finding: Finding) -> str:
    word = click.style(f"{finding.state.value:<5}", fg=_COLOURS[finding.state])
    told = finding.words[:_MOST_CHARACTERS]
    if len(finding.words) > _MOST_CHARACTERS:
        told += " ..."
    # What answers somewhere may have put in words of its own.
    return f"{word} {finding.about}: {printable(told)}"
