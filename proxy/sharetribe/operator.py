"""Sharetribe's Integration API: reads and writes any user, with the operator's own credentials.

Source: sharetribe.com/api-reference (integration; read 2026-11).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote
from uuid import UUID

from proxy.outgoing.headers import bearer_json
from proxy.outgoing.upstream import Answer, Upstream, UpstreamRefused
from proxy.sales import Sale
from proxy.settings import IntegrationCredentials
from proxy.sharetribe.client import (
    AccessForbidden,
    TokenRejected,
    User,
    check_written,
    checked,
    post_form,
    read_sale,
    read_token,
    read_user,
    transaction_query,
)
from proxy.sharetribe.token import Token

# The answer to a write is the whole resource then.
_EXPANDED = "expand=true"


class Operator:
    """The Integration API: reads and writes any user, with the operator's own credentials.

    The access token is kept in memory until it is refused; that is only a saved round trip.
    """

    def __init__(self, upstream: Upstream, credentials: IntegrationCredentials) -> None:
        self._upstream = upstream
        self._credentials = credentials
        self._access_token = ""
        self._lock = threading.Lock()

    def user(self, user_id: UUID) -> OperatorAccess:
        """Return access to one user's private data; nothing is sent yet."""
        return OperatorAccess(self, user_id)

    def user_by_email(self, email: str) -> User:
        """Return the user with an address; raises as OperatorAccess.show."""
        path = f"/v1/integration_api/users/show?email={quote(email, safe='')}"
        return read_user(self.call("GET", path))

    def transaction(self, transaction_id: UUID) -> Sale:
        """Return a transaction; raises UpstreamUnavailable, UpstreamRefused (404: none such)."""
        query = transaction_query(transaction_id)
        return read_sale(self.call("GET", f"/v1/integration_api/transactions/show?{query}"))

    def update_transaction(self, transaction_id: UUID, metadata: Mapping[str, Any]) -> None:
        """Merge `metadata` into a transaction's: top level merged, nested values replaced whole.

        Raises as `transaction`.
        """
        body = json.dumps({"id": str(transaction_id), "metadata": metadata}, ensure_ascii=False)
        path = "/v1/integration_api/transactions/update_metadata"
        check_written(self.call("POST", path, body.encode()))

    def call(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """Send one Integration API request, renewing the access token once when it is refused.

        Raises UpstreamUnavailable, UpstreamRefused.
        """
        access_token = self._access_token or self._renew("")
        answer = self._upstream.request(method, path, headers=bearer_json(access_token), body=body)
        if answer.status == 401:
            access_token = self._renew(access_token)
            answer = self._upstream.request(
                method, path, headers=bearer_json(access_token), body=body
            )
        try:
            return checked(answer)
        except (TokenRejected, AccessForbidden) as error:
            raise UpstreamRefused(self._upstream.name, answer.status) from error

    def _renew(self, refused: str) -> str:
        """Get a new access token, unless another thread just did."""
        with self._upstream.alone(self._lock):
            if self._access_token == refused:
                form = {
                    "client_id": self._credentials.client_id,
                    "client_secret": self._credentials.client_secret,
                    "grant_type": "client_credentials",
                    "scope": "integ",
                }
                try:
                    answer = post_form(self._upstream, form)
                except TokenRejected as error:
                    raise UpstreamRefused(self._upstream.name, 401) from error
                self._access_token = read_token(answer, None).access_token
            return self._access_token


class OperatorAccess:
    """One user's private data through the Integration API."""

    def __init__(self, operator: Operator, user_id: UUID) -> None:
        self._operator = operator
        self._user_id = user_id

    def show(self) -> User:
        """Return the user; raises UpstreamUnavailable, UpstreamRefused (404: no such user)."""
        path = f"/v1/integration_api/users/show?id={quote(str(self._user_id))}"
        return read_user(self._operator.call("GET", path))

    def update_private_data(self, changes: Mapping[str, Any]) -> None:
        """Merge `changes` into the private data; raises as `show`."""
        self.update_profile(changes, {})

    def grant(self, rights: Mapping[str, bool]) -> User:
        """Allow (True) or deny rights; `approve` can only be allowed. To repeat it is harmless.

        Returns the user as they stand afterwards. Raises as `show`.
        """
        answer = self._approved() if rights.get("approve") else None
        permissions = {
            right: f"permission/{'allow' if is_allowed else 'deny'}"
            for right, is_allowed in rights.items()
            if right != "approve"
        }
        if permissions:
            answer = self._write(f"users/update_permissions?{_EXPANDED}", permissions)
        data = None if answer is None else answer.json_object().get("data")
        if answer is None or not isinstance(data, dict) or "attributes" not in data:
            return self.show()
        return read_user(answer)

    def _approved(self) -> Answer | None:
        try:
            return self._write(f"users/approve?{_EXPANDED}", {})
        except UpstreamRefused as refused:
            # What is answered for somebody who does not wait for it is not documented.
            if refused.status != 409:
                raise
        return None

    def update_profile(self, private_data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Merge changes into private data and metadata, in one write; raises as `show`."""
        body: dict[str, Any] = {}
        if private_data:
            body["privateData"] = private_data
        if metadata:
            body["metadata"] = metadata
        self._write("users/update_profile", body)

    def _write(self, endpoint: str, fields: Mapping[str, Any]) -> Answer:
        body = json.dumps({"id": str(self._user_id), **fields}, ensure_ascii=False).encode()
        answer = self._operator.call("POST", f"/v1/integration_api/{endpoint}", body)
        check_written(answer)
        return answer


class OperatorSession(OperatorAccess):
    """A trip that is made for a user in the operator's name: there is no token to travel with."""

    token = Token("")
