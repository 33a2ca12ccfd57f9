"""What every trip stands on: the settings, the marketplace, the seals and the clock, made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from crypto import Checksummer, LogWords, Pseudonyms, Sealer, SecretSealer
from proxy.access.policy import AccessPolicy
from proxy.http.browser import Browser
from proxy.settings import Settings
from proxy.sharetribe.client import Marketplace
from proxy.sharetribe.operator import Operator


class Kernel:
    """The parts of the kernel that hold nothing of any user.

    `operator` is None where the Integration API is not configured. `clock` gives unix seconds,
    `log_keys` make the words of users in logs; `policy` says what follows an outcome.
    """

    def __init__(
        self,
        settings: Settings,
        marketplace: Marketplace,
        operator: Operator | None,
        clock: Callable[[], float],
        log_keys: Sequence[bytes],
        policy: AccessPolicy | None = None,
    ) -> None:
        keys, client_id = settings.seal_keys, settings.client_id
        self.settings = settings
        self.marketplace = marketplace
        self.operator = operator
        self.clock = clock
        self.policy = policy or AccessPolicy()
        self.browser = Browser(settings, marketplace)
        self.sealer = Sealer(keys, client_id)
        self.secret_sealer = SecretSealer(keys, client_id)
        self.checksummer = Checksummer(settings.checksum_keys, client_id)
        self.log_words = LogWords(log_keys, client_id)
        self.pseudonyms = Pseudonyms(settings.pseudonym_key, client_id)
