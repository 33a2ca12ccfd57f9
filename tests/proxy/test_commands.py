"""The operator's commands: as processes with a bare environment, and through Flask's runner."""

from __future__ import annotations

import base64
import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import Result
from flask import Flask

from app import create_app
from crypto import CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES, KeyRing, Reference, Sealer
from proxy.settings import read_settings
from proxy.settings_reader import SettingsReader
from tests.example_environment import read_example

ROOT = Path(__file__).parents[2]
USER_ID = UUID("3c073fae-6172-4e75-8b92-f560d58cd47c")
REFRESH_TOKEN = "v2--5f0c7f0e-2f63-4b8e-9d0c-7f2a61d0b9a1--" + "0123456789abcdef" * 2 + "01234567"
ONE_SECRET = "b31cf04e9a2d7785e60fc1943b8ad256"
CLIENT_ID = "0a1b2c3d-0000-4000-8000-00000000000e"
RING_BYTES = {"SEAL_KEYS": SEAL_KEY_BYTES, "CHECKSUM_KEYS": CHECKSUM_KEY_BYTES}


def entry(key_id: int, key_bytes: int) -> str:
    key = random.Random(f"{key_id} {key_bytes}").randbytes(key_bytes)  # noqa: S311 - repeatable
    return f"{key_id}:{base64.urlsafe_b64encode(key).rstrip(b'=').decode()}"


GOOD = {
    "SHARETRIBE_CLIENT_ID": CLIENT_ID,
    "PUBLIC_URL": "https://proxy.example",
    "RETURN_URL": "https://proxy.example/verification",
    "SEAL_KEYS": f"{entry(7, 64)},{entry(3, 64)}",
    "CHECKSUM_KEYS": entry(1, 32),
    "INTEGRATIONS": "tests.kit.passcheck.vendor:PASSCHECK",
    "PASSCHECK_BASE_URL": "https://passcheck.example",
    "PASSCHECK_API_KEY": "passcheck-key-value",
    "PASSCHECK_SIGNING_SECRET": "passcheck-secret-value",
}
SECRETS = [text.partition(":")[2] for text in (GOOD["SEAL_KEYS"], GOOD["CHECKSUM_KEYS"])]
SECRETS += [GOOD["PASSCHECK_API_KEY"], GOOD["PASSCHECK_SIGNING_SECRET"], REFRESH_TOKEN]


