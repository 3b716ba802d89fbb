"""Load on a server: clients that keep their connections open, and what its processes take."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import uvloop

CLIENTS = 16
_SYNCS = 200
_TICKS = os.sysconf("SC_CLK_TCK")
_LENGTH = re.compile(rb"content-length: *(\d+)")


class Load(NamedTuple):
    """What clients saw: how many requests were answered, in how many seconds, how long they took
    (ms), and the CPU time (s) of the clients themselves."""

    number: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float

    @property
    def rate(self) -> float:
        """Requests per second."""
        return self.number / self.seconds


def load(
    ports: Sequence[int], requests: Sequence[Iterator[bytes]], expected: bytes, seconds: float
) -> Load:
    """Send requests for some seconds. Each client has its own, and sends the next one when the last
    one is answered; clients are spread over the ports. Each answer must be a success and have
    `expected` in its body. Raises RuntimeError for another one."""
    took: list[float] = []

    async def work() -> None:
        until = time.monotonic() + seconds
        await asyncio.gather(
            *(
                _client(ports[n % len(ports)], one, expected, until, took)
                for n, one in enumerate(requests)
            )
        )

    began, cpu = time.monotonic(), time.process_time()
    uvloop.run(work())
    passed, cpu = time.monotonic() - began, time.process_time() - cpu
    took.sort()
    p50, p99 = (1000 * took[len(took) * part // 100] for part in (50, 99))
    return Load(len(took), passed, p50, p99, cpu)


async def _client(
    port: int, requests: Iterator[bytes], expected: bytes, until: float, took: list[float]
) -> None:
    writer: asyncio.StreamWriter | None = None
    while time.monotonic() < until:
        request = next(requests)
        began = time.perf_counter()
        if writer is None:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = _LENGTH.search(head)
        content = await reader.readexactly(int(length[1])) if length else b""
        took.append(time.perf_counter() - began)
        if head[9:10] != b"2" or expected not in content:
            raise RuntimeError(f"an answer that was not expected: {(head + content).decode()}")
        if b"connection: close" in head or head.startswith(b"http/1.0"):
            writer.close()
            writer = None
    if writer is not None:
        writer.close()


def cpu_seconds(pid: int) -> float:
    """The CPU time (s) of a process and all that came of it and is alive or was waited for."""
    total, waiting = 0.0, [pid]
    while waiting:
        one = waiting.pop()
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{one}/stat").read_text().rpartition(")")[2].split()
            total += sum(map(int, fields[11:15])) / _TICKS
            children = Path(f"/proc/{one}/task/{one}/children").read_text()
            waiting += map(int, children.split())
    return total


def resident_mb(pid: int, *, most: bool = False) -> float:
    """The memory of a process in MB, with what it shares with others; or the most that it had."""
    name = "VmHWM:" if most else "VmRSS:"
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    [line] = [line for line in lines if line.startswith(name)]
    return int(line.split()[1]) * 1024 / 1e6


def sync_ms() -> tuple[float, float]:
    """How long the disk takes to keep a page (ms): the median, and the 99th of a hundred."""
    took = []
    with tempfile.TemporaryFile() as file:
        for _ in range(_SYNCS):
            file.seek(0)
            file.write(bytes(8192))
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            took.append(1000 * (time.perf_counter() - began))
    took.sort()
    return took[_SYNCS // 2], took[_SYNCS * 99 // 100]
