"""The simulated Sharetribe as tests and the demo page hold it."""

import time
from collections.abc import Callable, Sequence

from flask import Flask, Response

from sandbox.faults import Faults
from sandbox.hops import HopLog
from sandbox.sharetribe.account_api import AccountApi
from sandbox.sharetribe.api import UserApi
from sandbox.sharetribe.assets import AssetApi
from sandbox.sharetribe.auth import AuthApi
from sandbox.sharetribe.availability_api import AvailabilityApi
from sandbox.sharetribe.file_api import FileApi
from sandbox.sharetribe.image_api import ImageApi
from sandbox.sharetribe.listing_api import ListingApi
from sandbox.sharetribe.marketplace import Applications, Marketplace
from sandbox.sharetribe.messages import ApiError, error_answer
from sandbox.sharetribe.own_listing_api import OwnListingApi
from sandbox.sharetribe.payment_api import PaymentApi
from sandbox.sharetribe.permission_api import PermissionApi
from sandbox.sharetribe.review_api import ReviewApi
from sandbox.sharetribe.traffic import Traffic
from sandbox.sharetribe.transaction_api import TransactionApi
from sandbox.sharetribe.transition_api import TransitionApi
from sandbox.sharetribe.transitions import Transitions
from sandbox.sharetribe.users import User


class Sharetribe(Marketplace):
    """A marketplace behind its APIs: `app` is the WSGI application, `faults` makes it misbehave."""

    def __init__(
        self,
        hops: HopLog | None = None,
        clock: Callable[[], float] = time.time,
        applications: Applications | None = None,
        users: Sequence[User] | None = None,
    ) -> None:
        """Start with fresh users and secrets, or with those that are given.

        `clock` answers the time in Unix seconds.
        """
        super().__init__(clock, applications, users)
        self.faults = Faults(rate_limited=_rate_limited)
        self._auth = AuthApi(self)
        self.app = self._make_app(hops)

    def login_as_code(self, user_id: str) -> str:
        """Return a one-time code for the `authorization_code` grant ("log in as")."""
        return self._auth.login_as_code(self.users[user_id].id)

    def _make_app(self, hops: HopLog | None) -> Flask:
        app = Flask("sandbox.sharetribe", static_folder=None)
        Traffic(self.calls, hops).surround(app)
        app.before_request(self.faults.apply)
        self._auth.register(app)
        apis = (
            UserApi,
            AccountApi,
            PermissionApi,
            ListingApi,
            OwnListingApi,
            AvailabilityApi,
            ImageApi,
            FileApi,
            ReviewApi,
            PaymentApi,
            AssetApi,
        )
        for api in apis:
            api(self).register(app)
        transitions = Transitions(self)
        TransactionApi(self, transitions).register(app)
        TransitionApi(self, transitions).register(app)
        return app


def _rate_limited() -> Response:
    return error_answer(ApiError(429, "too-many-requests"))
