"""A marketplace that applies writes after they were given up, and a second process of the app."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from flask import Response, copy_current_request_context, request

from sandbox.sharetribe import Sharetribe, User
from tests.kit.world import KitWorld
from tests.served_app import ServedApp, listen
from tests.world import Browser

TRANSACTION = "/v1/integration_api/transactions/update_metadata"
PROFILE = "/v1/api/current_user/update_profile"


@contextmanager
def late_writes(
    sharetribe: Sharetribe, path: str, most: int = 100
) -> Iterator[list[Callable[[], object]]]:
    """Have writes to `path` answered with 503 inside the block, and applied when they are called.

    Yields them, in the order in which they came; `most` is how many are held, the first ones.
    """
    app, held = sharetribe.app, list[Callable[[], object]]()
    (endpoint,) = (rule.endpoint for rule in app.url_map.iter_rules() if rule.rule == path)
    write = app.view_functions[endpoint]

    def hold(**arguments: Any) -> Any:
        if len(held) >= most:
            return write(**arguments)
        request.get_data()
        held.append(copy_current_request_context(lambda: write(**arguments)))
        return Response(status=503)

    app.view_functions[endpoint] = hold
    try:
        yield held
    finally:
        app.view_functions[endpoint] = write


@contextmanager
def second_process(world: KitWorld, user: User | None = None, **settings: str) -> Iterator[Browser]:
    """Yield a browser of `user` (the first one) whose requests another process of the app takes.

    `settings` are those that differ there.
    """
    served = ServedApp(world.another_app(**settings), listen())
    session = world.sharetribe.log_in((user or world.user).id)
    there: Any = SimpleNamespace(sharetribe=world.sharetribe, url=served.url)
    try:
        yield Browser(there, session)
    finally:
        served.close()
