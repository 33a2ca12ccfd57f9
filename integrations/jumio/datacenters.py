"""Jumio's three data centres: hosts, and the addresses that their callbacks come from.

Netverify: implementation-guides, callback.md. KYX: docs.jumio.com, Integration/Callback (read
2026-11). The lists change now and then; `JUMIO_CALLBACK_IPS` replaces them without a release.
"""

from __future__ import annotations

from dataclasses import dataclass

_US_NETVERIFY = (
    "34.202.241.227",
    "34.226.103.119",
    "34.226.254.127",
    "52.52.51.178",
    "52.53.95.123",
    "54.67.101.173",
)
_US_KYX = (
    "34.202.241.227",
    "34.226.103.119",
    "34.226.254.127",
    "52.8.136.236",
    "54.177.61.57",
    "54.183.15.212",
)
_EU = (
    "34.253.41.236",
    "35.157.27.193",
    "52.48.0.25",
    "52.57.194.92",
    "52.58.113.86",
    "52.209.180.134",
)
_SGP_NETVERIFY = ("3.0.109.121", "52.76.184.73", "52.77.102.92")
_SGP_KYX = (*_SGP_NETVERIFY, "13.238.100.17", "13.238.203.238", "52.64.132.26")


@dataclass(frozen=True, slots=True)
class Datacenter:
    """Where one data centre is reached, and where its callbacks come from, for both APIs."""

    netverify: str
    netverify_callbacks: tuple[str, ...]
    kyx_region: str
    kyx_callbacks: tuple[str, ...]

    @property
    def kyx_auth(self) -> str:
        """The base URL of the OAuth2 token endpoint."""
        return f"https://auth.{self.kyx_region}.jumio.ai"

    @property
    def kyx_account(self) -> str:
        """The base URL that starts workflows."""
        return f"https://account.{self.kyx_region}.jumio.ai"

    @property
    def kyx_retrieval(self) -> str:
        """The base URL that tells results."""
        return f"https://retrieval.{self.kyx_region}.jumio.ai"


DATACENTERS = {
    "us": Datacenter("https://netverify.com", _US_NETVERIFY, "amer-1", _US_KYX),
    "eu": Datacenter("https://lon.netverify.com", _EU, "emea-1", _EU),
    "sgp": Datacenter("https://core-sgp.jumio.com", _SGP_NETVERIFY, "apac-1", _SGP_KYX),
}
