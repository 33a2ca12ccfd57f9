"""Jumio as the sandbox runs it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.jumio.vendor import Jumio
from sandbox.simulator import Option, Place, Simulator, served

OPTIONS = (
    Option(
        flag="--jumio",
        variable="JUMIO_API",
        choices=("netverify", "kyx"),
        help="which of Jumio's APIs the proxy uses",
        told="Jumio {}",
    ),
    Option(
        flag="--confirm",
        variable="JUMIO_CONFIRM",
        choices=("retrieval", "callback"),
        help="where the proxy takes the result from: Jumio's retrieval API or the callback itself",
        told="result confirmed by {}",
    ),
)


def _settings(jumio: Jumio, place: Place) -> Mapping[str, str]:
    return {
        "JUMIO_DATACENTER": "us",
        "JUMIO_API_TOKEN": jumio.api_token,
        "JUMIO_API_SECRET": jumio.api_secret,
        "JUMIO_CALLBACK_IPS": jumio.callback_address,
        "JUMIO_WORKFLOW": jumio.workflow_key if place.chosen["JUMIO_API"] == "kyx" else "200",
    }


SIMULATOR = Simulator(
    name="jumio",
    title="Jumio",
    rank=10,
    start=served(Jumio),
    address="JUMIO_BASE_URL",
    settings=_settings,
    checks=True,
    options=OPTIONS,
    card=Path(__file__).parent / "card",
)
