"""The one address at which browsers reach the demo, and how it becomes another one.

A marketplace has one: the proxy refuses calls that come from another, vendors lead back to it, and
its cookies are its own. A forwarded port or a router gives the demo another than its own, so it can
be moved there. All that a browser needs is then reached through that address alone.
"""

import re

from sandbox.gates import point_gates
from sandbox.kit.router import lead
from sandbox.proxy_process import ProxyProcess, ProxyStartError, addresses
from sandbox.stage import Stage

_ORIGIN = re.compile(r"(https?)://([a-z0-9-]+(?:\.[a-z0-9-]+)*|\[[0-9a-f:]+\])(?::([0-9]{1,5}))?/?")
_DEFAULT_PORTS = {"http": 80, "https": 443}


def read_origin(text: str) -> str:
    """Return an address as browsers write it, such as https://demo.example.

    Raises ValueError for one with a path, and for anything else.
    """
    found = _ORIGIN.fullmatch(text.strip().lower())
    port = int(found[3] or _DEFAULT_PORTS[found[1]]) if found else 0
    if found is None or not 0 < port < 65536:
        raise ValueError(f"{text!r} is no address such as https://demo.example")
    shown = "" if port == _DEFAULT_PORTS[found[1]] else f":{port}"
    return f"{found[1]}://{found[2]}{shown}"


def settle(stage: Stage, proxy: ProxyProcess, origin: str) -> dict[str, str]:
    """Tell all that is simulated that the demo is at `origin`; return the proxy's variables."""
    lead(origin, proxy.url)
    stage.open_at(origin)
    point_gates(stage, f"{origin}/api")
    return addresses(stage, proxy.url, origin)


def move(stage: Stage, proxy: ProxyProcess, origin: str) -> str:
    """Move the demo to `origin`, for which the proxy starts anew; return "", or why it stays.

    Whoever is logged in there, and all that is stored, stays as it is. Raises ProxyStartError where
    the proxy does not start at the former address either.
    """
    former = proxy.public_url
    try:
        proxy.restart(settle(stage, proxy, origin))
    except ProxyStartError as refusal:
        proxy.restart(settle(stage, proxy, former))
        return str(refusal)
    return ""
