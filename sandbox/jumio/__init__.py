"""The simulated Jumio: Netverify v4 and the KYX platform on one loopback address.

Written from Jumio's public implementation guides (github.com/Jumio/implementation-guides:
Netverify, 2021-07-13, and the KYX `api-guide/`, 2023-07-05) and from docs.jumio.com. Where these
are silent, the docstring at the place says what the simulator does instead.
"""

from sandbox.jumio.simulator import SIMULATOR
from sandbox.jumio.specimen import SPECIMEN
from sandbox.jumio.transactions import Transaction
from sandbox.jumio.vendor import Jumio

__all__ = ["SIMULATOR", "SPECIMEN", "Jumio", "Transaction"]
