"""Putting streams into fleet.db, and summing them up so that no time counts twice."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.shared_presence import alone
from codespace_tracker.core.stream import Stream, by_day, union, without
from codespace_tracker.ledger.fleet import COUNTED_IN, COUNTS, Fleet, FleetError, running_of
from codespace_tracker.ledger.sqlite import sqlite3

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from types import TracebackType

    from codespace_tracker.core.stream import Header, Stretch


class FleetWriter:
    """Changes to a fleet.db: a `with` block in which all are made, or none. Raises FleetError."""

    def __init__(self, fleet: Fleet) -> None:
        self._fleet = fleet
        self._run = fleet.connection.execute
        self._touched: set[int] = set()

    def __enter__(self) -> FleetWriter:
        self._explained("BEGIN IMMEDIATE")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._sum_up()
                self._run("COMMIT")
                return
        except sqlite3.Error as failed:
            self._roll_back()
            raise FleetError(f"{self._fleet.path}: it could not be written ({failed}).") from failed
        self._roll_back()
        if isinstance(error, sqlite3.Error):
            raise FleetError(f"{self._fleet.path}: it could not be written ({error}).") from error

    def _roll_back(self) -> None:
        if self._fleet.connection.in_transaction:
            self._run("ROLLBACK")

    def _explained(self, sql: str) -> None:
        try:
            self._run(sql)
        except sqlite3.Error as error:
            raise FleetError(f"{self._fleet.path}: it could not be written ({error}).") from error

    def put(self, stream: Stream, commit: str, at: int, *, is_own: bool = False) -> None:
        """Keep a stream as it came with a commit at the instant `at` (UTC µs).

        Sessions that it does not tell any more are kept: what was told once is not taken back.
        """
        n = self._number(stream.header.tracker_id)
        head: Header = stream.header
        known = {
            row[0]: row[1]
            for row in self._run("SELECT session_id, revision FROM telling WHERE stream = ?", (n,))
        }
        for one in stream.told:
            if one.revision <= known.get(one.session_id, -1):
                continue
            numbers = " ".join(str(number) for span in one.spans for number in span)
            self._run(
                "INSERT OR REPLACE INTO telling VALUES (?, ?, ?, ?, ?, ?)",
                (n, one.session_id, one.revision, one.started_at, numbers, int(not one.origin)),
            )
        self._run("DELETE FROM unattended WHERE stream = ?", (n,))
        for day, core_us in _unattended(stream).items():
            self._run("INSERT INTO unattended VALUES (?, ?, ?)", (n, day, core_us))
        last = max(stream.told, key=lambda one: one.seen_at, default=None)
        self._run(
            "UPDATE stream SET commit_id=?, environment=?, codespace=?, user=?, repository=?,"
            " payer=?, is_own=?, is_gone=0, is_open=?, seen_at=?, came_at=?, reason='', aside='',"
            " watched_until=?, alone_since=? WHERE n=?",
            (
                *(commit, *head[1:], int(is_own)),
                *(int(last is not None and last.ending is None), last.seen_at if last else 0),
                *(at, *alone(stream.presence), n),
            ),
        )
        self._touched.add(n)

    def set_aside(self, stream_id: str, commit: str, reason: str) -> None:
        """Keep why the newest state of a stream is not taken. What it told before stays."""
        n = self._number(stream_id)
        self._run("UPDATE stream SET reason=?, aside=?, is_gone=0 WHERE n=?", (reason, commit, n))

    def gone(self, there: Collection[str]) -> None:
        """Note which streams are not there any more; what they told stays."""
        for n, stream_id, is_gone in self._run(
            "SELECT n, stream_id, is_gone FROM stream WHERE is_own = 0"
        ).fetchall():
            now = int(stream_id not in there)
            if now != is_gone:
                self._run("UPDATE stream SET is_gone=? WHERE n=?", (now, n))

    def apply(self, accepted: Collection[str], names: Mapping[str, str]) -> None:
        """Take over which streams count, and what the user calls them."""
        for n, stream_id, is_accepted, name in self._run(
            "SELECT n, stream_id, is_accepted, name FROM stream"
        ).fetchall():
            now = int(stream_id in accepted), names.get(stream_id, "")
            if now != (is_accepted, name):
                self._run("UPDATE stream SET is_accepted=?, name=? WHERE n=?", (*now, n))
            if now[0] != is_accepted:
                self._touched.add(n)

    def _number(self, stream_id: str) -> int:
        self._run(
            "INSERT OR IGNORE INTO stream VALUES"
            " (NULL, ?, '', '', '', '', '', '', '', 0, 0, 0, 0, 0, 0, '', '', 0, 0)",
            (stream_id,),
        )
        row = self._run("SELECT n FROM stream WHERE stream_id = ?", (stream_id,)).fetchone()
        return int(row[0])

    # --- sums

    def _sum_up(self) -> None:
        """Sum up what changed: a stream, and those that tell of the same codespace or sessions."""
        if not self._touched:
            return
        for group in self._groups():
            self._sum_group(group)
        self._run("DELETE FROM total")
        self._run(
            "INSERT INTO total SELECT lower(s.user), d.day, sum(d.core_us), max(d.ended_at)"
            f" FROM day d JOIN stream s ON s.n = d.stream WHERE {COUNTS} GROUP BY 1, 2"
        )

    def _groups(self) -> list[list[int]]:
        """The streams that are summed up together: by codespace, the changed ones alone."""
        found: list[list[int]] = []
        rows = self._run(
            "SELECT iif(codespace = '', stream_id, environment || ' ' || codespace) AS place, n"
            " FROM stream ORDER BY place, is_own DESC, is_accepted DESC, n"
        ).fetchall()
        shared = self._with_shared_sessions()
        for _, group in groupby(rows, key=lambda row: row[0]):
            numbers = [int(row[1]) for row in group]
            if not shared.isdisjoint(numbers):
                found.append(numbers)
        return found

    def _with_shared_sessions(self) -> set[int]:
        """The streams that changed, and those that tell one of their sessions too."""
        found = set(self._touched)
        for n in self._touched:
            found |= {
                int(row[0])
                for row in self._run(
                    "SELECT DISTINCT o.stream FROM telling t JOIN telling o USING (session_id)"
                    " WHERE t.stream = ?1 AND o.stream <> ?1",
                    (n,),
                )
            }
        return found

    def _sum_group(self, numbers: list[int]) -> None:
        taken: list[tuple[int, int]] = []
        for n in numbers:
            spans: list[Stretch] = []
            began: dict[int, int] = {}
            for started_at, text in self._counting_in(n):
                spans += running_of(text)
                day = started_at // DAY_US * DAY_US
                began[day] = began.get(day, 0) + 1
            left = without(spans, taken) if taken else spans
            self._keep(n, left, began)
            if len(numbers) > 1:
                taken = union([*spans, *((a, b - a, 1) for a, b in taken)])

    def _counting_in(self, n: int) -> list[tuple[int, str]]:
        """The sessions that count in a stream. One that no one accepted takes nothing from
        others."""
        rows: list[tuple[int, str]] = self._run(
            "SELECT t.started_at, t.spans FROM telling t WHERE t.stream = ?1 AND t.stream ="
            f" ({COUNTED_IN.format(session='t.session_id')})",
            (n,),
        ).fetchall()
        return rows

    def _keep(self, n: int, spans: list[Stretch], began: Mapping[int, int]) -> None:
        self._run("DELETE FROM part WHERE stream = ?", (n,))
        self._run("DELETE FROM day WHERE stream = ?", (n,))
        running: dict[int, int] = {}
        core: dict[int, int] = {}
        ended: dict[int, int] = {}
        for day, start, ran, cores in by_day(spans):
            self._run("INSERT INTO part VALUES (?, ?, ?, ?, ?)", (day, n, start, ran, cores))
            running[day] = running.get(day, 0) + ran
            core[day] = core.get(day, 0) + ran * cores
            ended[day] = max(ended.get(day, 0), start + ran)
        unattended = dict(
            self._run("SELECT day, core_us FROM unattended WHERE stream = ?", (n,)).fetchall()
        )
        for day in sorted({*running, *began}):
            used = core.get(day, 0)
            empty = min(unattended.get(day, 0), used) if unattended else None
            self._run(
                "INSERT INTO day VALUES (?, ?, ?, ?, ?, ?, ?)",
                (n, day, running.get(day, 0), used, began.get(day, 0), empty, ended.get(day, 0)),
            )


def _unattended(stream: Stream) -> dict[int, int]:
    """The core-time with no one there that a stream tells, by days."""
    found: dict[int, int] = {}
    for one in stream.presence.parts:
        day = one.at // DAY_US * DAY_US
        found[day] = found.get(day, 0) + one.unattended_core_us
    return found
