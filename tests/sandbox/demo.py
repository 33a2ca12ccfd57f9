"""A stage for one simulated vendor, and how tests ask the control API about it."""

from typing import Any

from flask.testing import FlaskClient

from sandbox.hops import HopLog
from sandbox.marketplace import create_marketplace
from sandbox.proxy_process import ProxyProcess
from sandbox.sharetribe import Sharetribe
from sandbox.simulator import Simulator
from sandbox.stage import Options, Running, Stage


def stage_with(simulator: Simulator[Any], vendor: Any) -> Stage:
    """Return a stage on which nobody but `vendor` plays; nothing of it is served."""
    hops = HopLog()
    running = (Running(simulator, vendor),)
    left_out = {"Nimbus": "its parts are not installed"}
    return Stage(Options(), hops, Sharetribe(hops), "http://127.0.0.1:1", running, left_out)


def client_of(stage: Stage) -> FlaskClient:
    """Return a client of the demo marketplace on `stage`, before a proxy that does not run."""
    return create_marketplace(stage, ProxyProcess(0)).test_client()


def json_of(client: FlaskClient, method: str, path: str, body: Any = None) -> Any:
    """Send a request, which must be answered with 200, and return the answer's JSON."""
    answer = client.open(f"/sandbox/{path}", method=method, json=body)
    assert 200 == answer.status_code, answer.text
    return answer.get_json()
