"""What Netverify says of the face: `identityVerification`, which counts only where it is clear.

Source: callback.md and netverify-retrieval-api.md, Jumio implementation guides (2021-07);
netverify-web-v4.md for which workflows compare faces.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final

from proxy.vendors import Reason, Status, as_object, as_word, unrepeated


class Untold(Enum):
    """What stands in the place of a value that was not told."""

    UNTOLD = "untold"


UNTOLD: Final = Untold.UNTOLD
_EMPTY: tuple[object, ...] = (None, "", "N/A", {}, [])


class FaceCheck(Enum):
    """Whether the configured workflow compares faces."""

    INCLUDED = "included"
    EXCLUDED = "excluded"
    UNKNOWN = "unknown"

    @classmethod
    def of(cls, workflow_id: int | None) -> FaceCheck:
        """Return what a `workflowId` says; without one the portal decides, which we cannot see."""
        if workflow_id in (200, 201, 202):
            return cls.INCLUDED
        return cls.EXCLUDED if workflow_id in (100, 101, 102) else cls.UNKNOWN

    def read(self, place: object) -> object:
        """Return what is told in the place of the check.

        A workflow without one leaves the place empty in some way or other; any other empty place
        is a check that cannot be read, and stays as it is.
        """
        return UNTOLD if self is FaceCheck.EXCLUDED and place in _EMPTY else place

    def retrieved(self, details: Mapping[str, Any]) -> object:
        """Return what is told in the details of the retrieval API.

        Where the part about what was verified is there, a check that belongs to the workflow must
        be in it. Where that whole part was left out, nothing is told of any check.
        """
        verification = details.get("verification", UNTOLD)
        if not isinstance(verification, dict):
            return self.read(verification)
        missing = None if self is FaceCheck.INCLUDED else UNTOLD
        return self.read(verification.get("identityVerification", missing))


def read_text(text: str) -> object:
    """Return the JSON inside a form field; the text itself where that cannot be read in one way."""
    try:
        return json.loads(text.removeprefix("\ufeff"), object_pairs_hook=unrepeated)
    except (ValueError, RecursionError):
        return text


def judge_face(face: object) -> tuple[Status, Reason | None]:
    """Return the status of an accepted document for what was told of the face.

    Approved without a word of a check, or with the match: similarity "MATCH", and validity true
    (JSON true in callbacks, "true" in retrieval). No match is rejected. Whatever else stands in the
    place of the check, null included, says that one ran and not that it went well: failed.
    """
    if face is UNTOLD:
        return Status.APPROVED, None
    check = as_object(face)
    similarity, validity = check.get("similarity"), _boolean(check.get("validity"))
    if similarity == "NO_MATCH":
        return Status.REJECTED, Reason("FACE_NO_MATCH", "The face does not match the document.")
    if validity is False:
        return Status.REJECTED, Reason("FACE_NOT_VALID", as_word(check.get("reason")))
    if similarity == "MATCH" and validity is True:
        return Status.APPROVED, None
    return Status.FAILED, Reason("FACE_NOT_CHECKED", as_word(similarity))


def _boolean(value: object) -> bool | None:
    text = value.lower() if isinstance(value, str) else value
    if text is True or text == "true":
        return True
    return False if text is False or text == "false" else None
