"""Tokens in a file are dangerous."""

from __future__ import annotations

from pathlib import Path

from integrations.pumble import PUMBLE
from proxy.outgoing.upstream import Upstreams
from proxy.settings_reader import SettingsReader
from tests.example_environment import read_example

UPSTREAMS = Upstreams("Tests/1.0", lambda *_: None)


def read(variables: dict[str, str]) -> SettingsReader:
    """Return what has read Pumble's settings, those of the example but for these."""
    reader = SettingsReader({**read_example(), **variables})
    PUMBLE.build(reader, UPSTREAMS)
    return reader


def test_tokens_in_a_file_are_dangerous(tmp_path: Path) -> None:
    reader = read({"PUMBLE_TOKEN_STORE": f"json-file:{tmp_path / 'tokens.json'}"})
    beginning = "PUMBLE_TOKEN_STORE keeps tokens in a file, in the clear;"
    assert [beginning] == [danger[: len(beginning)] for danger in reader.dangers]


def test_sealed_tokens_are_not_dangerous() -> None:
    assert [] == read({"PUMBLE_TOKEN_STORE": "private-data"}).dangers
