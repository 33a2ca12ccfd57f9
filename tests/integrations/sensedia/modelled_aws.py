"""AWS as a value: what each call about keys and clients answers, and what it leaves behind.

All plans are for one stage, so that a key can have one of them, as AWS has it and moto does not.
What is sent and answered is text, so that whole states can be compared; a refusal begins with "!".
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from integrations.sensedia.aws import Conflict, NotFound
from proxy.outgoing.upstream import UpstreamUnavailable

LOST = "!lost"
_TIMES = ("createdDate", "CreationDate")
_REFUSALS: dict[str, Callable[[], Exception]] = {
    LOST: lambda: UpstreamUnavailable("aws", "no answer"),
    "!key": lambda: NotFound(404, "NotFoundException", "Invalid API Key identifier specified"),
    "!client": lambda: NotFound(400, "ResourceNotFoundException", "User pool client is not there."),
    "!attached": lambda: Conflict(409, "ConflictException", "It already exists"),
    "!stage": lambda: Conflict(409, "ConflictException", "has another Usage Plan for this Stage"),
}

Call = str
Answer = str


def sent(operation: str, arguments: dict[str, Any]) -> Call:
    """Return a call as text."""
    return json.dumps([operation, arguments], sort_keys=True)


def read(answer: Answer) -> dict[str, Any]:
    """Return what an answer says, as boto3 has it; raises what it refuses with."""
    if answer.startswith("!"):
        refusal = _REFUSALS[answer]()
        raise refusal
    document: dict[str, Any] = json.loads(answer, object_hook=_with_times)
    return document


def _with_times(document: dict[str, Any]) -> dict[str, Any]:
    began = datetime(2026, 11, 1, tzinfo=UTC)
    times = {name: began + timedelta(seconds=document[name]) for name in _TIMES if name in document}
    return {**document, **times}


class ModelledAws:
    """An account with the keys and clients that `state` describes; `state` is "" at first.

    With `is_same_second` all that is made has the same time, and what is made later sorts first.
    """

    def __init__(self, state: str = "", *, is_same_second: bool = False) -> None:
        self._is_same_second = is_same_second
        empty: dict[str, Any] = {"made": 0, "keys": {}, "plans": [], "clients": {}}
        self._all: dict[str, Any] = json.loads(state) if state else empty

    @property
    def state(self) -> str:
        """The account as text."""
        return json.dumps(self._all, sort_keys=True)

    @property
    def keys(self) -> dict[str, dict[str, Any]]:
        """The keys by id, each with its `plans`."""
        return {key_id: {**key, "plans": self._plans(key_id)} for key_id, key in self._keys.items()}

    @property
    def clients(self) -> dict[str, dict[str, Any]]:
        """The clients by id."""
        clients: dict[str, dict[str, Any]] = self._all["clients"]
        return clients

    @property
    def _keys(self) -> dict[str, dict[str, Any]]:
        keys: dict[str, dict[str, Any]] = self._all["keys"]
        return keys

    def _plans(self, key_id: str) -> list[str]:
        return [plan for plan, key in self._all["plans"] if key == key_id]

    def take(self, call: Call) -> Answer:
        """Do what a call asks for, and return the answer."""
        operation, arguments = json.loads(call)
        answer = getattr(self, f"_{operation}")(**arguments)
        return answer if isinstance(answer, str) else json.dumps(answer, sort_keys=True)

    def _next_id(self) -> tuple[str, int]:
        self._all["made"] += 1
        number: int = self._all["made"]
        return (f"id{99 - number}", 0) if self._is_same_second else (f"id{number:02}", number)

    def _get_api_keys(self, nameQuery: str, **_: Any) -> Any:  # noqa: N803 - AWS's names
        return {"items": [k for k in self._keys.values() if k["name"].startswith(nameQuery)]}

    def _get_api_key(self, apiKey: str) -> Any:  # noqa: N803
        return self._keys.get(apiKey, "!key")

    def _create_api_key(self, **given: Any) -> Any:
        key_id, created = self._next_id()
        key = {**given, "id": key_id, "value": f"value of {key_id}", "createdDate": created}
        self._keys[key_id] = key
        return key

    def _update_api_key(self, apiKey: str, patchOperations: list[dict[str, str]]) -> Any:  # noqa: N803
        key = self._keys.get(apiKey)
        if key is None:
            return "!key"
        for change in patchOperations:
            name, value = change["path"].removeprefix("/"), change["value"]
            key[name] = value == "true" if name == "enabled" else value
        return key

    def _delete_api_key(self, apiKey: str) -> Any:  # noqa: N803
        if self._keys.pop(apiKey, None) is None:
            return "!key"
        self._all["plans"] = [pair for pair in self._all["plans"] if pair[1] != apiKey]
        return {}

    def _get_usage_plans(self, keyId: str, **_: Any) -> Any:  # noqa: N803
        return {"items": [{"id": plan} for plan in self._plans(keyId)]}

    def _create_usage_plan_key(self, usagePlanId: str, keyId: str, **_: Any) -> Any:  # noqa: N803
        if keyId not in self._keys:
            return "!key"
        if self._plans(keyId):
            return "!attached" if usagePlanId in self._plans(keyId) else "!stage"
        self._all["plans"] = sorted([*self._all["plans"], [usagePlanId, keyId]])
        return {}

    def _delete_usage_plan_key(self, usagePlanId: str, keyId: str) -> Any:  # noqa: N803
        if [usagePlanId, keyId] not in self._all["plans"]:
            return "!key"
        self._all["plans"].remove([usagePlanId, keyId])
        return {}

    def _list_user_pool_clients(self, **_: Any) -> Any:
        told = ("ClientId", "ClientName")
        return {
            "UserPoolClients": [{name: c[name] for name in told} for c in self.clients.values()]
        }

    def _describe_user_pool_client(self, ClientId: str, **_: Any) -> Any:  # noqa: N803
        client = self.clients.get(ClientId)
        return {"UserPoolClient": client} if client else "!client"

    def _create_user_pool_client(self, **given: Any) -> Any:
        client_id, created = self._next_id()
        own = {"ClientId": client_id, "ClientSecret": f"secret of {client_id}"}
        self.clients[client_id] = {**given, **own, "CreationDate": created}
        return {"UserPoolClient": self.clients[client_id]}

    def _update_user_pool_client(self, ClientId: str, **given: Any) -> Any:  # noqa: N803
        client = self.clients.get(ClientId)
        if client is None:
            return "!client"
        kept = ("ClientId", "ClientSecret", "CreationDate")
        self.clients[ClientId] = {**given, **{name: client[name] for name in kept}}
        return {"UserPoolClient": self.clients[ClientId]}

    def _delete_user_pool_client(self, ClientId: str, **_: Any) -> Any:  # noqa: N803
        return {} if self.clients.pop(ClientId, None) else "!client"
