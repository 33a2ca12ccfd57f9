"""The simulated Pumble: consent page, token exchange, API and signed hooks on one loopback address.

Written from the vendor's documentation in github.com/CAKE-com/pumble-node-sdk (`docs/`, read
2026-11-20) and the types of the SDK there. Where these are silent, the docstring at the place says
what the simulator does instead.
"""

from sandbox.pumble.manifest import Manifest
from sandbox.pumble.messages import Message
from sandbox.pumble.sender import HookAnswer
from sandbox.pumble.simulator import SIMULATOR
from sandbox.pumble.vendor import Pumble
from sandbox.pumble.workspaces import Channel, Workspace, WorkspaceUser

__all__ = [
    "SIMULATOR",
    "Channel",
    "HookAnswer",
    "Manifest",
    "Message",
    "Pumble",
    "Workspace",
    "WorkspaceUser",
]
