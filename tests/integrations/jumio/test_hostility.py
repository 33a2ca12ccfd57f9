"""Both of Jumio's APIs bear what every vendor must bear."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile.attacked_world import AttackedWorld
from tests.hostile.hostile_request import HostileRequest
from tests.hostile.ingredients import form, genuine, json_texts, marked
from tests.hostile.saboteur import Saboteur, Step
from tests.integrations.jumio.guest import GUEST
from tests.kit.contracts.hostility import HostilityContract
from tests.kit.world import KitWorld

_FORM = {
    "callBackType": "NETVERIFYID",
    "jumioIdScanReference": "@@transaction@@",
    "customerId": "@@reference@@",
}
_KYX = (
    '{"userReference":"@@reference@@","account":{"id":"@@account@@"},'
    '"workflowExecution":{"id":"@@transaction@@","status":"PROCESSED"}}'
)
_NAMES = (
    "verificationStatus", "rejectReason", "identityVerification", "callbackDate", "idType",
    "idCountry", "idFirstName", "idDob", "scanReference", "customerId", "callBackType",
)  # fmt: skip
_VALUES = st.one_of(
    st.sampled_from(
        [
            "NETVERIFYID", "APPROVED_VERIFIED", "DENIED_FRAUD", "N/A", "2026-02-30T00:00:00.000Z",
            "0000-00-00T00:00:00Z", '{"similarity":"MATCH","validity":"true"}',
            '{"rejectReasonCode":' + "9" * 4000 + "}",
        ]
    ),
    genuine,
    json_texts,
    marked(st.text(max_size=30).filter(lambda text: text.isprintable())),
)  # fmt: skip
_FORMS = st.lists(st.tuples(st.sampled_from(_NAMES), _VALUES), max_size=8).map(
    lambda fields: form([*_FORM.items(), *fields])
)


def _posted(body: str, content_type: str) -> HostileRequest:
    return HostileRequest("POST", "/api/callbacks/jumio", {}, body.encode(), content_type)


def _netverify(fields: str) -> HostileRequest:
    return _posted(fields, "application/x-www-form-urlencoded")


def _finished(attacked: AttackedWorld) -> None:
    jumio = attacked.world.vendors["jumio"]
    jumio.callbacks = "lose"
    reference = attacked.genuine["transaction"]
    if jumio.transactions[reference].outcome is None:
        jumio.finish(reference, "approved")
    # The vendor's own bearer token is asked for again, or nobody would meet a spoilt one.
    jumio.expire_tokens()


class _Jumio(HostilityContract):
    listed, guests = "jumio", (GUEST,)

    @staticmethod
    def genuine(world: KitWorld) -> Mapping[str, str]:
        """Return the ids of the check that was begun first."""
        found = next(iter(world.vendors["jumio"].transactions.values()), None)
        if found is None:
            return {}
        return {
            "reference": found.user_reference or "",
            "transaction": found.reference,
            "account": found.account_id or "",
        }


class TestNetverify(_Jumio):
    """Netverify, asked for each result."""

    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "netverify"}

    @staticmethod
    def _told(attacked: AttackedWorld) -> HostileRequest:
        _finished(attacked)
        return _netverify(form(list(_FORM.items())))

    own_steps: ClassVar[Mapping[str, Step]] = {"callback": _told}


class TestKyx(_Jumio):
    """KYX, with its bearer tokens."""

    options: ClassVar[Mapping[str, Any]] = {"JUMIO_API": "kyx"}

    @staticmethod
    def _told(attacked: AttackedWorld) -> HostileRequest:
        _finished(attacked)
        return _posted(_KYX, "application/json")

    own_steps: ClassVar[Mapping[str, Step]] = {"callback": _told}
    callbacks = (_posted(_KYX, "application/json"),)


class TestTrustedForms(_Jumio):
    """A form that is believed (`JUMIO_CONFIRM=callback`) is stored whole, or not at all."""

    options: ClassVar[Mapping[str, Any]] = {
        "JUMIO_API": "netverify",
        "JUMIO_CONFIRM": "callback",
        "JUMIO_RESULT_FIELDS": (
            "firstName,lastName,dateOfBirth,documentNumber,expiryDate,gender,nationality"
        ),
    }

    @settings(max_examples=60, deadline=None)
    @given(fields=_FORMS)
    def test_whatever_is_stored_has_a_checksum_that_holds(
        self, saboteur: Saboteur, fields: str
    ) -> None:
        attacked = saboteur.attacked
        attacked.reset()
        answer = attacked.judge.send(_netverify(fields))
        stored = attacked.user.private_data != attacked.pending
        assert stored == (answer.get_json()["status"] == "stored")
        assert attacked.world.checksum_holds()
