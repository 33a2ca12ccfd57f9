"""What the record of a signature request says of its end: good only in one word, and exactly.

Source: hellosign-openapi @ad21451f, SignatureRequestResponse and its signatures;
developers.hellosign.com, expiration (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from proxy.vendors import (
    Reason,
    Result,
    Status,
    Waiting,
    as_id,
    as_object,
    as_text,
    as_unix_time,
    as_word,
    display_text,
)

CARRIER = "echoseal"
UNFINISHED = "The signature request is not finished."
_OF_TEST_MODE = "It was made in test mode, so it binds nobody and does not count."
_OUT_OF_TIME = "It was not signed in time."
_MAX_CHARACTERS = 255


def judge(record: Mapping[str, Any], *, counts_tests: bool) -> Result | Waiting | None:
    """Return what a signature request has come to; None while it waits for signatures.

    `counts_tests`: one of test mode counts. Of contradicting words the good one never does.
    """
    if not counts_tests and record.get("test_mode") not in (False, None):
        return Waiting(Reason("test_mode", _OF_TEST_MODE))
    ended = _ended(record)
    if ended is None:
        codes = [as_word(one.get("status_code")) for one in signatures(record)]
        telling = [code for code in codes if code != "awaiting_signature"]
        return Waiting(Reason(telling[0], UNFINISHED)) if telling else None
    status, reason = ended
    return Result(
        status=status,
        reason=reason,
        # When the request as a whole ended is not told.
        completed_at=_signed_at(record) if status is Status.SIGNED else None,
        echoed_reference=as_text(as_object(record.get("metadata")).get(CARRIER)),
        version=_version(record),
    )


def _ended(record: Mapping[str, Any]) -> tuple[Status, Reason | None] | None:
    told = {as_text(one.get("status_code")): one for one in signatures(record)}
    if record.get("is_declined") is True:
        words = display_text(told.get("declined", {}).get("decline_reason"), _MAX_CHARACTERS)
        return Status.DECLINED, Reason("declined", words or "")
    error = next((code for code in told if code is not None and code.startswith("error")), None)
    if error is not None or record.get("has_error") is True:
        words = display_text(told.get(error, {}).get("error"), _MAX_CHARACTERS)
        return Status.FAILED, Reason(as_word(error or "error"), words or "")
    if record.get("is_complete") is True:
        return Status.SIGNED, None
    if "expired" in told:
        return Status.EXPIRED, Reason("expired", _OUT_OF_TIME)
    return None


def signatures(record: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the signatures of a signature request."""
    told = record.get("signatures")
    return [as_object(one) for one in told] if isinstance(told, list) else []


def _signed_at(record: Mapping[str, Any]) -> datetime | None:
    times = [as_unix_time(one.get("signed_at")) for one in signatures(record)]
    return max((one for one in times if one is not None), default=None)


def _version(record: Mapping[str, Any]) -> str | None:
    told = record.get("template_ids")
    template = as_id(told[0]) if isinstance(told, list) and len(told) == 1 else None
    is_test = record.get("test_mode") not in (False, None)
    return None if template is None else version(template, is_test=is_test)


def version(template: str, *, is_test: bool) -> str:
    """Return a document's version: what was signed in test mode is another one than the template.

    So it does not count any more once requests bind.
    """
    return f"test:{template}" if is_test else template
