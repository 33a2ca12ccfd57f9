"""What a token is asked for with: the fields of `POST /api/v2/token` and what they may hold."""

from urllib.parse import urlsplit

from sandbox.kit.shapes import (
    Shape,
    any_object,
    flag,
    list_of,
    matching,
    one_of,
    short_text,
    whole_number,
)

CLIENT_ID = 100
EXTERNAL_REF = 40
LONGEST_EXPIRY_SECONDS = 30 * 24 * 60 * 60
USUAL_EXPIRY_SECONDS = 3600
USUAL_SESSION_SECONDS = 600
# documentation.idenfy.com, resources/supported-languages (read 2026-11), in small letters, as its
# examples of requests have them. How it answers another one is not told.
# fmt: off
LOCALES = (
    "en", "es", "fr", "ru", "de", "it", "pl", "lt", "lv", "et", "sv", "cs", "ro", "hu", "ja", "bg",
    "nl", "pt", "uk", "sk", "si", "vi", "th", "hi", "id", "hr", "da", "fi", "el", "no", "tr", "sr",
    "zh", "zh_tw", "ko",
)
# fmt: on
_FLAGS = (
    "generateDigitString",
    "showInstructions",
    "reviewSuccessful",
    "reviewFailed",
    "questionnaireRequired",
    "verifyEmail",
    "verifyPhone",
    "verifyBank",
    "verifyAddress",
    "checkAml",
    "checkCriminal",
    "checkLiveness",
    "checkFaceBlacklist",
    "checkDocFaceBlacklist",
    "checkPersonBlacklist",
    "checkDuplicateFaces",
    "checkDuplicateDocFaces",
    "checkDuplicatePersonalData",
    "checkDriverLicense",
    "checkLid",
    "checkIpProxy",
    "nfcRequired",
    "nfcOptional",
    "autoAmlMonitoring",
    "driverLicenseBack",
    "utilityBill",
)
_TEXTS = (
    "dateOfBirth",
    "nationality",
    "documentNumber",
    "personalNumber",
    "dateOfExpiry",
    "dateOfIssue",
    "address",
    "questionnaire",
    "riskAssessmentProfile",
    "theme",
)


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and 5 <= len(text) <= 2048


_ADDRESS = matching(_is_address, "an address of 5 to 2048 characters")


def _is_client_id(text: str) -> bool:
    return 1 <= len(text) <= CLIENT_ID and text.isascii() and text.isprintable()


ASKED = Shape(
    required={"clientId": matching(_is_client_id, f"1 to {CLIENT_ID} ASCII characters")},
    optional={
        "tokenType": one_of("IDENTIFICATION", "DOCUMENT"),
        "externalRef": short_text(EXTERNAL_REF),
        "expiryTime": whole_number(0, LONGEST_EXPIRY_SECONDS),
        "sessionLength": whole_number(60, 3600),
        "locale": one_of(*LOCALES),
        "successUrl": _ADDRESS,
        "errorUrl": _ADDRESS,
        "unverifiedUrl": _ADDRESS,
        "callbackUrl": _ADDRESS,
        "country": short_text(2, 2),
        "sex": one_of("M", "F"),
        "ageLimit": whole_number(0, 150),
        "ageMax": whole_number(0, 150),
        "documents": list_of(short_text(30)),
        "additionalSteps": any_object(),
        "additionalData": any_object(),
        **{name: short_text(100) for name in ("firstName", "lastName")},
        **{name: short_text(255) for name in _TEXTS},
        **dict.fromkeys(_FLAGS, flag),
    },
)
