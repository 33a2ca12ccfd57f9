"""Settings from the environment: every problem at once, and no secret in any of them."""

from __future__ import annotations

import base64
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.addresses import origin_of, parse_base_url, parse_origin
from proxy.settings import Settings, read_settings
from proxy.settings_reader import SettingsReader

SEAL_KEY = base64.urlsafe_b64encode(b"seal" * 16).rstrip(b"=").decode()
CHECKSUM_KEY = base64.urlsafe_b64encode(b"checksum" * 4).rstrip(b"=").decode()
INTEGRATION_SECRET = "integration-secret-value"
ONE_SECRET = "one-secret-for-everything-0123456789"
SECRETS = (SEAL_KEY, CHECKSUM_KEY, INTEGRATION_SECRET, ONE_SECRET)

GOOD = {
    "SHARETRIBE_CLIENT_ID": "0a1b2c3d-0000-4000-8000-00000000000e",
    "SHARETRIBE_INTEGRATION_CLIENT_ID": "1a1b2c3d-0000-4000-8000-00000000000e",
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET": INTEGRATION_SECRET,
    "MARKETPLACE_ORIGINS": "https://market.example",
    "PUBLIC_URL": "https://proxy.example",
    "SEAL_KEYS": f"1:{SEAL_KEY}",
    "CHECKSUM_KEYS": f"1:{CHECKSUM_KEY}",
}


