"""The simulated Veriff."""

from sandbox.veriff.simulator import SIMULATOR

__all__ = ["SIMULATOR"]
