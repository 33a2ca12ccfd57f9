"""A crowd that starts at once while the vendor is slow and every upstream speaks TLS.

It begins with cold pools, so it is the handshakes that are measured here (ADR 6).
"""

from __future__ import annotations

from collections import defaultdict

import uvloop

from bench import messages
from bench.certificate import make_certificate
from bench.contestants import Contestant
from bench.load import all_at_once
from bench.setting import Setting, say
from bench.stand_in import StandIn
from bench.table import markdown, medians, spread

NEEDS: tuple[str, ...] = ()
MARKETPLACE_SECONDS, VENDOR_SECONDS = 0.05, 1.0
STARTS_EACH = 4
_HEADER = ("req/s (least-most)", "p50 ms", "p99 ms", "CPU ms", "MiB", "bad")


def measure(setting: Setting) -> str:
    """Measure the checkouts, with the threads that they have by default; return a table."""
    found: dict[str, list[dict[str, float]]] = defaultdict(list)
    certificate, key = make_certificate(setting.folder)
    with StandIn("bench.upstreams", str(certificate), str(key), tls=True) as upstreams:
        upstreams.order(seconds=[MARKETPLACE_SECONDS, VENDOR_SECONDS])
        secure = [
            each.with_variables(
                SHARETRIBE_BASE_URL=upstreams.url,
                JUMIO_BASE_URL=upstreams.url,
                SSL_CERT_FILE=str(certificate),
            )
            for each in setting.ours
        ]
        for contestant in setting.turns(secure):
            row = _measure_one(setting, contestant)
            found[contestant.name].append(row)
            say(f"  {contestant.name}: {row['per_second']:.0f}/s, {row['bad']:.0f} bad")
    return _table(setting, found)


def _measure_one(setting: Setting, contestant: Contestant) -> dict[str, float]:
    users = setting.options.scale.tls_users
    with setting.server(contestant) as server:
        before = server.family.cpu_seconds()
        crowd = all_at_once(server.port, "start", messages.start(), users, STARTS_EACH)
        tally = uvloop.run(crowd)
        used = server.family.cpu_seconds() - before
        memory = server.family.pss()
    return {
        "per_second": tally.per_second,
        "p50": tally.milliseconds_at("start", 50),
        "p99": tally.milliseconds_at("start", 99),
        "cpu": used * 1000 / max(tally.good, 1),
        "memory": memory,
        "bad": tally.bad,
    }


def _table(setting: Setting, found: dict[str, list[dict[str, float]]]) -> str:
    rows = []
    for name, measured in found.items():
        row = medians(measured)
        figures = (f"{row[figure]:.0f}" for figure in ("p50", "p99"))
        bad = sum(each["bad"] for each in measured)
        rates = spread([each["per_second"] for each in measured])
        rows.append(
            (name, rates, *figures, f"{row['cpu']:.2f}", f"{row['memory']:.0f}", f"{bad:.0f}")
        )
    users = setting.options.scale.tls_users
    perfect = users / (VENDOR_SECONDS + 2 * MARKETPLACE_SECONDS)
    title = f"{users} users at once, {STARTS_EACH} starts each, a vendor at 1 s, all over TLS"
    return markdown(title, ("tls", *_HEADER), rows, f"{perfect:.0f}/s would be perfect.")
