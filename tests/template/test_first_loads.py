"""Everybody comes at once: first page loads as browsers make them, with nothing in a cache yet.

These are HTTP clients and no browsers, 50 of which would measure the machine that they run on. Each
has as many connections as a browser opens, and fetches what the page's HTML names; what scripts ask
for once they run is not among it.
"""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from threading import Barrier

from sandbox.hosting.marketplace import HostedMarketplace

VISITORS = 50
CONNECTIONS = 6
"""How many a browser opens to a host over HTTP/1.1."""
PATIENCE_SECONDS = 120
_FILE = re.compile(r'(?:src|href)="(/(?:static/|site\.webmanifest)[^"]*)"')

Ends = Counter[int | str]


def fetch(port: int, paths: list[str]) -> tuple[Ends, str]:
    """Fetch paths over one connection; return how each ended, and the last body."""
    ends: Ends = Counter()
    body = ""
    connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    for path in paths:
        try:
            connection.request("GET", path, headers={"Host": f"localhost:{port}"})
            answer = connection.getresponse()
            body = answer.read().decode(errors="replace")
            ends[answer.status] += 1
        except (OSError, HTTPException) as error:
            ends[type(error).__name__] += 1
            connection.close()
    connection.close()
    return ends, body


def load(port: int, together: Barrier) -> Ends:
    """Load the landing page with all its files; return how many ended how."""
    together.wait()
    ends, body = fetch(port, ["/"])
    files = list(dict.fromkeys(_FILE.findall(body)))
    lanes = [files[lane::CONNECTIONS] for lane in range(CONNECTIONS)]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        for more, _ in pool.map(lambda lane: fetch(port, lane), lanes):
            ends += more
    return ends


def test_not_one_file_of_fifty_first_loads_fails(hosted: HostedMarketplace) -> None:
    together = Barrier(VISITORS)
    port = hosted.addresses.product
    with ThreadPoolExecutor(VISITORS) as pool:
        loads = list(pool.map(lambda _: load(port, together), range(VISITORS)))

    ends = sum(loads, Counter())
    files = ends[200] // VISITORS
    assert {200: files * VISITORS} == dict(ends)
    assert files > CONNECTIONS  # the page has been read, and is not one file
