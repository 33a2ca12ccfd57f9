"""The simulated Xero: identity service, connections and invoices on one loopback address.

Written from developer.xero.com (OAuth 2.0: auth flow, FAQ, scopes; Invoices; HTTP response codes;
read 2026-11) and XeroAPI/Xero-OpenAPI 16.1.0 (xero-identity.yaml, xero_accounting.yaml; 2026-07).
Where these are silent, the docstring at the place says what the simulator does instead.
"""

from sandbox.xero.simulator import SIMULATOR
from sandbox.xero.vendor import Organisation, Xero

__all__ = ["SIMULATOR", "Organisation", "Xero"]
