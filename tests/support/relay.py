"""A connection that can be lost: what a phone sends passes through here on its way to the server."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import Self


class Relay:
    """Passes bytes on between its own port and another of this machine, until :meth:`cut`; again after :meth:`mend`.

    Use it as a context manager; what is open ends with it.
    """

    def __init__(self, port: int) -> None:
        self._to = ("127.0.0.1", port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self._passing = True
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Lose every connection, and refuse new ones."""
        with self._lock:
            self._passing = False
            for end in self._open:
                _close(end)
            self._open.clear()

    def mend(self) -> None:
        """Let new connections pass."""
        with self._lock:
            self._passing = True

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                with self._lock:
                    if not self._passing:
                        near.close()
                        continue
                    far = socket.create_connection(self._to)
                    self._open += [near, far]
            except OSError:  # closed for good, or there is no server
                return
            for source, sink in ((near, far), (far, near)):
                threading.Thread(target=_pump, args=(source, sink), daemon=True).start()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)
    _close(source)
    _close(sink)


def _close(end: socket.socket) -> None:
    with suppress(OSError):  # it was closed already
        end.shutdown(socket.SHUT_RDWR)
    end.close()
