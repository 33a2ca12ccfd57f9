"""The example vendors bear what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tests.hostile.hostile_request import HostileRequest, told
from tests.hostile.ingredients import DOORS
from tests.hostile.saboteur import Step, asking
from tests.kit.contracts.hostility import HostilityContract

_FINISHED = (
    '{"type":"check.finished","checkId":"@@transaction@@","subjectId":"@@subject@@",'
    '"reference":"@@reference@@"}'
)
_ORDER = (
    '{"kind":"order","id":"e","place":"north","order":{"id":"@@order@@","status":"accepted",'
    '"reference":"@@sale@@","reason":"sold out"}}'
)
_BRIEF = '{"kind":"order","id":"e","place":"north","order":{"id":"@@order@@"}}'
_TILL, _CALENDAR = "/api/callbacks/till/@@till@@", "/api/callbacks/calendar/@@calendar@@"
_LINK = b'{"code":"@@code@@"}'


class TestExamples(HostilityContract):
    """All of them in one world."""

    listed = "passcheck,calendar,till,guild,badge,vault"
    own_steps: ClassVar[Mapping[str, Step]] = {
        "callback": lambda _: told("passcheck", _FINISHED),
        "event": lambda _: told("till", _ORDER, _TILL),
        "event without a state": lambda _: told("till", _BRIEF, _TILL),
        "question": lambda _: told(
            "guild", '{"kind":"question","guild":"north","user":"@@member@@"}'
        ),
        "question about an address": lambda _: told(
            "guild", '{"kind":"question","guild":"north","user":"robin@example.com"}'
        ),
        "who": lambda a: HostileRequest("GET", "/api/badge/me", {"X-Badge": a.world.badge.issue()}),
        "link": lambda _: HostileRequest(
            "POST", "/api/badge/link", DOORS, _LINK, "application/json"
        ),
        "code": asking("POST", "/api/badge/link-codes"),
        "key": lambda _: HostileRequest("POST", "/api/vault/v1/keys", DOORS, b'{"app":"x"}'),
    }
    callbacks = (
        told("passcheck", _FINISHED),
        told("till", _ORDER, _TILL),
        told("till", '{"kind":"closed","id":"e","place":"north"}', _TILL),
        told("calendar", '{"kind":"disconnected","id":"e","place":"north"}', _CALENDAR),
        told("guild", '{"kind":"question","guild":"north","user":"@@member@@"}'),
        told("guild", '{"kind":"left","guild":"south","member":"m","at":7}'),
    )
