"""`flask --app app user <id or e-mail address>`: what is known of one user, and their log words."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from uuid import UUID

import click

from proxy.logs import configure_logs
from proxy.operating.configuration import Configuration
from proxy.operating.terminal import printable
from proxy.operating.user_report import user_report
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.sharetribe.accounts import Account, read_account
from proxy.sharetribe.operator import Operator

_MAX_EMAIL = 254
_CREDENTIALS = "SHARETRIBE_INTEGRATION_CLIENT_ID and SHARETRIBE_INTEGRATION_CLIENT_SECRET"
_NOTICE = "What follows is this user's data; the words behind `log` name nobody to others."


def user_command(configuration: Callable[[], Configuration]) -> click.Command:
    """Return the command; it reads the configuration when it runs."""

    @click.command("user")
    @click.argument("who", metavar="ID-OR-EMAIL")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for scripts.")
    def user(who: str, *, as_json: bool) -> None:
        """Tell how one user stands, why, and under which words logs name them.

        It reads the user through the Integration API, in one call; it writes nothing and asks no
        vendor. WHAT IT PRINTS IS PERSONAL DATA, e-mail address included; tokens are not in it.
        """
        # Standard output is for the answer.
        configure_logs(sys.stderr)
        checked = configuration()
        kernel = checked.kernel(time.time)
        if kernel.operator is None:
            raise click.ClickException(f"users are read by the Integration API: set {_CREDENTIALS}")
        account = _read(kernel.operator, _identified(who))
        report = user_report(checked, kernel, account)
        if as_json:
            click.echo(json.dumps(report, indent=2))
        else:
            for line in _lines(report):
                click.echo(printable(line))  # users write their own names

    return user


def _identified(who: str) -> UUID | str:
    try:
        return UUID(who.strip())
    except ValueError:
        pass
    name, at, domain = who.strip().rpartition("@")
    if not (name and at and domain) or len(who) > _MAX_EMAIL or not who.isprintable():
        raise click.ClickException("that is neither a user's id nor an e-mail address")
    return who.strip()


def _read(operator: Operator, who: UUID | str) -> Account:
    try:
        return read_account(operator, who)
    except UpstreamRefused as refused:
        if refused.status == 404:
            cause = "Sharetribe knows no such user, in the marketplace of these credentials"
        elif refused.status in (401, 403):
            cause = f"Sharetribe does not take {_CREDENTIALS}"
        else:
            cause = f"Sharetribe does not tell: {refused}"
        raise click.ClickException(cause) from None
    except UpstreamUnavailable as unavailable:
        raise click.ClickException(f"Sharetribe cannot be asked now: {unavailable}") from None


def _lines(report: Mapping[str, Any]) -> Iterator[str]:
    user, words = report["user"], report["subject"]
    yield _NOTICE
    yield from _pairs({name: user[name] for name in ("id", "email", "name", "state")})
    yield _line("log", f"subject={words[0]}")
    for word in words[1:]:
        yield _line("", f"subject={word} (of an earlier or a coming key)")
    yield _line("grep", f"grep -E 'subject=({'|'.join(words)})' LOG")
    for right, word in user["effective"].items():
        own = user["own"].get(right, word)
        aside = "" if own == word else f" (by the marketplace's settings; the user's own: {own})"
        yield _line(right, f"{word}{aside}")
    for matter in report["matters"]:
        yield from _of_matter(matter)
    for connection in report["connections"]:
        yield ""
        yield f"connection {connection['vendor']}: {connection['status']}"
        rest = {name: one for name, one in connection.items() if name not in ("vendor", "status")}
        yield from _pairs(rest)
    for link in report["links"]:
        yield ""
        yield f"link {link['vendor']}: {link['status']}"
        yield from _pairs({n: one for n, one in link.items() if n not in ("vendor", "status")})


def _of_matter(matter: Mapping[str, Any]) -> Iterator[str]:
    yield ""
    yield f"{matter['matter']}: {matter['status']}, summary's checksum {matter['checksum']}"
    marker = matter["marker"]
    yield _line("marker", _told(marker) if marker else "none")
    if "rights" in matter:
        rights = matter["rights"]
        state = "granted" if rights["granted"] else "not granted"
        due = ", a change is due: the next callback or visit writes it" if rights["due"] else ""
        yield _line("rights", f"{'+'.join(rights['names'])}: {state}{due}")
    if "badge" in matter:
        badge = matter["badge"]
        due = ", a change is due" if badge["due"] else ""
        yield _line("badge", f"{_told(badge['shown']) if badge['shown'] else 'none'}{due}")
    for session in matter["sessions"]:
        yield _line("session", f"{session.get('status', '?')}: {session['why']}")
        hidden = ("status", "why", "counts", "case")
        told = {name: one for name, one in session.items() if name not in hidden}
        for word in session.get("case", ()):
            yield f"  {_line('log', f'case={word}')}"
        for line in _pairs(told):
            yield f"  {line}"


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    for name, value in values.items():
        yield _line(name, _told(value))


def _line(name: str, value: str) -> str:
    return f"  {name:<21}{value}"


def _told(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_told(one)}" for name, one in value.items()) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "-"
