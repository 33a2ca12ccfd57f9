"""What Netverify says about a finished check: the callback form and the retrieval documents.

Shapes and value lists: "callback.md" and "netverify-retrieval-api.md", Jumio implementation guides,
2021-07-13. Oddities that recorded traffic adds to them (github.com/JuulLabs-OSS/jumio, fixtures of
2018; github.com/singnet/snet-marketplace-service, fixtures of 2020) are shown on purpose.
"""

import json
from collections.abc import Callable
from urllib.parse import urlencode

from sandbox.jumio.netverify_outcomes import OUTCOMES, NetverifyOutcome
from sandbox.jumio.specimen import SPECIMEN
from sandbox.jumio.transactions import Transaction

Written = Callable[[float], str]
Json = dict[str, object]

CHECKS = (
    "idCheckDataPositions",
    "idCheckDocumentValidation",
    "idCheckHologram",
    "idCheckMRZcode",
    "idCheckMicroprint",
    "idCheckSecurityFeatures",
    "idCheckSignature",
)


def callback_form(
    transaction: Transaction, outcome: NetverifyOutcome, base_url: str, at: float, written: Written
) -> bytes:
    """Return the URL-encoded body of the callback sent at `at` (Unix seconds)."""
    scan_url = f"{base_url}/recognition/v1/idscan/{transaction.reference}"
    fields = {
        "callBackType": "NETVERIFYID",
        "jumioIdScanReference": transaction.reference,
        "verificationStatus": outcome.verification_status,
        "idScanStatus": "SUCCESS" if outcome.approved else "ERROR",
        "idScanSource": "WEB_UPLOAD",
        **dict.fromkeys(CHECKS, "OK" if outcome.approved else "N/A"),
        "transactionDate": written(transaction.started_at),
        "callbackDate": written(at),
        "merchantIdScanReference": transaction.customer_internal_reference,
        "clientIp": SPECIMEN.ip_address,
        "addedWithoutNotice": "true",
    }
    if transaction.user_reference is not None:
        fields["customerId"] = transaction.user_reference
    if transaction.reporting_criteria is not None:
        fields["merchantReportingCriteria"] = transaction.reporting_criteria
    if outcome.transaction_status == "DONE":
        fields |= {"idScanImage": f"{scan_url}/front", "firstAttemptDate": written(at)}
    fields |= _document_fields(outcome) | _judgement_fields(transaction, outcome)
    return urlencode(fields).encode("ascii")


def status_document(transaction: Transaction, at: str, *, readable: bool) -> Json:
    """Return the answer of `GET …/scans/<reference>`."""
    status = transaction.status if readable else "PENDING"
    return {"timestamp": at, "scanReference": transaction.reference, "status": status}


def details_document(
    transaction: Transaction, at: str, written: Written, *, readable: bool
) -> Json:
    """Return the answer of `GET …/scans/<reference>/data`.

    While the check is not finished it holds the `transaction` part alone, with status PENDING; so
    says the documentation of Jumio::Entities::Scan (rubydoc.info/gems/jumio, version 1.0.0). The
    guides only ask not to retrieve details before then.
    """
    details: Json = {"timestamp": at, "scanReference": transaction.reference}
    details["transaction"] = transaction_part(transaction, written, readable=readable)
    if not readable:
        return details
    details["document"] = document_part(transaction)
    details["verification"] = verification_part(transaction)
    details["addedWithoutNotice"] = {"version": 1}
    return details


def transaction_part(transaction: Transaction, written: Written, *, readable: bool) -> Json:
    """Return the `transaction` object of the details."""
    part: Json = {
        "status": transaction.status if readable else "PENDING",
        "source": "WEB_UPLOAD",
        "date": written(transaction.started_at),
        "clientIp": SPECIMEN.ip_address,
        "merchantScanReference": transaction.customer_internal_reference,
    }
    if transaction.user_reference is not None:
        part["customerId"] = transaction.user_reference
    if transaction.reporting_criteria is not None:
        part["merchantReportingCriteria"] = transaction.reporting_criteria
    if readable and transaction.updated_at is not None:
        part["updatedAt"] = written(transaction.updated_at)
    return part


def document_part(transaction: Transaction) -> Json:
    """Return the `document` object of a finished check's details."""
    outcome = OUTCOMES[transaction.outcome or ""]
    part: Json = {"status": outcome.verification_status}
    if outcome.document_read:
        part |= {
            "type": "PASSPORT",
            "issuingCountry": "USA",
            "number": SPECIMEN.document_number,
            "firstName": SPECIMEN.first_name,
            "lastName": SPECIMEN.last_name,
            "dob": SPECIMEN.birth_date,
            "expiry": SPECIMEN.expiry_date,
        }
    return part


def verification_part(transaction: Transaction) -> Json:
    """Return the `verification` object of a finished check's details."""
    outcome = OUTCOMES[transaction.outcome or ""]
    part: Json = {"mrzCheck": "OK" if outcome.approved else "NOT_AVAILABLE"}
    if transaction.face_check and outcome.similarity is not None:
        # Unlike the callback's JSON true, retrieval writes a string here.
        face: Json = {
            "similarity": outcome.similarity,
            "validity": "true" if outcome.validity else "false",
        }
        if outcome.selfie_reason is not None:
            face["reason"] = outcome.selfie_reason
        part["identityVerification"] = face
    if outcome.reject is not None:
        part["rejectReason"] = outcome.reject.document()
    return part


def _document_fields(outcome: NetverifyOutcome) -> dict[str, str]:
    if outcome.verification_status == "NO_ID_UPLOADED":
        return {}
    fields = {"idType": "PASSPORT", "idCountry": "USA"}
    if not outcome.approved:
        return fields
    address = {
        "city": SPECIMEN.city,
        "country": "USA",
        "line1": SPECIMEN.street,
        "postalCode": SPECIMEN.postal_code,
    }
    return fields | {
        "idNumber": SPECIMEN.document_number,
        "idFirstName": SPECIMEN.first_name,
        "idLastName": SPECIMEN.last_name,
        "idDob": SPECIMEN.birth_date,
        "idExpiry": SPECIMEN.expiry_date,
        "idAddress": json.dumps(address, separators=(",", ":")),
        "personalNumber": "N/A",
    }


def _judgement_fields(transaction: Transaction, outcome: NetverifyOutcome) -> dict[str, str]:
    if outcome.approved and transaction.face_check:
        face: Json = {"similarity": outcome.similarity, "validity": outcome.validity}
        if not outcome.validity:
            face["reason"] = outcome.selfie_reason
        return {"identityVerification": json.dumps(face, separators=(",", ":"))}
    if outcome.verification_status.startswith("DENIED_UNSUPPORTED"):
        return {
            "rejectReason": "N/A"
        }  # a literal that is not JSON, in singnet's recorded callbacks
    if outcome.reject is not None:
        text = json.dumps(outcome.reject.document())
        return {"rejectReason": f"{{ {text[1:]}"}  # the guides' own samples have this space
    return {}
