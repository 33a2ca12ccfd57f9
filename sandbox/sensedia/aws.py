"""AWS in the sandbox: API Gateway and Cognito as moto plays them, served over HTTP on loopback.

moto is a development dependency, imported when an `Aws` is made. It is more forgiving than AWS: it
takes unknown plans, two plans on one stage and any name, merges where AWS resets, and has no pages
of API keys. It keeps its state per process, so each `Aws` has an account of its own there.
"""

import json
import secrets
import time
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from werkzeug.test import Client, run_wsgi_app
from werkzeug.wrappers import Response

from sandbox.closable import Closable
from sandbox.hops import HopLog
from sandbox.server import Server

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIEnvironment

REGION = "eu-west-1"
PLANS = ("bronze", "silver", "gold")
RESOURCE_SERVER = "https://api.example"
SCOPES_BY_API = {"a1b2c3d4e5": ("orders.read", "orders.write"), "f6g7h8i9j0": ("stock.read",)}
_TARGET = "AWSCognitoIdentityProviderService"


class Aws(Closable):
    """AWS with usage plans and a user pool, at `url`, until `close()`.

    `plan_ids` are the plans' ids by name, `pool_id` is the user pool, and `scopes` are the OAuth
    scopes by API id, as the pool's resource server has them. While `is_down`, which may be set at
    any time, every request over HTTP is answered with 503.
    """

    access_key_id = "SANDBOXACCESSKEYID"
    secret_access_key = "sandbox-secret-access-key"
    region = REGION

    def __init__(self, hops: HopLog | None = None, port: int = 0) -> None:
        """Serve and prepare at once; `hops` receives every exchange over HTTP.

        Raises ImportError where moto is not installed, OSError when the port is taken.
        """
        if find_spec("moto") is None:
            raise ImportError("AWS in the sandbox needs moto: make demo WITH=aws installs it")
        backend = import_module("moto.moto_server.werkzeug_app")
        self._moto = backend.DomainDispatcherApplication(backend.create_backend_app)
        self._hops = hops
        self.is_down = False
        self._account_id = ""
        self.plan_ids: dict[str, str] = {}
        self.pool_id = ""
        self.scopes: dict[str, tuple[str, ...]] = {}
        self.prepare()
        self._server = Server(self.app, port=port)
        self.url = self._server.url

    def app(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> "Iterable[bytes]":
        """Answer as AWS does; this is the WSGI application that is served."""
        began = time.perf_counter()
        answering = Response(status=503) if self.is_down else self._moto
        account = {"HTTP_X_MOTO_ACCOUNT_ID": self._account_id}
        chunks, status, headers = run_wsgi_app(answering, {**environ, **account})
        body = b"".join(chunks)
        if self._hops is not None:
            self._hops.add(
                caller="proxy",
                callee="AWS",
                method=environ["REQUEST_METHOD"],
                path=environ["PATH_INFO"],
                status=int(status[:3]),
                milliseconds=(time.perf_counter() - began) * 1000,
                note=environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2],
            )
        start_response(status, headers.to_wsgi_list())
        return [body]

    def reset(self) -> None:
        """Forget everything, the plans and the pool too: begin in an account that is empty."""
        self._account_id = f"{secrets.randbelow(10**12):012}"
        self.plan_ids.clear()
        self.pool_id = ""
        self.scopes.clear()

    def prepare(self) -> None:
        """Begin anew: with usage plans, and a user pool whose resource server has scopes."""
        self.reset()
        for name in PLANS:
            self.plan_ids[name] = self.api_gateway("POST", "/usageplans", {"name": name})["id"]
        pool = self.cognito("CreateUserPool", PoolName="developers")
        self.pool_id = pool["UserPool"]["Id"]
        names = [name for names in SCOPES_BY_API.values() for name in names]
        self.cognito(
            "CreateResourceServer",
            UserPoolId=self.pool_id,
            Identifier=RESOURCE_SERVER,
            Name="APIs",
            Scopes=[{"ScopeName": name, "ScopeDescription": name} for name in names],
        )
        for api_id, names_of_api in SCOPES_BY_API.items():
            self.scopes[api_id] = tuple(f"{RESOURCE_SERVER}/{name}" for name in names_of_api)

    def clear(self) -> None:
        """Delete all API keys and app clients; the plans and the pool stay."""
        for key in self.keys():
            for name in key["plans"]:
                self.api_gateway("DELETE", f"/usageplans/{self.plan_ids[name]}/keys/{key['id']}")
            self.api_gateway("DELETE", f"/apikeys/{key['id']}")
        for client in self.clients():
            self.cognito(
                "DeleteUserPoolClient", UserPoolId=self.pool_id, ClientId=client["ClientId"]
            )

    def keys(self) -> list[dict[str, Any]]:
        """Return the API keys with their values and, as `plans`, the names of their plans."""
        keys: list[dict[str, Any]] = self.api_gateway("GET", "/apikeys?includeValues=true")["item"]
        return [{**key, "plans": self._plans(key["id"])} for key in keys]

    def _plans(self, key_id: str) -> list[str]:
        found = self.api_gateway("GET", f"/usageplans?{urlencode({'keyId': key_id})}")["item"]
        attached = {plan["id"] for plan in found}
        return [name for name, plan_id in self.plan_ids.items() if plan_id in attached]

    def clients(self) -> list[dict[str, Any]]:
        """Return the pool's app clients, whole, with their secrets."""
        listed = self.cognito("ListUserPoolClients", UserPoolId=self.pool_id, MaxResults=60)
        return [
            self.cognito(
                "DescribeUserPoolClient", UserPoolId=self.pool_id, ClientId=client["ClientId"]
            )["UserPoolClient"]
            for client in listed["UserPoolClients"]
        ]

    def api_gateway(
        self, method: str, path: str, document: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """Ask API Gateway past HTTP; raises ValueError for what it refuses."""
        return self._send(method, path, document, service="apigateway")

    def cognito(self, action: str, **document: Any) -> dict[str, Any]:
        """Ask Cognito past HTTP; raises ValueError for what it refuses."""
        target = {"X-Amz-Target": f"{_TARGET}.{action}"}
        return self._send("POST", "/", document, service="cognito-idp", headers=target)

    def _send(
        self,
        method: str,
        path: str,
        document: dict[str, Any] | None,
        service: str = "",
        headers: dict[str, str] | None = None,
    ) -> dict[str, Any]:
        """Send a request to moto, which takes service and region from the signature's scope."""
        scope = f"{self.access_key_id}/20261101/{REGION}/{service}/aws4_request"
        signature = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        answer = Client(self._moto, Response).open(
            path,
            method=method,
            headers={
                "Authorization": signature,
                "X-Moto-Account-Id": self._account_id,
                **(headers or {}),
            },
            data=None if document is None else json.dumps(document),
        )
        if answer.status_code >= 300:
            raise ValueError(f"{method} {path} was refused with {answer.status_code}")
        told = answer.get_json(force=True, silent=True)
        return told if isinstance(told, dict) else {}

    def close(self) -> None:
        """Stop serving and forget everything."""
        self._server.close()
        self.reset()
