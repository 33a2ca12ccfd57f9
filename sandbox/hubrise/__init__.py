"""The simulated HubRise: its OAuth server and its API on one loopback address, in memory.

Written from HubRise's public developer documentation (github.com/HubRise/website,
`content/developers/api/en/`: authentication, general-concepts, accounts, orders and callbacks, read
2026-11-20) and from what its own Ruby client sends (github.com/HubRise/ruby-client 2.0.15). Where
these are silent, the docstring at the place says what the simulator does instead.
"""

from sandbox.hubrise.connections import Connection
from sandbox.hubrise.locations import Location
from sandbox.hubrise.simulator import SIMULATOR
from sandbox.hubrise.vendor import HubRise

__all__ = ["SIMULATOR", "Connection", "HubRise", "Location"]
