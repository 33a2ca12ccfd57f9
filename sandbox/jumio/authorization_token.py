"""The authorizationToken in the hosted page's address.

A JSON Web Token whose payload is compressed (header `zip`: GZIP), as the documentation's own
samples show when decoded. It carries customerInternalReference in clear, and never userReference.
"""

import base64
import gzip
import hashlib
import hmac
import json
from urllib.parse import urlencode

from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction

HEADER = {"alg": "HS512", "zip": "GZIP"}
PAGE_PATH = "/web/v4/app"


def page_url(tenant: Tenant, transaction: Transaction) -> str:
    """Return the address at which a browser goes through this check."""
    query = {
        "authorizationToken": authorization_token(tenant, transaction),
        "locale": transaction.locale or "en",
    }
    return f"{tenant.base_url}{PAGE_PATH}?{urlencode(query)}"


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
    body = gzip.compress(json.dumps(payload, separators=(",", ":")).encode(), mtime=0)
    signed = f"{_encoded(json.dumps(HEADER, separators=(',', ':')).encode())}.{_encoded(body)}"
    return f"{signed}.{_signature(tenant, signed)}"


def transaction_behind(tenant: Tenant, token: str) -> Transaction | None:
    """Return the transaction that `token` opens, expired or not; None for a token not from here."""
    signed, _, signature = token.rpartition(".")
    if not hmac.compare_digest(_signature(tenant, signed).encode(), signature.encode()):
        return None
    payload = json.loads(gzip.decompress(_decoded(signed.partition(".")[2])))
    return tenant.transactions.get(payload["aId"])


def _signature(tenant: Tenant, signed: str) -> str:
    return _encoded(hmac.digest(tenant.page_key, signed.encode(), hashlib.sha512))


def _encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode("ascii")


def _decoded(value: str) -> bytes:
    return base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
