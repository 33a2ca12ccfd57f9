"""The simulated Dropbox Sign: an API app, its embedded signature requests, their page and events.

Written from the official description (hellosign/hellosign-openapi @ad21451f, 2025-09),
developers.hellosign.com (embedded signing, events, expiration, warnings and errors), what
help.dropbox.com and faq.hellosign.com say of callbacks, and the library `hellosign-embedded` 2.12.4
(all read 2026-11). Where these are silent, the docstring at the place says what the simulator does
instead.
"""

from sandbox.dropbox_sign.simulator import SIMULATOR
from sandbox.dropbox_sign.vendor import DropboxSign

__all__ = ["SIMULATOR", "DropboxSign"]
