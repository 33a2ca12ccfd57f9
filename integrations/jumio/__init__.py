"""Jumio identity verification: its settings, and the choice between its two APIs.

Netverify v4: github.com/Jumio/implementation-guides (2021-07, fork of 2023-07).
KYX Platform: documentation.jumio.ai and docs.jumio.com (read 2026-11).
"""

from __future__ import annotations

import re
from ipaddress import ip_network
from pathlib import Path

from integrations.jumio.datacenters import DATACENTERS, Datacenter
from integrations.jumio.kyx import Kyx
from integrations.jumio.netverify import Netverify
from proxy.vendors import (
    FromNetworks,
    Integration,
    Network,
    Reference,
    SettingsReader,
    Upstreams,
    lets_anyone_in,
    read_result_fields,
)

# Jumio's own bounds of a session's life: 5 minutes to 60 days, 30 minutes by default.
_MINUTES = {"default": 30, "minimum": 5, "maximum": 86_400}


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Reference, ...]:
    """Return Jumio as the settings `JUMIO_…` describe it."""
    api = reader.choice("JUMIO_API", ("netverify", "kyx"), "netverify")
    datacenter = DATACENTERS[reader.choice("JUMIO_DATACENTER", tuple(DATACENTERS), "us")]
    token = reader.text("JUMIO_API_TOKEN")
    secret = reader.text("JUMIO_API_SECRET")
    override = reader.override_url("JUMIO_BASE_URL")
    networks = _callback_networks(reader, api, datacenter)
    confirm = reader.choice("JUMIO_CONFIRM", ("retrieval", "callback"), "retrieval")
    trusts_callbacks = confirm == "callback" and api == "netverify"
    _judge_networks(reader, networks, trusts_callbacks=trusts_callbacks)
    minutes = reader.integer("JUMIO_SESSION_MINUTES", **_MINUTES)
    fields = read_result_fields(reader, "JUMIO_RESULT_FIELDS")
    if api == "kyx":
        return (
            Kyx(
                auth=upstreams.at("jumio", override or datacenter.kyx_auth),
                account=upstreams.at("jumio", override or datacenter.kyx_account),
                retrieval=upstreams.at("jumio", override or datacenter.kyx_retrieval),
                client_id=token,
                client_secret=secret,
                workflow_key=reader.text(
                    "JUMIO_WORKFLOW",
                    pattern=r"[0-9A-Za-z_-]{1,40}",
                    form="the workflow's key, 40 letters, digits, hyphens and underscores at most",
                ),
                session_minutes=minutes,
                result_fields=fields,
                proof=FromNetworks(networks),
            ),
        )
    return (
        Netverify(
            upstream=upstreams.at("jumio", override or datacenter.netverify),
            api_token=token,
            api_secret=secret,
            workflow_id=_workflow_id(reader),
            session_minutes=minutes,
            result_fields=fields,
            proof=FromNetworks(networks),
            trusts_callbacks=trusts_callbacks,
        ),
    )


def _callback_networks(
    reader: SettingsReader, api: str, datacenter: Datacenter
) -> tuple[Network, ...]:
    published = datacenter.kyx_callbacks if api == "kyx" else datacenter.netverify_callbacks
    texts = reader.names("JUMIO_CALLBACK_IPS", ",".join(published))
    if not texts:
        reader.report("JUMIO_CALLBACK_IPS lists no address")
    networks: list[Network] = []
    for text in texts:
        try:
            networks.append(ip_network(text))
        except ValueError:
            reader.report(f"JUMIO_CALLBACK_IPS: {text!r} is not an address or a network")
    return tuple(networks) or tuple(ip_network(text) for text in published)


def _judge_networks(
    reader: SettingsReader, networks: tuple[Network, ...], *, trusts_callbacks: bool
) -> None:
    if not lets_anyone_in(networks):
        return
    if trusts_callbacks:
        reader.danger(
            "JUMIO_CALLBACK_IPS lets nearly everybody in, and with JUMIO_CONFIRM=callback what they"
            " post is believed; leave it empty for the addresses that Jumio publishes"
        )
    else:
        reader.advise(
            "JUMIO_CALLBACK_IPS lets nearly everybody in, who can then make us ask Jumio; leave it"
            " empty for the addresses that Jumio publishes"
        )


def _workflow_id(reader: SettingsReader) -> int | None:
    """Read Netverify's workflowId, which may be left to Jumio's portal."""
    text = reader.optional("JUMIO_WORKFLOW")
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,3}", text):
        reader.report("JUMIO_WORKFLOW must be a workflowId of up to three digits for netverify")
        return None
    return int(text)


JUMIO = Integration("jumio", build, Path(__file__).with_name("contract.json"))
