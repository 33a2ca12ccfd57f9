"""The front door: which requests are ours, and which go to the marketplace frontend."""

from __future__ import annotations

import asyncio
import logging
import re
from http import HTTPStatus
from urllib.parse import unquote
from uuid import uuid4

from flask import Flask
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.routing import MapAdapter

from proxy.http.guards import client_address, source_of
from proxy.logs import log_event
from proxy.logs import request_id as logged_id
from proxy.passthrough.away import AwayPage
from proxy.passthrough.frontend import Frontend
from proxy.problems import Problem
from proxy.serving.own_routes import OwnRoutes
from proxy.wire.exchange import ClientLeft, Exchange

# Nginx's way of logging that nobody waited for the answer.
_CLIENT_LEFT = 499
_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")


class Front:
    """Serves every request: with our own routes, or with the frontend's answer."""

    def __init__(
        self,
        app: Flask,
        own: OwnRoutes,
        frontend: Frontend | None,
        *,
        api_prefix: str,
        operator_paths: frozenset[bytes],
        away: AwayPage,
        hops: int,
        logs_pass_through: bool,
    ) -> None:
        """`operator_paths` are those at the root that are ours, `away` is the frontend's stand-in.

        `hops` is how many proxies in front are trusted to tell the client's address. Without
        `logs_pass_through`, what is only passed on is logged where it fails.
        """
        self._own = own
        self._frontend = frontend
        self._away = away
        self._hops = hops
        self._passed_level = logging.INFO if logs_pass_through else logging.DEBUG
        self._prefix = f"{api_prefix}/".encode()
        self._operator_paths = operator_paths
        self._callbacks = f"{api_prefix}/callbacks"
        self._routes: MapAdapter = app.url_map.bind("")

    async def serve(self, exchange: Exchange) -> None:
        """Answer `exchange`."""
        request_id = _request_id(exchange)
        frontend = None if self._is_ours(exchange) else self._frontend
        is_passed = frontend is not None
        try:
            if frontend is None:
                # Only uploads are counted by client, and to find out who that is costs something.
                client = None if exchange.body_is_whole else self._client(exchange)
                await self._own.serve(exchange, client)
            else:
                status = await frontend.pass_through(
                    exchange, lambda: self._client(exchange), request_id
                )
                failed = status >= HTTPStatus.INTERNAL_SERVER_ERROR
                level = logging.INFO if failed else self._passed_level
                _log(exchange, is_passed, request_id, status, level)
        except ClientLeft:
            exchange.give_up()
            level = self._passed_level if is_passed else logging.INFO
            _log(exchange, is_passed, request_id, _CLIENT_LEFT, level)
        except Problem as problem:
            self._refuse(exchange, problem, request_id, is_passed)
            _log(exchange, is_passed, request_id, problem.status, logging.WARNING, problem)
        except Exception:
            exchange.refuse(Problem("internal-error"), request_id)
            raise
        except BaseException:
            exchange.give_up()
            raise

    def _refuse(
        self, exchange: Exchange, problem: Problem, request_id: str, is_passed: bool
    ) -> None:
        """Answer with `problem`: as a page to a visitor who has opened one of the frontend's."""
        is_open = not (exchange.has_begun or exchange.is_done)
        if is_passed and is_open and self._away.is_for(exchange.head, problem):
            fields, body = self._away.answer(exchange.head, problem, request_id)
            exchange.answer(problem.status, fields, body)
        else:
            exchange.refuse(problem, request_id)

    def _is_ours(self, exchange: Exchange) -> bool:
        """Tell whether a route of ours answers; all under the callbacks' prefix is ours."""
        head = exchange.head
        if self._frontend is None or head.path in self._operator_paths:
            return True
        if not head.path.startswith(self._prefix) and b"%" not in head.path:
            return False
        path = unquote(head.path)
        if path == self._callbacks or path.startswith(f"{self._callbacks}/"):
            return True
        try:
            self._routes.match(path, head.method)
        except NotFound:
            return False
        except HTTPException:
            return True
        return True

    def _client(self, exchange: Exchange) -> str | None:
        """Return whose requests are counted together, None where no address is told."""
        forwarded_for = exchange.head.value(b"x-forwarded-for")
        told = None if forwarded_for is None else forwarded_for.decode("latin-1")
        address = client_address(told, exchange.client[0], self._hops)
        return source_of(address) if address is not None else None


def _request_id(exchange: Exchange) -> str:
    given = exchange.head.value(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given.decode()
    return str(uuid4())


def _log(
    exchange: Exchange,
    is_passed: bool,
    request_id: str,
    status: int,
    level: int,
    problem: Problem | None = None,
) -> None:
    """Log a request that Flask has not seen, or not answered."""
    seconds = asyncio.get_running_loop().time() - exchange.started_at
    token = logged_id.set(request_id)
    log_event(
        "request",
        level,
        method=exchange.head.method,
        route="passed-through" if is_passed else "ours",
        status=status,
        code=problem.code if problem else None,
        cause=problem.cause if problem else None,
        ms=seconds * 1000,
    )
    logged_id.reset(token)
