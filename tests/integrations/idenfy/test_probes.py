"""What iDenfy says of the settings: whether it knows the pair."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from proxy.operating.doctor.probing import ProbeState
from tests.integrations.idenfy.guest import GUEST
from tests.kit.contracts.probes import ProbeContract, Wrong

PAIR = ("IDENFY_API_KEY", "IDENFY_API_SECRET")


def _bound(idenfy: Any) -> None:
    idenfy.may_list = False


class TestIdenfy(ProbeContract):
    """A list of nobody's verifications proves the pair."""

    vendor, guests = "idenfy", (GUEST,)
    calls = ("GET /kyc/identifications/",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {PAIR: ""}
    unproven = ("IDENFY_SIGNING_KEYS",)
    wrong = (
        Wrong(PAIR, 401, "does not know this pair", lambda _: {"IDENFY_API_KEY": "made-of-air-01"}),
        Wrong(PAIR, 401, "does not know this pair", lambda _: {"IDENFY_API_SECRET": "m" * 32}),
        Wrong(
            PAIR,
            None,
            "the pair is known; it may not list verifications, which is not needed",
            at_vendor=_bound,
            state=ProbeState.ACCEPTED,
        ),
    )
