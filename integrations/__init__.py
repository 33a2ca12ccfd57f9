"""The integrations: one entry each, and nothing else anywhere names a vendor."""

from __future__ import annotations

from integrations.docuseal import DOCUSEAL
from integrations.dropbox_sign import DROPBOX_SIGN
from integrations.hubrise import HUBRISE
from integrations.idenfy import IDENFY
from integrations.jumio import JUMIO
from integrations.kaizala import KAIZALA
from integrations.onfido import ONFIDO
from integrations.pumble import PUMBLE
from integrations.sensedia import SENSEDIA
from integrations.stripe import STRIPE
from integrations.veriff import VERIFF
from integrations.xero import XERO
from proxy.vendors import Integration

ALL: tuple[Integration, ...] = (
    JUMIO,
    IDENFY,
    VERIFF,
    STRIPE,
    ONFIDO,
    DOCUSEAL,
    DROPBOX_SIGN,
    HUBRISE,
    PUMBLE,
    KAIZALA,
    SENSEDIA,
    XERO,
)
