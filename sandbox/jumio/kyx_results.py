"""What the KYX platform says about a check: callback, status and details.

Shapes: KYX API guide, Jumio implementation guides (2023-07-05), "Callback" and "Retrieval" on
docs.jumio.com; oddities are those of captured details (github.com/iron-fish/ironfish-api, fixtures
of 2023).
"""

from collections.abc import Callable
from types import MappingProxyType

from sandbox.jumio.kyx_outcomes import CAPABILITIES, OK, OUTCOMES, KyxOutcome, Verdict
from sandbox.jumio.specimen import SPECIMEN
from sandbox.jumio.transactions import Transaction

Written = Callable[[float], str]
Json = dict[str, object]

CREDENTIALS = MappingProxyType(
    {
        "ID": ("FRONT", "BACK"),
        "FACEMAP": ("FACEMAP", "LIVENESS_1", "LIVENESS_2"),
        "SELFIE": ("FACE",),
    }
)


def callback_document(transaction: Transaction, status: str, base_url: str, at: str) -> Json:
    """Return one callback: without a result, customerInternalReference or personal data."""
    document: Json = {"callbackSentAt": at}
    if transaction.user_reference is not None:
        document["userReference"] = transaction.user_reference
    return document | {
        **_who_and_what(transaction, status, base_url),
        "addedWithoutNotice": True,
    }


def status_document(transaction: Transaction, base_url: str) -> Json:
    """Return the answer of `GET …/workflow-executions/<id>/status`."""
    return _who_and_what(transaction, transaction.status, base_url)


def details_document(transaction: Transaction, base_url: str, written: Written) -> Json:
    """Return the details; they hold decision and capabilities once the check is finished."""
    workflow: Json = {
        "id": transaction.reference,
        "status": transaction.status,
        "definitionKey": transaction.workflow,
        "customerInternalReference": transaction.customer_internal_reference,
    }
    if transaction.user_reference is not None:
        workflow["userReference"] = transaction.user_reference
    details: Json = {
        "workflow": workflow,
        "account": {"id": transaction.account_id},
        "createdAt": written(transaction.started_at),
        "startedAt": written(transaction.started_at),
        "steps": {"href": f"{_execution_url(transaction, base_url)}/steps"},
        "addedWithoutNotice": {"version": 1},
    }
    if transaction.outcome is None or transaction.updated_at is None:
        return details
    outcome = OUTCOMES[transaction.outcome]
    return details | {
        "completedAt": written(transaction.updated_at),
        "credentials": _credentials(transaction, base_url),
        "decision": {
            "type": outcome.decision,
            "details": {"label": outcome.label or outcome.decision},
            "risk": {"score": outcome.score},
        },
        "capabilities": _capabilities(transaction, outcome),
    }


def _who_and_what(transaction: Transaction, status: str, base_url: str) -> Json:
    return {
        "workflowExecution": {
            "id": transaction.reference,
            "href": f"{base_url}/api/v1/workflow-executions/{transaction.reference}",
            "definitionKey": transaction.workflow,
            "status": status,
        },
        "account": {
            "id": transaction.account_id,
            "href": f"{base_url}/api/v1/accounts/{transaction.account_id}",
        },
    }


def _execution_url(transaction: Transaction, base_url: str) -> str:
    account_url = f"{base_url}/api/v1/accounts/{transaction.account_id}"
    return f"{account_url}/workflow-executions/{transaction.reference}"


def _credentials(transaction: Transaction, base_url: str) -> list[Json]:
    account_url = f"{base_url}/api/v1/accounts/{transaction.account_id}"
    return [
        {
            "id": transaction.credential_id(category),
            "category": category,
            "parts": [
                {
                    "classifier": part,
                    "href": f"{account_url}/credentials/{transaction.credential_id(category)}"
                    f"/parts/{part}",
                }
                for part in parts
            ],
        }
        for category, parts in CREDENTIALS.items()
    ]


def _capabilities(transaction: Transaction, outcome: KyxOutcome) -> Json:
    """Return one array per capability; usability has one entry per credential."""
    usable = {"ID": outcome.document, "FACEMAP": OK, "SELFIE": OK}
    usability = [
        _entry(transaction, "usability", (category,), verdict)
        for category, verdict in usable.items()
    ]
    others = {
        name: [
            _entry(transaction, name, categories, outcome.capabilities[name])
            | {"data": _data(name, outcome.capabilities[name])}
        ]
        for name, categories in CAPABILITIES.items()
    }
    return {"usability": usability, **others}


def _entry(
    transaction: Transaction, name: str, categories: tuple[str, ...], verdict: Verdict
) -> Json:
    decision, label = verdict
    return {
        "id": transaction.credential_id(f"{name}/{categories[0]}"),
        "credentials": [
            {"id": transaction.credential_id(category), "category": category}
            for category in categories
        ],
        "decision": {"type": decision, "details": {"label": label}},
    }


def _data(capability: str, verdict: Verdict) -> Json:
    decision, label = verdict
    if decision == "NOT_EXECUTED":
        return {}
    if capability == "extraction":
        return {
            "type": "PASSPORT",
            "subType": "E_PASSPORT",
            "issuingCountry": "USA",
            "firstName": SPECIMEN.first_name,
            "lastName": SPECIMEN.last_name,
            "dateOfBirth": SPECIMEN.birth_date,
            "expiryDate": SPECIMEN.expiry_date,
            "documentNumber": SPECIMEN.document_number,
        }
    if capability == "similarity":
        # Captured details say MATCH here under a WARNING too: only the decision counts.
        return {"similarity": "NOT_MATCH" if label == "NO_MATCH" else "MATCH"}
    if capability == "liveness":
        return {"type": "JUMIO_STANDARD", "predictedAge": 33, "ageConfidenceRange": "23-43"}
    return {}
