"""`config.example.env` boots the app, and lists exactly the variables that are read."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
from collections.abc import Iterator, Mapping

import pytest

from app import create_app
from integrations import ALL
from proxy.vendors.integration import Integration
from tests.example_environment import EXAMPLE, read_example
from tests.installed import is_of_a_deleted_one
from tests.source_tree import ROOT

APIS = ("netverify", "kyx")
CREDENTIAL_TYPES = ("API_KEY", "CLIENT_CREDENTIALS")
LOOPBACK = "http://127.0.0.1:9"
# Python's ssl module looks for it whenever a TLS context is made.
NOT_OURS = {"SSLKEYLOGFILE"}


class RecordingEnvironment(Mapping[str, str]):
    """An environment that remembers which names it was asked for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return self._variables[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)


def _names_that_the_app_reads() -> set[str]:
    names: set[str] = set()
    every_integration = ",".join(integration.name for integration in ALL)
    for api in APIS:
        settings = {**read_example(), "JUMIO_API": api, "INTEGRATIONS": every_integration}
        # With a value, a base URL that replaces the published hosts is read to the end.
        for credentials in CREDENTIAL_TYPES:
            chosen = {"SENSEDIA_CREDENTIAL_TYPE": credentials, "JUMIO_BASE_URL": LOOPBACK}
            environment = RecordingEnvironment({**settings, **chosen})
            create_app(environment)
            names |= environment.asked
    return names


def _names_that_the_server_reads(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    environment = RecordingEnvironment(read_example())
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", environment)
        runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    return environment.asked - NOT_OURS


@pytest.mark.parametrize("api", APIS)
def test_the_app_boots_from_the_example(api: str) -> None:
    client = create_app({**read_example(), "JUMIO_API": api}).test_client()
    assert {"status": "alive"} == client.get("/healthz").get_json()


@pytest.mark.parametrize("integration", ALL, ids=lambda integration: integration.name)
def test_the_app_boots_from_the_example_with_any_integration(integration: Integration) -> None:
    client = create_app({**read_example(), "INTEGRATIONS": integration.name}).test_client()
    assert {"status": "alive"} == client.get("/healthz").get_json()


def test_the_example_lists_exactly_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _names_that_the_app_reads() | _names_that_the_server_reads(monkeypatch)
    assert read == {name for name in read_example() if not is_of_a_deleted_one(name)}


def test_every_variable_has_one_comment_line_of_its_own() -> None:
    lines = EXAMPLE.read_text().splitlines()
    for before, previous, line in zip(lines, lines[1:], lines[2:], strict=False):
        if line and not line.startswith("#"):
            assert previous.startswith("# "), line
            assert not before.startswith("#"), line


def test_example_keys_say_that_they_are_examples() -> None:
    example = read_example()
    for name in ("SEAL_KEYS", "CHECKSUM_KEYS"):
        assert example[name].startswith("1:EXAMPLE-ONLY-")


@pytest.mark.skipif(shutil.which("sh") is None, reason="no POSIX shell here")
def test_a_shell_reads_the_example_as_make_run_does() -> None:
    """`make run` sources the file; a value that a shell would change has no place in it."""
    script = f"set -a; . {EXAMPLE}; env"
    printed = subprocess.run(
        ["sh", "-c", script], env={}, capture_output=True, check=True, text=True
    ).stdout
    seen = dict(line.partition("=")[::2] for line in printed.splitlines())
    assert read_example() == {name: seen.get(name) for name in read_example()}
