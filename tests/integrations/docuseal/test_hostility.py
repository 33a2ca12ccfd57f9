"""DocuSeal bears what every vendor must bear."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from sandbox.docuseal.vendor import FIRST_NUMBER
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.saboteur import Step
from tests.integrations.docuseal.guest import GUEST
from tests.kit.contracts.checks import finishing, first_check
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld


def _told(kind: str, **data: object) -> HostileRequest:
    body = json.dumps({"event_type": kind, "data": data}).encode()
    return HostileRequest(
        "POST", "/api/callbacks/docuseal", {}, body, "application/json", signer="docuseal"
    )


_WHOLE = {"id": FIRST_NUMBER, "status": "declined"}
_PARTY = {"id": 91355, "external_id": "@@reference@@"}
_DECLINED = _told("form.declined", submission_id=FIRST_NUMBER, submission=_WHOLE, **_PARTY)
_EXPIRED = _told("submission.expired", id=FIRST_NUMBER, submitters=[_PARTY])
_ARCHIVED = _told("submission.archived", id=FIRST_NUMBER)


class TestDocuSeal(HostilityContract):
    """Its submissions and events, spoilt."""

    listed, guests = "docuseal", (GUEST,)
    own_steps: ClassVar[Mapping[str, Step]] = {
        "callback": finishing("docuseal", "declined", _DECLINED),
        "doorbell": finishing("docuseal", "declined", _ARCHIVED),
    }
    callbacks = (_DECLINED, _EXPIRED, _ARCHIVED)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the submission that was made first."""
        return first_check(world, "docuseal")
