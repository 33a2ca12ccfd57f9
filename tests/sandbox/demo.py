"""A stage for one simulated vendor, and how tests ask the control API about it."""

from dataclasses import replace
from typing import Any

from flask.testing import FlaskClient

from sandbox.hops import HopLog
from sandbox.marketplace import create_marketplace
from sandbox.proxy_process import ProxyProcess
from sandbox.sharetribe import Sharetribe
from sandbox.simulator import Simulator
from sandbox.stage import Options, Running, Stage


def stage_with(simulator: Simulator[Any], *vendors: Any) -> Stage:
    """Return a stage on which nobody but `vendors` play; nothing of it is served.

    The first has the simulator's name and title, the others have these with a number behind.
    """
    hops = HopLog()
    running = tuple(
        Running(_numbered(simulator, number), vendor) for number, vendor in enumerate(vendors, 1)
    )
    left_out = {"Nimbus": "its parts are not installed"}
    return Stage(Options(), hops, Sharetribe(hops), "http://127.0.0.1:1", running, left_out)


def _numbered(simulator: Simulator[Any], number: int) -> Simulator[Any]:
    if number == 1:
        return simulator
    name, title = f"{simulator.name}{number}", f"{simulator.title} {number}"
    return replace(simulator, name=name, title=title)


def client_of(stage: Stage) -> FlaskClient:
    """Return a client of the demo marketplace on `stage`, before a proxy that does not run."""
    return create_marketplace(stage, ProxyProcess(0)).test_client()


def json_of(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    """Send a request, which must be answered with 200, and return the answer's JSON."""
    answer = client.open(f"/sandbox/{path}", method=method, json=body)
    assert 200 == answer.status_code, answer.text
    return answer.get_json()
