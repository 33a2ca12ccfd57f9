"""Seals references as a checkout does: run with that checkout's interpreter, in its folder.

Takes on standard input a JSON object with `environment`, `user_ids` and `refresh_tokens`; prints
a JSON list of what the vendor would echo back for each.
"""

from __future__ import annotations

import json
import sys
import time
from uuid import UUID

import integrations
from crypto import Reference as SealedReference
from crypto import Sealer
from proxy.operating.configuration import read_configuration
from proxy.references.carrier import Carrier
from proxy.vendors.reference import Reference


def main() -> None:
    """Seal one reference for each user who is asked for."""
    asked = json.load(sys.stdin)
    configuration = read_configuration(asked["environment"], integrations.ALL)
    settings, vendor = configuration.settings, configuration.parts.of(Reference)[0]
    sealer = Sealer(settings.seal_keys, settings.client_id)
    callback_url = settings.callback_url(vendor.name)
    carrier = Carrier(sealer, f"{vendor.name}.reference", vendor.limits, callback_url)
    issued_at = int(time.time())
    references = (
        SealedReference(UUID(user_id), issued_at, token)
        for user_id, token in zip(asked["user_ids"], asked["refresh_tokens"], strict=True)
    )
    print(json.dumps([carrier.seal(reference).carried for reference in references]))


if __name__ == "__main__":
    main()
