"""The simulated Stripe: its API's keys, forms and idempotency, and Stripe Identity on top of them.

Written from docs.stripe.com and the official Python SDK's types (`stripe` 16.1.0; read 2026-11).
Where these are silent, the docstring at the place says what the simulator does instead.
"""

from sandbox.stripe.identity import StripeIdentity
from sandbox.stripe.simulator import SIMULATOR

__all__ = ["SIMULATOR", "StripeIdentity"]
