"""What makes the app talk to the upstreams of the connection trip, step by step.

A step prepares its part of the world with everybody well, and returns the request that is then
sent while somebody answers nonsense.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from tests.flows.connecting import begin
from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest, event, workspace_request
from tests.hostile.ingredients import SESSION

Step = Callable[[AttackedWorld], HostileRequest]
EMAIL_TEXT = "robin@example.com"


def _asking(method: str, path: str, body: bytes = b"") -> Step:
    """Return the step of a request by the user's browser that needs no preparation."""
    return lambda _: HostileRequest(method, path, SESSION, body, "application/json")


def _coming_back(vendor: str, **options: object) -> Step:
    def prepare(attacked: AttackedWorld) -> HostileRequest:
        begun = begin(attacked.browser, vendor, **options)
        world = attacked.world
        simulated = world.hubrise if vendor == "hubrise" else world.pumble
        address = urlsplit(simulated.authorize(begun.authorize_url))
        nonces = "; ".join(f"{name}={nonce}" for name, nonce in begun.cookie.items())
        cookies = f"st-@@client@@-token=@@cookie@@; {nonces}"
        headers = {"Cookie": cookies, "Sec-Fetch-Site": "cross-site"}
        return HostileRequest("GET", address.path, headers, query=address.query)

    return prepare


def _ordering(attacked: AttackedWorld, *, attempted: bool) -> HostileRequest:
    attacked.sale.metadata = {"hubriseOrder": {"status": "sending"}} if attempted else {}
    body = b'{"transactionId":"@@sale@@"}'
    return HostileRequest("POST", "/api/hubrise/orders", SESSION, body, "application/json")


def _searching(attacked: AttackedWorld) -> HostileRequest:
    attacked.sale.metadata = {}
    return HostileRequest("GET", "/api/hubrise/orders/@@sale@@", SESSION)


def _catching_up(attacked: AttackedWorld) -> HostileRequest:
    attacked.world.hubrise.callbacks = "lose"
    attacked.world.hubrise.set_status(attacked.genuine["order"], "accepted")
    return HostileRequest("POST", "/api/hubrise/orders/catch-up", SESSION)


def _telling(*, with_state: bool) -> Step:
    state = ',"new_state":{"id":"@@order@@","status":"accepted","private_ref":"@@sale@@"}'
    head = '{"resource_type":"order","location_id":"@@location@@","order_id":"@@order@@"'
    return lambda _: event(head + (state if with_state else "") + "}")


def _commanding(text: str) -> Step:
    head = '{"messageType":"SLASH_COMMAND","slashCommand":"/verified"'
    return lambda _: workspace_request(f'{head},"workspaceId":"@@workspace@@","text":"{text}"}}')


def _ending(event_type: str, body: str) -> Step:
    return lambda _: workspace_request(
        f'{{"messageType":"APP_EVENT","eventType":"{event_type}","workspaceId":"@@workspace@@",'
        f'"body":{body}}}'
    )


STEPS: dict[str, Step] = {
    "list": _asking("GET", "/api/connections"),
    "begin HubRise": _asking("POST", "/api/connections/hubrise"),
    "come back from HubRise": _coming_back("hubrise"),
    "begin Pumble": _asking("POST", "/api/connections/pumble"),
    "come back from Pumble": _coming_back("pumble"),
    "reinstall in Pumble": _coming_back("pumble", isReinstall=True),
    "order": lambda attacked: _ordering(attacked, attempted=False),
    "order again": lambda attacked: _ordering(attacked, attempted=True),
    "read the order": _asking("GET", "/api/hubrise/orders/@@sale@@"),
    "search the order": _searching,
    "catch up": _catching_up,
    "an event": _telling(with_state=True),
    "an event without a state": _telling(with_state=False),
    "a command about an id": _commanding("@@member@@"),
    "a command about an address": _commanding(EMAIL_TEXT),
    "an uninstallation": _ending("APP_UNINSTALLED", '{"uninstalledAt":"2099-01-01T00:00:00.000Z"}'),
    "an unauthorization": _ending("APP_UNAUTHORIZED", '{"workspaceUser":"@@person@@"}'),
    "disconnect HubRise": _asking("DELETE", "/api/connections/hubrise"),
    "disconnect Pumble": _asking("DELETE", "/api/connections/pumble"),
}
