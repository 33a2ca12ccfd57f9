"""What the demo marketplace restricts, and what opens it, as its operator would set both.

Console restricts a right and shows those who lack it a button; ACCESS_RULES lets an outcome grant
it. The vendors of the stage decide which outcomes there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.stage import Stage

NAME = "Tideline Rentals"


@dataclass(frozen=True, slots=True)
class Gate:
    """A right that an outcome grants.

    `subject` is the outcome as rules and link pages name it, `right` the permission at Sharetribe,
    `code` that of the refusal to those who lack it, `setting` the switch's name in the asset;
    `refused` and `button` are the words of the page that says no.
    """

    subject: str
    right: str
    code: str
    setting: str
    refused: str
    button: str


def gates_of(stage: Stage) -> tuple[Gate, ...]:
    """Return the gates of a stage: none where nobody could write rights."""
    return tuple(_gates(stage)) if stage.options.integration_api else ()


def _gates(stage: Stage) -> Iterator[Gate]:
    if stage.checking:
        yield Gate(
            "identity",
            "initiateTransactions",
            "permission-denied-initiate-transactions",
            "requirePermissionToInitiateTransactions",
            "Only verified people can book",
            "Verify yourself",
        )
    plan = membership_of(stage)
    if plan:
        yield Gate(
            f"billing/{plan}",
            "postListings",
            "permission-denied-post-listings",
            "requirePermissionToPostListings",
            "Only members can offer a boat",
            "Become a member",
        )


def membership_of(stage: Stage) -> str:
    """Return the first plan that is a subscription, "" where there is none."""
    plans = (plan for one in stage.billing for plan in one.simulator.bills.items())
    return next((plan for plan, mode in plans if mode == "subscription"), "")


def variables(gates: tuple[Gate, ...]) -> dict[str, str]:
    """Return the proxy's variables for what the gates need."""
    if not gates:
        return {}
    badges = [gate.subject for gate in gates if gate.subject == "identity"]
    return {
        "ACCESS_RULES": ",".join(f"{gate.subject}={gate.right}" for gate in gates),
        "PUBLIC_BADGES": ",".join(badges),
        "LINK_PAGES": "true",
        "MARKETPLACE_NAME": NAME,
    }


def close_gates(stage: Stage, api_url: str) -> None:
    """Restrict the rights in Console, with buttons that lead to the link pages at `api_url`.

    Each user of the marketplace offers a boat from then on.
    """
    sharetribe, gates = stage.sharetribe, gates_of(stage)
    sharetribe.access.restricted = {gate.right for gate in gates}
    point_gates(stage, api_url)
    if gates:
        for user_id, boat in zip(sharetribe.users, ("Sea kayak", "Rowing boat"), strict=False):
            sharetribe.add_listing(user_id, f"{boat} for a day", price=(4500, "EUR"))


def point_gates(stage: Stage, api_url: str) -> None:
    """Have the buttons in Console lead to the link pages at `api_url`."""
    stage.sharetribe.access.calls_to_action = {
        gate.setting: {
            "type": "external",
            "text": gate.button,
            "href": f"{api_url}/go/{gate.subject}?user={{userId}}&email={{userEmail}}",
        }
        for gate in gates_of(stage)
    }
