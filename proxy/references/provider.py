"""A vendor at work on one subject: what is asked of it, and how its references travel."""

from __future__ import annotations

from proxy.kernel import Kernel
from proxy.problems import Problem
from proxy.references.carrier import Carrier
from proxy.references.subject import Subject
from proxy.sharetribe.client import User
from proxy.vendors.reference import Owner, Reference, Result


class Provider:
    """One vendor that is enabled; its name is what records call `provider`."""

    def __init__(self, vendor: Reference, subject: Subject, kernel: Kernel) -> None:
        settings = kernel.settings
        purpose = f"{vendor.name}.{subject.purpose}"
        callback_url = settings.callback_url(vendor.name)
        self.vendor = vendor
        self.subject = subject
        self.carrier = Carrier(kernel.sealer, purpose, vendor.limits, callback_url)
        self._client_id = settings.client_id

    def owner(self, user: User) -> Owner | None:
        """Return what names a user in plain at the vendor, None where nothing needs to."""
        if not self.subject.matter.is_lasting:
            return None
        return Owner(user.id, self._client_id, self.subject.name)

    def is_owner(self, owner: Owner | None) -> bool:
        """Tell whether an owner is one of this marketplace's users, with this subject."""
        return owner is not None and (owner.client_id, owner.subject) == (
            self._client_id,
            self.subject.name,
        )

    def names_another(self, result: Result, user: User) -> bool:
        """Tell whether the vendor's record names somebody else in plain, or another subject."""
        return result.owner is not None and result.owner != self.owner(user)

    def belongs_to_another(self, result: Result, user: User, now: float) -> bool:
        """Tell whether a result is told under the reference of another user, or as another's.

        A reference that does not open says nothing: its key may be gone, or its time over.
        """
        if self.names_another(result, user):
            return True
        try:
            return self.carrier.open(result.echoed_reference, None, now).user_id != user.id
        except Problem:
            return False
