"""Onfido as the sandbox runs it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.kit.rudeness import Switch
from sandbox.onfido.vendor import Onfido
from sandbox.simulator import Place, Simulator, served


def _settings(onfido: Onfido, place: Place) -> Mapping[str, str]:
    """Make a webhook for the proxy, as an operator does in the Dashboard."""
    onfido.callback_url = f"{place.api_url}/callbacks/onfido"
    return {
        "ONFIDO_API_TOKEN": onfido.api_token,
        "ONFIDO_WEBHOOK_TOKENS": onfido.webhook_token,
        "ONFIDO_WORKFLOW_ID": onfido.workflow_id,
    }


def _switches(onfido: Onfido) -> tuple[Switch, ...]:
    def put_lag(value: str) -> None:
        onfido.lags = value == "late"

    def put_events(value: str) -> None:
        onfido.tells_all = value == "all"

    return (
        Switch(
            "onfidoLag",
            "Its API knows of an end",
            {"at once": "at once", "late": "later than its callbacks"},
            lambda: "late" if onfido.lags else "at once",
            put_lag,
        ),
        Switch(
            "onfidoEvents",
            "Its webhook is subscribed to",
            {"runs": "completed workflow runs", "all": "every event"},
            lambda: "all" if onfido.tells_all else "runs",
            put_events,
        ),
    )


SIMULATOR = Simulator(
    name="onfido",
    title="Onfido",
    rank=14,
    start=served(Onfido),
    address="ONFIDO_BASE_URL",
    settings=_settings,
    checks=True,
    switches=_switches,
    card=Path(__file__).parent / "card",
)
