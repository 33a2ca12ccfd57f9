"""The simulated Stripe: its API's keys, forms and idempotency; Stripe Identity and billing on top.

Written from docs.stripe.com and the official Python SDK's types (`stripe` 16.1.0; read 2026-11).
Where these are silent, the docstring at the place says what the simulator does instead.
"""

from sandbox.stripe.identity import StripeIdentity
from sandbox.stripe.simulator import SIMULATOR
from sandbox.stripe.vendor import Stripe

__all__ = ["SIMULATOR", "Stripe", "StripeIdentity"]
