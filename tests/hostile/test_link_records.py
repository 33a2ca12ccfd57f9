"""Users write their own private data: no record there is a link, and none stops one from being."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.operating.configuration import read_configuration
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.judge import Judge, silence_logs
from tests.hostile.values import odd_values
from tests.kit.world import KitWorld

EXAMPLES = 50
KEY, CHECKSUM = "badgeLink", "badgeLinkChecksum"
BADGE = {"X-Badge": "@@badge@@"}
LINK = HostileRequest("POST", "/api/badge/link", BADGE, b'{"code":"@@code@@"}', "application/json")
_FIELDS = ("id", "audience", "linkedAt")
_TIMES = st.sampled_from(["9999-12-31T23:59:59.999Z", "0000-00-00T00:00:00Z", "\ud800"])
_RECORDS = st.one_of(
    odd_values,
    st.dictionaries(st.sampled_from(_FIELDS), st.one_of(_TIMES, odd_values)),
)
_CHECKSUMS = st.one_of(
    st.sampled_from(["1." + "A" * 43, "1.", ".", "256.x", "²." + "A" * 43]), odd_values
)
_CLAIMS = st.one_of(
    odd_values, st.builds(lambda until: {"until": until}, st.one_of(_TIMES, odd_values))
)


class Owner:
    """A user with a code and a link that they may overwrite, and the badge that made it."""

    def __init__(self) -> None:
        self.world = KitWorld(INTEGRATIONS="badge", integration_api=True)
        code = self.world.browser().call("POST", "/api/badge/link-codes").json()["code"]
        parts = read_configuration(self.world.settings, self.world.known).parts
        genuine = {"badge": self.world.badge.issue(), "code": code}
        self.judge = Judge(self.world.app, genuine, parts)
        assert 200 == self.judge.send(LINK).status_code
        self.linked = copy.deepcopy(self.world.user.private_data)

    def link_over(self, private_data: dict[str, Any]) -> str:
        """Bring the used code back while the user has made this up; return what is told."""
        self.world.sharetribe.replace_private_data(self.world.user.id, private_data)
        answer = self.judge.send(LINK)
        assert 200 == answer.status_code, answer.get_data()
        assert self.world.checksum_holds(key=KEY)
        assert "holder-0" == self.world.user.private_data[KEY]["id"]
        return str(answer.get_json()["status"])

    def close(self) -> None:
        """Stop everything."""
        silence_logs()
        self.world.close()


@pytest.fixture(scope="module")
def owner() -> Iterator[Owner]:
    owner = Owner()
    yield owner
    owner.close()


@settings(max_examples=EXAMPLES, deadline=None)
@given(record=_RECORDS, checksum=_CHECKSUMS)
def test_what_a_user_makes_up_is_no_link(owner: Owner, record: Any, checksum: Any) -> None:
    assert "linked" == owner.link_over({KEY: record, CHECKSUM: checksum})


@settings(max_examples=EXAMPLES, deadline=None)
@given(name=st.sampled_from(_FIELDS), value=odd_values)
def test_a_genuine_checksum_holds_for_no_other_link(owner: Owner, name: str, value: Any) -> None:
    changed = copy.deepcopy(owner.linked)
    changed[KEY][name] = value
    expected = "unchanged" if changed == owner.linked else "linked"
    assert expected == owner.link_over(changed)


@settings(max_examples=EXAMPLES, deadline=None)
@given(claims=st.dictionaries(st.text(max_size=30), _CLAIMS, max_size=5))
def test_claims_that_a_user_makes_up_stop_nobody(owner: Owner, claims: dict[str, Any]) -> None:
    made_up = {f"{KEY}-{name}": value for name, value in claims.items()}
    assert "linked" == owner.link_over(made_up)


def test_the_genuine_link_is_known_again(owner: Owner) -> None:
    assert "unchanged" == owner.link_over(copy.deepcopy(owner.linked))
