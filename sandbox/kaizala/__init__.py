"""The simulated Kaizala: introspection of tokens, and the cards that hold them.

Written from devblogs.microsoft.com/microsoft365dev, "Securing API requests from Kaizala action"
(2018-05-31), and the last published MicrosoftDocs/kaizala-docs (2024-03). The service was retired
in 2023, so nothing here could be compared with it.
"""

from sandbox.kaizala.people import ACTION_PACKAGE, OTHER_ACTION_PACKAGE, Person
from sandbox.kaizala.simulator import SIMULATOR
from sandbox.kaizala.vendor import Kaizala

__all__ = ["ACTION_PACKAGE", "OTHER_ACTION_PACKAGE", "SIMULATOR", "Kaizala", "Person"]
