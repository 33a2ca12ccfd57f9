"""The authorizationToken in the hosted page's address.

A JSON Web Token whose payload is compressed (header `zip`: GZIP), as the documentation's own
samples show when decoded. It carries customerInternalReference in clear, and never userReference.
"""

import gzip
import json
from urllib.parse import urlencode

from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction
from sandbox.kit.tokens import encoded_json, payload_of, signed

HEADER = {"alg": "HS512", "zip": "GZIP"}
PAGE_PATH = "/web/v4/app"


def page_url(tenant: Tenant, transaction: Transaction) -> str:
    """Return the address at which a browser goes through this check."""
    query = {
        "authorizationToken": authorization_token(tenant, transaction),
        "locale": transaction.locale or "en",
    }
    return f"{tenant.browser_url}{PAGE_PATH}?{urlencode(query)}"


def authorization_token(tenant: Tenant, transaction: Transaction) -> str:
    """Return the token that opens the hosted page for `transaction`."""
    expiry = int(transaction.token_expires_at * 1000)
    payload: dict[str, object] = {
        "exAt": str(expiry) if transaction.api == "kyx" else expiry,
        "aId": transaction.reference,
        "cRef": transaction.customer_internal_reference,
        "cId": tenant.company_id,
    }
    if transaction.api == "kyx":
        payload |= {"accId": transaction.account_id, "wfeId": transaction.reference}
    return signed(HEADER, gzip.compress(encoded_json(payload), mtime=0), tenant.page_key)


def transaction_behind(tenant: Tenant, token: str) -> Transaction | None:
    """Return the transaction that `token` opens, expired or not; None for a token not from here."""
    payload = payload_of(token, tenant.page_key, HEADER["alg"])
    if payload is None:
        return None
    return tenant.transactions.get(json.loads(gzip.decompress(payload))["aId"])
