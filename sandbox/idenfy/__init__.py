"""The simulated iDenfy: tokens, a page that stands for its own, signed notifications.

Written from documentation.idenfy.com (kyc/generate-token, kyc/webhooks, kyc/data-retrieval,
resources/error-messages, security/callback-signing; read 2026-11-29) and its openapi/kyc.yaml (as
of 2026-09).
"""

from sandbox.idenfy.simulator import SIMULATOR

__all__ = ("SIMULATOR",)
