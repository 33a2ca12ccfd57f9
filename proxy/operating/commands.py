"""The operator's commands, such as `flask --app app check`: see `flask --app app --help`."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import click
from flask import Flask

from crypto import KeyRing, ReferenceInvalid, Sealer, generate_key_entry
from proxy.links.addresses import linked, page_url
from proxy.operating.callback_addresses import callback_addresses
from proxy.operating.configuration import Configuration, read_configuration
from proxy.operating.connect_command import connect_command
from proxy.operating.doctor.command import diagnosed, doctor_command
from proxy.operating.doctor.command import not_deployed as not_deployed_option
from proxy.operating.links_command import links_command
from proxy.operating.new_integration import new_integration_command
from proxy.operating.rotate_keys import RINGS, rotate_keys_command
from proxy.operating.user_command import user_command
from proxy.references.carrier import REFERENCE_SECONDS
from proxy.serving.env_file import EnvFile, refused_with
from proxy.serving.start import server_problems
from proxy.settings_reader import ConfigurationError
from proxy.timestamps import format_utc
from proxy.vendors.connection import Connection
from proxy.vendors.integration import Integration
from proxy.vendors.reference import Reference


def add_commands(
    app: Flask,
    variables: Mapping[str, str],
    known: tuple[Integration, ...],
    env_file: EnvFile | None = None,
) -> None:
    """Add the commands to `app`; they read the configuration when they run, not before.

    `env_file` is the file that has set some of `variables`, for `check` to name.
    """

    def configuration() -> Configuration:
        return _read(variables, known, env_file)

    def served(*, sandbox: bool) -> Configuration:
        judged = {**variables, "SANDBOX": "true"} if sandbox else variables
        return _read(judged, known, env_file, server_problems(variables))

    app.cli.add_command(_keys())
    app.cli.add_command(rotate_keys_command(variables))
    app.cli.add_command(_checksum_keys(configuration))
    app.cli.add_command(doctor_command(configuration))
    app.cli.add_command(_check(served, env_file))
    app.cli.add_command(links_command(configuration))
    app.cli.add_command(_openapi(configuration))
    app.cli.add_command(_reference(configuration))
    app.cli.add_command(connect_command(configuration))
    app.cli.add_command(user_command(configuration))
    app.cli.add_command(new_integration_command(variables, known))


def _read(
    variables: Mapping[str, str],
    known: tuple[Integration, ...],
    env_file: EnvFile | None,
    also: Sequence[str] = (),
) -> Configuration:
    """Return the configuration; raises ClickException with every problem, and `also` those."""
    problems: list[str] = []
    try:
        configuration = read_configuration(variables, known)
    except ConfigurationError as error:
        problems += refused_with(error, env_file).problems
    problems += also
    if problems:
        raise click.ClickException(str(ConfigurationError(problems)))
    return configuration


def _keys() -> click.Command:
    @click.command("keys")
    def keys() -> None:
        """Print the first SEAL_KEYS and CHECKSUM_KEYS of a deployment; later ones: rotate-keys.

        They are secrets, as NAME=value lines on standard output.
        """
        for name, ring in RINGS.items():
            click.echo(f"{name}={generate_key_entry(1, ring.key_bytes)}")

    return keys


def _checksum_keys(configuration: Callable[[], Configuration]) -> click.Command:
    @click.command("checksum-keys")
    def checksum_keys() -> None:
        """Print the checksum keys in use, a derived one included, for the marketplace's own server.

        They let it verify stored results; whoever has them can also write some.
        """
        click.echo(configuration().settings.checksum_keys.reveal())

    return checksum_keys


class _Served(Protocol):
    def __call__(self, *, sandbox: bool) -> Configuration: ...


def _check(served: _Served, env_file: EnvFile | None) -> click.Command:
    @click.command("check")
    @click.option(
        "--online", is_flag=True, help="Also ask whatever `doctor` asks, and say what is wrong."
    )
    @not_deployed_option
    @click.option("--sandbox", is_flag=True, help="Judge as with SANDBOX=true: for a trial.")
    def check(*, online: bool, not_deployed: bool, sandbox: bool) -> None:
        """Check the configuration and report all problems at once (exit code 1)."""
        checked = served(sandbox=sandbox)
        settings = checked.settings
        if env_file is not None:
            click.echo(f"{env_file.told()}.")
        click.echo(f"The configuration is complete: {', '.join(checked.integrations)} enabled.")
        click.echo(f"  marketplace   {settings.marketplace_url}")
        click.echo(f"  public at     {settings.public_url}{settings.source_of('PUBLIC_URL')}")
        hops = settings.source_of("TRUSTED_PROXY_HOPS")
        click.echo(f"  routers ahead {settings.trusted_proxy_hops}{hops}")
        for address in callback_addresses(settings, checked.parts):
            told = " (each user's has its own)" if address.is_template else ""
            click.echo(f"  callbacks at  {address.url}{told}")
        for connection in checked.parts.of(Connection):
            click.echo(f"  returns at    {settings.return_url(connection.name)}")
        for title in linked(checked.parts.of(Reference)) if checked.link_pages else ():
            click.echo(f"  link page at  {page_url(settings, title)}")
        click.echo(f"  seal keys     {_ids(settings.seal_keys)}")
        click.echo(f"  checksum keys {_ids(settings.checksum_keys)}")
        fallback = "configured" if settings.integration else "not configured (results may defer)"
        click.echo(f"  Integration API {fallback}")
        for warning in checked.warnings:
            click.echo(f"Warning: {warning}", err=True)
        if online and not diagnosed(checked, is_deployed=not not_deployed):
            sys.exit(1)

    return check


def _ids(ring: KeyRing) -> str:
    first, *others = ring.ids
    told = f"{first} in use"
    for state, waits in (("waiting to come first", True), ("accepted", False)):
        listed = [str(key_id) for key_id in others if (key_id in ring.waiting) is waits]
        told += f"; {', '.join(listed)} {state}" if listed else ""
    return told


def _openapi(configuration: Callable[[], Configuration]) -> click.Command:
    @click.command("openapi")
    def openapi() -> None:
        """Print the OpenAPI document of what is enabled, as `/openapi.json` serves it."""
        click.echo(json.dumps(configuration().contract, ensure_ascii=False, indent=2))

    return openapi


def _reference(configuration: Callable[[], Configuration]) -> click.Command:
    @click.command("reference")
    @click.argument("vendor")
    def reference(vendor: str) -> None:
        """Tell what a sealed reference holds, without showing the token in it.

        The reference is read from standard input, so that it stays out of the shell's history.
        """
        settings = configuration().settings
        text = sys.stdin.read().strip()
        sealer = Sealer(settings.seal_keys, settings.client_id)
        now = int(time.time())
        try:
            opened = sealer.open(
                text, purpose=f"{vendor}.reference", now=now, max_age=REFERENCE_SECONDS
            )
        except ReferenceInvalid:
            raise click.ClickException("it does not open here and now") from None
        token = opened.refresh_token
        click.echo(f"user       {opened.user_id}")
        click.echo(f"issued at  {format_utc(opened.issued_at)}")
        click.echo(f"expires at {format_utc(opened.issued_at + REFERENCE_SECONDS)}")
        click.echo(f"session    {'none' if token is None else f'{len(token)} characters'}")

    return reference
