"""What Veriff says of the settings: the integration's key, and the secret that signs requests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import uuid4

from proxy.operating.doctor.probing import ProbeState
from tests.integrations.veriff.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

PAIR = ("VERIFF_API_KEY", "VERIFF_SHARED_SECRETS")


def _switch_off(veriff: Any) -> None:
    veriff.is_active = False


class TestVeriff(ProbeContract):
    """One request proves the key, and with its signature the first secret."""

    vendor, guests = "veriff", (GUEST,)
    calls = ("GET /v1/sessions/*/decision",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {PAIR: "the integration, and the first secret"}
    wrong = (
        Wrong(PAIR, 401, "is of no integration", lambda _: {"VERIFF_API_KEY": str(uuid4())}),
        Wrong(PAIR, 401, "is of no integration", lambda _: {"VERIFF_API_KEY": "not-a-uuid-at-all"}),
        Wrong(
            PAIR,
            401,
            "VERIFF_API_KEY is known, and the first of VERIFF_SHARED_SECRETS is not",
            lambda _: {"VERIFF_SHARED_SECRETS": str(uuid4())},
        ),
        Wrong(PAIR, 401, "switch it on", at_vendor=_switch_off),
        Wrong(
            PAIR,
            None,
            "is VERIFF_BASE_URL right?",
            lambda veriff: {"VERIFF_BASE_URL": f"{veriff.base_url}/elsewhere"},
            state=ProbeState.UNPROVEN,
        ),
    )
