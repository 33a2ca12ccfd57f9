"""Dropbox Sign: its settings, and the part that users sign documents with.

Source: developers.hellosign.com (authentication, embedded signing, expiration; read 2026-11).
"""

from __future__ import annotations

from pathlib import Path

from integrations.dropbox_sign.events import read_signatures, write_test
from integrations.dropbox_sign.signing import DropboxSign, RequestForm
from proxy.vendors import (
    Integration,
    JsonApi,
    SettingsReader,
    Signatures,
    Upstreams,
    basic,
    documents_variable,
    read_documents,
)

_NAME = "dropbox-sign"
_API = "https://api.hellosign.com"
# The form is documented for none of them; all that are shown are hexadecimal.
_ID, _ID_FORM = r"[0-9a-f]{20,60}", "20 to 60 of 0-9 and a-f"
_KEY, _KEY_FORM = r"[0-9A-Za-z_-]{16,200}", "letters, digits, _ and -"
_EXPIRY_DAYS = 30
# Less than a day ahead is refused, and a request takes a moment to arrive.
_LEAST_DAYS = 2
# After 61 days no callback can bring a reference home.
_MOST_DAYS = 60


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[DropboxSign, ...]:
    """Return Dropbox Sign as the settings `DROPBOX_SIGN_…` and SIGNING_DOCUMENTS describe it."""
    key = reader.text("DROPBOX_SIGN_API_KEY", pattern=_KEY, form=_KEY_FORM)
    form = RequestForm(
        client_id=reader.text("DROPBOX_SIGN_CLIENT_ID", pattern=_ID, form=_ID_FORM),
        role=reader.text("DROPBOX_SIGN_ROLE", pattern=r".{1,255}", form="255 characters at most"),
        is_test=reader.flag("DROPBOX_SIGN_TEST_MODE", default=False),
        expiry_days=reader.integer(
            "DROPBOX_SIGN_EXPIRY_DAYS", _EXPIRY_DAYS, minimum=_LEAST_DAYS, maximum=_MOST_DAYS
        ),
    )
    if form.is_test:
        reader.advise(
            "DROPBOX_SIGN_TEST_MODE is true: what is signed binds nobody and bears a watermark, and"
            " it counts as signed; set it to false before you open to the public"
        )
    documents = read_documents(
        reader, _NAME, pattern=_ID, form=f"the template's id at Dropbox Sign, {_ID_FORM}"
    )
    address = reader.override_url("DROPBOX_SIGN_BASE_URL") or _API
    api = JsonApi(
        upstreams.at(_NAME, address),
        {"Authorization": basic(key, "")},
        code_at=("error", "error_name"),
    )
    proof = Signatures(read_signatures, _read_keys(reader), write=write_test)
    listed_in = documents_variable(reader, _NAME)
    return (DropboxSign(api, proof, form, documents, listed_in=listed_in),)


def _read_keys(reader: SettingsReader) -> tuple[str, ...]:
    """Read the keys that may sign events: by default the one that calls."""
    if reader.optional("DROPBOX_SIGN_CALLBACK_KEYS"):
        return reader.secrets("DROPBOX_SIGN_CALLBACK_KEYS")
    return (reader.secret("DROPBOX_SIGN_API_KEY"),)


DROPBOX_SIGN = Integration(_NAME, build, Path(__file__).with_name("contract.json"))
