"""How fast a hub takes tellings: `python benchmarks/hub.py [--quick] [--sqlite]`.

It starts a PostgreSQL with its default durability (or takes an SQLite file), a hub, and clients
that keep connections open, all on this machine. Each row is a number of tellings in a batch. Rates
are disturbed by the other work of the machine, so it also prints the CPU time of a request: that of
the hub, and of PostgreSQL with all its processes.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import resource
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.hub.postgres import postgres
from tests.hub.serving import served
from tests.hub.stores import Played, Tracker, told

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US

_STREAMS = 50
_CLIENTS = 16
_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_KIB = resource.getpagesize() >> 10


class Row(NamedTuple):
    """What was measured with a number of tellings in a batch."""

    batch: int
    requests: float
    tellings: float
    p50_ms: float
    p99_ms: float
    hub_ms: float
    database_ms: float
    hub_mib: float


def _cpu(pid: int) -> float:
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


def _bodies(tracker: Tracker, batch: int, seed: int) -> Iterator[bytes]:
    """Bodies that each tell new sessions, one after the other, back from now."""
    now = time.time_ns() // 1000 - HOUR_US
    count = 0
    while True:
        some = []
        for _ in range(batch):
            count += 1
            start = now - count * 10 * MINUTE_US % (300 * DAY_US)
            some.append(told((start, 5 * MINUTE_US, 2), session=f"s{seed}-{count}"))
        yield tracker.body(*some)


async def _client(
    port: int, trackers: list[Tracker], batch: int, until: float, took: list[float], seed: int
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    bodies = [_bodies(tracker, batch, seed) for tracker in trackers]
    pushes = [tracker.last for tracker in trackers]
    n = 0
    while time.monotonic() < until:
        n = (n + 1) % len(trackers)
        body, push = next(bodies[n]), uuid.uuid4().hex
        head = (
            f"POST /v1/streams/{trackers[n].stream_id}?push={push}&after={pushes[n]} HTTP/1.1\r\n"
            f"Host: x\r\nAuthorization: Bearer {trackers[n].token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        content = await reader.readexactly(length)
        took.append(time.perf_counter() - began)
        assert b" 200 " in answer[:20], answer + content
        pushes[n] = push
    for tracker, push in zip(trackers, pushes, strict=True):
        tracker.last = push
    writer.close()


def _measured(
    port: int, hub_pid: int, database_pid: int, trackers: list[Tracker], batch: int, seconds: float
) -> Row:
    took: list[float] = []

    async def all_clients() -> None:
        until = time.monotonic() + seconds
        groups = [trackers[n::_CLIENTS] for n in range(_CLIENTS)]
        await asyncio.gather(
            *(
                _client(port, group, batch, until, took, batch * 100 + n)
                for n, group in enumerate(groups)
            )
        )

    before = _cpu(hub_pid), _cpu(database_pid) if database_pid else 0.0
    began = time.monotonic()
    asyncio.run(all_clients())
    passed = time.monotonic() - began
    hub = _cpu(hub_pid) - before[0]
    database = (_cpu(database_pid) if database_pid else 0.0) - before[1]
    took.sort()
    resident = int(Path(f"/proc/{hub_pid}/statm").read_text().split()[1]) * _PAGE_KIB / 1024
    return Row(
        batch,
        len(took) / passed,
        len(took) * batch / passed,
        1000 * took[len(took) // 2],
        1000 * took[len(took) * 99 // 100],
        1000 * hub / len(took),
        1000 * database / len(took),
        resident,
    )


def _run(url: str, database_pid: int, seconds: float) -> list[Row]:
    played = Played(url)
    played.now = time.time_ns() // 1000
    played.begin()
    trackers = [played.joined(f"person {n}") for n in range(_STREAMS)]
    played.run(played.store.close())
    rows = []
    with served(url, "--rate", "0") as web:
        assert web.process is not None
        _measured(web.port, web.process.pid, database_pid, trackers, 1, seconds / 2)  # to warm up
        for batch in (1, 10, 100):
            row = _measured(web.port, web.process.pid, database_pid, trackers, batch, seconds)
            rows.append(row)
    played.close()
    return rows


def main() -> None:
    """Measure, and print a table."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="3 seconds for each row, not 20")
    asked.add_argument("--sqlite", action="store_true", help="with a file of SQLite")
    options = asked.parse_args()
    seconds = 3.0 if options.quick else 20.0
    if options.sqlite:
        with tempfile.TemporaryDirectory() as folder:
            rows = _run(f"sqlite:///{folder}/hub.db", 0, seconds)
    else:
        with postgres(shared_buffers="128MB") as server:
            server.ask("CREATE DATABASE hub")
            rows = _run(server.url("hub"), server.pid, seconds)
    print(f"load {os.getloadavg()[0]:.1f}, {_CLIENTS} clients, {_STREAMS} streams")
    print("batch  requests/s  tellings/s  p50 ms  p99 ms  hub ms CPU  database ms CPU  hub MiB")
    for row in rows:
        print(
            f"{row.batch:5}  {row.requests:10.0f}  {row.tellings:10.0f}  {row.p50_ms:6.1f}"
            f"  {row.p99_ms:6.1f}  {row.hub_ms:10.2f}  {row.database_ms:15.2f}  {row.hub_mib:7.0f}"
        )


if __name__ == "__main__":
    main()
