"""The simulated Sensedia: its developer portal, and AWS, where the proxy makes what it orders."""

from sandbox.sensedia.aws import Aws
from sandbox.sensedia.portal import Portal
from sandbox.sensedia.simulator import SIMULATOR

__all__ = ["SIMULATOR", "Aws", "Portal"]
