"""Callbacks from anywhere are dangerous where what they say is believed."""

from __future__ import annotations

import pytest

from integrations.jumio import JUMIO
from proxy.outgoing.upstream import Upstreams
from proxy.settings_reader import SettingsReader
from tests.example_environment import read_example

UPSTREAMS = Upstreams("Tests/1.0", lambda *_: None)


def read(variables: dict[str, str]) -> SettingsReader:
    """Return what has read Jumio's settings, those of the example but for these."""
    reader = SettingsReader({**read_example(), **variables})
    JUMIO.build(reader, UPSTREAMS)
    return reader


WIDE = "JUMIO_CALLBACK_IPS lets nearly everybody in"
ANYBODY = (
    "0.0.0.0/0",
    "0.0.0.0/1,128.0.0.0/2,192.0.0.0/2",
    "198.51.100.7,2000::/3",
)


@pytest.mark.parametrize("networks", ANYBODY)
def test_callbacks_from_anywhere_that_are_believed_are_dangerous(networks: str) -> None:
    reader = read({"JUMIO_CALLBACK_IPS": networks, "JUMIO_CONFIRM": "callback"})
    assert [WIDE] == [danger[: len(WIDE)] for danger in reader.dangers]
    assert [] == reader.advice


@pytest.mark.parametrize(
    "variables",
    [
        {"JUMIO_CONFIRM": "retrieval"},
        {"JUMIO_CONFIRM": "callback", "JUMIO_API": "kyx"},
    ],
    ids=str,
)
def test_callbacks_from_anywhere_that_only_ring_are_worth_knowing(
    variables: dict[str, str],
) -> None:
    reader = read({"JUMIO_CALLBACK_IPS": "0.0.0.0/0", **variables})
    assert [WIDE] == [advice[: len(WIDE)] for advice in reader.advice]
    assert [] == reader.dangers


def test_a_vendors_usual_networks_are_not_dangerous() -> None:
    usual = {"JUMIO_CALLBACK_IPS": "34.0.0.0/8,2001:db8::/32", "JUMIO_CONFIRM": "callback"}
    assert ([], []) == (read(usual).dangers, read(usual).advice)
