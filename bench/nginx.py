"""nginx twice: it serves the pages that are passed through, and is a proxy to compare with."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench import messages
from bench.contestants import Contestant
from bench.machine import HOST, is_listening
from sandbox.ports import free_port

_START_SECONDS = 10.0
_STOP_SECONDS = 5.0
_COMMON = """\
{user}worker_processes 1;
daemon off;
pid {folder}/{name}.pid;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  keepalive_requests 1000000;
  client_body_temp_path {folder}/{name}-body;
  proxy_temp_path {folder}/{name}-proxy;
"""
_PAGES = """\
  server {{ listen {host}:{port} backlog=4096; root {folder}/www; }}
}}
"""
# The port is put in when the server is started, as all servers here are told theirs: by PORT.
_PROXY = """\
  upstream pages {{ server {host}:{pages_port}; keepalive 64; }}
  server {{
    listen {host}:@PORT@ backlog=4096;
    location = /healthz {{ return 200; }}
    location / {{
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_pass http://pages;
    }}
  }}
}}
"""


@contextmanager
def serving_pages(folder: Path, sizes: Sequence[int]) -> Iterator[int]:
    """Serve `/pages/<bytes>` on the load's core while the block runs; yields the port."""
    pages = folder / "www" / "pages"
    pages.mkdir(parents=True, exist_ok=True)
    for size in sizes:
        (pages / str(size)).write_bytes(os.urandom(size // 2).hex().encode())
    port = free_port()
    path = folder / "pages.conf"
    path.write_text(_filled(_COMMON + _PAGES, folder, "pages", port=port))
    process = subprocess.Popen(["nginx", "-e", folder / "pages.log", "-c", path])
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not is_listening(port) and time.monotonic() < deadline:
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(_STOP_SECONDS)


def proxy(folder: Path, pages_port: int) -> Contestant:
    """Return nginx as a reverse proxy in front of the pages, with kept connections to them."""
    template = folder / "proxy.conf.in"
    template.write_text(_filled(_COMMON + _PROXY, folder, "proxy", pages_port=pages_port))
    run = 'exec nginx -e proxy.log -c "$PWD/proxy.conf"'
    return Contestant(
        name="nginx",
        command=("sh", "-c", f'sed "s/@PORT@/$PORT/" proxy.conf.in > proxy.conf && {run}'),
        folder=folder,
        environment={"PATH": os.environ.get("PATH", os.defpath)},
        callbacks=messages.callbacks([]),
        is_ours=False,
    )


def _filled(template: str, folder: Path, name: str, **values: int) -> str:
    # Started by root, its workers would be nobody, who cannot read a temporary folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    return template.format(folder=folder, name=name, user=user, host=HOST, **values)
