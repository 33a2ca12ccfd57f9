"""The simulated DocuSeal: submissions of a template, their signing page, and signed webhooks.

Written from its source and its OpenAPI description (github.com/docusealco/docuseal @a2d8b855,
3.1.7, 2026-08; read 2026-11), not from our client. Where the real one is lenient without saying so,
the docstring at the place says what is refused here.
"""

from sandbox.docuseal.simulator import SIMULATOR
from sandbox.docuseal.vendor import DocuSeal

__all__ = ["SIMULATOR", "DocuSeal"]
