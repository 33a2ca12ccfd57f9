"""Builds the site: `python -m docs.site`, or `python -m docs.site serve` to look at it."""

from __future__ import annotations

import argparse
import http.server
import re
import shutil
import subprocess
import sys
from functools import partial
from pathlib import Path

from docs.site.stage import stage
from tests.source_tree import ROOT

OWN = Path(__file__).parent
SOURCES = ROOT / "build" / "docs-sources"
SITE = ROOT / "build" / "docs"
FRONT_PAGE = SITE / "README.html"
# What a browser fetches by itself; to go elsewhere is the reader's own doing.
_FETCHED = re.compile(
    r"<(?:img|script|source|iframe|video|audio)\b[^>]*\bsrc=[\"']?(?:https?:)?//[^\"'\s>]+"
    r"|<link\b(?![^>]*\brel=[\"']?canonical)[^>]*\bhref=[\"']?(?:https?:)?//[^\"'\s>]+"
    r"|url\(\s*[\"']?(?:https?:)?//[^)]+|@import\s+[\"'](?:https?:)?//[^\"']+"
)


def fetched_elsewhere(site: Path) -> list[str]:
    """Return what pages and style sheets of a built site would fetch from other hosts."""
    return [
        f"{path.relative_to(site)}: {found}"
        for path in sorted(site.rglob("*"))
        if path.suffix in (".html", ".css", ".svg")
        for found in _FETCHED.findall(path.read_text())
    ]


def build() -> int:
    """Build the site into `build/docs` and return the exit status: a broken link is an error."""
    for folder in (SOURCES, SITE):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    _fetch_mermaid()
    stage(SOURCES)
    sphinx = (sys.executable, "-m", "sphinx", "--quiet", "--nitpicky", "--fail-on-warning", "-E")
    options = ("--conf-dir", OWN, "--doctree-dir", SOURCES.with_suffix(".doctrees"))
    built = subprocess.run([*sphinx, *options, SOURCES, SITE], check=False, cwd=ROOT)
    if built.returncode:
        return built.returncode
    shutil.copyfile(FRONT_PAGE, SITE / "index.html")
    elsewhere = fetched_elsewhere(SITE)
    for found in elsewhere:
        print(f"a page would fetch from another host: {found}", file=sys.stderr)
    print(f"The site is at {(SITE / 'index.html').relative_to(ROOT)}")
    return 1 if elsewhere else 0


def _fetch_mermaid() -> None:
    """Install what draws diagrams, as it is locked; without npm they stay text."""
    npm = shutil.which("npm")
    if npm is None:
        print("There is no npm: the diagrams stay text.", file=sys.stderr)
        return
    lock, stamp = OWN / "package-lock.json", OWN / "node_modules" / ".installed-lock"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(command, check=True, cwd=OWN)
    shutil.copyfile(lock, stamp)


def serve(port: int) -> int:
    """Serve the built site on loopback until it is interrupted."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), handler) as server:
        print(f"http://127.0.0.1:{server.server_port}/ (end it with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def main() -> int:
    """Build, and serve where that was asked for."""
    parser = argparse.ArgumentParser(prog="python -m docs.site", description=__doc__)
    parser.add_argument("what", nargs="?", choices=("build", "serve"), default="build")
    parser.add_argument("--port", type=int, default=8090, help="where to serve (8090)")
    asked = parser.parse_args()
    status = build()
    return serve(asked.port) if asked.what == "serve" and not status else status


if __name__ == "__main__":
    sys.exit(main())
