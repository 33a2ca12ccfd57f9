"""Jumio as its settings describe it: APIs, data centres, callback addresses, and refusals."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from integrations.jumio import build
from proxy.vendors import FromNetworks, Reference, SettingsReader, Upstream, Upstreams
from tests.integrations.jumio.fakes import START, StubUpstream, answered, document, granted
from tests.integrations.parts import NO_HEADERS, proven

REQUIRED = {"JUMIO_API_TOKEN": "token", "JUMIO_API_SECRET": "a secret: with a colon"}
KYX = {"JUMIO_API": "kyx", "JUMIO_WORKFLOW": "10011"}

HOSTS = {
    ("netverify", "us"): ["https://netverify.com"],
    ("netverify", "eu"): ["https://lon.netverify.com"],
    ("netverify", "sgp"): ["https://core-sgp.jumio.com"],
    ("kyx", "us"): [
        "https://auth.amer-1.jumio.ai",
        "https://account.amer-1.jumio.ai",
        "https://retrieval.amer-1.jumio.ai",
    ],
    ("kyx", "eu"): [
        "https://auth.emea-1.jumio.ai",
        "https://account.emea-1.jumio.ai",
        "https://retrieval.emea-1.jumio.ai",
    ],
    ("kyx", "sgp"): [
        "https://auth.apac-1.jumio.ai",
        "https://account.apac-1.jumio.ai",
        "https://retrieval.apac-1.jumio.ai",
    ],
}

# Netverify: "callback.md", Jumio implementation guides, 2021-07-13. KYX: docs.jumio.com,
# Integration/Callback, read 2026-11. Typed in again here: a slip in the app's list must show.
EU = "34.253.41.236 35.157.27.193 52.48.0.25 52.57.194.92 52.58.113.86 52.209.180.134"
PUBLISHED = {
    ("netverify", "us"): "34.202.241.227 34.226.103.119 34.226.254.127"
    " 52.52.51.178 52.53.95.123 54.67.101.173",
    ("netverify", "eu"): EU,
    ("netverify", "sgp"): "3.0.109.121 52.76.184.73 52.77.102.92",
    ("kyx", "us"): "34.202.241.227 34.226.103.119 34.226.254.127"
    " 52.8.136.236 54.177.61.57 54.183.15.212",
    ("kyx", "eu"): EU,
    ("kyx", "sgp"): "3.0.109.121 52.76.184.73 52.77.102.92"
    " 13.238.100.17 13.238.203.238 52.64.132.26",
}


class StubUpstreams(Upstreams):
    """Makes stub upstreams, which all answer with the documents that start a verification."""

    def __init__(self) -> None:
        self.made: list[StubUpstream] = []

    def at(self, name: str, base_url: str) -> Upstream:
        """Return a stub for `base_url`; `name` is always the vendor's."""
        assert "jumio" == name
        started = {
            "transactionReference": "scan-1",
            "redirectUrl": "https://market.netverify.com/web/v4/app",
            **document("kyx_account_created"),
            **granted().json_object(),
        }
        self.made.append(StubUpstream(answered(started), base_url=base_url))
        return self.made[-1]


def configured(**variables: str) -> tuple[Reference, StubUpstreams]:
    reader, upstreams = SettingsReader({**REQUIRED, **variables}), StubUpstreams()
    (vendor,) = build(reader, upstreams)
    assert [] == reader.problems
    return vendor, upstreams


def problems(**variables: str) -> list[str]:
    reader = SettingsReader({**REQUIRED, **variables})
    build(reader, StubUpstreams())
    return reader.problems


def settings_of(api: str, datacenter: str) -> dict[str, str]:
    return {"JUMIO_DATACENTER": datacenter, **(KYX if api == "kyx" else {})}


def hosts(vendor: Reference) -> list[str]:
    return [upstream.base_url for upstream in vendor.upstreams if isinstance(upstream, Upstream)]


@pytest.mark.parametrize("place", HOSTS)
def test_each_api_is_called_in_its_data_centre(place: tuple[str, str]) -> None:
    vendor, _ = configured(**settings_of(*place))
    assert HOSTS[place] == hosts(vendor)


@pytest.mark.parametrize("place", PUBLISHED)
def test_callbacks_may_come_from_exactly_the_published_addresses(place: tuple[str, str]) -> None:
    vendor, _ = configured(**settings_of(*place))
    assert isinstance(vendor.proof, FromNetworks)
    expected = {ip_network(text) for text in PUBLISHED[place].split()}
    assert expected == set(vendor.proof.networks)
    assert len(expected) == len(vendor.proof.networks)


def test_netverify_in_the_us_is_the_default() -> None:
    vendor, _ = configured()
    assert HOSTS["netverify", "us"] == hosts(vendor)
    assert not vendor.trusts_callbacks


@pytest.mark.parametrize("api", [{}, KYX], ids=["netverify", "kyx"])
def test_addresses_and_networks_replace_the_published_ones(api: dict[str, str]) -> None:
    vendor, _ = configured(JUMIO_CALLBACK_IPS="203.0.113.7, 198.51.100.0/28,2001:db8::/64", **api)
    expected = ("203.0.113.7/32", "198.51.100.0/28", "2001:db8::/64")
    assert FromNetworks(tuple(ip_network(text) for text in expected)) == vendor.proof


