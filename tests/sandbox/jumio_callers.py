"""Clients of the simulated Jumio that know its documented headers and credentials."""

import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from sandbox.jumio import Jumio

Headers = Mapping[str, str | None]
"""Extra headers; None takes one of the usual away."""

FORM = "application/x-www-form-urlencoded"
NETVERIFY_BODY = {"customerInternalReference": "check-1", "userReference": "sealed_Reference-1"}
KYX_BODY: dict[str, object] = {**NETVERIFY_BODY, "workflowDefinition": {"key": 10011}}


class NetverifyCaller:
    """A client with the documented headers and the right credentials, unless told otherwise."""

    def __init__(self, jumio: Jumio) -> None:
        self.jumio = jumio
        self.http: FlaskClient = jumio.app.test_client()

    def initiate(
        self,
        body: object = NETVERIFY_BODY,
        auth: tuple[str, str] | None = None,
        headers: Headers = MappingProxyType({}),
    ) -> TestResponse:
        data = body if isinstance(body, str | bytes) else json.dumps(body)
        sent = {"Content-Type": "application/json", **headers}
        return self._call("POST", "/api/v4/initiate", auth, sent, data)

    def start(self, **fields: object) -> str:
        answer = self.initiate(NETVERIFY_BODY | fields)
        assert (200, None) == (answer.status_code, answer.get_json().get("message"))
        return str(answer.get_json()["transactionReference"])

    def get(self, path: str, headers: Headers = MappingProxyType({})) -> TestResponse:
        return self._call("GET", f"/api/netverify/v2/scans/{path}", None, headers)

    def details(self, reference: str) -> Any:
        return self.get(f"{reference}/data").get_json()

    def _call(
        self,
        method: str,
        path: str,
        auth: tuple[str, str] | None,
        headers: Headers,
        data: str | bytes | None = None,
    ) -> TestResponse:
        usual = {"Accept": "application/json", "User-Agent": "Example Shop/1.0"}
        sent: dict[str, str | None] = {**usual, **headers}
        return self.http.open(
            path,
            method=method,
            auth=auth or (self.jumio.api_token, self.jumio.api_secret),
            headers={name: value for name, value in sent.items() if value is not None},
            data=data,
        )


class KyxCaller:
    """A client with a bearer token and the documented headers, unless told otherwise."""

    def __init__(self, jumio: Jumio) -> None:
        self.jumio = jumio
        self.http: FlaskClient = jumio.app.test_client()
        self.headers = {"Accept": "application/json", "User-Agent": "Example Shop/1.0"}
        self.bearer = f"Bearer {self.token().get_json()['access_token']}"

    def token(self, body: str = "grant_type=client_credentials", secret: str = "") -> TestResponse:
        return self.http.post(
            "/oauth2/token",
            data=body,
            content_type=FORM,
            auth=(self.jumio.api_token, secret or self.jumio.api_secret),
            headers=self.headers,
        )

    def create(self, body: object = KYX_BODY, path: str = "/api/v1/accounts") -> TestResponse:
        return self.http.open(
            path,
            method="POST" if path.endswith("/accounts") else "PUT",
            data=json.dumps(body),
            content_type="application/json",
            headers={**self.headers, "Authorization": self.bearer},
        )

    def start(self, **fields: object) -> str:
        answer = self.create(KYX_BODY | fields)
        assert (200, None) == (answer.status_code, answer.get_json().get("detail"))
        return str(answer.get_json()["workflowExecution"]["id"])

    def get(self, reference: str, suffix: str = "") -> TestResponse:
        account = self.jumio.transactions[reference].account_id
        return self.http.get(
            f"/api/v1/accounts/{account}/workflow-executions/{reference}{suffix}",
            headers={**self.headers, "Authorization": self.bearer},
        )

    def details(self, reference: str) -> Any:
        return self.get(reference).get_json()

    def verdict(self, reference: str, capability: str) -> tuple[str, str]:
        decision = self.details(reference)["capabilities"][capability][0]["decision"]
        return decision["type"], decision["details"]["label"]