def read(changes: dict[str, str | None]) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings of the kernel and their problems."""
    merged = {**GOOD, **changes}
    reader = SettingsReader({name: text for name, text in merged.items() if text is not None})
    checked = read_settings(reader)
    return checked, tuple(reader.problems)


def settings(**changes: str | None) -> Settings:
    checked, found = read(changes)
    assert () == found
    return checked


def problems(**changes: str | None) -> tuple[str, ...]:
    return read(changes)[1]


def test_a_text_that_is_not_utf_8_is_reported_and_used_nowhere() -> None:
    reader = SettingsReader({"A": "a\udcff", "B": "good, bad\udcff", "C": "c\udcff"})
    assert "\udcff" not in reader.secret("A")
    assert "" == reader.text("A")
    assert all("\udcff" not in secret for secret in reader.secrets("B"))
    assert "usual" == reader.text("C", "usual")
    assert [f"{name} is not UTF-8 text" for name in "ABC"] == [
        problem for problem in reader.problems if "UTF-8" in problem
    ]


def test_what_is_not_set_has_its_default() -> None:
    minimal = settings(
        SHARETRIBE_INTEGRATION_CLIENT_ID=None,
        SHARETRIBE_INTEGRATION_CLIENT_SECRET=None,
        MARKETPLACE_ORIGINS=None,
    )
    assert "https://flex-api.sharetribe.com" == minimal.marketplace_url
    assert minimal.integration is None
    assert minimal.marketplace_origins == frozenset()
    assert minimal.frontend_url is None
    assert "/api" == minimal.api_prefix
    assert 1 == minimal.trusted_proxy_hops
    assert minimal.cookie_secure


def test_the_integration_api_has_its_own_host() -> None:
    integration = settings().integration
    assert integration is not None
    assert "https://flex-integ-api.sharetribe.com" == integration.base_url


@pytest.mark.parametrize(
    ("name", "value", "look", "expected"),
    [
        ("SHARETRIBE_CLIENT_ID", "  abc-1  ", lambda s: s.client_id, "abc-1"),
        (
            "SHARETRIBE_BASE_URL",
            "https://a.example/",
            lambda s: s.marketplace_url,
            "https://a.example",
        ),
        ("SHARETRIBE_BASE_URL", "", lambda s: s.marketplace_url, "https://flex-api.sharetribe.com"),
        ("PUBLIC_URL", "https://a.example/p/", lambda s: s.public_url, "https://a.example/p"),
        ("FRONTEND_URL", "http://10.0.0.5:4000", lambda s: s.frontend_url, "http://10.0.0.5:4000"),
        ("FRONTEND_URL", " ", lambda s: s.frontend_url, None),
        ("API_PREFIX", "/idv/api", lambda s: s.api_prefix, "/idv/api"),
        ("MAX_STARTS_PER_DAY", "", lambda s: s.max_starts_per_day, 5),
        ("MAX_STARTS_PER_DAY", "0", lambda s: s.max_starts_per_day, 0),
        ("WEB_THREADS", "", lambda s: s.threads, 200),
        ("WEB_THREADS", "1000", lambda s: s.threads, 1_000),
        ("TRUSTED_PROXY_HOPS", "0", lambda s: s.trusted_proxy_hops, 0),
        ("TRUSTED_PROXY_HOPS", "10", lambda s: s.trusted_proxy_hops, 10),
        ("COOKIE_SECURE", "False", lambda s: s.cookie_secure, False),
        ("COOKIE_SECURE", "0", lambda s: s.cookie_secure, False),
        ("COOKIE_SECURE", "1", lambda s: s.cookie_secure, True),
        ("COOKIE_SECURE", "", lambda s: s.cookie_secure, True),
        (
            "MARKETPLACE_ORIGINS",
            "https://Market.Example/, http://localhost:3000,",
            lambda s: s.marketplace_origins,
            frozenset({"https://market.example", "http://localhost:3000"}),
        ),
        (
            "MARKETPLACE_ORIGINS",
            "https://market.example:443/, http://localhost:80",
            lambda s: s.marketplace_origins,
            frozenset({"https://market.example", "http://localhost"}),
        ),
    ],
)
def test_a_value_is_read(
    name: str, value: str, look: Callable[[Settings], object], expected: object
) -> None:
    assert expected == look(settings(**{name: value}))


REQUIRED = (
    "SHARETRIBE_CLIENT_ID",
    "PUBLIC_URL",
    "SEAL_KEYS",
    "CHECKSUM_KEYS",
)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("value", [None, "", "   "])
def test_a_required_variable_must_be_set(name: str, value: str | None) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(f"{name} is not set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SHARETRIBE_CLIENT_ID", "with space"),
        ("SHARETRIBE_CLIENT_ID", "a;b"),
        ("SHARETRIBE_CLIENT_ID", "x" * 101),
        ("SHARETRIBE_BASE_URL", "flex-api.sharetribe.com"),
        ("SHARETRIBE_BASE_URL", "ftp://a.example"),
        ("SHARETRIBE_BASE_URL", "http://a.example"),
        ("SHARETRIBE_BASE_URL", "https://"),
        ("SHARETRIBE_BASE_URL", "https://a.example?x=1"),
        ("SHARETRIBE_BASE_URL", "https://a.example?"),
        ("SHARETRIBE_BASE_URL", "https://a.example#top"),
        ("SHARETRIBE_BASE_URL", "https://a.example#"),
        ("SHARETRIBE_BASE_URL", "https://user:pass@a.example"),
        ("SHARETRIBE_BASE_URL", "https://a.example:port"),
        ("SHARETRIBE_BASE_URL", "https://a.example:0"),
        ("SHARETRIBE_BASE_URL", "https://[::1"),
        ("SHARETRIBE_BASE_URL", "https://a b.example"),
        ("SHARETRIBE_INTEGRATION_BASE_URL", "http://a.example"),
        ("PUBLIC_URL", "http://proxy.example"),
        ("PUBLIC_URL", "http://127.0.0.1.example"),
        ("PUBLIC_URL", "http://localhost.example"),
        ("PUBLIC_URL", "proxy.example"),
        ("FRONTEND_URL", "ftp://10.0.0.5"),
        ("FRONTEND_URL", "http://10.0.0.5/?x"),
        ("API_PREFIX", "api"),
        ("API_PREFIX", "/api/"),
        ("API_PREFIX", "/"),
        ("API_PREFIX", "/a//b"),
        ("API_PREFIX", "/<int:x>"),
        ("WEB_THREADS", "0"),
        ("MAX_STARTS_PER_DAY", "51"),
        ("WEB_THREADS", "1001"),
        ("TRUSTED_PROXY_HOPS", "-1"),
        ("TRUSTED_PROXY_HOPS", "11"),
        ("TRUSTED_PROXY_HOPS", "1.0"),
        ("TRUSTED_PROXY_HOPS", "one"),
        ("TRUSTED_PROXY_HOPS", "\u0661"),
        ("COOKIE_SECURE", "yes"),
        ("MARKETPLACE_ORIGINS", "market.example"),
        ("MARKETPLACE_ORIGINS", "https://market.example/path"),
        ("MARKETPLACE_ORIGINS", "https://market.example?x"),
        ("MARKETPLACE_ORIGINS", "*"),
        ("MARKETPLACE_ORIGINS", "https://user@market.example"),
        ("MARKETPLACE_ORIGINS", "https://market.example https://other.example"),
        ("SEAL_KEYS", SEAL_KEY),
        ("SEAL_KEYS", f"256:{SEAL_KEY}"),
        ("SEAL_KEYS", f"1:{SEAL_KEY}="),
        ("SEAL_KEYS", f"1:{SEAL_KEY},1:{SEAL_KEY}"),
        ("SEAL_KEYS", f"1:{SEAL_KEY},"),
        ("SEAL_KEYS", f"1:{CHECKSUM_KEY}"),
        ("CHECKSUM_KEYS", f"1:{SEAL_KEY}"),
        ("CHECKSUM_KEYS", f"x:{CHECKSUM_KEY}"),
        ("PSEUDONYM_KEY", f"1:{CHECKSUM_KEY}"),
        ("PSEUDONYM_KEY", SEAL_KEY),
        ("PENDING_ASK_SECONDS", "-1"),
        ("PENDING_ASK_SECONDS", "3601"),
    ],
)
def test_a_wrong_value_is_one_problem_that_names_its_variable(name: str, value: str) -> None:
    (problem,) = problems(**{name: value})
    assert problem.startswith(name)
    assert not any(secret in problem for secret in SECRETS)


def test_one_secret_stands_for_both_key_rings() -> None:
    checked = settings(SEAL_KEYS=None, CHECKSUM_KEYS=None, ECHOSEAL_SECRET=ONE_SECRET)
    (seal_id, seal_key), (checksum_id, checksum_key) = (
        checked.seal_keys.first,
        checked.checksum_keys.first,
    )
    assert (0, 64, 0, 32) == (seal_id, len(seal_key), checksum_id, len(checksum_key))
    assert checksum_key not in seal_key


def test_what_the_one_secret_sealed_still_opens_under_a_ring_of_keys() -> None:
    assert (1, 0) == settings(ECHOSEAL_SECRET=ONE_SECRET).seal_keys.ids


def test_a_short_secret_is_one_problem() -> None:
    (problem,) = problems(SEAL_KEYS=None, CHECKSUM_KEYS=None, ECHOSEAL_SECRET="too-short")
    assert problem.startswith("ECHOSEAL_SECRET: ")
    assert "too-short" not in problem


def test_pseudonyms_are_made_with_the_oldest_checksum_key_or_one_of_their_own() -> None:
    other = CHECKSUM_KEY[::-1].replace("-", "A")[:42] + "A"
    for ring in (f"2:{other},1:{CHECKSUM_KEY}", f"1:{CHECKSUM_KEY},2:{other}"):
        assert b"checksum" * 4 == settings(CHECKSUM_KEYS=ring).pseudonym_key
    kept = settings(CHECKSUM_KEYS=f"2:{other}", PSEUDONYM_KEY=CHECKSUM_KEY)
    assert b"checksum" * 4 == kept.pseudonym_key


@pytest.mark.parametrize(
    ("given", "secrets"), [("one", ("one",)), ("new, old", ("new", "old")), (",new,", ("new",))]
)
def test_a_vendors_secrets_are_listed(given: str, secrets: tuple[str, ...]) -> None:
    reader = SettingsReader({"SECRETS": given})
    assert (secrets, []) == (reader.secrets("SECRETS"), reader.problems)


@pytest.mark.parametrize("given", ["", " ", ","])
def test_without_a_secret_there_is_a_problem_and_one_that_nobody_knows(given: str) -> None:
    reader = SettingsReader({"SECRETS": given})
    (secret,) = reader.secrets("SECRETS")
    assert (["SECRETS is not set"], True) == (reader.problems, len(secret) > 40)


@pytest.mark.parametrize("missing", ["ID", "SECRET"])
def test_the_integration_api_needs_both_its_credentials(missing: str) -> None:
    (problem,) = problems(**{f"SHARETRIBE_INTEGRATION_CLIENT_{missing}": None})
    assert "must be set together" in problem


def test_all_problems_are_told_at_once() -> None:
    found = read({**dict.fromkeys(REQUIRED), "TRUSTED_PROXY_HOPS": "many"})[1]
    assert {*REQUIRED, "TRUSTED_PROXY_HOPS"} == {problem.split()[0] for problem in found}


def test_settings_show_no_secret() -> None:
    checked = settings()
    shown = f"{checked!r} {checked} {checked.integration!r} {checked.seal_keys!r}"
    assert [] == [secret for secret in SECRETS if secret in shown]


def test_a_wrong_key_is_not_shown() -> None:
    found = problems(SEAL_KEYS=f"{SEAL_KEY}:1", CHECKSUM_KEYS=CHECKSUM_KEY[:-1])
    assert [] == [secret[:8] for secret in SECRETS if secret[:8] in " ".join(found)]


@pytest.mark.parametrize(
    "name", ["SHARETRIBE_BASE_URL", "PUBLIC_URL", "FRONTEND_URL", "MARKETPLACE_ORIGINS"]
)
@pytest.mark.parametrize("password", ["hidden-password", "hidden/password", "hidden:password"])
def test_credentials_in_an_address_are_refused_and_not_shown(name: str, password: str) -> None:
    (problem,) = problems(**{name: f"https://user:{password}@a.example"})
    assert "hidden" not in problem


@pytest.mark.parametrize("host", ["localhost", "app.localhost", "127.0.0.1", "127.9.9.9", "[::1]"])
def test_plain_http_is_accepted_on_loopback(host: str) -> None:
    assert parse_base_url(f"http://{host}:8000/") == f"http://{host}:8000"


@pytest.mark.parametrize("host", ["a.example", "10.0.0.1", "192.168.0.1", "128.0.0.1", "[::2]"])
def test_plain_http_is_refused_elsewhere(host: str) -> None:
    with pytest.raises(ValueError, match="https"):
        parse_base_url(f"http://{host}:8000")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://market.example/ok?x=1#y", "https://market.example"),
        ("HTTPS://Market.Example", "https://market.example"),
        ("http://localhost:3000/ok", "http://localhost:3000"),
        ("https://market.example:443/", "https://market.example"),
        ("http://market.example:80/", "http://market.example"),
        ("http://market.example:443/", "http://market.example:443"),
        ("https://market.example:80/", "https://market.example:80"),
        ("https://market.example:8443/", "https://market.example:8443"),
        ("https://market.example:/", "https://market.example"),
        ("https://[2001:DB8::443]:443/", "https://[2001:db8::443]"),
        ("https://market.example@evil.example/", None),
        ("https://user:pass@market.example/", None),
        ("https://evil.example\\@market.example/", None),
        ("https:\\\\market.example/", None),
        ("https://market.example/a\\b", None),
        ("//market.example/", None),
        ("/ok", None),
        ("javascript:alert(1)", None),
        ("https://market.example /", None),
        ("https://market.example\n", None),
        ("https://m\u00e4rket.example/", None),
        ("https://[::1", None),
        ("", None),
    ],
)
def test_the_origin_of_an_address(url: str, expected: str | None) -> None:
    assert expected == origin_of(url)


@given(st.text())
def test_any_text_has_an_origin_or_none(text: str) -> None:
    origin = origin_of(text)
    assert origin is None or parse_origin(origin) == origin


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://Market.example:0443", "https://market.example"),
        ("http://localhost:080/", "http://localhost"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(text: str, origin: str) -> None:
    assert origin == parse_origin(text)


@given(st.dictionaries(st.sampled_from([*GOOD, "FRONTEND_URL", "API_PREFIX"]), st.text()))
def test_any_values_give_settings_or_problems(values: dict[str, str]) -> None:
    reader = SettingsReader(values)
    read_settings(reader)
    assert all(isinstance(problem, str) for problem in reader.problems)
