"""iDenfy as the sandbox runs it."""

from collections.abc import Mapping
from pathlib import Path

from sandbox.idenfy.vendor import Idenfy
from sandbox.kit.rudeness import Switch
from sandbox.simulator import Place, Simulator, served


def _settings(idenfy: Idenfy, place: Place) -> Mapping[str, str]:
    """Enter the address as a notification's receiver, as an operator does in the dashboard."""
    idenfy.callback_url = f"{place.api_url}/callbacks/idenfy"
    return {
        "IDENFY_API_KEY": idenfy.api_key,
        "IDENFY_API_SECRET": idenfy.api_secret,
        "IDENFY_SIGNING_KEYS": idenfy.signing_key,
    }


def _switches(idenfy: Idenfy) -> tuple[Switch, ...]:
    choices = {"current": "up to date", "late": "behind its notifications"}

    def put(value: str) -> None:
        idenfy.is_late = value == "late"

    def get() -> str:
        return "late" if idenfy.is_late else "current"

    return (Switch("idenfyStatus", "Its status is", choices, get, put),)


SIMULATOR = Simulator(
    name="idenfy",
    title="iDenfy",
    rank=11,
    start=served(Idenfy),
    address="IDENFY_BASE_URL",
    settings=_settings,
    checks=True,
    switches=_switches,
    card=Path(__file__).parent / "card",
)
