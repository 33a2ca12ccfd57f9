"""Makes a test callback that a vendor's proof takes for its own: what `proxy.http.proofs` judges.

The secret is the deployment's, so that what is tested is that the running app has the same one.
"""

from __future__ import annotations

import base64
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from crypto import Algorithm, Encoding
from proxy.vendors.part import CalledBack
from proxy.vendors.proof import AlgorithmHeader, FromNetworks, Hmac, Proof, SharedSecret, Signatures

_BODY = json.dumps({"test": "of Echoseal's doctor; it is about nobody"}).encode()


@dataclass(frozen=True, slots=True)
class Forged:
    """Headers and body of a test callback; `is_signed`: whether the headers or body prove it.

    `holds_secret`: they hold the secret itself, so that it is for nobody but the app.
    """

    headers: dict[str, str]
    body: bytes
    is_signed: bool = True
    holds_secret: bool = False


def forged(part: CalledBack[Any], now: int) -> Forged:
    """Return a test callback of a part, proven as the vendor would, at `now` in unix seconds.

    A sender's address cannot be made, and a proof of a vendor's own form only where it can write.
    """
    content_type = part.callback_content_type or "application/json"
    made = _proven(part.proof, now)
    return replace(made, headers={"Content-Type": content_type, **made.headers})


def _proven(proof: Proof, now: int) -> Forged:
    if isinstance(proof, FromNetworks):
        return Forged({}, _BODY, is_signed=False)
    if isinstance(proof, SharedSecret):
        return Forged({proof.header: proof.secrets[0]}, _BODY, holds_secret=True)
    if isinstance(proof, Signatures):
        if proof.write is None:
            return Forged({}, _BODY, is_signed=False)
        headers, body = proof.write(_signer(proof.secrets[0], "hex", "sha256"), now)
        return Forged(dict(headers), body)
    return Forged(_hmac_headers(proof, now), _BODY)


def _hmac_headers(proof: Hmac, now: int) -> dict[str, str]:
    headers: dict[str, str] = {}
    algorithm = proof.algorithm
    if isinstance(algorithm, AlgorithmHeader):
        name, digest = next(iter(algorithm.algorithms.items()))
        headers[algorithm.name] = name
    else:
        digest = algorithm
    prefix = proof.signs.removesuffix("{body}").replace("{t}", str(now))
    signature = _signer(proof.secrets[0], proof.encoding, digest)(prefix.encode() + _BODY)
    if proof.form == "t=,v1=":
        signature = f"t={now},v1={signature}"
    elif proof.form == "t.signature":
        signature = f"{now}.{signature}"
    if proof.time_header is not None:
        headers[proof.time_header] = str(now)
    return {**headers, proof.headers[0]: signature}


def _signer(secret: str, encoding: Encoding, algorithm: Algorithm) -> Callable[[bytes], str]:
    def sign(message: bytes) -> str:
        digest = hmac.digest(secret.encode(), message, algorithm)
        return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()

    return sign
