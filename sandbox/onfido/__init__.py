"""The simulated Onfido: applicants, workflow runs, their page, and signed webhooks.

Written from Onfido's OpenAPI description, v3.6 (github.com/onfido/onfido-openapi-spec @1498236a,
2026-07-24), developers.onfido.com ("Get started integrating") and documentation.onfido.com ("Smart
Capture Link"), read 2026-11. Where these are silent, the docstring at the place says what the
simulator does instead.
"""

from sandbox.onfido.simulator import SIMULATOR
from sandbox.onfido.vendor import Onfido, Run

__all__ = ["SIMULATOR", "Onfido", "Run"]
