"""Dropbox Sign as the sandbox runs it."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from sandbox.dropbox_sign.vendor import DropboxSign
from sandbox.kit.rudeness import Switch
from sandbox.simulator import Place, Simulator, served

DOCUMENTS = ("provider-agreement", "house-rules")


def _settings(sign: DropboxSign, place: Place) -> Mapping[str, str]:
    """Enter the address of events, as an operator does in the API app's settings."""
    sign.callback_url = f"{place.api_url}/callbacks/dropbox-sign"
    sign.domains = [urlsplit(place.api_url).hostname or "", "127.0.0.1", "localhost"]
    listed = [":".join(pair) for pair in zip(DOCUMENTS, sign.template_ids, strict=False)]
    return {
        "DROPBOX_SIGN_API_KEY": sign.api_keys[0],
        "DROPBOX_SIGN_CLIENT_ID": sign.client_id,
        "DROPBOX_SIGN_ROLE": sign.role,
        "DROPBOX_SIGN_DOCUMENTS": ",".join(listed),
    }


def _switches(sign: DropboxSign) -> tuple[Switch, ...]:
    def links(value: str) -> None:
        sign.escapes_links = value == "escaped"

    def deadline(value: str) -> None:
        sign.refuses_expiry = value == "refused"

    return (
        Switch(
            "dropboxSignLinks",
            "Its links are written",
            {"plain": "as they are", "escaped": "with &amp; between parameters"},
            lambda: "escaped" if sign.escapes_links else "plain",
            links,
        ),
        Switch(
            "dropboxSignExpiry",
            "A deadline is",
            {"taken": "taken", "refused": "refused"},
            lambda: "refused" if sign.refuses_expiry else "taken",
            deadline,
        ),
    )


def _framed(sign: DropboxSign, link: str, around: str) -> str:
    """Return what `hellosign-embedded` makes of a link; it needs the page to be of the app's."""
    return f"{link}&{urlencode({'client_id': sign.client_id, 'parent_url': around})}"


SIMULATOR = Simulator(
    name="dropbox-sign",
    title="Dropbox Sign",
    rank=16,
    start=served(DropboxSign),
    address="DROPBOX_SIGN_BASE_URL",
    settings=_settings,
    signs=DOCUMENTS,
    framed=_framed,
    switches=_switches,
    card=Path(__file__).parent / "card",
)
