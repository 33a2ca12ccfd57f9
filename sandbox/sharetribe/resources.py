"""How the resources of the Marketplace API hang together: what can be included with what.

The relationships are those of sharetribe.com/api-reference, "… resource format" of each (read
2026-11-30), but for those to the marketplace. Files come with listings, never with messages.
"""

from collections.abc import Sequence
from functools import partial
from uuid import NAMESPACE_OID, uuid5

from sandbox.sharetribe import images, listings, transactions, users
from sandbox.sharetribe.conversations import Message
from sandbox.sharetribe.documents import Related, Resource
from sandbox.sharetribe.files import File, FileAttachment
from sandbox.sharetribe.listings import Listing
from sandbox.sharetribe.marketplace import Marketplace
from sandbox.sharetribe.reviews import Review
from sandbox.sharetribe.transactions import Transaction
from sandbox.sharetribe.users import User
from sandbox.transit import Keyword


class Resources:
    """The resources of a marketplace, made from what it holds at the moment."""

    def __init__(self, marketplace: Marketplace) -> None:
        """Show what `marketplace` holds."""
        self._marketplace = marketplace

    def user(self, user: User) -> Resource:
        """Return a user as anybody sees them."""
        related: Related = {"profileImage": lambda: self._image(user.image_id)}
        return Resource("user", user.id, users.public_attributes(user), related)

    def own_user(self, user: User, kind: str) -> Resource:
        """Return a user as they see themselves (`currentUser`), and as the operator does (`user`).

        Raises ApiError for a relationship that does not exist.
        """
        related: Related = {
            "profileImage": lambda: self._image(user.image_id),
            "effectivePermissionSet": lambda: self._permissions(user),
            "stripeAccount": lambda: stripe_account(user),
        }
        if kind == "currentUser":
            related["stripeCustomer"] = lambda: stripe_customer(user)
        return Resource(kind, user.id, users.own_attributes(user), related)

    def listing(self, listing: Listing) -> Resource:
        """Return a listing as anybody sees it."""
        related: Related = {
            "author": lambda: self.user(self._marketplace.users[listing.author_id]),
            "images": lambda: self._images(listing),
            "currentStock": lambda: None if (n := listing.stock) is None else stock(listing, n),
        }
        return Resource("listing", listing.id, listings.attributes(listing), related)

    def own_listing(self, listing: Listing) -> Resource:
        """Return a listing as its author sees it."""
        files = {"protectedFileAttachments": lambda: _attached(listing.protected_files)}
        related: Related = {**self.listing(listing).related, **files}
        return Resource("ownListing", listing.id, listings.own_attributes(listing), related)

    def transaction(self, transaction: Transaction, *, to_operator: bool = False) -> Resource:
        """Return a transaction as its parties see it, or as the operator does."""

        def party(user_id: str) -> Resource:
            user = self._marketplace.users[user_id]
            return self.own_user(user, "user") if to_operator else self.user(user)

        related: Related = {
            "customer": lambda: party(transaction.customer_id),
            "provider": lambda: party(transaction.provider_id),
            "listing": lambda: self._listing_of(transaction),
            "booking": lambda: booking(transaction),
            "stockReservation": lambda: _stock_reservation(transaction),
            "reviews": lambda: [self.review(one) for one in transaction.reviews],
            "messages": lambda: [
                self.message(one)
                for one in self._marketplace.messages
                if one.transaction_id == transaction.id
            ],
            "protectedFileAttachments": lambda: _attached(transaction.protected_files),
        }
        attributes = transactions.attributes(transaction)
        return Resource("transaction", transaction.id, attributes, related)

    def review(self, review: Review) -> Resource:
        """Return a review."""
        held = self._marketplace
        related: Related = {
            "author": lambda: self.user(held.users[review.author_id]),
            "subject": lambda: self.user(held.users[review.subject_id]),
            "listing": lambda: self.listing(held.listings[review.listing_id]),
        }
        return Resource("review", review.id, review.attributes(), related)

    def message(self, message: Message) -> Resource:
        """Return a message."""
        held = self._marketplace
        related: Related = {
            "sender": lambda: self.user(held.users[message.sender_id]),
            "transaction": lambda: self.transaction(held.transactions[message.transaction_id]),
            "publicFileAttachments": _nothing,
        }
        return Resource("message", message.id, message.attributes(), related)

    def _listing_of(self, transaction: Transaction) -> Resource:
        listing = self._marketplace.listings.get(transaction.listing_id)
        if listing is not None:
            return self.listing(listing)
        author = self._marketplace.users[transaction.author_id]
        attributes = transactions.listing_attributes(transaction, author.display_name)
        related: Related = {
            "author": lambda: self.user(author),
            "images": _nothing,
            "currentStock": _none,
        }
        return Resource("listing", transaction.listing_id, attributes, related)

    def _images(self, listing: Listing) -> list[Resource]:
        held = self._marketplace.images
        return [images.resource(held[image]) for image in listing.image_ids]

    def _image(self, image_id: str | None) -> Resource | None:
        return None if image_id is None else images.resource(self._marketplace.images[image_id])

    def _permissions(self, user: User) -> Resource:
        effective = self._marketplace.access.effective(user)
        attributes = {name: Keyword(word) for name, word in effective.items()}
        return Resource("permissionSet", _id("permissionSet", user.id), attributes)


