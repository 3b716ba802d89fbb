"""The way from a tracker to a server: it passes everything on, until it is told to lose it.

A loss may come at any byte, in either direction: a push then fails before the server has it, while
it is sent, or after the server has applied it and before the answer is here.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_PART = 1 << 14
_AT_ONCE = struct.pack("ii", 1, 0)  # a close that resets the connection


class Loss(NamedTuple):
    """What is lost: of the connection after `after` others, everything beyond so many bytes there
    (`up`) or back (`down`), and all connections that follow. `hangs`: nothing is closed, it only
    stands still."""

    after: int = 0
    up: int | None = None
    down: int | None = None
    hangs: bool = False


class Way:
    """A port of this machine that leads to another one."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.bytes_up = 0
        self.bytes_down = 0
        self.seen = 0
        """Connections since the loss was set."""
        self._loss: Loss | None = None
        self._open: list[socket.socket] = []
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = int(self._socket.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def loss(self) -> Loss | None:
        """What is lost from now on; None: nothing."""
        return self._loss

    @loss.setter
    def loss(self, loss: Loss | None) -> None:
        self._loss, self.seen = loss, 0
        for one in self._open:  # whoever hangs is let go
            one.close()
        self._open.clear()

    def close(self) -> None:
        """End it, and what hangs on it."""
        self.loss = None
        self._socket.close()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._socket.accept()
            except OSError:
                return
            loss, number = self._loss, self.seen
            self.seen += 1
            if loss is not None and number > loss.after and not loss.hangs:
                here.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
                here.close()
                continue
            this = loss if loss is not None and number >= loss.after else None
            try:
                there = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                here.close()
                continue
            for ends, most in (
                ((here, there), this.up if this else None),
                ((there, here), this.down if this else None),
            ):
                words = (*ends, most, this is not None and this.hangs)
                threading.Thread(target=self._pass_on, args=words, daemon=True).start()

    def _pass_on(
        self, source: socket.socket, sink: socket.socket, most: int | None, hangs: bool
    ) -> None:
        is_up = source.getsockname()[1] == self.port
        with contextlib.suppress(OSError):
            while most is None or most > 0:
                part = source.recv(_PART if most is None else min(_PART, most))
                if not part:
                    sink.shutdown(socket.SHUT_WR)
                    return
                if most is not None:
                    most -= len(part)
                if is_up:
                    self.bytes_up += len(part)
                else:
                    self.bytes_down += len(part)
                sink.sendall(part)
            if hangs:
                self._open += [source, sink]
                return
        for one in (source, sink):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)


@contextmanager
def ways(target: int, count: int) -> Iterator[list[Way]]:
    """So many ways to a port."""
    made = [Way(target) for _ in range(count)]
    try:
        yield made
    finally:
        for one in made:
            one.close()
