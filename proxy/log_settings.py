"""What the operator sets about logs: the keys of the words in them, and what is left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from crypto import CHECKSUM_KEY_BYTES, KeyRing, subkey
from proxy.settings_reader import SettingsReader

LOG_KEYS = "LOG_KEYS"


@dataclass(frozen=True, slots=True)
class LogSettings:
    """How logs are written.

    `keys` make the words for users and sessions; all may have made some that stand in older lines.
    `pass_through`: requests that are only passed on have lines too.
    """

    keys: tuple[bytes, ...] = field(repr=False)
    pass_through: bool = False


def read_log_settings(reader: SettingsReader, checksum_keys: KeyRing) -> LogSettings:
    """Read them; they hold stand-ins wherever `reader` has a problem."""
    ring = reader.own_key_ring(LOG_KEYS, CHECKSUM_KEY_BYTES)
    derived = derived_log_keys(checksum_keys)
    keys = [key for _, key in (*ring.entries, *derived.entries)]
    return LogSettings(
        keys=tuple(keys) or (bytes(CHECKSUM_KEY_BYTES),),
        pass_through=reader.flag("LOG_PASS_THROUGH", default=False),
    )


def derived_log_keys(checksum_keys: KeyRing) -> KeyRing:
    """Return the keys of a deployment that sets none: of the oldest checksum key first.

    They follow from the checksum keys alone, so that these may change hands (a secret, a ring) and
    words stay what they are.
    """
    if not checksum_keys.entries:
        return checksum_keys
    oldest = checksum_keys.led_by(checksum_keys.oldest[0])
    return KeyRing(
        tuple((key_id, subkey(key, label=f"echoseal {LOG_KEYS}")) for key_id, key in oldest.entries)
    )
