"""Sends hostile requests and judges every answer by the contract."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Mapping
from io import StringIO
from typing import Any
from urllib.parse import quote

from flask import Flask
from werkzeug.datastructures import Headers
from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.test import EnvironBuilder, TestResponse

from proxy.logs import configure_logs
from proxy.problems import CONTENT_TYPE
from proxy.vendors.doors import PortalDoor
from proxy.vendors.part import CalledBack, Parts
from tests.contract import (
    contracts_of_each,
    documented_answers,
    operations,
    path_of_rule,
    problem_codes,
)
from tests.hostile.hostile_request import HostileRequest, signature_headers
from tests.hostile.ingredients import MARKER

Codes = frozenset[str]
_BAD_REQUEST: dict[int, Codes] = {400: frozenset({"bad-request"})}
_END = re.compile(r"[?&][a-z]+=(connected|declined|failed)$")
_FIELDS = {"type", "title", "status", "detail", "code", "requestId", "error"}
_NOT_ALLOWED = re.compile(r"The (usage plan|API) [0-9A-Za-z_.-]{1,128} is not allowed\.")


class Judge:
    """Knows an app, its contract, and the genuine parts that hostile requests may contain.

    `parts` are what the app is made of: they tell how a vendor signs, and whose routes have
    problems with a `message`.
    """

    def __init__(self, app: Flask, genuine: Mapping[str, str], parts: Parts) -> None:
        self.app = app
        self.proofs = {part.name: part.proof for part in parts.of(CalledBack)}
        self._genuine = genuine
        self._portals = tuple(f"/api/{part.name}/" for part in parts.of(PortalDoor))
        self._log = StringIO()
        configure_logs(self._log)
        self._documented: dict[tuple[str, str], Mapping[int, Codes]] = {}
        for contract in contracts_of_each(parts):
            for path, method, operation in operations(contract):
                answers = documented_answers(contract, operation).items()
                codes = {status: problem_codes(response) for status, response in answers}
                self._documented[path, method] = codes

    @property
    def rules(self) -> list[tuple[str, str]]:
        """Every path (`{name}` for its variable part) and method that is routed."""
        return sorted(
            (path_of_rule(rule.rule), method)
            for rule in self.app.url_map.iter_rules()
            for method in rule.methods or ()
        )

    def send(self, hostile: HostileRequest) -> TestResponse:
        """Send a request and judge the answer; raises AssertionError for whatever is not right."""
        overrides: dict[str, Any] = {}
        if hostile.content_length is not None:
            overrides["CONTENT_LENGTH"] = hostile.content_length
        body = self._with_genuine(hostile.body.decode("latin-1")).encode("latin-1")
        signed = {}
        if hostile.signer in self.proofs:
            signed = signature_headers(self.proofs[hostile.signer], body)
        builder = EnvironBuilder(
            path=quote(self._with_genuine(hostile.path), safe="/%@:~", errors="replace"),
            query_string=self._with_genuine(hostile.query),
            method=hostile.method,
            headers=Headers(
                [
                    (name, self._with_genuine(value).replace("\r", "").replace("\n", ""))
                    for name, value in {**_routed(hostile), **signed}.items()
                ]
            ),
            data=body,
            content_type=self._with_genuine(hostile.content_type),
            environ_overrides=overrides,
        )
        self._log.seek(0)
        self._log.truncate()
        response = self.app.test_client(use_cookies=False).open(builder)
        self.judge(response)
        return response

    def _with_genuine(self, text: str) -> str:
        for name, value in self._genuine.items():
            text = text.replace(f"@@{name}@@", value)
        return text

    def judge(self, response: TestResponse) -> None:
        """Compare an answer with what is documented for its request; search it for the marker."""
        allowed = self._allowed(response)
        status = response.status_code
        assert status in allowed, f"{status} is not documented: {response.get_data()[:200]!r}"
        assert status not in (500, 501, 504), self._log.getvalue()
        if allowed[status]:
            self._judge_problem(response, allowed[status])
        assert "defect" not in self._log.getvalue(), self._log.getvalue()
        if status == 303:
            assert _END.search(response.headers["Location"])
        self._judge_reflection(response)

    def _allowed(self, response: TestResponse) -> Mapping[int, Codes]:
        environ = response.request.environ
        method = str(environ["REQUEST_METHOD"])
        try:
            adapter = self.app.url_map.bind("localhost")
            rule, _ = adapter.match(response.request.path, method, return_rule=True)
        except MethodNotAllowed:
            return {**_BAD_REQUEST, 405: frozenset({"method-not-allowed"})}
        except HTTPException:
            return {**_BAD_REQUEST, 404: frozenset({"not-found"})}
        if method == "OPTIONS":
            return {**_BAD_REQUEST, 200: frozenset()}
        path, asked = path_of_rule(rule.rule), "GET" if method == "HEAD" else method
        allowed = self._documented[path, asked]
        if method == "HEAD" and 303 in allowed:
            return {**_BAD_REQUEST, 405: frozenset({"method-not-allowed"})}
        return {**_BAD_REQUEST, **allowed}

    def _judge_problem(self, response: TestResponse, codes: Codes) -> None:
        assert CONTENT_TYPE == response.content_type
        if response.request.method == "HEAD":
            return
        problem = json.loads(response.get_data())
        is_webhook = response.request.path.startswith(self._portals)
        # What cannot be understood reaches no route, and so nothing that knows the portal.
        if is_webhook and problem["code"] not in ("bad-request", "method-not-allowed", "not-found"):
            assert problem["detail"] == problem["message"]
        assert _FIELDS | ({"message"} & set(problem) if is_webhook else set()) == set(problem)
        assert problem["status"] == response.status_code
        assert problem["code"] in codes
        assert problem["requestId"] == response.headers["X-Request-Id"]
        assert ("Retry-After" in response.headers) == (response.status_code in (429, 503))

    def _judge_reflection(self, response: TestResponse) -> None:
        """Only a plain request id comes back, a name that is refused, and chosen options."""
        request_id = response.headers["X-Request-Id"]
        body = response.get_data(as_text=True).replace(request_id, "")
        if response.status_code == 400 and body and response.content_type == CONTENT_TYPE:
            detail = response.get_json()["detail"]
            if detail.startswith("The field ") and detail.endswith(" is unknown."):
                assert len(detail) < 100
                body = body.replace(json.dumps(detail, ensure_ascii=False), "")
        if response.status_code == 200 and body.startswith('{"authorizeUrl":'):
            body = ""  # it is for the caller alone, and leads to the vendor with what they chose
        shown = [f"{name}: {value}" for name, value in response.headers if name != "X-Request-Id"]
        logged = self._log.getvalue().replace(request_id, "")
        if response.status_code == 403:
            body, logged = _NOT_ALLOWED.sub("", body), _NOT_ALLOWED.sub("", logged)
        for place in (body, *shown, logged):
            assert MARKER not in place, place


def silence_logs() -> None:
    """Take the judge's buffer off the app's logger again."""
    logging.getLogger("echoseal").handlers.clear()


def _routed(hostile: HostileRequest) -> dict[str, str]:
    """Return a request's headers as the router passes them on: it tells who has called."""
    claimed = hostile.headers.get("X-Forwarded-For")
    entries = [hostile.peer] if claimed is None else [claimed, hostile.peer]
    return {**hostile.headers, "X-Forwarded-For": ", ".join(entries)}
