"""Sensedia as a guest of the kit's worlds: its portal is whoever comes, AWS stands elsewhere."""

from __future__ import annotations

from typing import Any

from flask import Flask

from integrations.sensedia import SENSEDIA
from sandbox.faults import Faults
from tests.kit.guest import Guest


class Nobody:
    """What stands for a vendor of which nothing is asked."""

    def __init__(self) -> None:
        self.app, self.base_url, self.faults = Flask(__name__), "", Faults()
        self.calls: list[str] = []

    def close(self) -> None:
        """Do nothing."""


def _settings(_: Any, __: Any) -> dict[str, str]:
    return {}


GUEST = Guest(SENSEDIA, lambda _, __: Nobody(), _settings, lambda _: None)
