"""An example vendor whose access tokens end and whose refresh tokens work once: a bookkeeper.

Its OAuth 2.0 is data only; entries of sales are what a grant is for. It does not exist.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from proxy.vendors import (
    FINAL_RANK,
    Answer,
    ConnectionLost,
    Grant,
    Integration,
    JsonApi,
    OAuth2,
    OAuth2Connection,
    Orders,
    OrderState,
    Part,
    Sale,
    SettingsReader,
    Upstreams,
    UpstreamUnavailable,
    as_id,
    as_uuid,
    read_app,
)

_BASE_URL = "https://rotating.example"
ROTATING_OAUTH = OAuth2(
    authorize=f"{_BASE_URL}/oauth/authorize",
    token=f"{_BASE_URL}/oauth/token",
    revoke=f"{_BASE_URL}/oauth/revoke",
    scopes=("entries", "offline"),
    requires=("entries",),
    pkce=True,
    refreshes=True,
    details={"book_id": "bookId", "book_name": "bookName"},
)


class RotatingApi(JsonApi):
    """The bookkeeper's API; a 401 is the end of a token."""

    def refusal(self, answer: Answer) -> Exception:
        """Return ConnectionLost for a 401."""
        if answer.status == 401:
            return ConnectionLost("The bookkeeper does not take the token.")
        return super().refusal(answer)


class RotatingOrders(Orders):
    """An entry for each sale."""

    name = "rotating"
    sale_transitions = frozenset({"transition/confirm-payment"})
    ranks = MappingProxyType({"open": 0, "settled": FINAL_RANK})

    def __init__(self, api: RotatingApi) -> None:
        self._api = api

    def create_order(self, grant: Grant, sale: Sale) -> OrderState:
        """Make an entry; see Orders.create_order."""
        document = {"reference": str(sale.id)}
        answer = self._api.call("POST", "/entries", document, headers=_with(grant))
        return self._read(answer.upstream, answer.json_object())

    def find_order(self, grant: Grant, transaction_id: UUID) -> OrderState | None:
        """Look for the entry of a sale; see Orders.find_order."""
        query = {"reference": str(transaction_id)}
        answer = self._api.find("/entries", query=query, headers=_with(grant))
        return None if answer is None else self._read(answer.upstream, answer.json_object())

    def read_order(self, grant: Grant, order_id: str) -> OrderState | None:
        """Read an entry; see Orders.read_order."""
        answer = self._api.find(f"/entries/{order_id}", headers=_with(grant))
        return None if answer is None else self._read(answer.upstream, answer.json_object())

    def _read(self, upstream: str, entry: Mapping[str, Any]) -> OrderState:
        entry_id, status = as_id(entry.get("id")), entry.get("status")
        reference = as_uuid(entry.get("reference"))
        if entry_id is None or reference is None or not isinstance(status, str):
            raise UpstreamUnavailable(upstream, "an entry that cannot be read")
        return OrderState(entry_id, status, self.rank(status), UUID(reference))


def _with(grant: Grant) -> dict[str, str]:
    return {"Authorization": f"Bearer {grant.secret['token']}"}


def build(reader: SettingsReader, upstreams: Upstreams) -> tuple[Part, ...]:
    """Return the bookkeeper as the settings `ROTATING_…` describe it."""
    app = read_app(reader, "rotating")
    api = RotatingApi(upstreams.at("rotating", app.base_url or _BASE_URL))
    connection = OAuth2Connection(ROTATING_OAUTH, app, upstreams, "rotating")
    return connection, RotatingOrders(api)


ROTATING = Integration("rotating", build)
