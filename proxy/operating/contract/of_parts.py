"""What a part's own data says about the operations that it takes part in, as pieces of OpenAPI."""

from __future__ import annotations

from typing import Any

from proxy.vendors.connection import Connection, ConnectionCallbacks, Option
from proxy.vendors.doors import TokenDoor
from proxy.vendors.orders import Orders
from proxy.vendors.part import CalledBack, Part
from proxy.vendors.proof import AlgorithmHeader, FromNetworks, Hmac, SharedSecret
from proxy.vendors.reference import Billing, Identity, Reference, Signing
from proxy.vendors.workspace import Workspace

Json = dict[str, Any]
_PARTS = (
    Reference,
    Identity,
    Signing,
    Billing,
    Connection,
    ConnectionCallbacks,
    Orders,
    Workspace,
    TokenDoor,
)
KINDS = {kind.__name__: kind for kind in _PARTS}
_JSON = "application/json"
_CALLBACKS = ("receiveCallback", "receiveCallbackWithReference")
_REFUSALS: dict[type[Part], tuple[str, ...]] = {
    Reference: ("CallbackInvalid", "UpstreamRefused", "UpstreamUnavailable"),
    ConnectionCallbacks: ("EventInvalid", "EventRefused", "UpstreamRefused", "EventDeferred"),
    Workspace: ("WorkspaceInvalid", "MarketplaceUnavailable"),
}


def said_by(part: Part) -> dict[str, Json]:
    """Return what a part adds to operations, by their ids."""
    if isinstance(part, Connection):
        options = {option.name: _option(option) for option in part.options}
        return {"beginConnection": _body(_JSON, _object(part, options))}
    if isinstance(part, TokenDoor):
        security = [{token_scheme(part): list[str]()}]
        claims = {"type": "object", "additionalProperties": {"type": "string"}}
        fields = {
            "code": {"type": "string", "description": "What the user got from link-codes."},
            part.token_field: {"type": "string", "description": "The token, without the header."},
        }
        body = {**_object(part, fields), "required": ["code"]}
        return {
            "whoHoldsTheToken": {"security": security, **_answer({_JSON: claims})},
            "linkPerson": {"security": security, **_body(_JSON, body)},
        }
    if isinstance(part, CalledBack):
        return dict.fromkeys(_CALLBACKS, _callback(part))
    return {}


def has_link_page(part: Part) -> bool:
    """Tell whether a part's subjects can be had by a link."""
    return isinstance(part, Reference) and not part.opens_in_frame


def token_scheme(door: TokenDoor) -> str:
    """Return the name of the security scheme of a token door."""
    return f"{door.name}Token"


def _option(option: Option) -> Json:
    if option.pattern is None:
        return {"type": ["boolean", "null"]}
    return {"type": ["string", "null"], "pattern": f"^(?:{option.pattern})$"}


def _object(part: Part, fields: Json) -> Json:
    closed = {"title": part.name, "type": "object", "additionalProperties": False}
    return {**closed, "properties": fields}


def _body(media_type: str, schema: Json) -> Json:
    return {"requestBody": {"content": {media_type: {"schema": schema}}}}


def _answer(schemas: Json) -> Json:
    content = {media_type: {"schema": schema} for media_type, schema in schemas.items()}
    return {"responses": {"200": {"content": content}}}


def _callback(part: CalledBack[Any]) -> Json:
    """Return how a callback looks, how it is proven, and what it is answered with."""
    refusals: list[Any] = [
        name for kind, names in _REFUSALS.items() if isinstance(part, kind) for name in names
    ]
    if part.callback_content_type is not None:
        refusals.append("ContentTypeUnsupported")
    answers: Json = {}
    if part.acknowledgement is not None:
        answers["text/plain"] = {"const": part.acknowledgement}
    if isinstance(part, Workspace):
        answers[_JSON] = {"type": "object"}
    elif not answers:
        answers[_JSON] = {"$ref": "#/components/schemas/CallbackOutcome"}
    return {
        "parameters": _proof_headers(part),
        "refusals": [*refusals, _unproven(part)],
        **_body(part.callback_content_type or _JSON, {"type": "object"}),
        **_answer(answers),
    }


def _proof_headers(part: CalledBack[Any]) -> list[Json]:
    proof = part.proof
    names: dict[str, str] = {}
    if isinstance(proof, SharedSecret):
        names[proof.header] = "The secret."
    if isinstance(proof, Hmac):
        names |= dict.fromkeys(proof.headers, f"An HMAC of {proof.signs}, in {proof.encoding}.")
        if proof.time_header is not None:
            names[proof.time_header] = "When it was sent: unix seconds or milliseconds."
        if isinstance(proof.algorithm, AlgorithmHeader):
            names[proof.algorithm.name] = "The digest: " + ", ".join(proof.algorithm.algorithms)
    return [
        {"name": name, "in": "header", "description": said, "schema": {"type": "string"}}
        for name, said in names.items()
    ]


def _unproven(part: CalledBack[Any]) -> str | Json:
    if isinstance(part.proof, FromNetworks):
        return "SenderRefused"
    if part.refusal_status == 401:
        return "SignatureRefused"
    return {
        "status": part.refusal_status,
        "description": "The proof is missing or wrong.",
        "codes": {"signature-invalid": part.refusal_detail},
    }
