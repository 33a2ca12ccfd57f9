"""Sealed references, checksums, signatures and the key rings behind them.

Pure functions and small objects: keys, times and texts come in as arguments. Nothing here reads the
clock or the environment, logs, or knows of HTTP.
"""

from crypto.checksums import Checksummer
from crypto.keys import (
    CHECKSUM_KEY_BYTES,
    DERIVED_KEY_ID,
    SEAL_KEY_BYTES,
    KeyRing,
    KeyRingError,
    derive_key,
    generate_key_entry,
    subkey,
)
from crypto.log_words import LogWords
from crypto.pseudonyms import Pseudonyms
from crypto.references import (
    LEEWAY_SECONDS,
    Reference,
    ReferenceInvalid,
    Sealer,
    sealed_length,
)
from crypto.sealed_secrets import SecretSealer
from crypto.signatures import (
    Algorithm,
    Encoding,
    equal,
    verify_hmac,
    verify_hmac_sha256,
    within_window,
)

__all__ = [
    "CHECKSUM_KEY_BYTES",
    "DERIVED_KEY_ID",
    "LEEWAY_SECONDS",
    "SEAL_KEY_BYTES",
    "Algorithm",
    "Checksummer",
    "Encoding",
    "KeyRing",
    "KeyRingError",
    "LogWords",
    "Pseudonyms",
    "Reference",
    "ReferenceInvalid",
    "Sealer",
    "SecretSealer",
    "derive_key",
    "equal",
    "generate_key_entry",
    "sealed_length",
    "subkey",
    "verify_hmac",
    "verify_hmac_sha256",
    "within_window",
]
