"""What the official SDK's types say of a request: a judge of the forms that we send.

The types are made from Stripe's description of its API at the version that is pinned here. pydantic
(it comes with another SDK) compares; the SDK itself lets anything through.
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from stripe._stripe_context import StripeContext

_KEY = re.compile(r"\[([^\[\]]*)\]")
# What the SDK adds to the fields of a request, and what no request has.
_OPTIONS = ("api_key", "idempotency_key", "stripe_account", "stripe_context", "stripe_version")


def misfits(form: str, kind: Hashable) -> list[str]:
    """Return what is wrong with a form or a query, judged by a `…Params` type of the SDK."""
    judge = _judge(kind)
    document = nested(form)
    wrong = [name for name in document if name in _OPTIONS]
    try:
        judge.model_validate({"fields": document})
    except ValidationError as errors:
        wrong += [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in errors.errors()]
    return wrong


@cache
def _judge(kind: Hashable) -> type[BaseModel]:
    """Return a model whose one field is of a type that takes no other names than its own."""
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, defer_build=True)
    fields: Any = (kind, ...)
    judge: type[BaseModel] = create_model("Judge", __config__=config, fields=fields)
    # Names that stand in another module of the SDK.
    judge.model_rebuild(_types_namespace={"StripeContext": StripeContext, "Mapping": Mapping})
    return judge


def nested(form: str) -> dict[str, Any]:
    """Return a form with brackets as the object that it stands for; refuses a field given twice."""
    document: dict[str, Any] = {}
    for name, value in parse_qsl(form, keep_blank_values=True, strict_parsing=True):
        start, *rest = name.partition("[")[0], *_KEY.findall(name)
        place = document
        for key in (start, *rest[:-1]) if rest else ():
            place = place.setdefault(key, {})
        last = rest[-1] if rest else start
        assert last not in place, name
        place[last] = value
    return {name: _lists(value) for name, value in document.items()}


def _lists(value: Any) -> Any:
    """Return an object whose names are 0, 1 and on as the list that it stands for."""
    if not isinstance(value, dict):
        return value
    inner = {name: _lists(one) for name, one in value.items()}
    is_list = list(inner) == [str(number) for number in range(len(inner))]
    return list(inner.values()) if is_list else inner
