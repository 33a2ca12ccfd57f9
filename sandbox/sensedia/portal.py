"""Sensedia's developer portal as the demo page plays it: apps that get credentials by webhook.

Source: docs.sensedia.com, developer portal guide, webhook (read 2026-11), and the head of its
contract file (App Credentials Webhook 1.0.0). The bodies of update and revoke are published only as
images; these ones are the create body with what the portal has been given for the app.
"""

import secrets
import time
from dataclasses import dataclass, field, replace
from typing import Any

import requests

from sandbox.hops import HopLog
from sandbox.kit.router import forwarded_for, led
from sandbox.sensedia.aws import Aws

API_ID = "a1b2c3d4e5"
DEVELOPER = "mira@developers.example"
TIMEOUT_SECONDS = 30


@dataclass(frozen=True, slots=True)
class PortalApp:
    """An app of a developer; `credentials` is what the webhook answered, empty without any."""

    slug: str
    name: str
    plan: str
    credentials: dict[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class PortalAnswer:
    """What the webhook answered: its status (None for no answer) and the text of a refusal."""

    status: int | None
    message: str


class Portal:
    """The portal: it keeps the apps, and asks the webhook at `webhook_url` for their credentials.

    `password` may be changed at any time, as somebody does who mistypes it. `aws` is where the
    credentials are made. Every call is told to `hops`.
    """

    def __init__(self, aws: Aws, hops: HopLog | None = None) -> None:
        """Start without apps and with a fresh password, which holds a colon."""
        self.aws = aws
        self.base_url = aws.url
        self.webhook_url = "http://127.0.0.1"
        self.user = "portal"
        self.right_password = f"{secrets.token_hex(8)}:{secrets.token_hex(8)}"
        self.password = self.right_password
        self.apps: dict[str, PortalApp] = {}
        self._hops = hops

    @property
    def plans(self) -> list[str]:
        """The names of the plans that an app may have."""
        return list(self.aws.plan_ids)

    def approve(self, name: str, plan: str, slug: str | None = None) -> PortalAnswer:
        """Have credentials made for an app; `slug` names one that is known already."""
        app = PortalApp(slug or secrets.token_hex(6), name, plan)
        answer, document = self._send("POST", "createCredentials", self._described(app))
        if answer.status == 200:
            self.apps[app.slug] = replace(app, credentials=document)
        return answer

    def change_plan(self, slug: str, plan: str) -> PortalAnswer:
        """Move an app to another plan; raises KeyError for an unknown app."""
        app = replace(self.apps[slug], plan=plan)
        answer, _ = self._send("POST", "updateCredentials", self._described(app))
        if answer.status == 204:
            self.apps[slug] = app
        return answer

    def revoke(self, slug: str) -> PortalAnswer:
        """Have an app's credentials removed; raises KeyError for an unknown app."""
        app = self.apps[slug]
        answer, _ = self._send("POST", "revokeCredentials", self._described(app))
        if answer.status == 204:
            self.apps[slug] = replace(app, credentials={})
        return answer

    def health(self) -> PortalAnswer:
        """Ask whether the webhook works."""
        return self._send("GET", "health")[0]

    def use(self, api_key: str) -> dict[str, Any] | None:
        """Return what AWS knows of the key with this value: whether it works, and its plans."""
        keys = {key["value"]: key for key in list(self.aws.keys())}
        found = keys.get(api_key)
        return found and {"enabled": found["enabled"], "plans": found["plans"]}

    def start_afresh(self) -> None:
        """Forget the apps, their keys in AWS, and a mistyped password."""
        self.apps.clear()
        self.password = self.right_password
        self.aws.clear()

    def _described(self, app: PortalApp) -> dict[str, Any]:
        plan_id = self.aws.plan_ids.get(app.plan, app.plan)
        return {
            "appName": app.name,
            "appSlug": app.slug,
            "developer": DEVELOPER,
            "apis": [{"id": API_ID, "usagePlans": [{"id": plan_id}]}],
            **app.credentials,
        }

    def _send(
        self, method: str, operation: str, document: dict[str, Any] | None = None
    ) -> tuple[PortalAnswer, dict[str, str]]:
        """Call the webhook; return its answer, and the credentials where it has made some."""
        began = time.perf_counter()
        answer, body = self._exchange(method, f"{self.webhook_url}/v1/{operation}", document)
        self._tell(method, operation, answer, (time.perf_counter() - began) * 1000)
        return answer, body if answer.status == 200 else {}

    def _exchange(
        self, method: str, url: str, document: dict[str, Any] | None
    ) -> tuple[PortalAnswer, dict[str, Any]]:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = (self.user, self.password)
            try:
                received = session.request(
                    method,
                    led(url),
                    json=document,
                    headers=dict([forwarded_for()]),
                    timeout=TIMEOUT_SECONDS,
                )
                body: dict[str, Any] = received.json() if received.content else {}
            except requests.RequestException:
                return PortalAnswer(None, "no answer that can be read"), {}
        return PortalAnswer(received.status_code, str(body.get("message", ""))), body

    def _tell(self, method: str, operation: str, answer: PortalAnswer, milliseconds: float) -> None:
        if self._hops is not None:
            self._hops.add(
                caller="Portal",
                callee="proxy",
                method=method,
                path=f"/api/sensedia/v1/{operation}",
                status=answer.status,
                milliseconds=milliseconds,
            )