def run(*arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Run `flask --app app …` as an operator would, with these variables only."""
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "app", *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "FLASK_SKIP_DOTENV": "1", **variables},
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with good settings."""
    return create_app(GOOD)


def invoke(app: Flask, *arguments: str, stdin: str = "") -> Result:
    return app.test_cli_runner().invoke(args=list(arguments), input=stdin)


def rings(output: str) -> dict[str, KeyRing]:
    """Parse what `keys` has printed."""
    lines = dict(line.split("=", 1) for line in output.splitlines())
    return {name: KeyRing.parse(lines[name], key_bytes=size) for name, size in RING_BYTES.items()}


def test_keys_are_printed_before_anything_is_configured() -> None:
    done = run("keys")
    assert (0, "") == (done.returncode, done.stderr)
    assert {
        "SEAL_KEYS": (1,),
        "CHECKSUM_KEYS": (1,),
    } == {name: ring.ids for name, ring in rings(done.stdout).items()}


def test_every_key_is_new(app: Flask) -> None:
    first, second = (rings(invoke(app, "keys").output) for _ in range(2))
    assert first["SEAL_KEYS"].first != second["SEAL_KEYS"].first
    assert first["CHECKSUM_KEYS"].first != second["CHECKSUM_KEYS"].first


def test_a_rotation_begins_with_nothing_else_configured() -> None:
    done = run("rotate-keys", "add", SEAL_KEYS=GOOD["SEAL_KEYS"], ECHOSEAL_SECRET=ONE_SECRET)
    assert (0, "") == (done.returncode, done.stderr)
    assert [(7, 3, 0, 8), (0, 1)] == [ring.ids for ring in rings(done.stdout).values()]


def test_check_says_what_the_server_would_refuse() -> None:
    refused = {"HOST": "http://0.0.0.0", "PORT": "80a", "WEB_PROCESSES": "40"}
    result = invoke(create_app(GOOD), "check")
    assert 0 == result.exit_code
    result = invoke(create_app(GOOD | refused), "check")
    assert 1 == result.exit_code
    assert [*refused] == [name for name in refused if f"- {name} " in result.stderr]


def test_check_tells_all_problems_at_once() -> None:
    done = run("check", TRUSTED_PROXY_HOPS="many", INTEGRATIONS=GOOD["INTEGRATIONS"])
    assert 1 == done.returncode
    for name in ("SHARETRIBE_CLIENT_ID", "PUBLIC_URL", "SEAL_KEYS", "CHECKSUM_KEYS"):
        assert f"- {name} is not set" in done.stderr
    assert "- TRUSTED_PROXY_HOPS must be" in done.stderr
    assert "- PASSCHECK_API_KEY is not set" in done.stderr
    assert "Traceback" not in done.stderr


def test_check_of_a_good_configuration_succeeds_without_secrets() -> None:
    done = run("check", **GOOD)
    assert (0, "") == (done.returncode, done.stderr)
    assert "complete: passcheck enabled" in done.stdout
    assert "https://proxy.example/api/callbacks/" in done.stdout
    assert "7 in use; 3 accepted" in done.stdout
    assert [] == [secret for secret in SECRETS if secret in done.stdout]


def test_check_tells_which_key_waits_to_come_first() -> None:
    waiting = {"SEAL_KEYS": f"{entry(3, 64)},{entry(7, 64)},{entry(1, 64)}"}
    result = invoke(create_app(GOOD | waiting), "check")
    assert "3 in use; 7 waiting to come first; 1 accepted" in result.output


KNOWN = "SEAL_KEYS holds the key of config.example.env, which everybody knows"
DANGEROUS = {**GOOD, "SEAL_KEYS": read_example()["SEAL_KEYS"]}


def test_check_refuses_what_is_dangerous_in_a_deployment() -> None:
    done = run("check", **DANGEROUS)
    assert (1, "") == (done.returncode, done.stdout)
    assert f"- {KNOWN}" in done.stderr
    assert DANGEROUS["SEAL_KEYS"] not in done.stderr


def test_check_warns_of_what_is_dangerous_on_ones_own_machine() -> None:
    local = DANGEROUS | {"PUBLIC_URL": "http://127.0.0.1:8000"}
    result = invoke(create_app(local), "check")
    assert (0, True) == (result.exit_code, f"Warning: {KNOWN}" in result.output)


def test_check_can_judge_as_if_this_were_a_trial() -> None:
    declared = invoke(create_app(DANGEROUS | {"SANDBOX": "true"}), "check")
    judged = run("check", "--sandbox", **DANGEROUS)
    assert (0, declared.output) == (judged.returncode, judged.stdout + judged.stderr)
    assert "Warning: SANDBOX is true" in judged.stderr
    assert f"Warning: {KNOWN}" in judged.stderr


@pytest.mark.parametrize("url", ["https://market.example:8443", "https://192.0.2.1"])
def test_check_warns_of_a_public_url_that_vendors_may_refuse(url: str) -> None:
    result = invoke(create_app(GOOD | {"PUBLIC_URL": url}), "check")
    assert (0, True) == (result.exit_code, "Warning: PUBLIC_URL" in result.output)


@pytest.mark.parametrize(("configured", "expected"), [(True, "configured"), (False, "may defer")])
def test_check_tells_whether_results_may_be_deferred(configured: bool, expected: str) -> None:
    credentials = {
        "SHARETRIBE_INTEGRATION_CLIENT_ID": "id",
        "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "integration-secret",
    }
    result = invoke(create_app(GOOD | (credentials if configured else {})), "check")
    (line,) = [line for line in result.output.splitlines() if "Integration API" in line]
    assert expected in line
    assert "integration-secret" not in result.output


def test_the_contract_of_what_is_enabled_is_printed() -> None:
    done = run("openapi", **GOOD)
    assert (0, "") == (done.returncode, done.stderr)
    served = create_app(GOOD).test_client().get("/openapi.json").get_json()
    assert served == json.loads(done.stdout)
    assert "/api/id-verification" in served["paths"]
    assert "/api/connections" not in served["paths"]


def test_checksum_keys_are_printed_as_they_are_set() -> None:
    done = run("checksum-keys", **GOOD)
    assert (0, f"{GOOD['CHECKSUM_KEYS']}\n", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(("named", "ids"), [("", (0,)), (GOOD["CHECKSUM_KEYS"], (1, 0))])
def test_a_derived_checksum_key_is_printed_with_the_named_ones(
    named: str, ids: tuple[int, ...]
) -> None:
    variables = {**GOOD, "CHECKSUM_KEYS": named, "ECHOSEAL_SECRET": ONE_SECRET}
    result = invoke(create_app(variables), "checksum-keys")
    printed = KeyRing.parse(result.output.strip(), key_bytes=CHECKSUM_KEY_BYTES)
    used = read_settings(SettingsReader(variables)).checksum_keys
    assert (ids, used.entries) == (printed.ids, printed.entries)


def test_checksum_keys_need_a_configuration() -> None:
    done = run("checksum-keys")
    assert (1, "") == (done.returncode, done.stdout)
    assert "- CHECKSUM_KEYS is not set" in done.stderr


def test_a_server_does_not_start_without_a_configuration() -> None:
    done = run("run", "--port", "0")
    assert done.returncode != 0
    assert "- SEAL_KEYS is not set" in done.stderr


def sealed(token: str | None = REFRESH_TOKEN, age: int = 60, client_id: str = CLIENT_ID) -> str:
    ring = KeyRing.parse(GOOD["SEAL_KEYS"], key_bytes=SEAL_KEY_BYTES)
    reference = Reference(USER_ID, int(time.time()) - age, token)
    return Sealer(ring, client_id).seal(reference, purpose="passcheck.reference")


def test_a_reference_is_told_without_its_token(app: Flask) -> None:
    text = sealed()
    result = invoke(app, "reference", "passcheck", stdin=f"  {text}\n")
    assert 0 == result.exit_code
    assert f"user       {USER_ID}" in result.output
    assert "session    82 characters" in result.output
    assert REFRESH_TOKEN[-40:] not in result.output
    assert text not in result.output


def test_a_reference_without_a_token_says_so(app: Flask) -> None:
    result = invoke(app, "reference", "passcheck", stdin=sealed(token=None))
    assert "session    none" in result.output


@pytest.mark.parametrize(
    ("vendor", "text"),
    [
        ("passcheck", ""),
        ("passcheck", "nonsense"),
        ("passcheck", sealed()[:-1]),
        ("passcheck", sealed(age=62 * 86_400)),
        ("passcheck", sealed(client_id="another-client")),
        ("facecheck", sealed()),
    ],
    ids=["nothing", "nonsense", "cut short", "too old", "another client", "another vendor"],
)
def test_a_reference_that_does_not_open_is_one_error(app: Flask, vendor: str, text: str) -> None:
    result = invoke(app, "reference", vendor, stdin=text)
    assert (1, "Error: it does not open here and now\n") == (result.exit_code, result.output)


def test_a_reference_is_read_from_a_pipe() -> None:
    done = run("reference", "passcheck", stdin=sealed(), **GOOD)
    assert 0 == done.returncode
    assert str(USER_ID) in done.stdout
    assert [] == [secret for secret in SECRETS if secret in done.stdout + done.stderr]


def test_a_reference_needs_a_configuration() -> None:
    done = run("reference", "passcheck")
    assert 1 == done.returncode
    assert "- SEAL_KEYS is not set" in done.stderr


# links

LINKED = {
    **GOOD,
    "LINK_PAGES": "true",
    "MARKETPLACE_NAME": "Harbour Bikes",
    "MARKETPLACE_ORIGINS": "https://market.example",
    "SHARETRIBE_INTEGRATION_CLIENT_ID": "0a1b2c3d-0000-4000-8000-00000000000f",
    "SHARETRIBE_INTEGRATION_CLIENT_SECRET": "integration-secret-value",
    "ACCESS_RULES": "identity=approve+read",
}


def test_links_prints_what_to_paste_into_console_and_where() -> None:
    result = invoke(create_app(LINKED), "links")
    assert 0 == result.exit_code, result.output
    lines = [line.strip() for line in result.stdout.splitlines()]
    link = "https://proxy.example/api/go/identity?user={userId}&email={userEmail}"
    assert link in lines
    assert "for: Approve users who want to join" in lines
    assert "Console fills in no placeholders there" in result.stdout
    assert not [secret for secret in SECRETS if secret in result.output]


def test_check_tells_where_link_pages_are() -> None:
    told = [line.split() for line in invoke(create_app(LINKED), "check").stdout.splitlines()]
    assert ["link", "page", "at", "https://proxy.example/api/go/identity"] in told


def test_links_says_where_there_are_none(app: Flask) -> None:
    result = invoke(app, "links")
    assert (1, "") == (result.exit_code, result.stdout)
    assert "LINK_PAGES=true" in result.stderr
