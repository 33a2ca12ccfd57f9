"""Drive a chat: the operator connects Pumble, the channel hears of a check, somebody asks."""

import json
import time

from sandbox.pumble.sender import HookAnswer
from sandbox.pumble.vendor import Pumble
from sandbox.visit import Step, Steps, Visit, answered, expect, timed


class ChatDrive:
    """From the connection over the app's messages to the disconnection."""

    def __init__(self, visit: Visit, pumble: Pumble) -> None:
        """Prepare the steps; the user of `visit` must be logged in and be the operator."""
        self._visit = visit
        self._pumble = pumble
        hearing: Steps = (self._hear_of_a_check,) if visit.checks else ()
        self.steps: Steps = (self._connect, *hearing, self._ask, self._disconnect)

    def _connect(self) -> Step:
        answer = self._visit.connect("pumble", self._pumble.authorize)
        return answered("Browser > Proxy  connect Pumble", answer, "the same with the bot's token")

    def _hear_of_a_check(self) -> Step:
        checks = self._visit.checks[0]
        before = len(self._pumble.messages)
        started = self._visit.call("POST", "/api/id-verification", 201, json={"restart": True})
        begun = time.monotonic()
        checks.finish(started.json()["transactionReference"], checks.approval)
        heard = [message.text for message in self._pumble.messages[before:]]
        expect("messages in the channel", 1, len(heard))
        return timed("Proxy > Pumble  message", None, begun, _shortened(heard[0]))

    def _ask(self) -> Step:
        answer = self._pumble.slash_command(self._visit.user.email)
        expect("status of the slash command", 200, answer.status)
        expect("answered within 3 seconds", True, answer.in_time)
        milliseconds = answer.seconds * 1000
        return Step("Pumble > Proxy  /verified", 200, milliseconds, _shortened(_message_in(answer)))

    def _disconnect(self) -> Step:
        answer = self._visit.disconnect("pumble")
        return answered("Browser > Proxy  disconnect Pumble", answer, "revoked and wiped")


def _message_in(answer: HookAnswer) -> str:
    return str(json.loads(answer.body).get("message"))


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 70 else f"{words[:69]}…"
