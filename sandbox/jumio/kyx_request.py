"""What the body of a KYX account request must look like.

"Account creation", KYX API guide, Jumio implementation guides, 2023-07-05.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

from sandbox.jumio.fields import country, locale, reference, require, shape, url
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction
from sandbox.kit.shapes import Check, FieldError, Shape, list_of, matching, one_of, text

REFERENCE_LIMIT = 100
LONG_LIMIT = 255
"""Of reportingCriteria and of every URL."""
FORBIDDEN_IN_INTERNAL_REFERENCE = frozenset('<>"/;`%{}|')
LIFETIME = re.compile(r"([+-]?[0-9]{1,9})([smhd])")
SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SHORTEST_LIFETIME = 5 * 60
LONGEST_LIFETIME = 60 * 86_400
DEFAULT_LIFETIME = "30m"

_LONG = reference(LONG_LIMIT)
_URL = url(LONG_LIMIT)


def _internal_reference(value: object, path: str) -> Iterator[FieldError]:
    yield from reference(REFERENCE_LIMIT)(value, path)
    if FORBIDDEN_IN_INTERNAL_REFERENCE & set(str(value)):
        yield FieldError(path, "contains a forbidden character")


def _seconds(lifetime: str) -> int:
    """Return what a lifetime such as `30m` stands for, 0 for one that is none."""
    match = LIFETIME.fullmatch(lifetime)
    return int(match[1]) * SECONDS_PER_UNIT[match[2]] if match else 0


def _choice(value: Check) -> Check:
    return shape(predefinedType=one_of("DEFINED", "RECOMMENDED"), values=list_of(value, least=1))


_CREDENTIAL = shape(
    {"category": one_of("ID", "FACEMAP", "DOCUMENT", "SELFIE")},
    country=_choice(country),
    type=_choice(text),
)
_CONSENT = shape(
    userIp=_LONG,
    userLocation=shape(country=country, state=_LONG),
    consent=shape(obtained=one_of("yes", "no", "na"), obtainedAt=_LONG),
)


def _shape(workflow_key: str) -> Shape:
    keys = one_of(workflow_key, int(workflow_key))
    return shape(
        {
            "customerInternalReference": _internal_reference,
            "workflowDefinition": shape({"key": keys}, credentials=list_of(_CREDENTIAL, least=1)),
        },
        userReference=reference(REFERENCE_LIMIT),
        reportingCriteria=_LONG,
        callbackUrl=_URL,
        tokenLifetime=matching(
            lambda value: SHORTEST_LIFETIME <= _seconds(value) <= LONGEST_LIFETIME,
            "a number and one of s, m, h, d, from 5m to 60d",
        ),
        web=shape(successUrl=_URL, errorUrl=_URL, locale=locale),
        userConsent=_CONSENT,
    )


def started_transaction(tenant: Tenant, account_id: str, body: dict[str, Any]) -> Transaction:
    """Return the transaction that `body` asks for; raises RefusalError (400) naming the field."""
    require(_shape(tenant.workflow_key), body)
    web = body.get("web", {})
    now = tenant.clock()
    return Transaction(
        reference=str(uuid.uuid4()),
        api="kyx",
        status="INITIATED",
        customer_internal_reference=body["customerInternalReference"],
        user_reference=body.get("userReference"),
        reporting_criteria=body.get("reportingCriteria"),
        callback_url=body.get("callbackUrl"),
        success_url=web.get("successUrl"),
        error_url=web.get("errorUrl"),
        locale=web.get("locale"),
        workflow=tenant.workflow_key,
        face_check=True,
        account_id=account_id,
        started_at=now,
        token_expires_at=now + _seconds(body.get("tokenLifetime", DEFAULT_LIFETIME)),
    )
