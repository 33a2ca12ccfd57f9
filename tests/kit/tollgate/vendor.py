"""Tollgate, an example of a billing vendor: orders that are paid, contracts that go on after them.

It does not exist; to begin a vendor that does, copy this file. An order carries the field
`reference`; a contract lives longer than any reference, and names its owner in plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from proxy.vendors import (
    Billing,
    Callback,
    Case,
    Hmac,
    Integration,
    JsonApi,
    Limits,
    Owner,
    Plan,
    Reason,
    RequestHeaders,
    Result,
    SettingsReader,
    Started,
    StartRequest,
    Status,
    Upstreams,
    UpstreamUnavailable,
    Waiting,
    as_id,
    as_object,
    as_text,
    as_url,
    as_uuid,
    as_word,
    parse_utc,
    read_lenient_object,
    read_plans,
)

_ORDERS = {
    "paid": Status.PAID,
    "kept": Status.SAVED,
    "lapsed": Status.EXPIRED,
    "failed": Status.FAILED,
    "refunded": Status.FAILED,
}
_CONTRACTS = {
    "running": Status.ACTIVE,
    "late": Status.PAST_DUE,
    "stopped": Status.PAUSED,
    "ended": Status.CANCELLED,
}
_ORDER_SECONDS = 24 * 60 * 60


class Tollgate(Billing):
    """Tollgate as a vendor of payments."""

    name = "tollgate"
    limits = Limits(reference=500, callback_url=None, success_url=2000, error_url=2000)
    case_ids = ("customerId",)

    def __init__(self, api: JsonApi, secrets: tuple[str, ...], plans: Mapping[str, Plan]) -> None:
        self._api = api
        self._plans = plans
        self.subjects = dict.fromkeys(plans, "")
        self.proof = Hmac(("Tollgate-Signature",), secrets, form="t=,v1=", signs="{t}.{body}")
        self.upstreams = (api.upstream,)

    def start(self, request: StartRequest) -> Started:
        """Make an order; see Reference.start."""
        if request.person is None or request.owner is None:
            raise ValueError("an order is somebody's")
        plan = self._plans[request.subject]
        asked = {
            "price": plan.price,
            "mode": plan.mode,
            "reference": request.reference,
            "email": request.person.email,
            "owner": {
                "user": str(request.owner.user_id),
                "client": request.owner.client_id,
                "plan": request.owner.subject,
            },
            **({"returnUrl": request.success_url} if request.success_url else {}),
        }
        answer = self._api.call("POST", "/orders", asked)
        made = answer.json_object()
        order_id, url = as_id(made.get("id")), as_url(made.get("url"))
        if order_id is None or url is None:
            raise UpstreamUnavailable(answer.upstream, "an order without id or url")
        return Started(Case(order_id), url, _ORDER_SECONDS)

    def read_callback(self, headers: RequestHeaders, body: bytes) -> Callback | None:  # noqa: ARG002 - all is in the body
        """Read an event: of an order with its reference, of a contract with its owner, or bare."""
        event = read_lenient_object(body)
        if event.get("type") != "changed":
            return None
        told_id, reference = as_id(event.get("id")), as_text(event.get("reference"))
        return Callback(reference, Case(told_id) if told_id else None, owner=_owner(event))

    def fetch_result(self, case: Case, *, finished: bool) -> Result | Waiting | None:  # noqa: ARG002 - one request either way
        """Read the order, or the contract that came of it; see Reference.fetch_result."""
        answer = self._api.find(f"/things/{quote(case.reference, safe='')}")
        if answer is None:
            return None
        thing = answer.agreed_object()
        return _of_contract(thing) if thing.get("kind") == "contract" else _of_order(thing)

    def portal(self, case: Case, return_url: str | None) -> str:
        """Return a door to a customer's contracts; see Billing.portal."""
        asked = {"customer": case.ids.get("customerId", ""), "returnUrl": return_url}
        answer = self._api.call("POST", "/doors", asked)
        url = as_url(answer.json_object().get("url"))
        if url is None:
            raise UpstreamUnavailable(answer.upstream, "a door without an address")
        return url


def _of_order(order: Mapping[str, Any]) -> Result | Waiting | None:
    word = as_text(order.get("status"))
    reference = as_text(order.get("reference"))
    contract = as_object(order.get("contract"))
    if contract:
        return _of_contract(contract, reference)
    if word in (None, "open"):
        return None
    status = _ORDERS.get(word or "")
    if status is None:
        return Waiting(Reason(as_word(word), "The payment is on its way."))
    reason = None if status in (Status.PAID, Status.SAVED) else Reason(as_word(word), "")
    return Result(
        status=status,
        reason=reason,
        echoed_reference=reference,
        details=_details(order),
        owner=_owner(order),
    )


def _of_contract(contract: Mapping[str, Any], reference: str | None = None) -> Result | Waiting:
    word, contract_id = as_text(contract.get("status")), as_id(contract.get("id"))
    status = _CONTRACTS.get(word or "")
    if status is None or contract_id is None:
        return Waiting(Reason(as_word(word), "The contract is in a state that is not known."))
    details = {**_details(contract), "subscriptionId": contract_id}
    ids = {"customerId": details["customerId"]} if "customerId" in details else {}
    return Result(
        status=status,
        reason=None if status is Status.ACTIVE else Reason(as_word(word), ""),
        echoed_reference=reference,
        details=details,
        paid_until=parse_utc(contract.get("paidUntil")),
        ends_at=parse_utc(contract.get("endsAt")),
        case=Case(contract_id, ids),
        owner=_owner(contract),
    )


def _details(thing: Mapping[str, Any]) -> dict[str, str]:
    told = {"mode": as_text(thing.get("mode")), "customerId": as_id(thing.get("customer"))}
    return {name: value for name, value in told.items() if value is not None}


def _owner(thing: Mapping[str, Any]) -> Owner | None:
    owner = as_object(thing.get("owner"))
    user_id, client_id = as_uuid(owner.get("user")), as_text(owner.get("client"))
    plan = as_text(owner.get("plan"))
    if user_id is None or client_id is None or plan is None:
        return None
    return Owner(UUID(user_id), client_id, plan)


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Tollgate, ...]:
    """Return Tollgate as the settings `TOLLGATE_…` describe it."""
    upstream = upstreams.at("tollgate", reader.base_url("TOLLGATE_BASE_URL"))
    api = JsonApi(upstream, {"Authorization": f"Bearer {reader.text('TOLLGATE_API_KEY')}"})
    plans = read_plans(reader, pattern="price_[0-9a-z]+", form="price_…")
    return (Tollgate(api, reader.secrets("TOLLGATE_SIGNING_SECRETS"), plans),)


TOLLGATE = Integration("tollgate", build)