@pytest.mark.parametrize("api", [{}, KYX], ids=["netverify", "kyx"])
@pytest.mark.parametrize(
    ("sender", "is_theirs"), [("34.202.241.227", True), ("34.202.241.228", False)]
)
def test_a_callback_is_proven_by_the_address_it_comes_from(
    sender: str, is_theirs: bool, api: dict[str, str]
) -> None:
    vendor, _ = configured(**api)
    assert is_theirs == (proven(vendor, b"", sender=sender) is not None)


@pytest.mark.parametrize("api", [{}, KYX], ids=["netverify", "kyx"])
def test_a_base_url_replaces_every_host(api: dict[str, str]) -> None:
    vendor, _ = configured(JUMIO_BASE_URL="http://127.0.0.1:9000/", **api)
    assert {"http://127.0.0.1:9000"} == set(hosts(vendor))


@pytest.mark.parametrize(
    ("trusted", "confirm"), [(False, "retrieval"), (True, "callback"), (False, "")]
)
def test_netverifys_own_word_counts_only_when_asked_for(trusted: bool, confirm: str) -> None:
    vendor, _ = configured(JUMIO_CONFIRM=confirm)
    assert trusted == vendor.trusts_callbacks


def test_a_kyx_callback_is_never_trusted() -> None:
    vendor, _ = configured(JUMIO_CONFIRM="callback", **KYX)
    assert not vendor.trusts_callbacks


def test_netverify_sends_workflow_and_session_minutes_as_numbers() -> None:
    vendor, upstreams = configured(JUMIO_WORKFLOW="102", JUMIO_SESSION_MINUTES="86400")
    vendor.start(START)
    sent = upstreams.made[0].sent[0].document
    assert (102, 86_400) == (sent["workflowId"], sent["tokenLifetimeInMinutes"])


def test_kyx_sends_workflow_and_session_minutes_in_its_own_form() -> None:
    vendor, upstreams = configured(JUMIO_SESSION_MINUTES="5", **KYX)
    vendor.start(START)
    sent = upstreams.made[1].sent[0].document
    assert ({"key": "10011"}, "5m") == (sent["workflowDefinition"], sent["tokenLifetime"])


def test_listed_result_fields_are_kept_beside_type_and_country() -> None:
    vendor, _ = configured(
        JUMIO_RESULT_FIELDS="dateOfBirth, documentNumber", JUMIO_CONFIRM="callback"
    )
    body = b"callBackType=NETVERIFYID&verificationStatus=APPROVED_VERIFIED&idType=VISA"
    callback = vendor.read_callback(
        NO_HEADERS, body + b"&idDob=1990-02-03&idNumber=N1&idLastName=DOE"
    )
    assert callback is not None
    assert callback.result is not None
    expected = {"type": "VISA", "dateOfBirth": "1990-02-03", "documentNumber": "N1"}
    assert expected == callback.result.document


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"JUMIO_API_TOKEN": " "}, "JUMIO_API_TOKEN is not set"),
        ({"JUMIO_API_SECRET": ""}, "JUMIO_API_SECRET is not set"),
        ({"JUMIO_API": "netverify2"}, "JUMIO_API must be one of netverify, kyx"),
        ({"JUMIO_DATACENTER": "US"}, "JUMIO_DATACENTER must be one of us, eu, sgp"),
        ({"JUMIO_CONFIRM": "yes"}, "JUMIO_CONFIRM must be one of retrieval, callback"),
        ({"JUMIO_BASE_URL": "http://jumio.example"}, "JUMIO_BASE_URL"),
        ({"JUMIO_BASE_URL": "https://jumio.example/?a=b"}, "JUMIO_BASE_URL"),
        ({"JUMIO_CALLBACK_IPS": "callback.jumio.com"}, "'callback.jumio.com' is not an address"),
        ({"JUMIO_CALLBACK_IPS": "203.0.113.7/24"}, "'203.0.113.7/24' is not an address"),
        ({"JUMIO_CALLBACK_IPS": ","}, "JUMIO_CALLBACK_IPS lists no address"),
        ({"JUMIO_WORKFLOW": "10011"}, "JUMIO_WORKFLOW must be a workflowId"),
        ({"JUMIO_WORKFLOW": "20x"}, "JUMIO_WORKFLOW must be a workflowId"),
        ({"JUMIO_WORKFLOW": "\u0661\u0660\u0660"}, "JUMIO_WORKFLOW must be a workflowId"),
        ({"JUMIO_SESSION_MINUTES": "4"}, "from 5 to 86400"),
        ({"JUMIO_SESSION_MINUTES": "86401"}, "from 5 to 86400"),
        ({"JUMIO_SESSION_MINUTES": "30.5"}, "JUMIO_SESSION_MINUTES must be a whole number"),
        ({"JUMIO_RESULT_FIELDS": "firstName,idDob"}, "'idDob' is not one of firstName,"),
        ({"JUMIO_API": "kyx"}, "JUMIO_WORKFLOW is not set"),
        ({"JUMIO_API": "kyx", "JUMIO_WORKFLOW": "10 011"}, "JUMIO_WORKFLOW does not have"),
    ],
)
def test_an_unusable_value_is_named(variables: dict[str, str], named: str) -> None:
    (problem,) = problems(**variables)
    assert named in problem


def test_all_problems_are_reported_at_once_and_no_secret_in_them() -> None:
    found = problems(JUMIO_API_TOKEN="", JUMIO_CONFIRM="?", JUMIO_CALLBACK_IPS="a,b")
    assert 4 == len(found)
    assert REQUIRED["JUMIO_API_SECRET"] not in " ".join(found)
