"""What must hold after each event: read from outside, by the ledger's file and the others, and from
the oracle."""

import json
import sqlite3
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.simulation.machine import START_US

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

if TYPE_CHECKING:
    from tests.simulation.player import Player

DRAWN_AGAIN = (
    "status.json",
    "current_session.json",
    "minute_runtime.json",
    "total_runtime.json",
    "prompt.txt",
)
_GRID_US = 3 * HOUR_US
"""The hours of the trigger `at`."""
_MISSED_KEPT = 1000
"""Of more points than that, which a start finds to have been missed, the newest are written
down."""
_OURS = "tracker_id = (SELECT tracker_id FROM tracker)"


class Checks:
    """The invariants of one player's world."""

    def __init__(self, player: "Player") -> None:
        self.player = player
        self.directory = player.directory
        self._closed: dict[int, tuple[Any, ...]] = {}
        self._reader: sqlite3.Connection | None = None
        self._latest = 0
        """The latest that the wall clock has ever been."""
        self._hours: range | None = None

    def all(self) -> None:
        """Check everything; AssertionError where something does not hold."""
        try:
            if self._has_ledger():
                self._sessions()
                self._runs()
                self._journal()
                self._presence()
                self._files()
                if self.player.quiet and self.player.daemon is not None:
                    self._triggers()
                    self._flags()
        finally:
            self._close()
        self._latest = max(self._latest, self.player.machine.now.wall_us)
        self._hours = None

    def before_run(self) -> None:
        """The tracker is about to live for a while: from here on each hour of `at` is to be
        seen."""
        since = (
            max(self._latest, self.player.machine.now.wall_us)
            + self.player.oracle.beat
            + 5 * SECOND_US
        )
        text = self._in_force()
        self._hours = (
            range(-(-since // _GRID_US) * _GRID_US, 1 << 62, _GRID_US)
            if '"hourly"' in text
            else None
        )

    def begun_again(self) -> None:
        """The tracker begins again by itself: for a moment it has no plan."""
        self._hours = None

    def everything(self) -> dict[str, bytes]:
        """All files of the state directory."""
        return {
            str(path): path.read_bytes() for path in self.directory.rglob("*") if path.is_file()
        }

    def last(self) -> tuple[Any, ...]:
        """The newest session's number, and the boot and the monotonic clock at its last heartbeat;
        (0,) if none."""
        try:
            if not self._has_ledger():
                return (0,)
            found = self._rows(
                "SELECT number, boot_id, last_mono_us FROM session ORDER BY number DESC LIMIT 1"
            )
        finally:
            self._close()
        return tuple(found[0]) if found else (0,)

    def seen_at(self) -> tuple[int, ...]:
        """The last heartbeats of all sessions, oldest session first (UTC µs)."""
        try:
            if not self._has_ledger():
                return ()
            return tuple(
                row[0]
                for row in self._rows(
                    "SELECT last_seen_at FROM session WHERE number > 0 ORDER BY number"
                )
            )
        finally:
            self._close()

    def due(self) -> list[Any]:
        """What became due and was to run, so far."""
        try:
            return self._rows("SELECT id FROM occurrence WHERE state <> 'skipped'")
        finally:
            self._close()

    def has_ledger(self) -> bool:
        """Whether there is a ledger with tables."""
        try:
            return self._has_ledger()
        finally:
            self._close()

    def _has_ledger(self) -> bool:
        if not (self.directory / "ledger.db").exists():
            return False
        return bool(self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'session'"))

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        if self._reader is None:
            self._reader = sqlite3.connect(self.directory / "ledger.db")
        return self._reader.execute(sql, values).fetchall()

    def _close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _one(self, sql: str, *values: Any) -> Any:
        return self._rows(sql, *values)[0][0]

    def _sessions(self) -> None:
        found = self._rows(
            "SELECT number, running_us, ending, ended_at FROM session WHERE number > 0 ORDER BY "
            "number"
        )
        assert [row[0] for row in found] == list(range(1, len(self.player.oracle.lives) + 1)), (
            "the sessions that there are"
        )
        total = 0
        for number, running_us, ending, ended_at in found:
            low, high = self.player.oracle.bounds(number)
            assert low <= running_us <= high, (
                f"session {number}: {running_us} is not within {low} and {high}"
            )
            if number < len(found):
                row = (running_us, ending, ended_at)
                left_open = self.player.oracle.lives[number - 1].left_open
                assert ending is not None or left_open, (
                    f"session {number} is over, or another tracker's"
                )
                assert self._closed.setdefault(number, row) == row, "what is over does not change"
                total += running_us
        self._once()
        if found:
            before = self._one("SELECT before_us - imported_us FROM tracker")
            assert before == total, "the total is that of the sessions"
            imported = self._one(
                "SELECT coalesce(sum(running_us), 0) FROM session WHERE number <= 0"
            )
            assert self._one("SELECT imported_us FROM tracker") == imported, (
                "and of those that were imported"
            )
            broken = self._rows(
                "SELECT s.number FROM session s WHERE s.running_us <> (SELECT max(p.offset_us +"
                " coalesce(p.running_us, s.running_us - p.offset_us)) FROM span p WHERE p.session"
                " = s.number)"
            )
            assert broken == [], "spans add up to their session"

    def _once(self) -> None:
        """No time is counted twice, as the truth has it: not that of a boot, and with right clocks
        none at all."""
        machine = self.player.machine
        by_boot = dict(
            self._rows("SELECT boot_id, sum(running_us) FROM session WHERE number > 0 GROUP BY 1")
        )
        for boot, awake in machine.awake.items():
            assert by_boot.get(f"boot-{boot}", 0) <= awake, f"boot {boot} is counted once"
        if self.player.clocks_are_right and self.player.oracle.lives:
            most = machine.true_us - START_US + self.player.oracle.lives[0].credit
            assert sum(by_boot.values()) <= most, "no more is counted than time has passed"
            longer = (
                "SELECT number FROM session WHERE number > 0 AND running_us > last_seen_at - "
                "started_at"
            )
            assert self._rows(longer) == [], "no session runs for longer than from its start"

    def _runs(self) -> None:
        lines = Counter(line.order.name for line in self.player.machine.lines)
        runs = {
            row[0]: row[1:]
            for row in self._rows("SELECT name, result, occurrence, attempt FROM run")
        }
        assert set(lines) <= set(runs), "nothing is run that is not written down before"
        assert all(count == 1 for count in lines.values()), "no run is run twice"
        for name, (result, *_) in runs.items():
            if result in ("succeeded", "failed", "timed_out"):
                assert name in lines, "what has ended has run"
        twice = self._rows(
            "SELECT occurrence FROM run WHERE result = 'succeeded' GROUP BY occurrence HAVING "
            "count(*) > 1"
        )
        assert twice == [], "what has succeeded is not run again"
        doubled = self._rows(
            f"SELECT flag, generation, scope FROM occurrence WHERE {_OURS} AND scope NOT IN"
            " ('edge', 'ever') AND state <> 'skipped' GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        assert doubled == [], "a level fires once a scope"
        open_runs = self._one(
            "SELECT count(*) FROM run r JOIN occurrence o ON o.id = r.occurrence WHERE r.result "
            f"IS NULL AND o.{_OURS}"
        )
        assert open_runs <= 4, "at most four at once"

    def _journal(self) -> None:
        first, last, count = self._rows("SELECT min(seq), max(seq), count(*) FROM journal")[0]
        assert count == 0 or (first, last) == (1, count), "the journal has no gap"

    def _files(self) -> None:
        for path in self.directory.glob("*.json"):
            text = path.read_text()
            if text or path.name not in DRAWN_AGAIN:
                if path.name != "trigger_config.json":
                    json.loads(text)
            else:
                assert not self.player.quiet, f"{path.name} is drawn again"
        if self.player.quiet and self.player.daemon is not None:
            shown = json.loads((self.directory / "status.json").read_text())
            session = self.player.daemon.session
            assert shown["session"]["number"] == session.number
            assert 0 <= session.running_us - shown["session"]["running_us"] <= MINUTE_US
            logs = json.loads((self.directory / "session_logs.json").read_text())
            numbers = [entry["number"] for entry in logs]
            assert numbers == list(range(numbers[0], session.number + 1))
            assert numbers[0] == min(1, 1 - self.player.imports)

    def _triggers(self) -> None:
        daemon = self.player.daemon
        assert daemon is not None
        session, running_us = self._rows(
            "SELECT number, running_us FROM session ORDER BY number DESC LIMIT 1"
        )[0]
        total = self._one("SELECT before_us FROM tracker") + running_us
        users = self._users_flags()
        for trigger in json.loads(self._in_force()):
            flag, conditions = trigger["flag_name"], trigger["conditions"]
            if "idle_minutes" in conditions:
                if "minute_runtime_minutes" not in conditions:
                    self._idle(flag, conditions["idle_minutes"] * MINUTE_US)
                continue
            if "every_minutes" in conditions:
                clock = total - self._one("SELECT imported_us FROM tracker")
                self._every(flag, conditions["every_minutes"] * MINUTE_US, clock)
            elif "minute_runtime_minutes" in conditions and flag not in users:
                if (
                    running_us
                    > conditions["minute_runtime_minutes"] * MINUTE_US + self.player.oracle.beat
                ):
                    assert self._claimed(flag, f"session:{session}"), f"{trigger['label']} is due"
            elif "total_runtime_minutes" in conditions and flag not in users:
                if (
                    total
                    > conditions["total_runtime_minutes"] * MINUTE_US + self.player.oracle.beat
                ):
                    assert self._claimed(flag, "ever"), f"{trigger['label']} is due"
            elif "today_runtime_hours" in conditions and flag not in users:
                self._today(flag, conditions["today_runtime_hours"] * 60 * MINUTE_US)
            elif "at" in conditions:
                self._at(flag, daemon.session.last_seen_at - self.player.oracle.beat)

    def _in_force(self) -> str:
        """The triggers as the user wrote them last, if they are in force."""
        path = self.directory / "trigger_config.json"
        try:
            found = json.loads(path.read_text()) if path.exists() else []
        except ValueError:
            return "[]"
        return json.dumps(found if isinstance(found, list) else [])

    def _claimed(self, flag: str, scope: str) -> bool:
        return bool(
            self._rows(
                "SELECT 1 FROM occurrence o LEFT JOIN generation g ON g.flag = o.flag WHERE"
                " o.flag = ? AND o.scope = ? AND o.generation = coalesce(g.n, 0)",
                flag,
                scope,
            )
        )

    def _every(self, flag: str, period: int, total: int) -> None:
        armed = self._rows("SELECT total_us FROM armed WHERE flag = ?", flag)
        if len(armed) != 1:
            return  # two triggers of one flag
        [(since,)] = armed
        due = set(
            range(since + period, total - self.player.oracle.beat + 1, period)[-_MISSED_KEPT:]
        )
        points = {
            row[0]
            for row in self._rows(
                "SELECT point FROM occurrence WHERE flag = ? AND scope = 'edge'", flag
            )
        }
        assert due <= points, f"{flag}: each of its points is written down"

    def _at(self, flag: str, until: int) -> None:
        """Each of its hours that the tracker lived through is written down, at its moment."""
        if self._hours is None:
            return
        points = {
            row[0] for row in self._rows("SELECT due_at FROM occurrence WHERE flag = ?", flag)
        }
        due = set(range(self._hours.start, until, _GRID_US))
        assert due <= points, f"{flag}: each of its hours is written down"

    def _idle(self, flag: str, limit: int) -> None:
        """Who has been away for so long, known and untouched, has set it off."""
        daemon, machine = self.player.daemon, self.player.machine
        assert daemon is not None
        armed = self._rows("SELECT total_us FROM armed WHERE flag = ?", flag)
        if len(armed) != 1 or any(one.clients is None for one in machine.servers.values()):
            return
        clock = self._one("SELECT before_us - imported_us FROM tracker") + daemon.session.running_us
        people = machine.people
        alone = machine.now.mono_us - max(people.seen_at, people.unknown_at)
        # a minute and a half to be sure that nobody is in an editor, the look, and the 8 seconds
        late = 90 * SECOND_US + 20 * SECOND_US + self.player.oracle.beat
        if min(alone, clock - armed[0][0]) > limit + late:
            stretch = daemon.autopilot._stretch
            assert stretch is not None, "presence is known"
            points = self._rows("SELECT point FROM occurrence WHERE flag = ?", flag)
            assert (stretch.point,) in points, f"{flag} fires when nobody was there for so long"

    def _presence(self) -> None:
        """All running time of a session that was decided is present, absent or unknown, and no
        more than that is."""
        rows = self._rows(
            "SELECT s.number, s.running_us, s.decided_us, s.present_us + s.absent_us +"
            " s.unknown_us, (SELECT coalesce(sum(p.present_us + p.absent_us + p.unknown_us), 0)"
            " FROM presence p WHERE p.session = s.number), s.idle_since_us FROM session s"
            " WHERE s.number > 0"
        )
        for number, running_us, decided_us, counted, over, idle_since in rows:
            assert counted + over == decided_us, f"session {number}: what was decided is split"
            assert decided_us <= running_us, f"session {number}: it ran when it was looked at"
            assert idle_since is None or idle_since <= running_us + 8 * SECOND_US
        assert self._rows("SELECT 1 FROM presence WHERE quarter_at % 900000000 <> 0") == []

    def _today(self, flag: str, threshold: int) -> None:
        seen = self._one("SELECT last_seen_at FROM session ORDER BY number DESC LIMIT 1")
        start = seen // DAY_US * DAY_US
        rows = self._rows(
            "SELECT p.started_at, coalesce(p.running_us, s.running_us - p.offset_us) FROM span p"
            " JOIN session s ON s.number = p.session"
        )
        today = sum(max(0, min(at + us, start + DAY_US) - max(at, start)) for at, us in rows)
        day = self._one("SELECT date(? / 1000000, 'unixepoch')", seen)
        if (
            today > threshold + self.player.oracle.beat
            and seen - start > 2 * self.player.oracle.beat
        ):
            assert self._claimed(flag, f"day:{day}"), f"{flag} is due today"

    def _users_flags(self) -> set[str]:
        folder = self.directory / "flags"
        return {path.name for path in folder.glob("[!.]*") if path.read_text() == "mine\n"}

    def _flags(self) -> None:
        folder = self.directory / "flags"
        ours = {path.name for path in folder.glob("[!.]*") if path.read_text() != "mine\n"}
        placed = {row[0]: row[1] for row in self._rows("SELECT flag, scope FROM flag_placed")}
        assert ours <= set(placed), "each flag of ours is known"
        session = self._one("SELECT max(number) FROM session")
        for flag, scope in placed.items():
            assert flag in ours or flag in self._users_flags(), f"the flag {flag} is there"
            assert not scope.startswith("session:") or scope == f"session:{session}", (
                f"{flag} goes with its scope"
            )
