"""The requests that are sent: what a router hands on of a browser's start and a vendor's callback.

Each holds a mark where users differ. Whoever sends it puts a number there, so that every request is
another user's: the lock against double clicks would else make one user of all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote, urlencode

CLIENT_ID = "5a3c1f0e-9d42-4b7a-8c15-6e2f7d901b34"
PAGE_HOST = "market.example"
# Eight hexadecimal digits of a user take its place.
_MARK = "@@user@@"
_HEAD = (
    f"Host: {PAGE_HOST}",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    "Accept: */*",
    "Accept-Language: fi,en;q=0.7",
    "Accept-Encoding: gzip, deflate, br",
    # The first of the addresses that Jumio publishes: the callback's sender, as the router saw it.
    "X-Forwarded-For: 34.202.241.227",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Port: 443",
    "X-Request-Id: 0b9f3c52-7f1e-4c43-9a57-1d2e3f405162",
    "Via: 1.1 router",
)


@dataclass(frozen=True, slots=True)
class Recipe:
    """Requests of one kind; they take turns. Between the parts of each stands the user's number."""

    turns: tuple[tuple[str, ...], ...]

    def request(self, number: int) -> bytes:
        """Return the request of the user `number`."""
        parts = self.turns[number % len(self.turns)]
        return f"{number % 2**32:08x}".join(parts).encode()


def user_id(mark: str) -> str:
    """Return the id of the user with this mark, as the marketplace stand-in tells it."""
    return f"{mark}-5d21-4a68-9e07-b1c2d3e4f506"


def refresh_token(mark: str) -> str:
    """Return that user's refresh token, in Sharetribe's form; the stand-in finds the mark in it."""
    return f"v2--{mark}-77c0-4f1b-8d3e-a9b8c7d6e5f4--{'5ea1' * 10}"


def access_token(mark: str) -> str:
    """Return that user's access token, as long as a real one; it begins with the mark."""
    return f"AT-{mark}.{'eyJzY29wZSI6InVzZXIifQ' * 10}.{'c2lnbmF0dXJl' * 4}"


def start(method: str = "POST") -> Recipe:
    """Return starts of a verification from the marketplace's page; with GET, reads of how it is."""
    cookie = quote(
        json.dumps(
            {
                "access_token": access_token(_MARK),
                "scope": "user",
                "token_type": "bearer",
                "expires_in": 3600,
                "refresh_token": refresh_token(_MARK),
            },
            separators=(",", ":"),
        ),
        safe="@",
    )
    lines = [f"Cookie: _ga=GA1.1.1; st-{CLIENT_ID}-token={cookie}; lang=fi"]
    if method == "POST":
        lines += [f"Origin: https://{PAGE_HOST}", "Content-Type: application/json"]
    body = "{}" if method == "POST" else ""
    return Recipe((_parts(f"{method} /api/id-verification", lines, body),))


def callbacks(references: Iterable[str]) -> Recipe:
    """Return callbacks of approved verifications with these sealed references, in turn."""
    form = "Content-Type: application/x-www-form-urlencoded"
    bodies = [urlencode({**_APPROVED, "customerId": reference}) for reference in references]
    return Recipe(tuple(_parts("POST /api/callbacks/jumio", [form], body) for body in bodies))


def page(path: str) -> Recipe:
    """Return requests for a page of the frontend."""
    return Recipe((_parts(f"GET {path}", [], ""),))


def _parts(line: str, headers: list[str], body: str) -> tuple[str, ...]:
    length = [f"Content-Length: {len(body)}"] if line.startswith("POST") else []
    text = "\r\n".join([f"{line} HTTP/1.1", *_HEAD, *headers, *length, "", body])
    return tuple(text.split(_MARK))


# A callback's form by Jumio's documentation (Netverify callback parameters).
_CHECKS = ("DataPositions", "DocumentValidation", "Hologram", "MRZcode", "Microprint", "Signature")
_APPROVED = {
    "callBackType": "NETVERIFYID",
    "callbackDate": "2026-02-03T10:11:59.120Z",
    "clientIp": "198.51.100.7",
    "firstAttemptDate": "2026-02-03T10:09:40.002Z",
    "gender": "F",
    "idCountry": "FIN",
    "idDob": "1990-02-03",
    "idExpiry": "2031-02-03",
    "idFirstName": "Aino",
    "idLastName": "Example",
    "idNumber": "XP1234567",
    "idScanSource": "WEB_UPLOAD",
    "idScanStatus": "SUCCESS",
    "idType": "PASSPORT",
    "identityVerification": json.dumps({"similarity": "MATCH", "validity": True}),
    "jumioIdScanReference": "8f0c7a34-52e1-4d9b-a6f3-0e1d2c3b4a59",
    "transactionDate": "2026-02-03T10:08:30.000Z",
    "verificationStatus": "APPROVED_VERIFIED",
    **{f"idCheck{check}": "OK" for check in _CHECKS},
}
