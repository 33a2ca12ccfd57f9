"""The operator's command `rotate-keys`: a new key stands behind the others before it comes first.

Processes overlap (a rolling deployment, several dynos), and each must open what the others make, so
that one new value is never enough (docs/adr/0021-two-phase-key-rotation.md). Nothing is remembered
between the steps: how far a ring is shows in the ids of its keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import click

from crypto import (
    CHECKSUM_KEY_BYTES,
    DERIVED_KEY_ID,
    SEAL_KEY_BYTES,
    KeyRing,
    base64url,
    generate_key_entry,
)
from proxy.log_settings import LOG_KEYS, derived_log_keys
from proxy.references.carrier import REFERENCE_SECONDS
from proxy.settings_reader import ConfigurationError, SettingsReader

_COMMAND = "flask --app app rotate-keys"
_SECRET = "ECHOSEAL_SECRET"  # noqa: S105 - a variable's name
_PSEUDONYM_KEY = "PSEUDONYM_KEY"
_DAYS = REFERENCE_SECONDS // 86_400


@dataclass(frozen=True, slots=True)
class Ring:
    """A variable with keys: their length, what the first does and the others, what is waited for.

    `before_front` has who must know a key besides our processes; `stays`, how long an old one is
    needed.
    """

    key_bytes: int
    makes: str
    reads: str
    before_front: str
    stays: str


RINGS = {
    "SEAL_KEYS": Ring(
        key_bytes=SEAL_KEY_BYTES,
        makes="seals",
        reads="opening",
        before_front="",
        stays=f"until {_DAYS} days after the last process stopped that sealed with it, and, where"
        " users connect vendors, until each of them has come by (docs/operate.md, Rotate keys)",
    ),
    "CHECKSUM_KEYS": Ring(
        key_bytes=CHECKSUM_KEY_BYTES,
        makes="signs",
        reads="verifying",
        before_front=", nor the marketplace's own server if that verifies (it needs what"
        " `flask --app app checksum-keys` prints)",
        stays="for as long as records that it signed shall count; none is signed anew by itself",
    ),
}
# Takes part where it is set, or named: without it, keys are derived from the checksum keys.
_LOG_RING = Ring(
    key_bytes=CHECKSUM_KEY_BYTES,
    makes="names users in logs",
    reads="asked by `user`",
    before_front=" (else one user has two words meanwhile)",
    stays="for as long as log lines with its words are kept",
)
_ALL = {**RINGS, LOG_KEYS: _LOG_RING}

_name = click.argument("name", metavar="[RING]", required=False, type=click.Choice(list(_ALL)))
_key_id = click.argument("key_id", metavar="[ID]", required=False, type=click.IntRange(0, 255))


class NothingToDo(click.ClickException):
    """The step has been taken already, or is not due: there is no other value to set."""

    exit_code = 3


def rotate_keys_command(variables: Mapping[str, str]) -> click.Command:
    """Return the command; it reads the rings of `variables` when it runs, and nothing else."""

    @click.group("rotate-keys", invoke_without_command=True)
    @click.pass_context
    def rotate_keys(context: click.Context) -> None:
        """Tell how far a rotation of the keys is, and what comes next; shows no key.

        Each step is a new value for SEAL_KEYS, CHECKSUM_KEYS or both, to be set everywhere: `add`
        puts a new key behind the others, `front` brings it to the front, `drop` leaves an old one
        out. Before `front`, every process must have been started anew. LOG_KEYS takes part where it
        is set, or named as RING.

        THE STEPS PRINT SECRETS: the next values on standard output, as NAME=value lines, and
        nothing else. They set nothing.

        Which key is the newer one is told by the ids: they go from 1 to 255 and on to 1, and up to
        127 ahead is later. Where ids were chosen otherwise, name ring and id.

        Exit codes: 0 done, 1 refused, 2 wrong usage, 3 nothing to do (the step has been taken
        already, or is not due).
        """
        if context.invoked_subcommand is None:
            for name, keys in _read(variables).items():
                click.echo("\n".join(_told(name, keys)))
            if _has_secret(variables):
                click.echo(f"Key {DERIVED_KEY_ID} is the one that {_SECRET} stands for.")

    for command in (_add, _front, _drop):
        rotate_keys.add_command(command(variables))
    return rotate_keys


def _read(variables: Mapping[str, str], named: str | None = None) -> dict[str, KeyRing]:
    """Return both rings, with the derived key, and that of logs where it is set or `named`.

    Raises ClickException with every problem.
    """
    reader = SettingsReader(variables)
    rings = {name: reader.key_ring(name, ring.key_bytes) for name, ring in RINGS.items()}
    of_logs = reader.own_key_ring(LOG_KEYS, CHECKSUM_KEY_BYTES)
    if of_logs.entries or named == LOG_KEYS:
        rings[LOG_KEYS] = of_logs if of_logs.entries else derived_log_keys(rings["CHECKSUM_KEYS"])
    if reader.problems:
        raise click.ClickException(str(ConfigurationError(reader.problems)))
    return rings


def _has_secret(variables: Mapping[str, str]) -> bool:
    return bool(variables.get(_SECRET, "").strip())


def _told(name: str, keys: KeyRing) -> Iterator[str]:
    """Yield how far a ring is, by ids, and what comes next."""
    ring, (first, *others) = _ALL[name], keys.ids
    old = [key_id for key_id in others if key_id not in keys.waiting]
    phase = "phase 1" if keys.waiting else "phase 2" if old else "no rotation"
    waiting = f" Waiting, with a later id: {_listed(keys.waiting)}." if keys.waiting else ""
    reading = f" Still {ring.reads}, with an earlier id: {_listed(old)}." if old else ""
    yield f"{name}: {phase}. Key {first} {ring.makes}.{waiting}{reading}"
    for key_id in keys.waiting:
        yield f"  Once no process runs without key {key_id}{ring.before_front}:"
        yield f"    {_COMMAND} front {name} {key_id}"
    for key_id in old:
        yield f"  Key {key_id} must stay {ring.stays}. Then:"
        yield f"    {_COMMAND} drop {name} {key_id}"
    if not keys.waiting:
        yield "  For a new key:"
        yield f"    {_COMMAND} add {name}"


def _listed(ids: Iterable[int]) -> str:
    return ", ".join(map(str, ids))


def _add(variables: Mapping[str, str]) -> click.Command:
    @click.command("add")
    @_name
    @_key_id
    def add(name: str | None, key_id: int | None) -> None:
        """Print RING (or both) with a new key behind the others.

        PRINTS SECRETS. ID is the new key's; without it the next one, and nothing where a later one
        waits already.
        """
        _take(variables, name, lambda name, keys: _added(name, keys, key_id))

    return add


def _front(variables: Mapping[str, str]) -> click.Command:
    @click.command("front")
    @_name
    @_key_id
    def front(name: str | None, key_id: int | None) -> None:
        """Print RING (or both) with a key in front: ID, or the one that waits.

        PRINTS SECRETS. Only once no process runs without that key: it could not open what the
        others then seal, and would call invalid what they sign.
        """
        _take(variables, name, lambda name, keys: _fronted(name, keys, key_id))

    return front


def _drop(variables: Mapping[str, str]) -> click.Command:
    @click.command("drop")
    @click.argument("name", metavar="RING", type=click.Choice(list(_ALL)))
    @click.argument("key_id", metavar="ID", type=click.IntRange(0, 255))
    def drop(name: str, key_id: int) -> None:
        """Print RING without the key ID.

        PRINTS SECRETS. What that key sealed does not open any more, and what it signed is invalid.
        ECHOSEAL_SECRET goes with key 0: it is printed empty, and the other ring with its key. The
        oldest of CHECKSUM_KEYS is printed as PSEUDONYM_KEY, and what follows from it as LOG_KEYS,
        unless these are set: vendors know users by it, and logs name them by it.
        """
        rings = _take(variables, name, lambda name, keys: _dropped(name, keys, key_id))
        oldest_id, oldest = rings["CHECKSUM_KEYS"].oldest
        is_pseudonyms = (name, key_id) == ("CHECKSUM_KEYS", oldest_id)
        if is_pseudonyms and not variables.get(_PSEUDONYM_KEY, "").strip():
            click.echo(f"{_PSEUDONYM_KEY}={base64url.encode(oldest)}")
        if is_pseudonyms and LOG_KEYS not in rings:
            derived = derived_log_keys(rings["CHECKSUM_KEYS"])
            click.echo(f"{LOG_KEYS}={KeyRing(derived.entries[:1]).reveal()}")
        if name in RINGS and key_id == DERIVED_KEY_ID and _has_secret(variables):
            for other in RINGS.keys() - {name}:
                click.echo(f"{other}={rings[other].reveal()}")
            click.echo(f"{_SECRET}=")

    return drop


def _take(
    variables: Mapping[str, str], only: str | None, step: Callable[[str, KeyRing], KeyRing]
) -> dict[str, KeyRing]:
    """Print what a step makes of one ring, or of both, and return both as they were read.

    Raises NothingToDo where that is so of each, and whatever else `step` raises.
    """
    rings = _read(variables, only)
    values, idle = [], []
    for name in [only] if only else rings:
        try:
            values.append(f"{name}={step(name, rings[name]).reveal()}")
        except NothingToDo as nothing:
            idle.append(nothing.message)
    if not values:
        raise NothingToDo("\n".join(idle))
    click.echo("\n".join(values))
    return rings


def _added(name: str, keys: KeyRing, key_id: int | None) -> KeyRing:
    chosen = key_id
    if chosen is None:
        chosen = keys.free_id()
        if keys.waiting or chosen is None:
            hint = f" (if that is an older key: add {name} {chosen})" if chosen else ""
            raise NothingToDo(f"{name}: a later id waits already: {_listed(keys.waiting)}{hint}")
    if chosen in keys.ids:
        raise click.ClickException(f"{name}: key id {chosen} is taken; no id may serve twice")
    key_bytes = _ALL[name].key_bytes
    entry = generate_key_entry(chosen, key_bytes)
    added = KeyRing.parse(f"{keys.reveal()},{entry}", key_bytes=key_bytes)
    if chosen not in added.waiting:
        raise click.ClickException(f"{name}: id {chosen} is earlier than key {keys.ids[0]}'s")
    return added


def _fronted(name: str, keys: KeyRing, key_id: int | None) -> KeyRing:
    if key_id is None and len(keys.waiting) > 1:
        raise click.ClickException(f"{name}: name one of those that wait: {_listed(keys.waiting)}")
    chosen = next(iter(keys.waiting), None) if key_id is None else key_id
    if chosen is None:
        raise NothingToDo(f"{name}: no later key waits; `add` comes before `front`")
    if chosen == keys.ids[0]:
        raise NothingToDo(f"{name}: key {chosen} stands in front")
    if chosen not in keys.ids:
        raise click.ClickException(f"{name}: there is no key {chosen}; `add` comes before `front`")
    return keys.led_by(chosen)


def _dropped(name: str, keys: KeyRing, key_id: int) -> KeyRing:
    if key_id == keys.ids[0]:
        raise click.ClickException(
            f"{name}: key {key_id} {_ALL[name].makes}; bring another one to the front first"
        )
    if key_id not in keys.ids:
        raise NothingToDo(f"{name}: there is no key {key_id}")
    return keys.without(key_id)
