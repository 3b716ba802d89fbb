"""How fast a hub takes tellings: `python benchmarks/hub.py [--quick] [--json FILE]`.

It starts a PostgreSQL with its default durability, hubs, and clients that keep connections open,
all on this machine: with 1, 2 and 4 processes of the hub at an empty database, with one at
databases that have millions of tellings, and with an SQLite file. Then come other servers under the
same clients. It prints tables in Markdown, with the goals.

The clients take their part of the processors, and other work on the machine disturbs rates. So the
tables also have the CPU time of a request: that of the hub, that of PostgreSQL with all its
processes, and that of the clients.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks import hub_filled, hub_peers, hub_tables
from benchmarks.hub_load import CLIENTS, cpu_seconds, load, resident_mb
from benchmarks.hub_tables import POSTGRESQL, SQLITE, Found, Large, Row
from tests.hub.postgres import Postgres, postgres
from tests.hub.serving import Served, served
from tests.hub.stores import Played, Tracker, told

from codespace_tracker.core.clock import HOUR_US, MINUTE_US

_STREAMS = 200
_BATCHES = 1, 10, 100
_RUNNING_US = MINUTE_US
_EVERY_US = 2 * MINUTE_US
_WARM_UP_SECONDS = 2.0
_LINE = (
    f'{{"session_id": "s%d", "revision": {2 * _RUNNING_US + 1}, "ending": "clean", "spans": '
    f'[{{"started_at": %d, "running_us": {_RUNNING_US}, "cores": 2}}]}}'
).encode()


class Teller:
    """A tracker that always has new sessions to tell: of a minute each, one before the other, back
    from now. It makes lines at a small part of a real tracker's cost."""

    def __init__(self, tracker: Tracker, now: int) -> None:
        self._tracker = tracker
        self._newest = now - HOUR_US
        self._head = tracker.body()
        self._count = 0
        real = tracker.body(told((self._newest, _RUNNING_US, 2), session="s0"))
        assert self._body(1) == real, "a tracker tells something else"

    def request(self, batch: int) -> bytes:
        """A request that tells so many. The one before was answered."""
        body, push = self._body(batch), uuid.uuid4().hex
        tracker = self._tracker
        head = (
            f"POST /v1/streams/{tracker.stream_id}?push={push}&after={tracker.last} HTTP/1.1\r\n"
            f"Host: x\r\nAuthorization: Bearer {tracker.token}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        tracker.last = push
        return head.encode() + body

    def _body(self, batch: int) -> bytes:
        numbers = range(self._count, self._count + batch)
        self._count += batch
        lines = (_LINE % (n, self._newest - n * _EVERY_US) for n in numbers)
        return b"\n".join([self._head, *lines])


def _team(url: str) -> tuple[Played, list[Teller]]:
    """A team in an empty database, and trackers that have joined it."""
    played = Played(url)
    played.now = time.time_ns() // 1000
    played.begin()
    trackers = [played.joined(f"person {n}") for n in range(_STREAMS)]
    return played, [Teller(tracker, played.now) for tracker in trackers]


@contextlib.contextmanager
def _hubs(url: str, number: int) -> Iterator[list[Served]]:
    """Processes of the hub, each with a port of its own."""
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(served(url, "--rate", "0")) for _ in range(number)]


def _rows(
    url: str,
    tellers: Sequence[Teller],
    seconds: float,
    *,
    before: int = 0,
    processes: int = 1,
    database_pid: int = 0,
) -> list[Row]:
    """A row for each number of tellings in a batch; `database_pid` is 0 for SQLite."""
    with _hubs(url, processes) as webs:
        ports = [web.port for web in webs]
        pids = [web.process.pid for web in webs if web.process is not None]

        def cpu() -> tuple[list[float], float]:
            database = cpu_seconds(database_pid) if database_pid else 0.0
            return list(map(cpu_seconds, pids)), database

        load(ports, _requests(tellers, 1), b'"taken":1,', min(seconds, _WARM_UP_SECONDS))
        rows = []
        for batch in _BATCHES:
            hubs_before, database_before = cpu()
            done = load(ports, _requests(tellers, batch), b'"taken":%d,' % batch, seconds)
            hubs, database = cpu()
            each = [after - one for after, one in zip(hubs, hubs_before, strict=True)]
            row = Row(
                POSTGRESQL if database_pid else SQLITE,
                before,
                processes,
                batch,
                done.rate,
                done.rate * batch,
                done.p50_ms,
                done.p99_ms,
                1000 * sum(each) / done.number,
                1000 * (database - database_before) / done.number,
                1000 * done.cpu_seconds / done.number,
                tuple(one / done.seconds for one in each),
                tuple(map(resident_mb, pids)),
            )
            _say(f"{row.database}, {before:,} tellings before: {row}")
            rows.append(row)
        return rows


