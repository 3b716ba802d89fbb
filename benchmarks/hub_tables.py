"""What `benchmarks/hub.py` found, as tables in Markdown and for a JSON file."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from benchmarks.hub_filled import Filled, View, Views
from benchmarks.hub_load import sync_ms
from benchmarks.hub_peers import ACTIVITYWATCH, Measured

POSTGRESQL, SQLITE = "PostgreSQL", "SQLite"


class Row(NamedTuple):
    """What a hub did: with which database and how many tellings in it before, with how many
    processes, and how many tellings in a batch. CPU times are those of a request. `process_cpu` and
    `process_mb` have the part of a core and the memory that each process took."""

    database: str
    before: int
    processes: int
    batch: int
    requests: float
    tellings: float
    p50_ms: float
    p99_ms: float
    hub_ms: float
    database_ms: float
    client_ms: float
    process_cpu: tuple[float, ...]
    process_mb: tuple[float, ...]


class Large(NamedTuple):
    """A database with many tellings, and the views of it."""

    filled: Filled
    views: Views


class Found(NamedTuple):
    """All of a run. `seconds` is how long each row took."""

    machine: dict[str, Any]
    before: Moment
    after: Moment
    clients: int
    streams: int
    seconds: float
    rows: list[Row]
    large: list[Large]
    peers: list[Measured]
    left_out: list[str]


class Goal(NamedTuple):
    """A goal, what was found, and whether it is met; None where nothing could be measured."""

    what: str
    goal: str
    found: str
    is_met: bool | None


class Moment(NamedTuple):
    """How busy the machine is: the load average of a minute, and how long its disk takes to keep a
    page (ms): the median, and the 99th of a hundred."""

    load: float
    sync_p50_ms: float
    sync_p99_ms: float

    def __str__(self) -> str:
        syncs = f"{self.sync_p50_ms:.2f} ms (p99 {self.sync_p99_ms:.1f})"
        return f"load {self.load:.1f}, an fdatasync {syncs}"


def moment() -> Moment:
    """How busy the machine is now."""
    return Moment(os.getloadavg()[0], *sync_ms())


def machine(postgresql: str) -> dict[str, Any]:
    """What it ran on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_gib": round(memory / 2**30),
        "linux": platform.release(),
        "python": platform.python_version(),
        "postgresql": postgresql,
    }


def goals(found: Found) -> list[Goal]:
    """The goals of the hub, and whether they are met."""
    on_postgresql = [row for row in found.rows if row.database == POSTGRESQL]
    hundreds = [row for row in on_postgresql if row.batch == 100 and not row.before]
    tens = [row for row in found.rows if row.database == SQLITE and row.batch == 10]
    best = _best_of_ones(found)
    slowest = max(on_postgresql, key=lambda row: row.p99_ms)
    largest = max(mb for row in on_postgresql for mb in row.process_mb)
    return [
        _at_least("requests/s at batch 1", 3000, best.requests, _processes(best)),
        _against_activitywatch(best, found.peers),
        Goal("times a tuned healthchecks", ">= 4", "left out", None),
        _of_best("tellings/s at batch 100", 60_000, hundreds),
        Goal(
            "p99 of all rows with PostgreSQL",
            "< 150 ms",
            f"{slowest.p99_ms:.0f} ms (batch {slowest.batch}, {_processes(slowest)},"
            f" {slowest.before:,} before)",
            slowest.p99_ms < 150,
        ),
        _memory("memory of a process that takes tellings", largest),
        *(
            _memory(f"its most memory, with views of {one.filled.tellings:,}", one.views.most_mb)
            for one in found.large
        ),
        _of_best("SQLite: tellings/s at batch 10", 5000, tens),
    ]


def _best_of_ones(found: Found) -> Row:
    """The best row with PostgreSQL, nothing in it before, and a telling in a batch."""
    rows = [row for row in found.rows if row.database == POSTGRESQL and not row.before]
    return max((row for row in rows if row.batch == 1), key=lambda row: row.requests)


def _of_best(what: str, goal: int, rows: Sequence[Row]) -> Goal:
    best = max(rows, key=lambda row: row.tellings)
    return _at_least(what, goal, best.tellings, _processes(best))


def _at_least(what: str, goal: int, value: float, how: str) -> Goal:
    return Goal(what, f">= {goal:,}", f"{value:,.0f} ({how})", value >= goal)


def _memory(what: str, mb: float) -> Goal:
    return Goal(what, "< 80 MB", f"{mb:.0f} MB", mb < 80)


def _processes(row: Row) -> str:
    return f"{row.processes} process{'es' if row.processes > 1 else ''}"


def _against_activitywatch(best: Row, peers: Iterable[Measured]) -> Goal:
    what, goal = f"times {ACTIVITYWATCH}", ">= 6"
    for peer in peers:
        if peer.name.startswith(ACTIVITYWATCH):
            ratio = best.requests / peer.requests
            return Goal(what, goal, f"{ratio:.1f}", ratio >= 6)
    return Goal(what, goal, "left out", None)


