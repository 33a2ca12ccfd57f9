"""wrk, the load generator: as many requests as a server takes, over kept connections."""

from __future__ import annotations

import json
import random
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.machine import HOST
from bench.messages import Recipe
from bench.server import Server

_SCRIPT = """\
local turns = {TURNS}
local number = 0
init = function(arguments) number = tonumber(arguments[1]) end
request = function()
  number = number + 1
  return table.concat(turns[number % #turns + 1], string.format("%08x", number % 2^32))
end
done = function(summary, latency)
  local errors = summary.errors
  local bad = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  local form = '{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "bad": %d}'
  local p50, p99 = latency:percentile(50) / 1000, latency:percentile(99) / 1000
  local seconds = summary.duration / 1e6
  print("RESULT " .. string.format(form, summary.requests, seconds, p50, p99, bad))
end
"""


@dataclass(frozen=True, slots=True)
class Blow:
    """What one run of wrk tells: requests answered, in how many seconds, milliseconds each.

    `bad` are those that failed, timed out, or were answered with 400 or above.
    """

    requests: int
    seconds: float
    p50: float
    p99: float
    bad: int

    @property
    def per_second(self) -> float:
        """Requests answered per second."""
        return self.requests / self.seconds


def write_script(recipe: Recipe, path: Path) -> Path:
    """Write the Lua script that makes wrk send this recipe; return its path."""
    turns = ", ".join(f"{{{', '.join(map(_quoted, turn))}}}" for turn in recipe.turns)
    path.write_text(_SCRIPT.replace("TURNS", turns))
    return path


def blow(port: int, script: Path, seconds: int, connections: int) -> Blow:
    """Load the server at `port` for so long, over so many connections."""
    command = ["wrk", "--threads=1", f"--connections={connections}", f"--duration={seconds}s"]
    command += ["--timeout=10s", f"--script={script}", f"http://{HOST}:{port}/"]
    first = str(random.randrange(2**32))
    done = subprocess.run([*command, "--", first], capture_output=True, check=True, text=True)
    found = re.search("^RESULT (.*)$", done.stdout, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"wrk told no result:\n{done.stdout}{done.stderr}")
    return Blow(**json.loads(found[1]))


def _quoted(text: str) -> str:
    for raw, escaped in (("\\", "\\\\"), ('"', '\\"'), ("\r", "\\r"), ("\n", "\\n")):
        text = text.replace(raw, escaped)
    return f'"{text}"'


def weighed(server: Server, script: Path, seconds: int, connections: int) -> dict[str, float]:
    """Blow, and return what that was and what it cost: CPU in ms a request, memory in MiB."""
    before = server.family.cpu_seconds()
    told = blow(server.port, script, seconds, connections)
    used = server.family.cpu_seconds() - before
    return {
        "per_second": told.per_second,
        "cpu": used * 1000 / max(told.requests, 1),
        "p50": told.p50,
        "p99": told.p99,
        "memory": server.family.pss(),
        "bad": told.bad,
    }
