"""A marketplace that is hosted for the Web Template: options, `.env`, addresses, "log in as"."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from dotenv import dotenv_values
from flask import Flask
from flask.testing import FlaskClient

from sandbox.__main__ import main, parse
from sandbox.hosting.addresses import Addresses, addresses_of
from sandbox.hosting.console import create_console
from sandbox.hosting.environment import MARK, NotOursError, template_environment, write_env
from sandbox.hosting.marketplace import HostedMarketplace
from sandbox.hosting.people import APPLICATIONS, first_users
from sandbox.hosting.ports import PortTakenError, require_free
from sandbox.ports import free_port
from sandbox.proxy_process import REPOSITORY
from sandbox.server import Server
from sandbox.sharetribe import Sharetribe
from sandbox.sharetribe.account_api import RESET, VERIFY
from sandbox.stage import Options

PATIENCE_SECONDS = 60
CLIENT_ID = "e0c5ea10-0000-4000-8000-000000000001"


def free_addresses(frontend: int) -> Addresses:
    product = free_port()
    return Addresses("production", free_port(), product, frontend, product)


@pytest.fixture(scope="module")
def hosted() -> Iterator[HostedMarketplace]:
    """Host a marketplace before a front end that answers with its name."""
    frontend = Flask("frontend")
    frontend.add_url_rule("/", view_func=lambda: "the template's page")
    with (
        Server(frontend) as server,
        HostedMarketplace(free_addresses(server.port), Options(port=0)) as hosted,
    ):
        yield hosted


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


@pytest.fixture
def sharetribe() -> Sharetribe:
    return Sharetribe(applications=APPLICATIONS, users=first_users())


@pytest.fixture
def console(sharetribe: Sharetribe) -> FlaskClient:
    return create_console(sharetribe, addresses_of("production")).test_client()


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], Addresses("production", 8090, 8080, 4000, 8080)),
        (["--sharetribe-port", "1", "--port", "2"], Addresses("production", 1, 2, 4000, 2)),
        (["development"], Addresses("development", 8090, 3500, 3501, 3000)),
        (["development", "--port", "2"], Addresses("development", 8090, 2, 3501, 3000)),
    ],
)
def test_addresses_are_fixed_unless_ports_are_named(
    arguments: list[str], expected: Addresses
) -> None:
    hosting = parse(["--marketplace", *arguments])[2]

    assert hosting is not None
    assert expected == hosting.addresses


@pytest.mark.parametrize(
    "arguments",
    [
        ["--write-env", "x"],
        ["--sharetribe-port", "1"],
        ["--restrict"],
        ["--marketplace", "staging"],
        ["--marketplace", "--once"],
        ["--marketplace", "--public-url", "http://localhost:1"],
    ],
)
def test_options_that_do_not_go_together_are_a_usage_error(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        parse(arguments)

    assert 2 == end.value.code


def test_the_template_is_given_what_it_cannot_start_without() -> None:
    environment = template_environment(addresses_of("production"))

    # MANDATORY_ENV_VARIABLES of its server/index.js, and where it finds Sharetribe.
    assert {
        "REACT_APP_SHARETRIBE_SDK_CLIENT_ID": CLIENT_ID,
        "SHARETRIBE_SDK_CLIENT_SECRET": APPLICATIONS.client_secret,
        "REACT_APP_MARKETPLACE_NAME": "Tideline Rentals",
        "REACT_APP_MARKETPLACE_ROOT_URL": "http://localhost:8080",
        "REACT_APP_SHARETRIBE_SDK_BASE_URL": "http://localhost:8090",
        "REACT_APP_SHARETRIBE_SDK_ASSET_CDN_BASE_URL": "http://localhost:8090",
        "PORT": "4000",
    }.items() <= environment.items()


def test_in_development_the_pages_are_at_an_address_of_their_own() -> None:
    environment = template_environment(addresses_of("development"))

    assert "http://localhost:3000" == environment["REACT_APP_MARKETPLACE_ROOT_URL"]
    assert "PORT" not in environment


def test_the_file_is_read_as_it_was_meant(env_file: Path) -> None:
    environment = template_environment(addresses_of("production"))

    write_env(env_file, environment)

    assert environment == dotenv_values(env_file)


def test_a_file_of_its_own_is_written_anew(env_file: Path) -> None:
    write_env(env_file, {"OLD": "1"})
    write_env(env_file, {"NEW": "1"})

    assert {"NEW": "1"} == dotenv_values(env_file)


def test_a_file_of_somebody_elses_stays_as_it_is(env_file: Path) -> None:
    env_file.write_text("PRECIOUS=1\n")

    with pytest.raises(NotOursError, match="move it away"):
        write_env(env_file, {})

    assert "PRECIOUS=1\n" == env_file.read_text()


@pytest.mark.parametrize("content", [None, f"{MARK}\nOLD=1\n"], ids=["dangling", "ours"])
def test_a_link_is_not_followed(env_file: Path, content: str | None) -> None:
    elsewhere = env_file.with_name("elsewhere")
    if content:
        elsewhere.write_text(content)
    env_file.symlink_to(elsewhere)

    with pytest.raises(NotOursError, match=r"\.env is a symbolic link .* move it away"):
        write_env(env_file, {"NEW": "1"})

    assert content == (elsewhere.read_text() if elsewhere.exists() else None)
    assert env_file.is_symlink()


def test_the_command_ends_before_anything_starts_where_it_may_not_write(
    env_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env_file.write_text("PRECIOUS=1\n")

    assert 1 == main(["--marketplace", "--write-env", str(env_file)])
    assert str(env_file) in capsys.readouterr().err


def test_who_has_a_port_is_named_with_what_to_do_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(PortTakenError) as refusal:
            require_free({port: "End that first."})

    told = str(refusal.value)
    assert f"Port {port} is taken" in told
    assert "End that first." in told
    if sys.platform == "linux":
        assert f"process {os.getpid()} (" in told


def test_a_port_that_is_taken_where_localhost_leads_first_is_taken() -> None:
    try:
        taken = socket.create_server(("::1", 0), family=socket.AF_INET6)
    except OSError:
        pytest.skip("no ::1 on this machine")
    with taken, pytest.raises(PortTakenError):
        require_free({taken.getsockname()[1]: ""})


def test_a_taken_fixed_port_ends_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])

        assert 1 == main(["--marketplace", "--sharetribe-port", port, "--port", str(free_port())])

    assert "--sharetribe-port" in capsys.readouterr().err


def test_what_is_not_the_products_own_comes_from_the_template(hosted: HostedMarketplace) -> None:
    answer = requests.get(hosted.addresses.product_url, timeout=PATIENCE_SECONDS)

    assert "the template's page" == answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_check_can_be_begun_from_either_name_of_the_address(
    hosted: HostedMarketplace, host: str
) -> None:
    origin = f"http://{host}:{hosted.addresses.product}"
    form = {
        "client_id": CLIENT_ID,
        "grant_type": "password",
        "username": "holly@example.com",
        "password": "holly-rents-boats",
        "scope": "user",
    }
    sharetribe = f"http://{host}:{hosted.addresses.sharetribe}"
    token = requests.post(f"{sharetribe}/v1/auth/token", form, timeout=PATIENCE_SECONDS)
    cookie = f"st-{CLIENT_ID}-token={quote(json.dumps(token.json()), safe='{}:')}"

    begun = requests.post(
        f"{origin}/api/id-verification",
        json={"successUrl": f"{origin}/verification"},
        headers={"Cookie": cookie, "Origin": origin, "Sec-Fetch-Site": "same-origin"},
        timeout=PATIENCE_SECONDS,
    )

    assert begun.ok, begun.text
    page = begun.json()["redirectUrl"]
    assert page.startswith(f"{hosted.addresses.services_url}/services/")
    assert 200 == requests.get(page, timeout=PATIENCE_SECONDS).status_code


def test_rights_are_restricted_where_that_is_asked_for(hosted: HostedMarketplace) -> None:
    access = hosted.stage.sharetribe.access
    assert set() == access.restricted

    hosted.restrict()

    assert access.restricted
    (*_, action) = access.calls_to_action.values()
    assert action["href"].startswith(hosted.addresses.product_url)


ASKED = {
    "response_type": "code",
    "client_id": CLIENT_ID,
    "redirect_uri": "http://localhost:8080/api/login-as",
    "user_id": first_users()[0].id,
    "state": "a state",
    "code_challenge": "x",
    "code_challenge_method": "S256",
}


def led_back(console: FlaskClient, **changed: str) -> dict[str, list[str]]:
    answer = console.get("/api/authorize-as", query_string=ASKED | changed)
    assert 302 == answer.status_code
    assert answer.location.startswith(f"{ASKED['redirect_uri']}?")
    return parse_qs(urlsplit(answer.location).query)


def test_an_operator_is_led_back_with_a_code(console: FlaskClient, sharetribe: Sharetribe) -> None:
    told = led_back(console)

    assert ["a state"] == told["state"]
    form = {
        "client_id": CLIENT_ID,
        "grant_type": "authorization_code",
        "code": told["code"][0],
        "redirect_uri": ASKED["redirect_uri"],
        "code_verifier": "v",
    }
    answer = sharetribe.app.test_client().post("/v1/auth/token", data=form)
    assert 200 == answer.status_code


def test_nobody_is_logged_in_as_somebody_unknown(console: FlaskClient) -> None:
    assert {"state": ["a state"], "error": ["access_denied"]} == led_back(console, user_id="x")


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": "x"},
        {"redirect_uri": "http://elsewhere.example/"},
        {"response_type": "token"},
        {"code_challenge_method": "plain"},
        {"code_challenge": ""},
        {"state": ""},
    ],
)
def test_an_operator_is_led_nowhere_else(console: FlaskClient, changed: dict[str, str]) -> None:
    answer = console.get("/api/authorize-as", query_string=ASKED | changed)

    assert 400 == answer.status_code
    assert next(iter(changed)) in answer.text


def test_the_console_lists_who_can_log_in(console: FlaskClient) -> None:
    page = console.get("/").text

    for user in first_users():
        assert user.password in page
        assert f"http://localhost:8080/api/initiate-login-as?user_id={user.id}" in page


def test_the_links_of_emails_lead_to_the_marketplace(
    console: FlaskClient, sharetribe: Sharetribe
) -> None:
    token = sharetribe.send_email(VERIFY, "holly@example.com").token
    again = sharetribe.send_email(RESET, "holly@example.com").token

    page = unescape(console.get("/").text)

    assert f'"http://localhost:8080/verify-email?t={token}"' in page
    assert f'"http://localhost:8080/reset-password?t={again}&e=holly%40example.com"' in page


def test_the_command_says_what_to_do_next_and_stays_up(env_file: Path) -> None:
    ports = ["--port", str(free_port()), "--sharetribe-port", str(free_port())]
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--marketplace", *ports, "--write-env", str(env_file)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            assert process.stdout is not None
            printed: list[str] = []
            while not printed or "Ctrl-C" not in printed[-1]:
                printed.append(next(process.stdout))
        finally:
            process.send_signal(signal.SIGTERM)

    assert 0 == process.returncode
    told = "".join(printed)
    assert "holly-rents-boats" in told
    assert f"Written: {env_file}" in told
    assert "yarn run build" in told
    assert (
        f"http://localhost:{ports[1]}" == dotenv_values(env_file)["REACT_APP_MARKETPLACE_ROOT_URL"]
    )
