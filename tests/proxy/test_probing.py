"""What vendors say of the settings is asked once each, and told in words with the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from proxy.operating.doctor.probing import Probed, ProbeState, probed
from proxy.outgoing.upstream import UpstreamRefused, UpstreamUnavailable
from proxy.vendors import (
    ConnectionLost,
    Part,
    Probe,
    SettingRefused,
    Unproven,
    by_callbacks,
    for_each,
)
from proxy.vendors.probe import MAX_ITEMS

KEY = ("ACME_KEY",)


class Asked(Part):
    """A part whose probes are given."""

    def __init__(self, name: str, *probes: Probe) -> None:
        self.name = name
        self._probes = probes

    def probes(self) -> Sequence[Probe]:
        """Return them."""
        return self._probes


@dataclass
class Vendor:
    """Counts what it is asked, and answers or raises the same each time."""

    answer: str | Exception = ""
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def probe(
        self, *variables: str, answer: str | Exception | None = None, item: str = ""
    ) -> Probe:
        """Return a question about some variables."""
        given = self.answer if answer is None else answer

        def ask() -> str:
            self.asked.append(variables)
            if isinstance(given, Exception):
                raise given
            return given

        return Probe(variables, "Acme's console", ask, item=item)


@pytest.mark.parametrize(
    ("answer", "state", "words", "status", "code"),
    [
        ("test mode", ProbeState.ACCEPTED, "test mode", None, ""),
        (
            UpstreamRefused("acme", 401),
            ProbeState.REFUSED,
            "refused with 401; compare ACME_KEY with what Acme's console shows",
            401,
            "",
        ),
        (
            UpstreamRefused("acme", 400, "bad_key"),
            ProbeState.REFUSED,
            "refused with 400 bad_key; compare ACME_KEY with what Acme's console shows",
            400,
            "bad_key",
        ),
        (
            SettingRefused("acme", 403, "scope", fix="give ACME_KEY the right to read"),
            ProbeState.REFUSED,
            "give ACME_KEY the right to read",
            403,
            "scope",
        ),
        (
            ConnectionLost("public words"),
            ProbeState.REFUSED,
            "compare ACME_KEY with what Acme's console shows",
            401,
            "",
        ),
        (
            UpstreamUnavailable("acme", "answered 503"),
            ProbeState.UNAVAILABLE,
            "nothing was proven: answered 503",
            None,
            "",
        ),
        (Unproven("it may not read"), ProbeState.UNPROVEN, "it may not read", None, ""),
    ],
)
def test_an_answer_is_told_in_words(
    answer: str | Exception, state: ProbeState, words: str, status: int | None, code: str
) -> None:
    part = Asked("acme", Vendor(answer).probe(*KEY))
    assert [Probed("acme", KEY, state, words, status, code)] == list(probed([part]))


def test_what_no_call_proves_is_said_without_a_call() -> None:
    part = Asked("acme", Probe(("ACME_SECRETS",), "", None, "only a callback proves them"))
    expected = Probed("acme", ("ACME_SECRETS",), ProbeState.UNPROVEN, "only a callback proves them")
    assert [expected] == list(probed([part]))


def test_parts_of_one_vendor_are_asked_once_for_what_they_share() -> None:
    vendor = Vendor()
    first = Asked("acme", vendor.probe(*KEY))
    second = Asked("acme", vendor.probe(*KEY), vendor.probe("PLANS"))
    assert 2 == len(list(probed([first, second])))
    assert [KEY, ("PLANS",)] == vendor.asked


def test_vendors_share_nothing() -> None:
    vendor = Vendor()
    assert 2 == len(list(probed([Asked(name, vendor.probe(*KEY)) for name in ("acme", "other")])))
    assert [KEY, KEY] == vendor.asked


@pytest.mark.parametrize(
    "failure", [UpstreamRefused("acme", 401), UpstreamUnavailable("acme", "ConnectTimeout")]
)
def test_without_credentials_nothing_else_is_asked(failure: Exception) -> None:
    vendor = Vendor()
    parts = [
        Asked("acme", vendor.probe(*KEY, answer=failure)),
        Asked("acme", vendor.probe(*KEY, answer=failure), vendor.probe("PLANS")),
    ]
    assert 1 == len(list(probed(parts)))
    assert [KEY] == vendor.asked


def test_where_the_credentials_say_nothing_the_rest_is_asked() -> None:
    vendor = Vendor()
    part = Asked("acme", vendor.probe(*KEY, answer=Unproven("")), vendor.probe("PLANS"))
    assert [ProbeState.UNPROVEN, ProbeState.ACCEPTED] == [one.state for one in probed([part])]


def test_a_part_has_nothing_to_ask_by_default() -> None:
    assert [] == list(probed([Part()]))


def test_each_is_asked_when_it_comes_to_it() -> None:
    vendor = Vendor()
    asking = probed([Asked("acme", vendor.probe(*KEY), vendor.probe("PLANS"))])
    next(asking)
    assert [KEY] == vendor.asked


def test_entries_of_one_list_are_asked_for_each() -> None:
    vendor = Vendor()
    plans = [vendor.probe("PLANS", item=name) for name in ("monthly", "yearly")]
    told = list(probed([Asked("acme", vendor.probe(*KEY), *plans)]))
    assert ["", "monthly", "yearly"] == [one.item for one in told]


@pytest.mark.parametrize(("status", "asked"), [(401, 1), (403, 2)])
def test_unknown_credentials_are_shown_to_no_other_part_and_bounded_ones_are(
    status: int, asked: int
) -> None:
    vendor = Vendor(UpstreamRefused("acme", status))
    parts = [Asked("acme", vendor.probe(*KEY, item=item)) for item in ("identity", "billing")]
    assert asked == len(list(probed(parts)))


def test_of_a_long_list_the_first_entries_are_asked_for() -> None:
    asked: list[str] = []
    names = [f"plan-{number}" for number in range(MAX_ITEMS + 2)]

    def ask(name: str) -> str:
        asked.append(name)
        return ""

    (*_, rest) = probed([Asked("acme", *for_each(names, "PLANS", "Acme's console", ask))])
    assert names[:MAX_ITEMS] == asked
    assert (ProbeState.UNPROVEN, "2 more were not looked at") == (rest.state, rest.words)


def test_what_signs_callbacks_is_proven_by_none_of_our_requests() -> None:
    (one,) = probed([Asked("acme", by_callbacks("ACME_SECRETS", "Acme's console"))])
    assert (ProbeState.UNPROVEN, "only a signed callback proves it") == (one.state, one.words)
