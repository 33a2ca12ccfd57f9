"""`rotate-keys`: the three steps of a rotation, what is told between them, and what is refused."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from click.testing import CliRunner, Result

from crypto import KeyRing, generate_key_entry
from proxy.log_settings import read_log_settings
from proxy.operating.dangers import find_dangers
from proxy.operating.rotate_keys import RINGS, rotate_keys_command
from proxy.settings import read_settings
from proxy.settings_reader import SettingsReader

SECRET = "b31cf04e9a2d7785e60fc1943b8ad256"
KEYS = {name: ring.key_bytes for name, ring in RINGS.items()}
DONE, REFUSED, NOTHING = 0, 1, 3


def settings(seal: tuple[int, ...], checksum: tuple[int, ...] = (1,)) -> dict[str, str]:
    """Return both variables, with fresh keys of these ids."""
    ids = {"SEAL_KEYS": seal, "CHECKSUM_KEYS": checksum}
    return {
        name: ",".join(generate_key_entry(key_id, KEYS[name]) for key_id in ids[name])
        for name in KEYS
    }


def invoke(variables: Mapping[str, str], *arguments: str) -> Result:
    return CliRunner().invoke(rotate_keys_command(variables), arguments)


def printed(variables: Mapping[str, str], *arguments: str) -> dict[str, str]:
    """Take a step, and return the values that it prints; it prints nothing else."""
    result = invoke(variables, *arguments)
    assert (DONE, "") == (result.exit_code, result.stderr)
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


def used(variables: Mapping[str, str]) -> dict[str, KeyRing]:
    """Return the rings that a process with these variables uses."""
    reader = SettingsReader(variables)
    rings = {name: reader.key_ring(name, size) for name, size in KEYS.items()}
    assert [] == reader.problems
    return rings


def ids(variables: Mapping[str, str]) -> tuple[tuple[int, ...], ...]:
    return tuple(ring.ids for ring in used(variables).values())


def test_a_rotation_is_three_steps() -> None:
    before = settings((1,))
    added = before | printed(before, "add")
    fronted = added | printed(added, "front")
    dropped = fronted | printed(fronted, "drop", "SEAL_KEYS", "1")
    assert ((1, 2), (1, 2)) == ids(added)
    assert ((2, 1), (2, 1)) == ids(fronted)
    assert ((2,), (2, 1)) == ids(dropped)


def test_through_all_its_steps_vendors_know_users_by_the_same_names() -> None:
    values = settings((1,))
    keys = {read_settings(SettingsReader(values)).pseudonym_key}
    for step in (("add",), ("front",), ("drop", "CHECKSUM_KEYS", "1"), ("add",), ("front",)):
        values |= printed(values, *step)
        keys.add(read_settings(SettingsReader(values)).pseudonym_key)
    values |= (again := printed(values, "drop", "CHECKSUM_KEYS", "2"))
    keys.add(read_settings(SettingsReader(values)).pseudonym_key)
    assert 1 == len(keys)
    assert {"CHECKSUM_KEYS"} == again.keys()


def test_keys_stay_what_they_are_from_step_to_step() -> None:
    before = settings((1,))
    added = printed(before, "add")
    fronted = printed(added, "front")
    for name, ring in used(before).items():
        assert used(added)[name].entries[:1] == ring.entries
        assert set(used(added)[name].entries) == set(used(fronted)[name].entries)


def test_every_new_key_is_another() -> None:
    before = settings((1,))
    assert [] == [value for value in printed(before, "add").values() if value in before.values()]
    assert printed(before, "add") != printed(before, "add")


def test_a_step_can_be_for_one_ring() -> None:
    assert {"CHECKSUM_KEYS"} == printed(settings((1,), (1, 2)), "front", "CHECKSUM_KEYS").keys()


def test_a_ring_in_which_a_key_waits_is_left_out_of_the_next_add() -> None:
    assert {"CHECKSUM_KEYS"} == printed(settings((1, 2)), "add").keys()


def test_ids_that_mislead_are_overruled_by_naming_one() -> None:
    # 3 is newer than 7 here, whatever the ids say.
    before = settings((3, 7))
    added = before | printed(before, "add", "SEAL_KEYS", "9")
    assert {"SEAL_KEYS": (9, 3, 7)} == {
        name: KeyRing.parse(value, key_bytes=64).ids
        for name, value in printed(added, "front", "SEAL_KEYS", "9").items()
    }


@pytest.mark.parametrize(
    ("seal", "told"),
    [
        ((4,), ["SEAL_KEYS: no rotation. Key 4 seals.", "add SEAL_KEYS"]),
        (
            (4, 5),
            ["phase 1. Key 4 seals. Waiting, with a later id: 5", "without", "front SEAL_KEYS 5"],
        ),
        (
            (5, 4),
            ["phase 2. Key 5 seals. Still opening", "61 days", "drop SEAL_KEYS 4", "add SEAL_KEYS"],
        ),
        (
            (5, 6, 4),
            [
                "Waiting, with a later id: 6. Still opening, with an earlier id: 4.\n",
                "front SEAL_KEYS 6",
                "drop SEAL_KEYS 4",
            ],
        ),
        ((255, 1), ["phase 1. Key 255 seals.", "front SEAL_KEYS 1"]),
    ],
    ids=str,
)
def test_the_phase_is_told_with_what_comes_next(seal: tuple[int, ...], told: list[str]) -> None:
    result = invoke(settings(seal))
    about, _, _ = result.output.partition("CHECKSUM_KEYS:")
    assert DONE == result.exit_code
    found = [about.find(text) for text in told]
    assert sorted(found) == found
    assert -1 not in found


def test_before_it_signs_a_checksum_key_goes_to_the_marketplaces_own_server() -> None:
    told = invoke(settings((1,), (1, 2))).output
    assert "nor the marketplace's own server" in told
    assert "flask --app app checksum-keys" in told


def test_asking_for_the_phase_shows_no_key() -> None:
    variables = settings((2, 1), (1, 2)) | {"ECHOSEAL_SECRET": SECRET}
    told = invoke(variables).output
    entries = ",".join(variables.values()).split(",")
    assert [] == [entry for entry in entries if entry.partition(":")[2] in told and entry != SECRET]
    assert SECRET not in told


@pytest.mark.parametrize(
    ("seal", "arguments"),
    [
        ((1, 2), ("add", "SEAL_KEYS")),
        ((2, 1), ("front", "SEAL_KEYS")),
        ((2, 1), ("front", "SEAL_KEYS", "2")),
        ((1,), ("front", "SEAL_KEYS")),
        ((2,), ("drop", "SEAL_KEYS", "1")),
    ],
    ids=str,
)
def test_a_step_that_has_been_taken_prints_nothing(
    seal: tuple[int, ...], arguments: tuple[str, ...]
) -> None:
    result = invoke(settings(seal), *arguments)
    assert (NOTHING, "") == (result.exit_code, result.stdout)
    assert "SEAL_KEYS: " in result.stderr


@pytest.mark.parametrize(
    ("seal", "arguments", "reason"),
    [
        ((1,), ("add", "SEAL_KEYS", "1"), "key id 1 is taken"),
        ((1,), ("add", "SEAL_KEYS", "200"), "id 200 is earlier than key 1's"),
        ((1,), ("add", "SEAL_KEYS", "0"), "id 0 is earlier than key 1's"),
        ((1, 2, 3), ("front", "SEAL_KEYS"), "name one of those that wait: 2, 3"),
        ((1, 2), ("front", "SEAL_KEYS", "3"), "there is no key 3"),
        ((2, 1), ("drop", "SEAL_KEYS", "2"), "key 2 seals"),
    ],
    ids=lambda value: None if isinstance(value, tuple) else str(value),
)
def test_a_step_that_cannot_be_taken_is_refused(
    seal: tuple[int, ...], arguments: tuple[str, ...], reason: str
) -> None:
    result = invoke(settings(seal), *arguments)
    assert (REFUSED, "", True) == (result.exit_code, result.stdout, reason in result.stderr)


@pytest.mark.parametrize("step", [(), ("add",), ("front",), ("drop", "SEAL_KEYS", "1")], ids=str)
@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"CHECKSUM_KEYS": "1:" + "A" * 43}, "SEAL_KEYS is not set"),
        ({"SEAL_KEYS": "canary"}, "SEAL_KEYS: entry 1 does not begin with a key id"),
        ({"SEAL_KEYS": "1:canary"}, "SEAL_KEYS: entry 1: key 1 is not 64 bytes"),
        ({"CHECKSUM_KEYS": "1:AAAA,1:canary"}, "CHECKSUM_KEYS: entry 1: key 1 is not 32 bytes"),
        ({"ECHOSEAL_SECRET": "canary"}, "ECHOSEAL_SECRET: must be random and at least 32"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_settings_that_cannot_be_read_are_named_and_not_shown(
    step: tuple[str, ...], variables: dict[str, str], reason: str
) -> None:
    result = invoke(variables, *step)
    assert (REFUSED, "") == (result.exit_code, result.stdout)
    assert reason in result.stderr
    assert "canary" not in result.stderr


def test_one_secret_gives_way_to_rings_of_keys() -> None:
    before = {"ECHOSEAL_SECRET": SECRET}
    added = before | printed(before, "add")
    fronted = added | printed(added, "front")
    dropped = fronted | printed(fronted, "drop", "SEAL_KEYS", "0")
    assert ((0, 1), (0, 1)) == ids(added)
    assert ((1, 0), (1, 0)) == ids(fronted)
    assert ((1,), (1, 0)) == ids(dropped)
    assert used(before)["CHECKSUM_KEYS"].get(0) == used(dropped)["CHECKSUM_KEYS"].get(0)


def test_a_secret_that_goes_leaves_its_key_to_the_ring_that_had_no_other() -> None:
    before = {"ECHOSEAL_SECRET": SECRET}
    added = before | printed(before, "add", "SEAL_KEYS")
    fronted = added | printed(added, "front")
    dropped = printed(fronted, "drop", "SEAL_KEYS", "0")
    assert "" == dropped["ECHOSEAL_SECRET"]
    assert used(before)["CHECKSUM_KEYS"] == used(dropped)["CHECKSUM_KEYS"]


def test_what_one_secret_gives_way_to_may_start() -> None:
    before = {"ECHOSEAL_SECRET": SECRET, "PUBLIC_URL": "https://proxy.example"}
    reader = SettingsReader(before | printed(before, "add"))
    assert () == find_dangers(reader, read_settings(reader))


@pytest.mark.parametrize("step", ["add", "front", "drop"])
def test_the_help_of_a_step_says_that_it_prints_secrets(step: str) -> None:
    assert "PRINTS SECRETS" in invoke({}, step, "--help").output


def words(variables: Mapping[str, str]) -> tuple[bytes, ...]:
    """Return the keys by which logs name users, the first one first."""
    reader = SettingsReader(variables)
    return read_log_settings(reader, reader.key_ring("CHECKSUM_KEYS", 32)).keys


def test_through_all_its_steps_logs_know_users_by_the_same_words() -> None:
    values = settings((1,))
    first = words(values)[0]
    for step in (("add",), ("front",), ("drop", "CHECKSUM_KEYS", "1"), ("add", "CHECKSUM_KEYS")):
        values |= printed(values, *step)
        assert first == words(values)[0]


def test_the_key_of_the_logs_is_rotated_where_it_is_named() -> None:
    values = settings((1,))
    old = words(values)[0]
    added = values | printed(values, "add", "LOG_KEYS")
    assert old == words(added)[0]
    fronted = added | printed(added, "front", "LOG_KEYS")
    new = words(fronted)[0]
    assert (True, True) == (new != old, old in words(fronted))
    dropped = fronted | printed(fronted, "drop", "LOG_KEYS", "1")
    assert new == words(dropped)[0]


def test_the_key_of_the_logs_takes_part_in_a_rotation_where_it_is_set() -> None:
    values = settings((1,))
    assert {"SEAL_KEYS", "CHECKSUM_KEYS"} == printed(values, "add").keys()
    for step in ("add", "front"):
        values |= printed(values, step, "LOG_KEYS")
    assert {"SEAL_KEYS", "CHECKSUM_KEYS", "LOG_KEYS"} == printed(values, "add").keys()


def test_a_secret_stays_when_a_key_of_the_logs_goes() -> None:
    values = {"ECHOSEAL_SECRET": SECRET}
    values |= printed(values, "add", "LOG_KEYS")
    values |= printed(values, "front", "LOG_KEYS")
    assert {"LOG_KEYS"} == printed(values, "drop", "LOG_KEYS", "0").keys()
