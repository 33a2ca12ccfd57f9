"""A vendor of checks at work: what is asked of it, and how its references travel."""

from __future__ import annotations

from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.references.carrier import Carrier
from proxy.sharetribe.client import User
from proxy.vendors.reference import Reference, Result


class Provider:
    """One vendor that is enabled; its name is what records call `provider`."""

    def __init__(self, vendor: Reference, kernel: Kernel) -> None:
        callback_url = kernel.settings.callback_url(vendor.name)
        self.vendor = vendor
        self.carrier = Carrier(kernel.sealer, vendor.name, vendor.limits, callback_url)

    def belongs_to_another(self, result: Result, user: User, now: float) -> bool:
        """Tell whether a result is told under the reference of another user.

        One that does not open says nothing: its key may be gone, or its time over.
        """
        try:
            return self.carrier.open(result.echoed_reference, None, now).user_id != user.id
        except Problem:
            return False
