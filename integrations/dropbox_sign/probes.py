"""What Dropbox Sign can say of the settings: it is asked for the API app and the templates.

Source: hellosign-openapi @ad21451f (get API app, get template, errors; read 2026-11).
"""

from __future__ import annotations

from urllib.parse import quote

from proxy.vendors import (
    JsonApi,
    SettingRefused,
    UpstreamRefused,
    UpstreamUnavailable,
    as_object,
    as_text,
)

_NAME = "dropbox-sign"
_ABSENT = (403, 404)
_CALLBACK_PATH = f"/callbacks/{_NAME}"


def ask_app(api: JsonApi, client_id: str, *, is_test: bool) -> str:
    """Look at the API app, which the key's account must have; raises as Probe.ask.

    Outside test mode it must be approved. Events go to its callback URL, and of embedded requests
    to no other.
    """
    try:
        answer = api.call("GET", f"/v3/api_app/{quote(client_id, safe='')}")
    except UpstreamRefused as refused:
        if refused.status == 401:
            fix = "DROPBOX_SIGN_API_KEY is not known; copy it from Settings > API at Dropbox Sign"
        elif refused.status in _ABSENT:
            fix = (
                "DROPBOX_SIGN_API_KEY is known, and its account has no API app of"
                " DROPBOX_SIGN_CLIENT_ID; copy the client id from Settings > API > API apps"
            )
        else:
            raise
        raise SettingRefused(_NAME, refused.status, refused.code, fix=fix) from None
    app = as_object(answer.json_object().get("api_app"))
    if as_text(app.get("client_id")) is None:
        raise UpstreamUnavailable(_NAME, "an API app without its client id")
    if not is_test and app.get("is_approved") is False:
        fix = (
            "the API app is not approved yet, so that nothing can be signed that binds: have it"
            " approved at Dropbox Sign, or set DROPBOX_SIGN_TEST_MODE=true until then"
        )
        raise SettingRefused(_NAME, answer.status, fix=fix)
    if not (as_text(app.get("callback_url")) or "").endswith(_CALLBACK_PATH):
        fix = (
            "the API app sends its events elsewhere, or nowhere: set its event callback to"
            f" <PUBLIC_URL>/api{_CALLBACK_PATH}"
        )
        raise SettingRefused(_NAME, answer.status, fix=fix)
    return "test mode" if is_test else ""


def ask_template(api: JsonApi, template_id: str, role: str, listed_in: str) -> str:
    """Look at a template: that it is there, and that it has the one role; raises as Probe.ask."""
    try:
        answer = api.call("GET", f"/v3/template/{quote(template_id, safe='')}")
    except UpstreamRefused as refused:
        if refused.status not in _ABSENT:
            raise
        fix = (
            "the account of DROPBOX_SIGN_API_KEY has no such template; copy the id of one into"
            f" {listed_in}"
        )
        raise SettingRefused(_NAME, refused.status, refused.code, fix=fix) from None
    told = as_object(answer.json_object().get("template")).get("signer_roles")
    if not isinstance(told, list):
        raise UpstreamUnavailable(_NAME, "a template without signer roles")
    if [as_text(as_object(one).get("name")) for one in told] != [role]:
        fix = "the template's one role must be called as DROPBOX_SIGN_ROLE says"
        raise SettingRefused(_NAME, answer.status, fix=fix)
    return ""
