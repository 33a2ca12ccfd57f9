"""What Onfido says of the settings: the token, and the webhook that would come here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from proxy.operating.doctor.probing import ProbeState
from tests.integrations.onfido.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

TOKEN, WEBHOOK = ("ONFIDO_API_TOKEN", "ONFIDO_REGION"), ("ONFIDO_WEBHOOK_TOKENS",)


def _switch_off(onfido: Any) -> None:
    onfido.webhook_is_on = False


def _for_the_sandbox(onfido: Any) -> None:
    onfido.environments.append("sandbox")


def _hide(onfido: Any) -> None:
    onfido.may_list_webhooks = False


class TestOnfido(ProbeContract):
    """A list of nobody's runs proves the token; the webhook is looked up by its own."""

    vendor, guests = "onfido", (GUEST,)
    calls = ("GET /v3.6/workflow_runs", "GET /v3.6/webhooks")
    told: ClassVar[Mapping[tuple[str, ...], str]] = {TOKEN: "live", WEBHOOK: ""}
    unproven = ("ONFIDO_WORKFLOW_ID",)
    wrong = (
        Wrong(
            TOKEN,
            401,
            "is not known in the region of ONFIDO_REGION",
            lambda _: {"ONFIDO_API_TOKEN": "api_live.of.nobody"},
        ),
        Wrong(
            TOKEN,
            None,
            "sandbox",
            lambda onfido: {"ONFIDO_API_TOKEN": onfido.sandbox_token},
            state=ProbeState.ACCEPTED,
        ),
        Wrong(
            WEBHOOK,
            200,
            "no webhook has this token",
            lambda _: {"ONFIDO_WEBHOOK_TOKENS": "another-webhook-token"},
        ),
        Wrong(WEBHOOK, 200, "switch the webhook on", at_vendor=_switch_off),
        Wrong(WEBHOOK, 200, "switch the webhook on", at_vendor=_for_the_sandbox),
        Wrong(
            WEBHOOK,
            None,
            "may not list webhooks",
            at_vendor=_hide,
            state=ProbeState.UNPROVEN,
        ),
    )
