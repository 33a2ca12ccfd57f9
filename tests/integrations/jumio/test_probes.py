"""What Jumio says of the settings, by either of its APIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from proxy.operating.doctor.probing import ProbeState
from tests.integrations.jumio.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

PAIR = ("JUMIO_API_TOKEN", "JUMIO_API_SECRET")
WRONG = (
    Wrong(PAIR, 401, "compare JUMIO_API_TOKEN", lambda _: {"JUMIO_API_TOKEN": "made-of-air"}),
    Wrong(PAIR, 401, "JUMIO_API_SECRET with what Jumio", lambda _: {"JUMIO_API_SECRET": "m" * 32}),
)


class TestNetverify(ProbeContract):
    """The list of accepted documents proves the pair."""

    vendor, guests = "jumio", (GUEST,)
    calls = ("GET /api/netverify/v2/acceptedIdTypes",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {PAIR: ""}
    wrong = (
        *WRONG,
        Wrong(
            PAIR,
            None,
            "accepts no document",
            at_vendor=lambda jumio: jumio.accepted_ids.clear(),
            state=ProbeState.ACCEPTED,
        ),
    )


class TestKyx(ProbeContract):
    """A token that nobody uses proves the pair."""

    vendor, guests = "jumio", (GUEST,)
    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "kyx"}
    calls = ("POST /oauth2/token",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {PAIR: ""}
    unproven = ("JUMIO_WORKFLOW",)
    wrong = WRONG