def _requests(tellers: Sequence[Teller], batch: int) -> list[Iterator[bytes]]:
    """The requests of each client, which has some of the trackers."""

    def of(some: Sequence[Teller]) -> Iterator[bytes]:
        return (teller.request(batch) for teller in itertools.cycle(some))

    return [of(tellers[n::CLIENTS]) for n in range(CLIENTS)]


def _on_postgresql(
    processes: Sequence[int], sizes: Sequence[int], seconds: float
) -> tuple[str, list[Row], list[Large]]:
    rows: list[Row] = []
    large: list[Large] = []
    with postgres(shared_buffers="128MB") as server:
        version = str(server.ask("SHOW server_version")[0][0])
        for number in processes:
            with _database(server) as url:
                played, tellers = _team(url)
                played.close()
                rows += _rows(url, tellers, seconds, processes=number, database_pid=server.pid)
        for size in sizes:
            with _database(server) as url:
                played, tellers = _team(url)
                _say(f"putting {size:,} tellings into it")
                filled = hub_filled.fill(played, size)
                large.append(Large(filled, hub_filled.views(played)))
                _say(str(large[-1]))
                played.close()
                rows += _rows(
                    url, tellers, seconds, before=filled.tellings, database_pid=server.pid
                )
    return version, rows, large


@contextlib.contextmanager
def _database(server: Postgres) -> Iterator[str]:
    """The address of an empty database, on this machine, deleted at the end."""
    server.ask("CREATE DATABASE hub")
    yield server.local_url("hub")
    server.ask("DROP DATABASE hub WITH (FORCE)")


def _on_sqlite(seconds: float) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/hub.db"
        played, tellers = _team(url)
        played.close()
        return _rows(url, tellers, seconds)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _numbers(text: str) -> list[int]:
    """Numbers with commas between them; none if it is empty."""
    return [int(part) for part in text.split(",") if part]


def main() -> None:
    """Measure, and print the tables."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--quick", action="store_true", help="3 seconds for each row, small sizes")
    asked.add_argument("--processes", type=_numbers, help="of the hub; by default 1,2,4")
    asked.add_argument(
        "--tellings", type=_numbers, help="in it before; by default 1000000,10000000"
    )
    asked.add_argument("--json", type=Path, metavar="FILE", help="also write all of it into a file")
    options = asked.parse_args()
    seconds = 3.0 if options.quick else 15.0
    sizes = [100_000] if options.quick else [1_000_000, 10_000_000]
    if options.tellings is not None:
        sizes = options.tellings
    hub_filled.check_disk(max(sizes, default=0))

    before = hub_tables.moment()
    version, rows, large = _on_postgresql(options.processes or [1, 2, 4], sizes, seconds)
    rows += _on_sqlite(seconds)
    streams = [str(uuid.uuid4()) for _ in range(_STREAMS)]
    peers, left_out = hub_peers.measured(streams, seconds)
    found = Found(
        hub_tables.machine(version),
        before,
        hub_tables.moment(),
        CLIENTS,
        _STREAMS,
        seconds,
        rows,
        large,
        peers,
        left_out,
    )
    print(hub_tables.markdown(found))
    if options.json:
        options.json.write_text(json.dumps(hub_tables.content(found), indent=1) + "\n")


if __name__ == "__main__":
    main()
