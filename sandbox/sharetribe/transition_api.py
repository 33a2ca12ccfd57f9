"""The endpoints of the Marketplace API with which transactions begin and go on.

Keys, and that `…_speculative` keeps nothing: sharetribe.com/api-reference, "Transactions", "Process
transitions". What is privileged needs a trusted token (sharetribe.com/docs, "Privileged
transitions"); access control locks all four for who waits for approval, and `initiate` alone for
who may not initiate ("User access control"); a limited session of "log in as" may take no
transition ("Log in as user"). All read 2026-11-30. That a transition of somebody else's is
forbidden, and a transaction that is not there a conflict, are choices of the sandbox.
"""

from typing import Any
from uuid import NAMESPACE_OID, uuid5

from flask import Flask, Response

from sandbox.sharetribe import documents
from sandbox.sharetribe import parameters as read
from sandbox.sharetribe.access import FULL_SCOPES, TRUSTED, require_grant, require_user
from sandbox.sharetribe.access_control import require_approved
from sandbox.sharetribe.documents import Resource
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.messages import ApiError
from sandbox.sharetribe.processes import ALIAS, PROCESSES, transition_of
from sandbox.sharetribe.processes.graph import Transition
from sandbox.sharetribe.resources import Resources
from sandbox.sharetribe.transactions import Transaction
from sandbox.sharetribe.transitions import Transitions, party_of
from sandbox.sharetribe.users import User
from sandbox.transit import Keyword


def _process(value: Any) -> str:
    """Read a process's alias, such as `default-booking/release-1`: return the process's name."""
    name, _, alias = read.text(value).partition("/")
    if name not in PROCESSES or alias != ALIAS:
        raise ValueError("no process")
    return name


class TransitionApi:
    """`initiate` and `transition`, both of them speculative too."""

    def __init__(self, marketplace: Marketplace, transitions: Transitions) -> None:
        """Serve the users and tokens of `marketplace`."""
        self._marketplace = marketplace
        self._transitions = transitions

    def register(self, app: Flask) -> None:
        """Add the routes to `app`."""
        for kind, view in (("initiate", self.initiate), ("transition", self.transition)):
            for suffix, is_speculative in (("", False), ("_speculative", True)):
                path = f"/v1/api/transactions/{kind}{suffix}"
                options = {"is_speculative": is_speculative}
                app.add_url_rule(path, path, view, methods=["POST"], defaults=options)
        app.add_url_rule("/v1/api/process_transitions/query", view_func=self.query)

    def initiate(self, *, is_speculative: bool) -> Response:
        """Answer `POST transactions/initiate` and `initiate_speculative`."""
        user, is_trusted = self._caller()
        if not is_speculative:
            self._marketplace.access.require_permission(user, "initiateTransactions")
        readers: dict[str, read.Reader] = {
            "processAlias": _process,
            "transition": read.text,
            "params": read.mapping,
        }
        asked = read.read_body(readers, required=tuple(readers))
        process, params = asked["processAlias"], asked["params"]
        transition = _allowed(process, asked["transition"], is_trusted=is_trusted)
        if transition.source is not None:
            raise ApiError(409, "transaction-invalid-transition")
        listing = read.read_values(params, {"listingId": read.uuid}, required=("listingId",))
        begun = self._transitions.initiate(
            process,
            transition,
            user.id,
            listing["listingId"],
            params,
            is_speculative=is_speculative,
        )
        return self._answered(begun, is_speculative=is_speculative)

    def transition(self, *, is_speculative: bool) -> Response:
        """Answer `POST transactions/transition` and `transition_speculative`."""
        user, is_trusted = self._caller()
        readers: dict[str, read.Reader] = {
            "id": read.uuid,
            "transition": read.text,
            "params": read.mapping,
        }
        asked = read.read_body(readers, required=tuple(readers))
        transaction = self._marketplace.transactions.get(asked["id"])
        if transaction is None:
            raise ApiError(409, "conflict")
        party = party_of(transaction, user.id)
        if party is None:
            raise ApiError(403, "forbidden")
        process = transaction.process_name
        transition = _allowed(process, asked["transition"], is_trusted=is_trusted)
        if transition.by != party:
            raise ApiError(403, "forbidden")
        taken = self._transitions.transition(
            transaction, transition, asked["params"], is_speculative=is_speculative
        )
        return self._answered(taken, is_speculative=is_speculative)

    def query(self) -> Response:
        """Answer `GET process_transitions/query?transactionId=…`: what could be done next."""
        user = require_user(self._marketplace)
        asked = read.read_query({"transactionId": read.uuid}, required=("transactionId",))
        self._transitions.settle()
        transaction = self._marketplace.transactions.get(asked["transactionId"])
        if transaction is None:
            raise ApiError(404, "not-found")
        if party_of(transaction, user.id) is None:
            raise ApiError(403, "forbidden")
        process = transaction.process_name
        upcoming = self._transitions.next_of(transaction)
        return documents.found([_shown(process, one) for one in upcoming])

    def _caller(self) -> tuple[User, bool]:
        user = require_user(self._marketplace, FULL_SCOPES)
        require_approved(user)
        grant = require_grant(self._marketplace.tokens, FULL_SCOPES)
        return user, grant.scope == TRUSTED

    def _answered(self, transaction: Transaction, *, is_speculative: bool) -> Response:
        resource = Resources(self._marketplace).transaction(transaction)
        return documents.found(resource) if is_speculative else documents.written(resource)


def _allowed(process: str, name: str, *, is_trusted: bool) -> Transition:
    """Return a process's transition by its full name, if the token is good enough for it."""
    transition = transition_of(process, name)
    if transition is None or not name.startswith("transition/"):
        raise ApiError(409, "transaction-invalid-transition")
    if transition.privileged and not is_trusted:
        raise ApiError(403, "forbidden")
    return transition


def _shown(process: str, transition: Transition) -> Resource:
    attributes = {
        "name": Keyword(f"transition/{transition.name}"),
        "actor": [Keyword(f"actor.role/{transition.by}")],
        "actions": [Keyword(f"action/{action}") for action in transition.actions],
        "params": {"req": {}, "opt": {}},
    }
    name = str(uuid5(NAMESPACE_OID, f"{process}/{transition.name}"))
    return Resource("processTransition", name, attributes)