def content(found: Found) -> dict[str, Any]:
    """All of it for a JSON file."""
    return {
        "machine": found.machine,
        "before": found.before._asdict(),
        "after": found.after._asdict(),
        "clients": found.clients,
        "streams": found.streams,
        "seconds": found.seconds,
        "goals": [goal._asdict() for goal in goals(found)],
        "rows": [row._asdict() for row in found.rows],
        "large": [
            {
                **one.filled._asdict(),
                "fleet": one.views.fleet._asdict(),
                "page": one.views.page._asdict(),
                "most_mb": one.views.most_mb,
            }
            for one in found.large
        ],
        "peers": [peer._asdict() for peer in found.peers],
        "left_out": found.left_out,
    }


def markdown(found: Found) -> str:
    """All of it as text with tables."""
    of = found.machine
    parts = [
        f"{of['cores']} shared cores, memory {of['memory_gib']} GiB, Linux {of['linux']},"
        f" Python {of['python']}, PostgreSQL {of['postgresql']} with its default durability."
        f" Before: {found.before}; after: {found.after}. {found.clients} clients with"
        f" {found.streams} streams, on the same cores; {found.seconds:.0f} seconds for each row.",
        _table(_GOALS, goals(found)),
        _table(_ROWS, found.rows),
        _table(_LARGE, found.large) if found.large else "",
        _table(_peer_columns(found), found.peers) if found.peers else "",
        "\n".join(f"- Left out: {text}." for text in found.left_out),
    ]
    return "\n\n".join(part for part in parts if part)


_Column: TypeAlias = "tuple[str, Callable[[Any], str]]"


def _list(texts: Iterable[str]) -> str:
    return ", ".join(texts)


_GOALS: tuple[_Column, ...] = (
    ("what", lambda goal: goal.what),
    ("goal", lambda goal: goal.goal),
    ("found", lambda goal: goal.found),
    ("met", lambda goal: {True: "yes", False: "NO", None: ""}[goal.is_met]),
)

_ROWS: tuple[_Column, ...] = (
    ("database", lambda row: row.database),
    ("tellings before", lambda row: f"{row.before:,}"),
    ("processes", lambda row: str(row.processes)),
    ("batch", lambda row: str(row.batch)),
    ("requests/s", lambda row: f"{row.requests:,.0f}"),
    ("tellings/s", lambda row: f"{row.tellings:,.0f}"),
    ("p50 ms", lambda row: f"{row.p50_ms:.1f}"),
    ("p99 ms", lambda row: f"{row.p99_ms:.1f}"),
    (
        "CPU ms: hub + database + clients",
        lambda row: f"{row.hub_ms:.2f} + {row.database_ms:.2f} + {row.client_ms:.2f}",
    ),
    ("a core by process", lambda row: _list(f"{100 * part:.0f} %" for part in row.process_cpu)),
    ("MB by process", lambda row: _list(f"{mb:.0f}" for mb in row.process_mb)),
    ("MB of all", lambda row: f"{sum(row.process_mb):.0f}"),
)


def _view(view: View) -> str:
    failed = "" if view.status == 200 else f"{view.status} after "
    return f"{failed}{view.ms:,.0f} ms, {view.size_bytes / 1000:,.0f} kB"


_LARGE: tuple[_Column, ...] = (
    ("tellings", lambda one: f"{one.filled.tellings:,}"),
    ("streams", lambda one: f"{one.filled.streams:,}"),
    ("days", lambda one: str(one.filled.days)),
    ("database", lambda one: f"{one.filled.size_bytes / 1e9:.2f} GB"),
    ("filled in", lambda one: f"{one.filled.seconds:.0f} s"),
    ("`GET /v1/fleet`, 30 days", lambda one: _view(one.views.fleet)),
    ("the team's page, 30 days", lambda one: _view(one.views.page)),
    ("most memory of the hub", lambda one: f"{one.views.most_mb:.0f} MB"),
)


def _peer_columns(found: Found) -> tuple[_Column, ...]:
    """The hub beside them is its best row with a telling in a batch, as in the goals."""
    ours = _best_of_ones(found).requests
    return (
        ("peer", lambda peer: peer.name),
        ("what it has kept when it answers", lambda peer: peer.keeps),
        ("requests/s", lambda peer: f"{peer.requests:,.0f}"),
        ("p50 ms", lambda peer: f"{peer.p50_ms:.1f}"),
        ("p99 ms", lambda peer: f"{peer.p99_ms:.1f}"),
        (
            "CPU ms: peer + clients",
            lambda peer: f"{peer.cpu_ms:.2f} + {peer.client_ms:.2f}",
        ),
        ("MB", lambda peer: f"{peer.mb:.0f}"),
        ("the hub at batch 1", lambda peer: f"{ours / peer.requests:.2f} x"),
    )


def _table(columns: Sequence[_Column], rows: Iterable[object]) -> str:
    lines = ["| " + " | ".join(name for name, _ in columns) + " |", "|---" * len(columns) + "|"]
    lines += ["| " + " | ".join(of(row) for _, of in columns) + " |" for row in rows]
    return "\n".join(lines)
