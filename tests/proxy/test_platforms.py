"""What a platform tells of itself stands in for what is not set, and for nothing else."""

from __future__ import annotations

import pytest

from proxy.platforms import PLATFORM_VARIABLES
from proxy.settings import Settings, read_settings
from proxy.settings_reader import SettingsReader
from tests.proxy.test_commands import GOOD, run

WITHOUT = {name: value for name, value in GOOD.items() if name != "PUBLIC_URL"}
TOLD = [
    ("RENDER_EXTERNAL_URL", "https://seal.onrender.com", "https://seal.onrender.com", 1),
    ("RENDER_EXTERNAL_URL", "https://seal.onrender.com/", "https://seal.onrender.com", 1),
    ("FLY_APP_NAME", "seal-1a", "https://seal-1a.fly.dev", 2),
    ("RAILWAY_PUBLIC_DOMAIN", "seal.up.railway.app", "https://seal.up.railway.app", 1),
    (
        "HEROKU_APP_DEFAULT_DOMAIN_NAME",
        "seal-0123456789ab.herokuapp.com",
        "https://seal-0123456789ab.herokuapp.com",
        1,
    ),
]

MACHINE = {"FLY_MACHINE_ID": "148e21ea7e4389"}


def _read(variables: dict[str, str]) -> tuple[Settings, list[str]]:
    reader = SettingsReader(variables)
    return read_settings(reader), reader.problems


@pytest.mark.parametrize(("variable", "value", "url", "hops"), TOLD)
def test_the_platforms_word_stands_in(variable: str, value: str, url: str, hops: int) -> None:
    settings, problems = _read({**WITHOUT, variable: value, **MACHINE})
    assert ([], url, hops) == (problems, settings.public_url, settings.trusted_proxy_hops)


def test_who_only_names_an_app_of_fly_does_not_run_behind_its_routers() -> None:
    """The name is what tools deploy by, on any machine; there, two would trust the caller."""
    settings, _ = _read({**GOOD, "FLY_APP_NAME": "seal"})
    assert 1 == settings.trusted_proxy_hops


def test_every_platform_is_tried() -> None:
    assert set(PLATFORM_VARIABLES) == {variable for variable, *_ in TOLD}


@pytest.mark.parametrize("variable", PLATFORM_VARIABLES)
def test_what_is_set_wins(variable: str) -> None:
    told = {name: value for name, value, *_ in TOLD}
    settings, _ = _read({**GOOD, variable: told[variable], "TRUSTED_PROXY_HOPS": "3"})
    assert ("https://proxy.example", 3) == (settings.public_url, settings.trusted_proxy_hops)
    assert {} == settings.defaulted


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("RENDER_EXTERNAL_URL", ""),
        ("RENDER_EXTERNAL_URL", "http://seal.onrender.com"),
        ("RENDER_EXTERNAL_URL", "https://127.0.0.1"),
        ("RENDER_EXTERNAL_URL", "https://seal.onrender.com/path"),
        ("RENDER_EXTERNAL_URL", "https://user@seal.onrender.com"),
        ("FLY_APP_NAME", "a/b"),
        ("FLY_APP_NAME", "evil.example/?"),
        ("RAILWAY_PUBLIC_DOMAIN", "localhost"),
        ("HEROKU_APP_DEFAULT_DOMAIN_NAME", "https://seal.herokuapp.com"),
    ],
)
def test_what_is_no_public_address_stands_in_for_nothing(variable: str, value: str) -> None:
    settings, problems = _read({**WITHOUT, variable: value})
    assert (["PUBLIC_URL is not set"], "") == (problems, settings.public_url)


def test_check_tells_where_the_address_comes_from() -> None:
    checked = run("check", **{**WITHOUT, **MACHINE, "FLY_APP_NAME": "seal"})
    assert "  public at     https://seal.fly.dev (from FLY_APP_NAME)\n" in checked.stdout
    assert "  routers ahead 2 (from FLY_APP_NAME)\n" in checked.stdout
