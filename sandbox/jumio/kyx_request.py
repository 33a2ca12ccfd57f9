"""What the body of a KYX account request must look like.

"Account creation", KYX API guide, Jumio implementation guides, 2023-07-05.
"""

import re
import uuid

from sandbox.jumio import fields
from sandbox.jumio.admission import RefusalError
from sandbox.jumio.tenant import Tenant
from sandbox.jumio.transactions import Transaction

KNOWN = frozenset(
    {
        "customerInternalReference",
        "workflowDefinition",
        "userReference",
        "reportingCriteria",
        "callbackUrl",
        "tokenLifetime",
        "web",
        "userConsent",
    }
)
REFERENCE_LIMIT = 100
LONG_LIMIT = 255
"""Of reportingCriteria and of every URL."""
FORBIDDEN_IN_INTERNAL_REFERENCE = frozenset('<>"/;`%{}|')
LIFETIME = re.compile(r"([+-]?[0-9]{1,9})([smhd])")
SECONDS_PER_UNIT = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
SHORTEST_LIFETIME = 5 * 60
LONGEST_LIFETIME = 60 * 86_400
DEFAULT_LIFETIME = 30 * 60
CATEGORIES = frozenset({"ID", "FACEMAP", "DOCUMENT", "SELFIE"})
PREDEFINED = frozenset({"DEFINED", "RECOMMENDED"})
CONSENT = frozenset({"yes", "no", "na"})


def started_transaction(tenant: Tenant, account_id: str, body: fields.Fields) -> Transaction:
    """Return the transaction that `body` asks for; raises RefusalError (400) naming the field."""
    fields.only_known(body, KNOWN)
    _check_workflow(body, tenant.workflow_key)
    _check_consent(body)
    web = fields.nested(body, "web") or {}
    fields.only_known(web, frozenset({"successUrl", "errorUrl", "locale"}))
    now = tenant.clock()
    return Transaction(
        reference=str(uuid.uuid4()),
        api="kyx",
        status="INITIATED",
        customer_internal_reference=_internal_reference(body),
        user_reference=fields.text(body, "userReference", REFERENCE_LIMIT),
        reporting_criteria=fields.text(body, "reportingCriteria", LONG_LIMIT),
        callback_url=fields.url(body, "callbackUrl", LONG_LIMIT),
        success_url=fields.url(web, "successUrl", LONG_LIMIT),
        error_url=fields.url(web, "errorUrl", LONG_LIMIT),
        locale=fields.locale(web),
        workflow=tenant.workflow_key,
        face_check=True,
        account_id=account_id,
        started_at=now,
        token_expires_at=now + _lifetime_seconds(body),
    )


def _internal_reference(body: fields.Fields) -> str:
    reference = fields.required_text(body, "customerInternalReference", REFERENCE_LIMIT)
    if FORBIDDEN_IN_INTERNAL_REFERENCE & set(reference):
        raise RefusalError(400, "customerInternalReference contains a forbidden character")
    return reference


def _lifetime_seconds(body: fields.Fields) -> int:
    lifetime = fields.text(body, "tokenLifetime", LONG_LIMIT)
    if lifetime is None:
        return DEFAULT_LIFETIME
    match = LIFETIME.fullmatch(lifetime)
    if match is None:
        raise RefusalError(400, "tokenLifetime must be a number and one of s, m, h, d")
    seconds = int(match[1]) * SECONDS_PER_UNIT[match[2]]
    if not SHORTEST_LIFETIME <= seconds <= LONGEST_LIFETIME:
        raise RefusalError(400, "tokenLifetime must be 5m to 60d")
    return seconds


def _check_workflow(body: fields.Fields, workflow_key: str) -> None:
    definition = fields.nested(body, "workflowDefinition")
    if definition is None or "key" not in definition:
        raise RefusalError(400, "workflowDefinition.key is required")
    fields.only_known(definition, frozenset({"key", "credentials"}))
    key = definition["key"]
    if not isinstance(key, int | str) or str(key) != workflow_key:
        raise RefusalError(400, "workflowDefinition.key names no workflow of this account")
    for credential in fields.objects(definition, "credentials"):
        fields.only_known(credential, frozenset({"category", "country", "type"}))
        fields.one_of(credential.get("category"), "category", CATEGORIES)
        for name in ("country", "type"):
            _check_choice(credential, name)


def _check_choice(credential: fields.Fields, name: str) -> None:
    choice = fields.nested(credential, name)
    if choice is None:
        return
    fields.only_known(choice, frozenset({"predefinedType", "values"}))
    if "predefinedType" in choice:
        fields.one_of(choice["predefinedType"], "predefinedType", PREDEFINED)
    for value in fields.texts(choice, "values"):
        if name == "country":
            fields.country(value, "country")


def _check_consent(body: fields.Fields) -> None:
    consent = fields.nested(body, "userConsent") or {}
    fields.only_known(consent, frozenset({"userIp", "userLocation", "consent"}))
    fields.text(consent, "userIp", LONG_LIMIT)
    location = fields.nested(consent, "userLocation") or {}
    fields.only_known(location, frozenset({"country", "state"}))
    if "country" in location:
        fields.country(location["country"], "country")
    fields.text(location, "state", LONG_LIMIT)
    given = fields.nested(consent, "consent") or {}
    fields.only_known(given, frozenset({"obtained", "obtainedAt"}))
    if "obtained" in given:
        fields.one_of(given["obtained"], "obtained", CONSENT)
    fields.text(given, "obtainedAt", LONG_LIMIT)
