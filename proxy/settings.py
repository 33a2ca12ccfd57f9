"""What the kernel needs to know of the environment: read once, checked whole, frozen."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from crypto import CHECKSUM_KEY_BYTES, SEAL_KEY_BYTES, KeyRing, base64url
from proxy.addresses import is_loopback
from proxy.platforms import find_platform
from proxy.settings_reader import SettingsReader

# A small dyno allows 256 processes and threads (devcenter.heroku.com, limits, read 2026-11); larger
# ones allow more.
THREADS = 200
# Vendor sessions of one user in 24 hours, 0 for any number: a vendor bills each of them.
MAX_STARTS_PER_DAY = 5
# What the pause between two questions about one pending session grows to; 0 for none.
PENDING_ASK_SECONDS = 60
# Sharetribe's Marketplace, Integration and Asset Delivery API (sharetribe.com/api-reference, read
# 2026-11).
MARKETPLACE_URL = "https://flex-api.sharetribe.com"
INTEGRATION_URL = "https://flex-integ-api.sharetribe.com"
ASSETS_URL = "https://cdn.st-api.com"
_CLIENT_ID = r"[0-9A-Za-z-]{1,100}"


@dataclass(frozen=True, slots=True)
class IntegrationCredentials:
    """The marketplace's Integration API application: full power, so it is optional."""

    client_id: str
    client_secret: str = field(repr=False)
    base_url: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What the kernel needs to know; vendors read their own part of the environment.

    `return_page` is where a start leads back to that names no page itself, None for the vendor's
    own end. `log_in_as_may_read`: an operator who is logged in as a user is told what is stored.
    """

    client_id: str
    marketplace_url: str
    integration: IntegrationCredentials | None
    marketplace_origins: frozenset[str]
    public_url: str
    frontend_url: str | None
    api_prefix: str
    seal_keys: KeyRing = field(repr=False)
    checksum_keys: KeyRing = field(repr=False)
    trusted_proxy_hops: int
    cookie_secure: bool
    connections_return_url: str
    return_page: str | None = None
    max_starts_per_day: int = MAX_STARTS_PER_DAY
    pending_ask_seconds: int = PENDING_ASK_SECONDS
    billing_grace_seconds: int = 0
    pseudonym_key: bytes = field(default=bytes(CHECKSUM_KEY_BYTES), repr=False)
    threads: int = THREADS
    operator_token: str | None = field(default=None, repr=False)
    assets_url: str = ASSETS_URL
    sandbox: bool = False
    log_in_as_may_read: bool = False
    defaulted: Mapping[str, str] = field(default_factory=dict)

    def source_of(self, name: str) -> str:
        """Return ` (from …)` where the platform's own variable stands in for the one named."""
        return f" (from {self.defaulted[name]})" if name in self.defaulted else ""

    @property
    def is_local(self) -> bool:
        """Whether the app is for this machine only: its public address is on loopback."""
        return is_loopback(urlsplit(self.public_url).hostname or "")

    def callback_url(self, vendor: str) -> str:
        """Where the callbacks of the vendor with this name are to go."""
        return f"{self.public_url}{self.api_prefix}/callbacks/{vendor}"

    def return_url(self, vendor: str) -> str:
        """Where the consent page of the vendor with this name sends the user back to."""
        return f"{self.public_url}{self.api_prefix}/connections/{vendor}/return"


