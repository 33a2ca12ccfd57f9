"""The simulated marketplace: its applications, users, sessions and transactions, in memory."""

import secrets
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sandbox.sharetribe.access_control import AccessControl
from sandbox.sharetribe.conversations import Message
from sandbox.sharetribe.images import Image
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.tokens import (
    LOGIN_AS_SECONDS,
    Grant,
    Rotation,
    Tokens,
    make_refresh_token,
)
from sandbox.sharetribe.transactions import HELD, Booking, Transaction
from sandbox.sharetribe.users import ACTIVE, PENDING_APPROVAL, User, first_users


def _new_id() -> str:
    return str(uuid4())


def _new_secret() -> str:
    return secrets.token_hex(20)


@dataclass(frozen=True, slots=True)
class Applications:
    """What the marketplace's two applications log in with: fresh ids and secrets where unset.

    A front end has its client id compiled in, so that one must be able to name it. Ids are uuids.
    """

    client_id: str = field(default_factory=_new_id)
    client_secret: str = field(default_factory=_new_secret)
    integration_client_id: str = field(default_factory=_new_id)
    integration_client_secret: str = field(default_factory=_new_secret)


@dataclass(frozen=True, slots=True)
class Email:
    """An e-mail that was sent: what it is about, and what the link in it proves."""

    subject: str
    to: str
    token: str


class Marketplace:
    """A marketplace with two users, one web application and one Integration API application.

    In the first of its `transactions` (by id) the first user has sold two pizzas to the second.

    Public attributes may be changed at any time: `rotation`, `access_token_seconds` and
    `refresh_token_maker` shape the tokens that are issued from then on. `updates` holds every
    accepted write of private data as (user id, what was sent), `metadata_updates` every one of a
    transaction's metadata as (transaction id, what was sent), `access_updates` every one of what a
    user may do as (user id, what was changed), `calls` every request as "METHOD /path", all in
    order. `access` is what the marketplace restricts, `listings` what is offered in it, by id.
    `approves_once`: to approve a user who does not wait for it is a conflict. `declines_payments`:
    no payment can be confirmed. `login_as_scope` is `user:limited` in Live environments.
    `emails` holds what was sent, in order.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        applications: Applications | None = None,
        users: Sequence[User] | None = None,
    ) -> None:
        """Start with `users`, at least two, and `applications`; fresh ones where there are none.

        `clock` answers the time in Unix seconds.
        """
        self.id = uuid4()
        known = applications or Applications()
        self.client_id, self.client_secret = known.client_id, known.client_secret
        self.integration_client_id = known.integration_client_id
        self.integration_client_secret = known.integration_client_secret
        self.users: dict[str, User] = {user.id: user for user in users or first_users()}
        self.transactions: dict[str, Transaction] = {}
        seller, buyer, *_ = self.users
        self.add_transaction(customer_id=buyer, provider_id=seller)
        self.access = AccessControl()
        self.approves_once = True
        self.declines_payments = False
        self.login_as_scope = "user"
        self.listings: dict[str, Listing] = {}
        self.images: dict[str, Image] = {}
        self.messages: list[Message] = []
        self.emails: list[Email] = []
        self.clock = clock
        self.rotation: Rotation = "none"
        self.access_token_seconds = 600
        self.refresh_token_maker: Callable[[], str] = make_refresh_token
        self.tokens = Tokens(self)
        self.updates: list[tuple[str, dict[str, Any]]] = []
        self.metadata_updates: list[tuple[str, dict[str, Any]]] = []
        self.access_updates: list[tuple[str, dict[str, Any]]] = []
        self.calls: list[str] = []

    def add_user(self, name: str) -> User:
        """Register another user, whose first name is `name`, and return them.

        The user waits for approval where the marketplace asks for that.
        """
        user = User(f"{name.lower()}@example.com", f"{name} N", first_name=name, last_name="New")
        user.state = PENDING_APPROVAL if self.access.approves_users else ACTIVE
        self.users[user.id] = user
        return user

    def log_in(self, user_id: str) -> dict[str, Any]:
        """Start a session and return its token object, as `POST /v1/auth/token` answers it."""
        return self.tokens.start_session(Grant(self.client_id, "user", self.users[user_id].id))

    def log_in_as(self, user_id: str) -> dict[str, Any]:
        """Return the token object that the SDK's cookie holds when an operator is logged in as."""
        grant = Grant(self.client_id, self.login_as_scope, self.users[user_id].id)
        return {**self.tokens.issue_alone(grant, LOGIN_AS_SECONDS), "isLoggedInAs": True}

    def send_email(self, subject: str, to: str) -> Email:
        """Send an e-mail with a link in it that proves who has got it."""
        email = Email(subject, to, secrets.token_urlsafe(16))
        self.emails.append(email)
        return email

    def anonymous(self) -> dict[str, Any]:
        """Return the token object of a visitor who has not logged in."""
        return self.tokens.issue_alone(Grant(self.client_id, "public-read"))

    def now(self) -> datetime:
        """Return the moment that the clock shows, to the millisecond."""
        seconds = int(self.clock() * 1000) / 1000
        return datetime.fromtimestamp(seconds, UTC)

    def user_by_email(self, email: str) -> User | None:
        """Return the user with this address, whatever the letter case, or None."""
        wanted = email.casefold()
        users = [user for user in self.users.values() if not user.deleted]
        return next((user for user in users if user.email.casefold() == wanted), None)

    def add_transaction(self, customer_id: str, provider_id: str, **fields: Any) -> Transaction:
        """Record a sale and return it; `fields` are those of `Transaction`, two pizzas if unset."""
        transaction = Transaction(customer_id, provider_id, **fields)
        self.transactions[transaction.id] = transaction
        return transaction

    def add_image(self, url: str, width: int, height: int) -> Image:
        """Keep a picture, given as a data URL, and return it."""
        image = Image(url, width, height)
        self.images[image.id] = image
        return image

    def add_listing(self, author_id: str, title: str, **fields: Any) -> Listing:
        """Offer something, published, and return it; `fields` are those of `Listing`."""
        listing = Listing(author_id, title, **fields)
        self.listings[listing.id] = listing
        return listing

    def bookings_of(self, listing: Listing) -> list[Booking]:
        """Return what is booked of a listing: requests of it count, refused ones do not."""
        return [
            one.booking
            for one in list(self.transactions.values())
            if one.listing_id == listing.id and one.booking and one.booking.state in HELD
        ]

    def expire_access_tokens(self) -> None:
        """Make every access token that exists now invalid; refresh tokens live on."""
        self.tokens.expire_access_tokens()

    def log_out(self, user_id: str) -> None:
        """Revoke every refresh token of a user; access tokens live on until they expire."""
        self.tokens.revoke_all(user_id)

    def replace_private_data(self, user_id: str, private_data: dict[str, Any]) -> None:
        """Set a user's private data, whole, as if someone had tampered with it."""
        self.users[user_id].private_data = deepcopy(private_data)
