"""Sharetribe and Jumio as a start and a callback need them, in a process of their own.

They check no more than a real one would notice of a client's mistakes: the simulators of `sandbox`
are strict, and would be what is measured. `python -m bench.upstreams [CERTIFICATE KEY]`.
"""

from __future__ import annotations

import json
import random
import ssl
import sys
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bench import messages
from bench.answering import RUDE_ACTS, Caller, response, run

_JSON = "application/json;charset=utf-8"
_TRANSIT = "application/transit+json;charset=utf-8"
_MARK = "00000000"
_MARK_LENGTH = len(_MARK)
_PROFILE = {"firstName": "Aino", "lastName": "Example", "displayName": "Aino E", "privateData": {}}


def _split(whole: bytes) -> tuple[bytes, ...]:
    """Split an answer where the user's mark has to be put in."""
    return tuple(whole.split(_MARK.encode()))


def _user_as_json(attributes: dict[str, object]) -> bytes:
    user = {"id": messages.user_id(_MARK), "type": "currentUser", "attributes": attributes}
    return response("200 OK", _JSON, json.dumps({"data": user}).encode())


def _user_as_transit(attributes: dict[str, object]) -> bytes:
    user = {"~:id": f"~u{messages.user_id(_MARK)}", "~:type": "~:currentUser"}
    tree = _as_map({"~:data": _as_map({**user, "~:attributes": _keyed(attributes)})})
    return response("200 OK", _TRANSIT, json.dumps(tree).encode())


def _keyed(value: object) -> object:
    if isinstance(value, dict):
        return _as_map({f"~:{name}": _keyed(inner) for name, inner in value.items()})
    return value


def _as_map(pairs: Mapping[str, object]) -> list[object]:
    return ["^ ", *(part for pair in pairs.items() for part in pair)]


_SHOWN: dict[str, object] = {
    "banned": False,
    "deleted": False,
    "email": "aino@market.example",
    "emailVerified": True,
    "profile": _PROFILE,
}
_SHOW = {False: _split(_user_as_json(_SHOWN)), True: _split(_user_as_transit(_SHOWN))}
_UPDATED = {False: _split(_user_as_json({})), True: _split(_user_as_transit({}))}
_TOKEN = _split(
    response(
        "200 OK",
        _JSON,
        json.dumps(
            {
                "access_token": messages.access_token(_MARK),
                "scope": "user",
                "token_type": "bearer",
                "expires_in": 3600,
                "refresh_token": messages.refresh_token(_MARK),
            }
        ).encode(),
    )
)
_BEGUN = response(
    "200 OK",
    "application/json;charset=UTF-8",
    json.dumps(
        {
            "timestamp": "2026-02-03T10:08:30.000Z",
            "transactionReference": "8f0c7a34-52e1-4d9b-a6f3-0e1d2c3b4a59",
            "redirectUrl": f"https://market.netverify.com/web/v4/app?token={'eyJh' * 40}",
        }
    ).encode(),
)
_UNAUTHORIZED = response(
    "401 Unauthorized",
    _JSON,
    b'{"errors":[{"id":"9d0c","status":401,"code":"unauthorized","title":"Unauthorized"}]}',
)
_UNKNOWN = response("404 Not Found", "text/plain", b"There is nothing here.")


class Upstreams:
    """Both systems: how long each waits, how often one misbehaves, and what was asked of them."""

    def __init__(self) -> None:
        self._marketplace_seconds = 0.0
        self._vendor_seconds = 0.0
        self._rude_share = 0.0
        self._counts: Counter[str] = Counter()
        self._random = random.Random(7)

    def obey(self, order: Mapping[str, Any]) -> Mapping[str, int]:
        """Take `seconds` (the marketplace's and the vendor's) and `rude_share`, where given.

        Returns what was asked for since the order before: `token`, `show`, `update`, `vendor`,
        `refused` (of those), `unknown`; and `rude`, how often an answer went wrong.
        """
        if "seconds" in order:
            self._marketplace_seconds, self._vendor_seconds = order["seconds"]
        self._rude_share = order.get("rude_share", self._rude_share)
        counts, self._counts = self._counts, Counter()
        return counts

    def answer(self, caller: Caller) -> None:
        """Answer one request, in time or not."""
        whole, seconds = self._whole(caller), self._marketplace_seconds
        if caller.target.startswith(b"/api/v4/"):
            seconds = self._vendor_seconds
        if self._rude_share and self._random.random() < self._rude_share:
            self._counts["rude"] += 1
            caller.misbehave(self._random.choice(RUDE_ACTS), whole)
        else:
            caller.send(whole, after=seconds)

    def _whole(self, caller: Caller) -> bytes:
        target = caller.target
        if target.startswith(b"/v1/api/current_user/"):
            return self._current_user(caller)
        if target == b"/v1/auth/token":
            self._counts["token"] += 1
            mark = _mark_after(b"=v2--", caller.body)
            return mark.join(_TOKEN) if mark else self._refused()
        if target == b"/api/v4/initiate":
            self._counts["vendor"] += 1
            return _BEGUN
        self._counts["unknown"] += 1
        return _UNKNOWN

    def _current_user(self, caller: Caller) -> bytes:
        is_update = caller.target.startswith(b"update", 21)
        self._counts["update" if is_update else "show"] += 1
        mark = _mark_after(b"AT-", caller.authorization)
        if not mark:
            return self._refused()
        answers = _UPDATED if is_update else _SHOW
        return mark.join(answers[b"transit" in caller.accept])

    def _refused(self) -> bytes:
        self._counts["refused"] += 1
        return _UNAUTHORIZED


def _mark_after(prefix: bytes, text: bytes) -> bytes:
    """Return the user's mark behind `prefix`, empty when there is none."""
    _, _, rest = text.partition(prefix)
    return rest[:_MARK_LENGTH]


def main() -> None:
    """Serve, over TLS when a certificate and its key are named."""
    tls = None
    if len(sys.argv) > 1:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(*sys.argv[1:3])
    upstreams = Upstreams()
    run(upstreams.answer, upstreams.obey, tls)


if __name__ == "__main__":
    main()