def read_settings(reader: SettingsReader) -> Settings:
    """Read the kernel's settings; they hold stand-ins wherever `reader` has a problem."""
    seal_keys = reader.key_ring("SEAL_KEYS", SEAL_KEY_BYTES)
    checksum_keys = reader.key_ring("CHECKSUM_KEYS", CHECKSUM_KEY_BYTES)
    api_prefix = reader.text("API_PREFIX", "/api")
    if not re.fullmatch(r"(/[A-Za-z0-9_-]+)+", api_prefix):
        reader.report("API_PREFIX must look like /api, without a trailing slash")
        api_prefix = "/api"
    client_id = reader.text(
        "SHARETRIBE_CLIENT_ID", pattern=_CLIENT_ID, form="letters, digits and hyphens"
    )
    marketplace_url = reader.base_url("SHARETRIBE_BASE_URL", MARKETPLACE_URL)
    assets_url = reader.base_url("SHARETRIBE_ASSET_BASE_URL", ASSETS_URL)
    integration = _read_integration(reader)
    origins = reader.origins("MARKETPLACE_ORIGINS")
    platform = find_platform(reader.optional)
    public_url = reader.base_url("PUBLIC_URL", platform.public_url)
    frontend_url = reader.internal_url("FRONTEND_URL")
    hops = reader.integer("TRUSTED_PROXY_HOPS", platform.hops or 1, minimum=0, maximum=10)
    threads = reader.integer("WEB_THREADS", THREADS, minimum=1, maximum=1_000)
    max_starts = reader.integer("MAX_STARTS_PER_DAY", MAX_STARTS_PER_DAY, minimum=0, maximum=50)
    ask_seconds = reader.integer(
        "PENDING_ASK_SECONDS", PENDING_ASK_SECONDS, minimum=0, maximum=3_600
    )
    grace_days = reader.integer("BILLING_GRACE_DAYS", 0, minimum=0, maximum=60)
    return Settings(
        client_id=client_id,
        marketplace_url=marketplace_url,
        integration=integration,
        marketplace_origins=origins,
        public_url=public_url,
        frontend_url=frontend_url,
        api_prefix=api_prefix,
        seal_keys=seal_keys,
        checksum_keys=checksum_keys,
        trusted_proxy_hops=hops,
        cookie_secure=reader.flag("COOKIE_SECURE", default=True),
        connections_return_url=reader.return_page("CONNECTIONS_RETURN_URL"),
        return_page=reader.page_url("RETURN_URL"),
        max_starts_per_day=max_starts,
        pending_ask_seconds=ask_seconds,
        billing_grace_seconds=grace_days * 24 * 60 * 60,
        pseudonym_key=_read_pseudonym_key(reader, checksum_keys),
        threads=threads,
        operator_token=reader.token("OPERATOR_TOKEN"),
        assets_url=assets_url,
        sandbox=reader.flag("SANDBOX", default=False),
        log_in_as_may_read=reader.flag("LOG_IN_AS_MAY_READ", default=False),
        defaulted=platform.stands_in(reader.optional),
    )


def _read_pseudonym_key(reader: SettingsReader, checksum_keys: KeyRing) -> bytes:
    """Read the key of vendors' pseudonyms: by default the oldest that signs, and no new one."""
    text = reader.optional("PSEUDONYM_KEY")
    if text is None:
        return checksum_keys.oldest[1] if checksum_keys.entries else bytes(CHECKSUM_KEY_BYTES)
    key = base64url.decode(text)
    if key is None or len(key) != CHECKSUM_KEY_BYTES:
        reader.report(
            f"PSEUDONYM_KEY is not {CHECKSUM_KEY_BYTES} bytes in unpadded base64url: a key of"
            " CHECKSUM_KEYS, without its number"
        )
        return bytes(CHECKSUM_KEY_BYTES)
    return key


def _read_integration(reader: SettingsReader) -> IntegrationCredentials | None:
    client_id = reader.optional("SHARETRIBE_INTEGRATION_CLIENT_ID")
    secret = reader.optional("SHARETRIBE_INTEGRATION_CLIENT_SECRET")
    base_url = reader.base_url("SHARETRIBE_INTEGRATION_BASE_URL", INTEGRATION_URL)
    if client_id is None and secret is None:
        return None
    if client_id is None or secret is None:
        reader.report(
            "SHARETRIBE_INTEGRATION_CLIENT_ID and SHARETRIBE_INTEGRATION_CLIENT_SECRET"
            " must be set together"
        )
    return IntegrationCredentials(client_id or "", secret or "", base_url)
