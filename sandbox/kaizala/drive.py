"""Drive a card: it learns who holds it, and brings a code of the logged-in user back."""

from typing import Any

import requests

from sandbox.kaizala.vendor import Kaizala
from sandbox.kit.router import led
from sandbox.visit import TIMEOUT_SECONDS, Step, StepError, Steps, Visit, answered, expect

CARD_PATH = "/api/kaizala"


class CardDrive:
    """A person's card at the guarded door."""

    def __init__(self, visit: Visit, kaizala: Kaizala) -> None:
        """Prepare the steps; the user of `visit` must be logged in."""
        self._visit = visit
        self._person = kaizala.people[0]
        self._token = kaizala.service_token(self._person)
        self._code = ""
        self.steps: Steps = (self._ask, self._get_code, self._link)

    def _ask(self) -> Step:
        answer = self._call("GET", "me")
        expect("person", self._person.id, answer.json().get("id"))
        return answered("Card > Proxy  who am I", answer, "vouched for by Kaizala, not by the card")

    def _get_code(self) -> Step:
        answer = self._visit.call("POST", f"{CARD_PATH}/link-codes", 201)
        self._code = answer.json()["code"]
        notice = f"a sealed reference of {len(self._code)} characters, for ten minutes"
        return answered("Browser > Proxy  get a link code", answer, notice)

    def _link(self) -> Step:
        answer = self._call("POST", "link", {"code": self._code})
        stored = self._visit.user.private_data.get("kaizalaLink", {}).get("id")
        expect("linked person", self._person.id, stored)
        notice = "the person's id is in the user's private data, checksummed"
        return answered("Card > Proxy  bring the code back", answer, notice)

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None
    ) -> requests.Response:
        """Call the proxy as the card's WebView does: with a token and no cookie."""
        with requests.Session() as session:
            session.trust_env = False
            answer = session.request(
                method,
                led(f"{self._visit.page_url}{CARD_PATH}/{path}"),
                headers={"accessToken": self._token, "Origin": "null"},
                json=body,
                timeout=TIMEOUT_SECONDS,
            )
        if answer.status_code != 200:
            raise StepError(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        return answer
