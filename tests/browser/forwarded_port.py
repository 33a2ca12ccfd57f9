"""A port that leads to another one of this machine, as `ssh -L` and development containers make."""

from __future__ import annotations

import contextlib
import socket
import threading

from sandbox.closable import Closable
from sandbox.ports import HOST
from sandbox.server import sever


class ForwardedPort(Closable):
    """Passes bytes on to `target`, both ways, from a port of its own until the block ends."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._open: list[socket.socket] = [self._listener]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Forward nothing more, and cut what is forwarded."""
        for one in self._open:
            sever(one)
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near = self._listener.accept()[0]
                self._open.append(near)
                try:
                    far = socket.create_connection((HOST, self._target))
                except OSError:  # the proxy is just being replaced
                    sever(near)
                    continue
                self._open.append(far)
                for ends in ((near, far), (far, near)):
                    threading.Thread(target=_pass_on, args=ends, daemon=True).start()


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65_536):
            target.sendall(piece)
    sever(target)
