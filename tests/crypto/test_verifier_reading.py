"""The JavaScript reader finds the record that counts where Echoseal does, and judges it alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from proxy.references.subject import Subject
from tests.crypto.node_scripts import run_script
from tests.crypto.stored_records import (
    AGREEMENT,
    APPROVED,
    CLUB,
    GRACE_SECONDS,
    StoredRecords,
)
from tests.references.profile import CHECKSUM_KEYS, CLIENT_ID, NOW, USER_ID, WHO, key_of

SEED = 20261129
STATES = 600

pytestmark = pytest.mark.node

Report = dict[str, Any]


@pytest.fixture(scope="module", params=["", "--without-global-crypto"])
def odd(
    request: pytest.FixtureRequest, node: str, tmp_path_factory: pytest.TempPathFactory
) -> Report:
    """What is read where code in the same process hands over what JSON does not have."""
    return run_reader(node, tmp_path_factory.mktemp("odd"), [], request.param)


@pytest.mark.parametrize("subject", [WHO, AGREEMENT, CLUB], ids=lambda subject: subject.title)
def test_both_languages_read_every_state_alike(subject: Subject, node: str, tmp_path: Path) -> None:
    states = StoredRecords(SEED, subject).states(STATES)
    texts = [state.text for state in states]
    expected = [(state.text, state.counts, state.opens) for state in states]
    report = run_reader(node, tmp_path, texts, subject=subject)

    found = {state.counts and state.counts["status"] for state in states}
    assert {None, *subject.matter.statuses} == found
    assert expected == list(zip(texts, report["parsed"], report["opens"], strict=True))
    assert [state.counts for state in states] == report["built"]


def test_nothing_is_believed_that_may_read_differently_again(odd: Report) -> None:
    assert dict.fromkeys(odd["spoiled"], None) == odd["spoiled"]


def test_what_is_odd_beside_a_record_does_not_hide_it(odd: Report) -> None:
    assert dict.fromkeys(odd["cluttered"], APPROVED.summary) == odd["cluttered"]


def test_unusable_keys_are_an_error_whatever_is_stored(odd: Report) -> None:
    message = "keys: entry 1: key 1 is not 32 bytes in unpadded base64url"

    assert dict.fromkeys(odd["unusable"], message) == odd["unusable"]


def test_what_is_the_name_of_no_record_is_an_error(odd: Report) -> None:
    assert dict.fromkeys(odd["unnamed"], "name: not that of a record") == odd["unnamed"]


def run_reader(
    node: str, folder: Path, texts: list[str], option: str = "", subject: Subject = WHO
) -> Report:
    known = {"keys": CHECKSUM_KEYS.reveal(), "client_id": CLIENT_ID, "user_id": str(USER_ID)}
    asked = {
        "name": subject.key,
        "versions": dict(subject.versions),
        "now": NOW,
        "grace": GRACE_SECONDS,
    }
    approved = StoredRecords(SEED).signed(key_of(APPROVED), APPROVED.fields)
    file = folder / "private_data.json"
    file.write_text(json.dumps({**known, **asked, "texts": texts, "approved": approved}))
    return run_script(node, "read_records.mjs", file, option)
