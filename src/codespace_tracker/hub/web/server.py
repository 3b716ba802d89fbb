"""A process of the hub: it listens, keeps the limits that the routes cannot, ends gracefully."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from codespace_tracker.hub import ageing
from codespace_tracker.hub.store.interface import Unavailable
from codespace_tracker.hub.web import logs, requests
from codespace_tracker.hub.web.app import Hub

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from codespace_tracker.hub.store.portable import Store

HEAD_LIMIT = 16 << 10
"""Bytes of the first line and the headers of a request."""
HEAD_SECONDS = 10.0
_KEEP_ALIVE_SECONDS = 75
_CONNECTIONS = 2000
_GRACE_SECONDS = 15
_LAST_HEAD_SECONDS = 2.0
_MONTHS_SECONDS = 6 * 3600


class LimitedProtocol(HttpToolsProtocol):
    """HTTP whose head must come in time, and must not be large. Trailers are ignored."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self._head_size = 0
        self._is_head = True
        self._deadline: asyncio.TimerHandle | None = None
        self._is_last = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a head, for a while."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._end, 408)

    def data_received(self, data: bytes) -> None:
        """Count what comes before the head is complete."""
        super().data_received(data)
        if self._is_head:
            self._head_size += len(data)
            if self._head_size > HEAD_LIMIT and not self.transport.is_closing():
                self._end(431)

    def on_message_begin(self) -> None:
        """A new request begins."""
        super().on_message_begin()
        self._is_head, self._head_size = True, 0
        if self._deadline is None:
            self._deadline = self.loop.call_later(HEAD_SECONDS, self._end, 408)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header, or a trailer."""
        if self._is_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is complete."""
        self._is_head = False
        self._stop_waiting()
        super().on_headers_complete()
        if self._is_last:
            self.cycle.keep_alive = False

    def shutdown(self) -> None:
        """The process ends. A connection that was just made, or whose head is under way, gets its
        one answer still, if the head comes soon."""
        if self._deadline is None:
            super().shutdown()
            return
        self._is_last = True
        self._deadline.cancel()
        self._deadline = self.loop.call_later(_LAST_HEAD_SECONDS, self._end, 408)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self, status: int) -> None:
        self._stop_waiting()
        if not self.transport.is_closing():
            self.transport.write(
                b"HTTP/1.1 %d \r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status
            )
            self.transport.close()


class _Server(uvicorn.Server):
    """A server whose end by TERM or INT is a success."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let TERM and INT end it."""
        loop = asyncio.get_running_loop()
        ending = signal.SIGTERM, signal.SIGINT
        for one in ending:
            loop.add_signal_handler(one, self.handle_exit, one, None)
        try:
            yield
        finally:
            for one in ending:
                loop.remove_signal_handler(one)


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # for several processes
        found.bind((host, port))
        found.listen(1024)
    except OSError:
        found.close()
        raise
    return found


async def _make_months(store: Store) -> None:
    """Make months ahead, at once and every few hours."""
    while True:
        try:
            await ageing.make_months(store, requests.now())
        except Unavailable as error:  # the first batch of a month makes it, too
            logs.log.warning("no month was made ahead", extra={"why": str(error)})
        await asyncio.sleep(_MONTHS_SECONDS)


def serve(
    store: Store, listening: socket.socket, *, rate: float, ready: Callable[[], None]
) -> None:
    """Answer requests until TERM or INT comes, and those under way to their end.

    Raises Unfit, Unavailable where the store cannot be used; `ready` is called once it can.
    """

    async def work() -> None:
        await store.open()
        months = asyncio.create_task(_make_months(store))
        hub = Hub(store, rate=rate)
        config = uvicorn.Config(
            hub.metrics.counting(hub.app()),
            http=LimitedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            limit_concurrency=_CONNECTIONS,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        ready()
        try:
            await _Server(config).serve([listening])
        finally:
            months.cancel()

    import uvloop

    logs.set_up()
    uvloop.run(work())
