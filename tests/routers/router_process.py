"""nginx, HAProxy and Caddy as processes, with the files that docs/deploy.md hands out."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox.ports import HOST, free_port
from tests.patience import wait_until
from tests.source_tree import ROOT

FOLDER = ROOT / "docs" / "deploy"
FILES = {
    "nginx": "nginx-{deployment}.conf",
    "haproxy": "haproxy-{deployment}.cfg",
    "caddy": "caddy-{deployment}.Caddyfile",
}
NAME = "market.example"
_STOP_SECONDS = 5.0
# What /etc/nginx/nginx.conf is: the file is for its conf.d.
_NGINX_CONF = """\
{user}daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
events {{ }}
http {{
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  include {file};
}}
"""


@dataclass(frozen=True, slots=True)
class Places:
    """Where things are on this machine: ports of the upstreams, and a folder of the test's own.

    `certificate` is a PEM file with its key in it; with `is_tls` the router wants TLS.
    """

    folder: Path
    certificate: Path
    echoseal: int
    frontend: int
    is_tls: bool = False
    port: int = field(default_factory=free_port)


def installed(program: str) -> str | None:
    """Return the path of a program; Debian keeps servers where not every user looks."""
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin")


class Router:
    """A router at `port`, with one of the files that are handed out, from start to `close()`."""

    def __init__(self, program: str, deployment: str, places: Places) -> None:
        """Start `program`, and return when it listens."""
        self.port = places.port
        self.url = f"http://{HOST}:{self.port}"
        self._folder = places.folder
        self._output = places.folder / "output.log"
        text = (FOLDER / FILES[program].format(deployment=deployment)).read_text()
        file = places.folder / FILES[program].format(deployment=deployment)
        file.write_text(_replaced(text, _REPLACEMENTS[program](places)))
        arguments = _ARGUMENTS[program](places.folder, file)
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [installed(program) or program, *arguments],
                env={"HOME": str(places.folder), "PATH": os.environ.get("PATH", os.defpath)},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            wait_until(self._is_decided, f"{program} does not listen")
            if self._process.poll() is not None:
                raise OSError(self.logged())
        except BaseException:
            self.close()
            raise

    def _is_decided(self) -> bool:
        if self._process.poll() is not None:
            return True
        with socket.socket() as probe:
            return probe.connect_ex((HOST, self.port)) == 0

    def logged(self) -> str:
        """Return everything that the router has written to its logs so far."""
        return "".join(path.read_text() for path in sorted(self._folder.glob("*.log")))

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    """Return `text` with other places in it; raises ValueError for one that it does not name."""
    for old in replacements.keys() - _ONLY_IN_SOME:
        if old not in text:
            raise ValueError(f"the file has no {old}")
    # All at once: what was put in may look like what is still to be replaced.
    longest_first = sorted(replacements, key=len, reverse=True)
    pattern = "|".join(re.escape(old) for old in longest_first)
    return re.sub(pattern, lambda found: replacements[found[0]], text)


_FRONTEND = "127.0.0.1:4000"
_ONLY_IN_SOME = {_FRONTEND}


def _upstreams(places: Places) -> dict[str, str]:
    return {
        "127.0.0.1:8000": f"{HOST}:{places.echoseal}",
        _FRONTEND: f"{HOST}:{places.frontend}",
    }


def _for_nginx(places: Places) -> dict[str, str]:
    tls = " ssl http2" if places.is_tls else ""
    return {
        **_upstreams(places),
        "listen 443 ssl http2;": f"listen {HOST}:{places.port}{tls};",
        "listen [::]:443 ssl http2;": "",
        "listen 80;": f"listen {HOST}:{free_port()};",
        "listen [::]:80;": "",
        "/etc/ssl/market.example.pem": str(places.certificate),
        "/etc/ssl/market.example.key": str(places.certificate),
        "/var/log/nginx": str(places.folder),
    }


def _for_haproxy(places: Places) -> dict[str, str]:
    tls = f" ssl crt {places.certificate} alpn h2,http/1.1" if places.is_tls else ""
    shipped = " ssl crt /etc/haproxy/market.example.pem alpn h2,http/1.1"
    return {
        **_upstreams(places),
        f"bind :443{shipped}": f"bind {HOST}:{places.port}{tls}",
        f"    bind :::443 v6only{shipped}": "",
        "bind :80": f"bind {HOST}:{free_port()}",
        "    bind :::80 v6only": "",
    }


def _for_caddy(places: Places) -> dict[str, str]:
    address = f"http://{HOST}:{places.port}, http://{NAME}:{places.port} {{\n\tbind {HOST}"
    if places.is_tls:
        certificate = f"{places.certificate} {places.certificate}"
        address = f"https://{NAME}:{places.port} {{\n\tbind {HOST}\n\ttls {certificate}"
    return {
        **_upstreams(places),
        "admin localhost:2019": f"admin localhost:{free_port()}\n\thttp_port {free_port()}",
        f"{NAME} {{": address,
    }


def _nginx_arguments(folder: Path, file: Path) -> Sequence[str]:
    user = "user root;\n" if os.geteuid() == 0 else ""
    main = folder / "nginx.conf"
    main.write_text(_NGINX_CONF.format(user=user, folder=folder, file=file))
    return ["-e", str(folder / "start.log"), "-c", str(main)]


_REPLACEMENTS = {"nginx": _for_nginx, "haproxy": _for_haproxy, "caddy": _for_caddy}
_ARGUMENTS: dict[str, Callable[[Path, Path], Sequence[str]]] = {
    "nginx": _nginx_arguments,
    "haproxy": lambda _, file: ["-db", "-f", str(file)],
    "caddy": lambda _, file: ["run", "--config", str(file), "--adapter", "caddyfile"],
}
