"""The example vendors keep the contracts that every vendor of their parts keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from tests.kit.badge.simulator import OTHER_DESK
from tests.kit.checks import SimulatedChecks
from tests.kit.contracts.connection import ConnectionContract
from tests.kit.contracts.doors import PortalDoorContract, TokenDoorContract
from tests.kit.contracts.orders import OrdersContract
from tests.kit.contracts.probes import ProbeContract, Wrong
from tests.kit.contracts.reference import ReferenceContract
from tests.kit.contracts.workspace import WorkspaceContract
from tests.kit.world import KitWorld


class TestCalendarConnection(ConnectionContract):
    """Calendar."""

    vendor = "calendar"


class TestTillConnection(ConnectionContract):
    """Till."""

    vendor = "till"


class TestGuildConnection(ConnectionContract):
    """Guild."""

    vendor = "guild"


class _Checks(ReferenceContract):
    words: ClassVar[Mapping[str, str]] = {
        "approved": "passed",
        "rejected": "refused",
        "failed": "unclear",
        "expired": "lapsed",
    }

    def finish(
        self, vendor: SimulatedChecks, reference: str, word: str, *, told: bool = True
    ) -> None:
        """End a check."""
        vendor.finish(reference, word, told=told)

    def tell(self, vendor: SimulatedChecks, reference: str) -> int | None:
        """Send its callback."""
        return vendor.tell(vendor.checks[reference]).status

    def forge(self, vendor: SimulatedChecks, reference: str) -> int | None:
        """Send it as somebody else would."""
        return vendor.forge(vendor.checks[reference]).status


class TestPasscheck(_Checks):
    """Passcheck."""

    vendor = "passcheck"


class TestPasscheckProbes(ProbeContract):
    """Passcheck."""

    vendor = "passcheck"
    calls = ("GET /account",)
    told: ClassVar[Mapping[tuple[str, ...], str]] = {("PASSCHECK_API_KEY",): "live mode"}
    wrong = (
        Wrong(
            ("PASSCHECK_API_KEY",),
            401,
            "refused with 401; compare PASSCHECK_API_KEY with what Passcheck's console, Keys shows",
            lambda _: {"PASSCHECK_API_KEY": "of-nobody"},
        ),
    )

    def held(self, vendor: Any) -> object:
        """Return its checks."""
        return dict(vendor.checks)


class TestFacecheck(_Checks):
    """Facecheck."""

    vendor = "facecheck"


class TestTillOrders(OrdersContract):
    """Till."""

    vendor = "till"

    def move(self, vendor: Any, order_id: str, status: str) -> list[int | None]:
        """Change the only order."""
        assert order_id == vendor.order["id"]
        moved: list[int | None] = vendor.set_status(status)
        return moved


class TestGuildWorkspace(WorkspaceContract):
    """Guild."""

    vendor = "guild"

    def ask(self, vendor: Any, user_id: str) -> tuple[int, str]:
        """Ask how a user stands."""
        told = vendor.ask(user_id)
        return told.status, told.text

    def forge(self, vendor: Any) -> int:
        """Sign with another secret."""
        return int(vendor.send({"kind": "left", "guild": "north"}, secret="wrong").status)

    def leave(self, vendor: Any) -> int:
        """Remove the app."""
        return int(vendor.leave().status)

    def messages(self, vendor: Any) -> list[str]:
        """Return what was said."""
        return list(vendor.messages)


class TestBadgeDoor(TokenDoorContract):
    """Badge."""

    vendor, header = "badge", "X-Badge"

    def token(self, vendor: Any, kind: str) -> str:
        """Issue a token of a kind."""
        if kind == "unknown":
            return "made-up"
        if kind == "foreign":
            return str(vendor.issue(0, OTHER_DESK))
        return str(vendor.issue(int(kind == "another")))


class TestVaultDoor(PortalDoorContract):
    """Vault."""

    vendor, operation = "vault", "v1/keys"

    def authorization(self, world: KitWorld) -> dict[str, str]:
        """Return the portal's own."""
        return world.vault.authorization

    def document(self, world: KitWorld) -> dict[str, Any]:  # noqa: ARG002
        """Order a key."""
        return {"app": "Harbour guide"}