def stock(listing: Listing, quantity: int) -> Resource:
    """Return how many pieces there are of a listing."""
    return Resource("stock", _id("stock", listing.id), {"quantity": quantity})


def booking(transaction: Transaction) -> Resource | None:
    """Return a transaction's booking."""
    booked = transaction.booking
    return None if booked is None else Resource("booking", booked.id, booked.attributes())


def _stock_reservation(transaction: Transaction) -> Resource | None:
    held = transaction.stock_reservation
    return None if held is None else Resource("stockReservation", held.id, held.attributes())


def file(file: File) -> Resource:
    """Return a file as anybody sees it who may see it."""
    return Resource("file", file.id, file.attributes())


def own_file(file: File) -> Resource:
    """Return a file as its author sees it."""
    return Resource("ownFile", file.id, file.own_attributes())


def stripe_account(user: User) -> Resource | None:
    """Return a user's account at Stripe, complete; None for who has none."""
    if not user.stripe_connected:
        return None
    account = f"acct_{_id('acct', user.id)[:8]}"
    missing: dict[str, list[str]] = {"currently_due": [], "past_due": [], "eventually_due": []}
    bank = {"object": "bank_account", "country": "FI", "currency": "eur", "last4": "3000"}
    data = {
        "id": account,
        "country": "FI",
        "business_type": "individual",
        "external_accounts": {"object": "list", "data": [bank]},
        "requirements": missing,
    }
    attributes = {"stripeAccountId": account, "stripeAccountData": data}
    return Resource("stripeAccount", _id("stripeAccount", user.id), attributes)


def stripe_customer(user: User) -> Resource | None:
    """Return a user as Stripe's customer; None for who is none."""
    if not user.is_stripe_customer:
        return None
    attributes = {"stripeCustomerId": f"cus_{_id('cus', user.id)[:8]}"}
    related: Related = {"defaultPaymentMethod": lambda: _card(user)}
    return Resource("stripeCustomer", _id("stripeCustomer", user.id), attributes, related)


def _card(user: User) -> Resource | None:
    if user.card is None:
        return None
    card = {"brand": "visa", "expirationMonth": 12, "expirationYear": 2034, "last4Digits": "4242"}
    attributes = {"type": "stripe-payment-method/card", "stripePaymentMethodId": user.card}
    return Resource("stripePaymentMethod", _id("card", user.id), {**attributes, "card": card})


def _attached(attachments: Sequence[FileAttachment]) -> Sequence[Resource]:
    return [
        Resource("fileAttachment", one.id, one.attributes(), {"file": partial(file, one.file)})
        for one in attachments
    ]


def _nothing() -> Sequence[Resource]:
    return ()


def _none() -> None:
    return None


def _id(kind: str, owner: str) -> str:
    """Return an id that is always the same for what a user or a listing has one of."""
    return str(uuid5(NAMESPACE_OID, f"{kind}/{owner}"))
