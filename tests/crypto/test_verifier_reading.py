"""The JavaScript reader finds the verification that counts where Echoseal finds it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.vendors.matters import IDENTITY
from tests.crypto.node_scripts import run_script
from tests.crypto.stored_verifications import APPROVED, StoredVerifications
from tests.references.profile import CHECKSUM_KEYS, CLIENT_ID, USER_ID, key_of

SEED = 20261129
STATES = 3_000

pytestmark = pytest.mark.node

Report = dict[str, Any]


@pytest.fixture(scope="module", params=["", "--without-global-crypto"])
def odd(
    request: pytest.FixtureRequest, node: str, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    """What is read where code in the same process hands over what JSON does not have."""
    return run_reader(node, tmp_path_factory.mktemp("odd"), [], request.param)


def test_both_languages_read_every_state_alike(node: str, tmp_path: Path) -> None:
    states = StoredVerifications(SEED).states(STATES)
    texts = [state.text for state in states]
    expected = [(state.text, state.counts) for state in states]
    report = run_reader(node, tmp_path, texts)

    found = {state.counts and state.counts["status"] for state in states}
    assert {None, *IDENTITY.statuses} == found
    assert expected == list(zip(texts, report["parsed"], strict=True))
    assert expected == list(zip(texts, report["built"], strict=True))


def test_nothing_is_believed_that_may_read_differently_again(odd: Report) -> None:
    assert dict.fromkeys(odd["spoiled"], None) == odd["spoiled"]


def test_what_is_odd_beside_a_record_does_not_hide_it(odd: Report) -> None:
    assert dict.fromkeys(odd["cluttered"], APPROVED.summary) == odd["cluttered"]


def test_unusable_keys_are_an_error_whatever_is_stored(odd: Report) -> None:
    message = "keys: entry 1: key 1 is not 32 bytes in unpadded base64url"

    assert dict.fromkeys(odd["unusable"], message) == odd["unusable"]


def run_reader(node: str, folder: Path, texts: list[str], option: str = "") -> Report:
    known = {"keys": CHECKSUM_KEYS.reveal(), "client_id": CLIENT_ID, "user_id": str(USER_ID)}
    approved = StoredVerifications(SEED).signed(key_of(APPROVED), APPROVED.fields)
    file = folder / "private_data.json"
    file.write_text(json.dumps({**known, "texts": texts, "approved": approved}))
    return run_script(node, "read_verifications.mjs", file, option)
