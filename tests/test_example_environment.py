"""`config.example.env` boots the app, and lists exactly the variables that are read."""

from __future__ import annotations

import os
import re
import runpy
import secrets
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from dotenv import dotenv_values

from app import create_app
from integrations import ALL
from proxy.operating.configuration import read_configuration
from proxy.outgoing.upstream import Upstreams
from proxy.platforms import PLATFORM_VARIABLES
from proxy.settings_reader import ConfigurationError, SettingsReader
from proxy.vendors.integration import Integration
from proxy.vendors.subjects import DOCUMENTS, PLANS
from tests.documents import example
from tests.example_environment import read_deployment, read_example
from tests.source_tree import ROOT

UPSTREAMS = Upstreams("Tests/1.0", lambda *_: None)
# Python's ssl module and OpenSSL look for them whenever a TLS context is made; Flask for the last.
NOT_OURS = {"SSLKEYLOGFILE", "SSL_CERT_FILE", "FLASK_SKIP_DOTENV"}
# A platform sets them, nobody else.
OF_PLATFORMS = set(PLATFORM_VARIABLES)
# An id may be made up too: nobody is let in by it.
MADE_UP = r"made-up(?!\.)|MadeUp"


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


class ChoosingReader(SettingsReader):
    """A reader that remembers what it was asked for, and between what one may choose."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.environment = RecordingEnvironment(variables)
        self.choices: dict[str, tuple[str, ...]] = {}
        super().__init__(self.environment)

    def choice(self, name: str, options: tuple[str, ...], default: str | None = None) -> str:
        self.choices[name] = options
        return super().choice(name, options, default)


def _readers(integration: Integration) -> Iterator[ChoosingReader]:
    """Iterate over readers that have built an integration: by the example, then otherwise."""
    waiting: list[dict[str, str]] = [{}]
    seen: set[str] = set()
    while waiting:
        reader = ChoosingReader({**read_example(), **waiting.pop()})
        integration.build(reader, UPSTREAMS)
        yield reader
        for name in reader.choices.keys() - seen:
            seen.add(name)
            waiting += [{name: option} for option in reader.choices[name]]


def _names_that_the_app_reads() -> set[str]:
    every_integration = ",".join(integration.name for integration in ALL)
    environment = RecordingEnvironment({**read_example(), "INTEGRATIONS": every_integration})
    create_app(environment)
    readers = [reader for integration in ALL for reader in _readers(integration)]
    asked = environment.asked.union(*(reader.environment.asked for reader in readers))
    return asked - OF_PLATFORMS


def _names_that_the_server_reads(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    environment = RecordingEnvironment(read_example())
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", environment)
        runpy.run_path(str(ROOT / "gunicorn.conf.py"))
    return environment.asked - NOT_OURS - OF_PLATFORMS


def test_the_app_boots_from_the_example() -> None:
    client = create_app(read_example()).test_client()
    assert {"status": "alive"} == client.get("/healthz").get_json()


@pytest.mark.parametrize("integration", ALL, ids=lambda integration: integration.name)
def test_the_example_is_complete_whatever_is_chosen(integration: Integration) -> None:
    assert [] == [problem for reader in _readers(integration) for problem in reader.problems]


@pytest.mark.parametrize("integration", ALL, ids=lambda integration: integration.name)
def test_the_app_boots_from_the_example_with_any_integration(integration: Integration) -> None:
    client = create_app({**read_example(), "INTEGRATIONS": integration.name}).test_client()
    assert {"status": "alive"} == client.get("/healthz").get_json()


def test_the_example_lists_exactly_what_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    read = _names_that_the_app_reads() | _names_that_the_server_reads(monkeypatch)
    # The first two are read by vendors of signing and billing, whichever there are; the last one
    # where there is a SENTRY_DSN.
    assert read | {DOCUMENTS, PLANS, "SENTRY_ENVIRONMENT"} == set(read_example())


def test_every_variable_of_the_example_is_known_by_a_name_that_is_nearly_right() -> None:
    deployment = {**read_deployment(), "ECHOSEAL_SECRET": secrets.token_hex(32)}
    # Shorter ones are like too many others.
    names = {name for name in deployment if len(name) > len("HOST ")}
    nearly = {name: f"{name[:-2]}{name[-1]}{name[-2]}" for name in names}
    misspelt = dict.fromkeys(nearly.values(), "x")
    with pytest.raises(ConfigurationError) as refused:
        read_configuration(misspelt, ALL)
    required = _told(nearly, refused.value.problems)
    kept = {name: value for name, value in deployment.items() if name in required}
    optional = _told(nearly, read_configuration({**misspelt, **kept}, ALL).warnings)
    assert names == required | optional


def _told(nearly: Mapping[str, str], sentences: Iterable[str]) -> set[str]:
    """Return the names that are told beside those that are nearly right."""
    words = [set(_words(one)) for one in sentences]
    return {name for name, wrong in nearly.items() if any({name, wrong} <= one for one in words)}


def _words(sentence: str) -> list[str]:
    return re.findall(r"[A-Z][A-Z0-9_]+", sentence)


def test_every_variable_has_one_comment_line_of_its_own() -> None:
    lines = example().splitlines()
    for before, previous, line in zip(lines, lines[1:], lines[2:], strict=False):
        if line and not line.startswith("#"):
            assert previous.startswith("# "), line
            assert not before.startswith("#"), line


@pytest.mark.parametrize("integration", ALL, ids=lambda integration: integration.name)
def test_no_deployment_starts_with_an_examples_secret(integration: Integration) -> None:
    reader = ChoosingReader(read_example())
    integration.build(reader, UPSTREAMS)
    made_up = {name for name, value in reader.read.items() if re.search(MADE_UP, value)}
    deployed = {**read_deployment(), **{name: read_example()[name] for name in made_up}}
    if made_up:
        with pytest.raises(ConfigurationError) as refused:
            create_app({**deployed, "INTEGRATIONS": integration.name})
        told = [problem.partition(" holds")[0] for problem in refused.value.problems]
        assert made_up == set(told)


def test_example_keys_say_that_they_are_examples() -> None:
    example = read_example()
    for name in ("SEAL_KEYS", "CHECKSUM_KEYS"):
        assert example[name].startswith("1:EXAMPLE-ONLY-")


def test_every_way_to_read_the_example_finds_the_same(tmp_path: Path) -> None:
    """By `.env`, as commands and `make run` do, and as a shell that sources the file."""
    (tmp_path / ".env").write_text(example())
    assert read_example() == dotenv_values(tmp_path / ".env")
    script = f"set -a; . {tmp_path}/.env; env"
    printed = subprocess.run(
        ["sh", "-c", script], env={}, capture_output=True, check=True, text=True
    ).stdout
    seen = dict(line.partition("=")[::2] for line in printed.splitlines())
    assert read_example() == {name: seen.get(name) for name in read_example()}
