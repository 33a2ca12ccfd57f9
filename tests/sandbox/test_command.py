"""The command `python -m sandbox`: its help, its exit codes, and how it starts and stops."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from sandbox.__main__ import main, parse
from sandbox.discovery import simulators
from sandbox.drive import drive
from sandbox.no_code_drive import no_code_steps
from sandbox.ports import free_port
from sandbox.proxy_process import REPOSITORY, ProxyProcess, ProxyStartError
from sandbox.runner import Sandbox
from sandbox.stage import Options, Stage
from sandbox.visit import Visit
from tests.sandbox.beacon_simulator import SIMULATOR as BEACON
from tests.sandbox.beacon_simulator import SimulatedBeacon

COMMAND = [sys.executable, "-m", "sandbox"]
PATIENCE_SECONDS = 60
DECLARED = [option for simulator in simulators() for option in simulator.options]
LOG_IN = 1
TRIP, TRIP_AGAIN, PORTAL = 7, 4, 2
OTHER_CHOICES = [word for option in DECLARED for word in (option.flag, option.choices[-1])]


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


def log_path_in(printed: str) -> Path:
    said = next(line for line in printed.splitlines() if "the proxy's log" in line)
    return Path(said.split()[-1])


def broken(options: Options, tell: Callable[[str], object]) -> Sandbox:
    """Start a sandbox in which the first vendor that checks people is down."""
    sandbox = Sandbox(options, tell)
    sandbox.stage.checking[0].vendor.faults.mode = "error"
    return sandbox


def trips_of(stage: Stage) -> int:
    """Return how many steps the trips of checks, documents and plans take."""
    signings = sum(map(len, stage.documents.values()))
    modes = [set(one.simulator.bills.values()) - {"setup"} for one in stage.billing]
    trips = [len(stage.checking), signings, *map(len, modes)]
    portals = PORTAL * sum(1 for one in modes if one)
    return sum(TRIP + TRIP_AGAIN * (number - 1) for number in trips if number) + portals


def test_help_names_every_option() -> None:
    answer = run("--help")

    assert 0 == answer.returncode
    for option in ("--once", "--port", "--rotation", "--integration-api", "--with"):
        assert option in answer.stdout
    for declared in DECLARED:
        assert declared.flag in answer.stdout


def test_an_unknown_choice_is_a_usage_error() -> None:
    answer = run("--rotation", "nobody")

    assert 2 == answer.returncode
    assert "grace" in answer.stderr


@pytest.mark.parametrize("port", ["-1", "65536", "x"])
def test_a_port_that_is_none_is_a_usage_error(port: str) -> None:
    with pytest.raises(SystemExit):
        parse(["--port", port])


def test_options_say_what_to_simulate() -> None:
    arguments = ["--once", "--port", "9", "--rotation", "strict", "--no-integration-api"]

    options, once, hosting = parse([*arguments, *OTHER_CHOICES])

    chosen = {option.variable: option.choices[-1] for option in DECLARED}
    assert Options(9, "strict", integration_api=False, chosen=chosen) == options
    assert once
    assert hosting is None


def test_the_connections_need_the_integration_api() -> None:
    everything = parse([])[0].simulators
    assert any(one.connects for one in everything)
    without = parse(["--no-integration-api"])[0].simulators
    assert [one for one in everything if not one.connects] == list(without)


@pytest.mark.parametrize(
    "arguments",
    [
        (*OTHER_CHOICES, "--rotation", "strict"),
        ("--rotation", "grace", "--no-integration-api"),
    ],
)
def test_a_run_that_goes_well_exits_with_0(arguments: tuple[str, ...]) -> None:
    answer = run("--once", "--port", "0", *arguments)

    assert 0 == answer.returncode, answer.stdout + answer.stderr
    assert answer.stdout.startswith("A sandbox: everything is simulated; not for production.")
    assert "the sealed session travels in" in answer.stdout
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


def test_a_lost_callback_is_a_failed_step() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0)) as sandbox:
        sandbox.stage.checking[0].vendor.callbacks = "lose"

        assert not drive(sandbox, lines.append)

    assert "FAILED at step 6" in lines[-1]


@pytest.mark.parametrize(
    ("spoil", "further_steps", "told"),
    [
        (lambda one: setattr(one.faults, "mode", "error"), 0, "POST /api/id-verification: 503"),
        (
            lambda one: setattr(one, "callbacks", "lose"),
            2,
            "callback status: expected 200, got None",
        ),
    ],
    ids=["down", "lost callback"],
)
def test_a_further_vendor_of_checks_that_fails_is_a_failed_step(
    spoil: Callable[[SimulatedBeacon], None], further_steps: int, told: str
) -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0, guests=(BEACON,))) as sandbox:
        spoil(sandbox.stage.beacon)

        assert not drive(sandbox, lines.append)

    others = len(sandbox.stage.checking) - 1
    its_first = LOG_IN + TRIP + TRIP_AGAIN * (others - 1) + 1
    assert f"FAILED at step {its_first + further_steps}: {told}" in lines[-1]


def test_a_run_leaves_no_vendor_out() -> None:
    lines: list[str] = []
    with Sandbox(Options(port=0, guests=(BEACON,))) as sandbox:
        succeeded = drive(sandbox, lines.append)
        stage = sandbox.stage
        begun = [len(vendor.transactions) for vendor in stage.checks]
        visit = Visit(stage.sharetribe, sandbox.url, stage.checks)
        steps = [one.simulator.steps(visit, one.vendor) for one in stage.running]
        steps.append(no_code_steps(stage, sandbox.url))
        sandbox.start_afresh()
        (sale,) = stage.sharetribe.transactions.values()
        left = [sale.metadata, *(user.private_data for user in stage.sharetribe.users.values())]

    assert succeeded, "\n".join(lines)
    told = "\n".join(lines)
    assert "Browser > Beacon  submit: clear" in told
    assert "allowed: initiateTransactions" in told
    assert 1 == begun[-1]
    assert 0 not in begun
    assert LOG_IN + trips_of(stage) + sum(map(len, steps)) == len(lines) - 1
    assert [] == [one for one in stage.deciding if f"{one.simulator.title} > Proxy" not in told]
    assert [{}, {}, {}] == left


def test_a_taken_port_is_replaced_and_said(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        main(["--once", "--port", str(port)], start=broken)

    printed = capsys.readouterr().out
    assert f"Port {port} is taken" in printed
    assert "FAILED at step 3" in printed  # it has begun, at another
    log_path_in(printed).unlink()


def test_it_stays_up_with_nothing_stored_until_it_is_terminated(
    staying_up: tuple["subprocess.Popen[str]", str],
) -> None:
    process, url = staying_up
    assert 200 == requests.get(url, timeout=PATIENCE_SECONDS).status_code
    config = requests.get(f"{url}/sandbox/config", timeout=PATIENCE_SECONDS).json()
    user = f"{url}/sandbox/users/{config['users'][0]['id']}"
    assert {} == requests.get(user, timeout=PATIENCE_SECONDS).json()["privateData"]

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
