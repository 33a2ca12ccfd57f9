"""The command `python -m sandbox`: its help, its exit codes, and how it starts and stops."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from sandbox.__main__ import main, parse
from sandbox.drive import drive
from sandbox.hops import HopLog
from sandbox.ports import free_port
from sandbox.proxy_process import REPOSITORY, ProxyProcess, ProxyStartError
from sandbox.runner import Sandbox
from sandbox.stage import Options

COMMAND = [sys.executable, "-m", "sandbox"]
PATIENCE_SECONDS = 60


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


@pytest.fixture
def staying_up(tmp_path: Path) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """Start the command without `--once`; yield it with the address of the demo page."""
    process = subprocess.Popen(
        [*COMMAND, "--port", "0"],
        cwd=REPOSITORY,
        env={**os.environ, "TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    with process, process.stdout as output:
        try:
            url = next(line.split()[-1] for line in output if line.startswith("Open the demo page"))
            yield process, url
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def shared_sandbox() -> Iterator[Sandbox]:
    """Start one sandbox for the tests that drive it themselves."""
    with Sandbox(Options(port=0)) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """Return the shared sandbox with nothing stored and every service behaving."""
    shared_sandbox.start_afresh()
    shared_sandbox.stage.behave()
    return shared_sandbox


def log_path_in(printed: str) -> Path:
    said = next(line for line in printed.splitlines() if "the proxy's log" in line)
    return Path(said.split()[-1])


def broken(options: Options) -> Sandbox:
    """Start a sandbox in which Jumio is down."""
    sandbox = Sandbox(options)
    sandbox.stage.jumio.faults.mode = "error"
    return sandbox


def test_help_names_every_option() -> None:
    answer = run("--help")

    assert 0 == answer.returncode
    for option in ("--once", "--port", "--jumio", "--rotation", "--integration-api", "--confirm"):
        assert option in answer.stdout


def test_an_unknown_choice_is_a_usage_error() -> None:
    answer = run("--jumio", "nobody")

    assert 2 == answer.returncode
    assert "netverify" in answer.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_a_usage_error(port: str) -> None:
    with pytest.raises(SystemExit):
        parse(["--port", port])


def test_options_say_what_to_simulate() -> None:
    arguments = ["--once", "--port", "9", "--jumio", "kyx", "--rotation", "strict"]

    options, once = parse([*arguments, "--confirm", "callback", "--no-integration-api"])

    assert Options(9, "kyx", "strict", "callback", integration_api=False) == options
    assert once


def test_the_connections_need_the_integration_api() -> None:
    assert ("jumio", "hubrise", "pumble", "kaizala") == parse([])[0].integrations
    assert ("jumio", "kaizala") == parse(["--no-integration-api"])[0].integrations


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--jumio", "kyx", "--rotation", "strict"),
        ("--confirm", "callback", "--rotation", "grace", "--no-integration-api"),
    ],
)
def test_a_run_that_goes_well_exits_with_0(arguments: tuple[str, ...]) -> None:
    answer = run("--once", "--port", "0", *arguments)

    assert 0 == answer.returncode, answer.stdout + answer.stderr
    assert answer.stdout.startswith("A sandbox: everything is simulated; not for production.")
    assert "of 100 characters" in answer.stdout
    assert "All steps went well." in answer.stdout
    assert not log_path_in(answer.stdout).exists()


def test_a_run_with_a_failed_step_exits_with_1_and_shows_the_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    code = main(["--once", "--port", "0"], start=broken)

    printed = capsys.readouterr().out
    assert 1 == code
    assert "FAILED at step 3" in printed
    assert "vendor-unavailable" in printed
    assert "Listening at" in printed
    log_path_in(printed).unlink()  # raises where there is none


def test_a_lost_callback_is_a_failed_step(sandbox: Sandbox) -> None:
    lines: list[str] = []
    sandbox.stage.jumio.callbacks = "lose"

    assert not drive(sandbox, lines.append)

    assert "FAILED at step 6" in lines[-1]


def test_a_run_drives_every_connection_and_every_door(sandbox: Sandbox) -> None:
    lines: list[str] = []
    succeeded = drive(sandbox, lines.append)

    printed = "\n".join(lines)
    assert succeeded, printed
    for step in ("connect HubRise", "HubRise > Proxy  callback", "Proxy > Pumble  message"):
        assert step in printed
    for step in ("who am I", "get a link code", "bring the code back"):
        assert step in printed
    for step in ("health", "create credentials", "update credentials", "revoke credentials"):
        assert f"Portal > Proxy  {step}" in printed


def test_without_moto_the_portal_is_left_out_and_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def missing(_hops: HopLog) -> None:
        raise ImportError

    monkeypatch.setattr("sandbox.runner.Aws", missing)

    code = main(["--once", "--port", "0"])

    printed = capsys.readouterr().out
    assert 0 == code, printed
    assert "moto is not installed" in printed
    assert "bring the code back" in printed
    assert "Portal >" not in printed


def test_a_card_whose_kaizala_is_down_is_a_failed_step(sandbox: Sandbox) -> None:
    lines: list[str] = []
    sandbox.stage.kaizala.faults.mode = "error"

    assert not drive(sandbox, lines.append)

    assert "FAILED at step 17: GET me: 503" in lines[-1]


def test_a_portal_whose_aws_is_down_is_a_failed_step() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0)) as sandbox:
        assert sandbox.stage.portal is not None
        sandbox.stage.portal.aws.is_down = True

        assert not drive(sandbox, lines.append)

    assert "FAILED at step 20: health: 503" in lines[-1]


def test_a_lost_order_callback_is_a_failed_step(sandbox: Sandbox) -> None:
    lines: list[str] = []
    sandbox.stage.hubrise.callbacks = "lose"

    assert not drive(sandbox, lines.append)

    assert "FAILED at step 11: callback statuses: expected [200], got []" in lines[-1]


def test_a_channel_that_hears_nothing_is_a_failed_step(sandbox: Sandbox) -> None:
    lines: list[str] = []
    sandbox.stage.pumble.faults.only_paths = frozenset({"/v1/channels/"})
    sandbox.stage.pumble.faults.mode = "error"

    assert not drive(sandbox, lines.append)

    assert "FAILED at step 14: messages in the channel: expected 1, got 0" in lines[-1]


def test_a_sandbox_that_starts_afresh_has_forgotten_the_orders(sandbox: Sandbox) -> None:
    assert drive(sandbox, lambda _: None)

    sandbox.start_afresh()

    (sale,) = sandbox.stage.sharetribe.transactions.values()
    assert ({}, {}, []) == (
        sale.metadata,
        sandbox.stage.hubrise.orders,
        sandbox.stage.pumble.messages,
    )


def test_a_taken_port_is_replaced_and_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        answer = run("--once", "--port", str(port))

    assert 0 == answer.returncode
    assert f"Port {port} is taken" in answer.stdout


def test_it_stays_up_until_it_is_terminated(
    staying_up: tuple["subprocess.Popen[str]", str],
) -> None:
    process, url = staying_up
    assert 200 == requests.get(url, timeout=PATIENCE_SECONDS).status_code

    process.send_signal(signal.SIGTERM)

    assert 0 == process.wait(PATIENCE_SECONDS)
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=PATIENCE_SECONDS)


def test_it_ends_with_1_when_the_proxy_ends(
    staying_up: tuple["subprocess.Popen[str]", str],
) -> None:
    process, url = staying_up
    answer = requests.get(f"{url}/sandbox/proxy", timeout=PATIENCE_SECONDS)

    subprocess.run(["kill", str(answer.json()["pid"])], check=True)

    assert 1 == process.wait(PATIENCE_SECONDS)


def test_the_demo_page_starts_with_nothing_stored(
    staying_up: tuple["subprocess.Popen[str]", str],
) -> None:
    _, url = staying_up
    config = requests.get(f"{url}/sandbox/config", timeout=PATIENCE_SECONDS).json()
    user_id = config["users"][0]["id"]

    stored = requests.get(f"{url}/sandbox/users/{user_id}", timeout=PATIENCE_SECONDS).json()

    assert {} == stored["privateData"]


def test_a_proxy_that_cannot_start_tells_why() -> None:
    with ProxyProcess(free_port(0)) as proxy, pytest.raises(ProxyStartError) as failure:
        proxy.start({})

    assert "SHARETRIBE_CLIENT_ID" in str(failure.value)
    proxy.log_path.unlink()


def test_a_closed_proxy_is_not_restarted() -> None:
    with Sandbox(Options(port=0)) as sandbox:
        pid = sandbox.proxy.pid
    sandbox.proxy.restart()

    assert pid == sandbox.proxy.pid
    assert not sandbox.proxy.running
