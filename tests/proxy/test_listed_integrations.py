"""What `INTEGRATIONS` may list: ours, an operator's module, an installed package's offer."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from proxy.operating.listed_integrations import build_parts, find_integrations
from proxy.outgoing.upstream import Upstreams
from proxy.settings_reader import SettingsReader
from proxy.vendors.integration import Integration
from proxy.vendors.part import Part

# What an operator writes beside app.py; `{0}` is the integration's name.
MODULE = """
from proxy.vendors import Integration, Part, SettingsReader, Upstreams

class Shop(Part):
    name = "{0}"

def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    return (Shop(),)

ACME = Integration("{0}", build)
BROKEN = object()
"""


class Named(Part):
    """A part with a name, and nothing else."""

    def __init__(self, name: str) -> None:
        self.name = name


def integration(name: str, *parts: Part) -> Integration:
    return Integration(name, lambda _reader, _upstreams: parts or (Named(name),))


FIRST, SECOND = integration("first"), integration("second")


@pytest.fixture
def beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a folder whose modules can be imported, as those beside app.py can."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def found(listed: str) -> tuple[list[str], list[str]]:
    """Return the names of what is found, and the problems."""
    reader = SettingsReader({"INTEGRATIONS": listed})
    integrations = find_integrations(reader, (FIRST, SECOND))
    return [one.name for one in integrations], reader.problems


@pytest.mark.parametrize(
    ("listed", "expected"),
    [
        ("", ["first"]),
        ("second", ["second"]),
        ("second,first", ["second", "first"]),
        (" first, ,first,", ["first"]),
    ],
)
def test_ours_are_listed_by_name_and_in_their_order(listed: str, expected: list[str]) -> None:
    assert (expected, []) == found(listed)


@pytest.mark.parametrize(
    ("listed", "hint"),
    [
        ("third", ""),
        (":ACME", ""),
        ("First", "; did you mean first?"),
        ("first:", "; did you mean first?"),
        ("secnod", "; did you mean second?"),
    ],
)
def test_what_is_unknown_is_told_the_known_ones(listed: str, hint: str) -> None:
    assert ([], [f"INTEGRATIONS names {listed!r}{hint}; known: first, second"]) == found(listed)


@pytest.mark.parametrize("listed", ["first;second", "first second", "first | second"])
def test_a_list_has_commas(listed: str) -> None:
    assert ([], [f"INTEGRATIONS: {listed!r} is several; separate them by commas"]) == found(listed)


def test_a_list_of_nothing_is_a_problem() -> None:
    assert ([], ["INTEGRATIONS lists no integration"]) == found(",")


def test_an_operators_own_module_is_listed_beside_ours(beside: Path) -> None:
    (beside / "acme_shop.py").write_text(MODULE.format("acme"))
    assert (["first", "acme"], []) == found("first,acme_shop:ACME")


def test_an_installed_package_offers_its_own_by_name(beside: Path) -> None:
    (beside / "acme_shop.py").write_text(MODULE.format("acme"))
    metadata = beside / "acme_shop-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-shop\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[echoseal.integrations]\nacme = acme_shop:ACME\n")
    assert (["acme"], []) == found("acme")


def test_what_is_not_listed_is_not_imported(beside: Path) -> None:
    (beside / "acme_shop.py").write_text("raise AssertionError('imported')")
    metadata = beside / "acme_shop-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-shop\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text("[echoseal.integrations]\nacme = acme_shop:ACME\n")
    assert (["first"], []) == found("first")


def test_a_name_may_have_hyphens(beside: Path) -> None:
    (beside / "acme_shop.py").write_text(MODULE.format("acme-shop"))
    assert (["acme-shop"], []) == found("acme_shop:ACME")


@pytest.mark.parametrize(
    ("listed", "problem"),
    [
        ("absent:ACME", "and there is no module absent"),
        ("absent.inner:ACME", "and there is no module absent.inner"),
        ("acme_shop:OTHER", "and the module acme_shop has no OTHER"),
        ("acme_shop:BROKEN", "which is of the type object, no Integration"),
        ("failing:ACME", "which cannot be imported (RuntimeError: no luck)"),
        ("needy:ACME", "which cannot be imported (ModuleNotFoundError: No module named 'absent')"),
        ("odd:ACME", "whose name is 'Odd Shop'; a name is of lower-case letters, digits, _ and -"),
    ],
)
def test_what_cannot_be_used_is_one_clear_problem(beside: Path, listed: str, problem: str) -> None:
    (beside / "acme_shop.py").write_text(MODULE.format("acme"))
    (beside / "odd.py").write_text(MODULE.format("Odd Shop"))
    (beside / "failing.py").write_text("raise RuntimeError('no luck')")
    (beside / "needy.py").write_text("import absent")
    names, problems = found(listed)
    assert ([], True) == (
        names,
        [said.startswith(f"INTEGRATIONS names {listed!r}, {problem}") for said in problems]
        == [True],
    )


def test_two_of_one_name_are_a_problem(beside: Path) -> None:
    (beside / "acme_shop.py").write_text(MODULE.format("first"))
    assert ["INTEGRATIONS lists two integrations that are named first"] == found(
        "first,acme_shop:ACME"
    )[1]


@pytest.mark.parametrize(
    ("built", "problem"),
    [
        (Named("other"), "shop builds a Named that is not named shop"),
        (object(), "shop builds an object of the type object, which is no part"),
    ],
)
def test_parts_that_are_not_the_integrations_own_are_a_problem(built: Part, problem: str) -> None:
    reader = SettingsReader({})
    upstreams = Upstreams("Tests/1.0", lambda *_: None)
    assert [] == list(build_parts((integration("shop", built),), reader, upstreams))
    assert [problem] == reader.problems
