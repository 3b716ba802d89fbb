"""Plays events on the real daemon loop, configuration and ledger, and checks after each one what must hold.

A fuse cuts the tracker's life at any point at which something outside of it changes: before and after each commit of
the ledger, each file that is replaced, linked or deleted, each run that is started.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.simulation.events import Event, triggers_of
from tests.simulation.machine import End, SimulatedMachine
from tests.simulation.oracle import Oracle

from codespace_tracker.core.clock import DAY_US, MINUTE_US, SECOND_US
from codespace_tracker.daemon import rescue
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.environment import Environment
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runs import places
from codespace_tracker.runs.order import Order

_KINDS = {"codespace": "codespaces", "container": "container", "host": "host"}
_DRAWN_AGAIN = ("status.json", "current_session.json", "minute_runtime.json", "total_runtime.json", "prompt.txt")
_SLOW_US = 2 * 3600 * SECOND_US


class Cut(BaseException):
    """The process is gone at this very point."""


class Fuse:
    """Burns down with each point that the tracker comes to; once through, nothing of the tracker works any more."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.blown = False
        self.lit = False
        """Whether what is done now is done by the tracker, and not by the world around it."""

    def point(self) -> None:
        if not self.lit:
            return
        if self.blown:
            raise Cut
        if self.left is not None:
            self.left -= 1
            if self.left < 0:
                self.left, self.blown = None, True
                raise Cut

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a point before it and one after it."""

        def wrapped(*words: Any, **more: Any) -> Any:
            self.point()
            result = function(*words, **more)
            self.point()
            return result

        return wrapped


@contextlib.contextmanager
def fused(fuse: Fuse) -> Iterator[None]:
    """All that the tracker does to the world goes through the fuse."""
    kept = {name: getattr(os, name) for name in ("rename", "unlink", "link")}
    transaction, heartbeat, take_lock = Ledger.transaction, Ledger.heartbeat, places.take_lock

    @contextlib.contextmanager
    def cut_transaction(self: Ledger) -> Iterator[None]:
        fuse.point()
        with transaction(self):
            yield
            fuse.point()  # before the commit
        fuse.point()

    for name, function in kept.items():
        setattr(os, name, fuse.around(function))
    Ledger.transaction = cut_transaction  # type: ignore[method-assign]
    Ledger.heartbeat = fuse.around(heartbeat)  # type: ignore[method-assign]
    try:
        yield
    finally:
        for name, function in kept.items():
            setattr(os, name, function)
        Ledger.transaction, Ledger.heartbeat = transaction, heartbeat  # type: ignore[method-assign]
        places.take_lock = take_lock


class Machine(SimulatedMachine):
    """A simulated machine whose runs are started through the fuse, and whose scripts end as a seed has it."""

    def __init__(self, kind: str, fuse: Fuse, chance: random.Random) -> None:
        super().__init__(_KINDS[kind])
        name = "fuzzy" if kind == "codespace" else ""
        self.seen = Environment(_KINDS[kind], name, "", "", prebuild=False)
        self.mood = "succeed"
        self.fuse = fuse
        self._chance = chance
        self.script = self._how_it_ends
        self.ran_before_pid1 = 0
        self.boot, self.pid1 = 1, 1

    def start_run(self, order: Order, lock: int) -> None:
        self.fuse.point()
        super().start_run(order, lock)
        self.fuse.point()

    def _how_it_ends(self, _: Order) -> End | None:
        mood = self.mood if self.mood != "vary" else self._chance.choice(("succeed", "fail", "hang"))
        if mood == "hang":
            return End(_SLOW_US, "timed_out")
        return End(self._chance.randrange(1, 90 * SECOND_US), "succeeded" if mood == "succeed" else "failed")

    def new_pid1(self, gap: int) -> None:
        """The container ends and, after a while, another one begins: the machine goes on."""
        self._coming.clear()
        self._planning = None
        self.cut_off_scripts()
        self.run(gap)
        self.pid1 += 1
        self.now = self.now._replace(pid1_start_us=self.now.boot_us)
        self.ran_before_pid1 = self.now.mono_us
        self.run(SECOND_US)

    def boots(self, off: int) -> None:
        """Switched off, and on again."""
        self.boot += 1
        self.pid1 += 1
        self.boot_anew(f"boot-{self.boot}", off)
        self.ran_before_pid1 = 500_000


class Player:
    """One world: a machine, a tracker, a user, and the truth of the oracle."""

    def __init__(self, seed: int) -> None:
        folder = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.root = Path(tempfile.mkdtemp(prefix="simulation-", dir=folder))
        self.directory = self.root / "state"
        self.fuse = Fuse()
        self.chance = random.Random(seed)
        self.daemon: Daemon | None = None
        self.oracle = Oracle("host", 0)
        self.machine = Machine("host", self.fuse, self.chance)
        self.cut: str | None = None
        self.quiet = False
        """Whether the tracker has run since the last change, long enough to have seen all of it."""
        self.config = ""
        self.closed: dict[int, tuple[Any, ...]] = {}
        self.happened: Counter[str] = Counter()

    def play(self, events: list[Event]) -> None:
        """Play all events; AssertionError where something does not hold."""
        with fused(self.fuse):
            try:
                for event in events:
                    self.happened[event[0]] += 1
                    self.quiet = False
                    getattr(self, "_" + event[0].replace(" ", "_"))(*event[1:])
                    self._check()
                self._start()
                self._run(15 * MINUTE_US)
                self._check()
            finally:
                self._gone()
                self.machine.cut_off_scripts()
                self.fuse.blown, self.fuse.left = False, None
        shutil.rmtree(self.root)

    # --- the machine

    def _machine(self, kind: str, beat: int) -> None:
        self.machine = Machine(kind, self.fuse, self.chance)
        self.machine.now = self.machine.now._replace(pid1_start_us=1_000_000)
        self.machine.ran_before_pid1 = 1_000_000
        self.oracle = Oracle(kind, max(10, beat) * SECOND_US)
        self.config = f"heartbeat_seconds = {beat}\n"

    def _run(self, microseconds: int) -> None:
        if self.daemon is None:
            self.machine.run(microseconds)
            return
        until = self.machine.now.mono_us + microseconds
        alive = self._carefully(lambda: self._live(until))
        self.quiet = alive and microseconds > 2 * self.oracle.beat + 5 * SECOND_US
        if alive and microseconds > self.oracle.beat:
            self.oracle.beats()
        if not alive and self.machine.now.mono_us < until:
            self.machine.run(until - self.machine.now.mono_us)

    def _live(self, until: int) -> None:
        machine, awake, at = self.machine, 0, 0
        while machine.now.mono_us < until and self.daemon is not None:
            heard = machine.wait(min(self.daemon.until_due(), until - machine.now.mono_us))
            self.oracle.sees(machine.now.mono_us, machine.now.boot_us)
            if heard is not None or self.daemon.until_due() <= 0:
                self.daemon.step(heard)
                awake = awake + 1 if machine.now.mono_us == at else 0
                at = machine.now.mono_us
                assert awake < 200, "the daemon does not sleep any more"
                if self.daemon.exit_code is not None:
                    self._gone()
                    self.fuse.lit = True
                    self._begin()

    def _carefully(self, act: Callable[[], None]) -> bool:
        """Let the tracker act; whether it outlived that."""
        self.fuse.lit = True
        try:
            act()
        except Cut:
            self.fuse.lit = False
            how, self.cut = self.cut, None
            self._tracker_dies()
            if how == "machine":
                self._power_off(MINUTE_US)
            return False
        finally:
            self.fuse.lit = False
        return True

    def _cut(self, points: int, who: str) -> None:
        self.fuse.left, self.cut = points, who

    def _suspend(self, microseconds: int) -> None:
        self.machine.suspend(microseconds)
        self.oracle.suspends(microseconds)

    def _set_clock(self, by: int) -> None:
        self.machine.set_wall_clock(by)

    def _cores(self, count: int) -> None:
        self.machine.cpus = count

    def _power_off(self, off: int) -> None:
        self._tracker_dies()
        for name in _DRAWN_AGAIN:  # what nobody waited for to be on the disk may not be
            path = self.directory / name
            if path.exists() and self.chance.random() < 0.5:
                path.write_bytes(b"")
        self.machine.boots(off)
        self.oracle.suspended = 0

    def _term(self, off: int) -> None:
        if self.daemon is not None and self._ends(signal.SIGTERM):
            self.machine.boots(off)
            self.oracle.suspended = 0
        else:
            self._power_off(off)

    def _new_container(self, gap: int) -> None:
        self._tracker_dies()
        self.machine.new_pid1(gap)

    def _snapshot(self, back: int) -> None:
        """The clocks go back by so much before the moment at which the tracker was last seen, and to no other boot."""
        if not self.oracle.lives or self.oracle.lives[-1].boot != self.machine.boot:
            return
        self._tracker_dies()
        machine, last = self.machine, self.oracle.lives[-1]
        back += machine.now.mono_us - last.seen + self.oracle.beat
        started = machine.now.pid1_start_us or 0
        if machine.now.mono_us - back <= machine.ran_before_pid1 or machine.now.boot_us - back <= started:
            return
        machine.now = machine.now._replace(mono_us=machine.now.mono_us - back, boot_us=machine.now.boot_us - back)
        machine.cut_off_scripts()
        machine._coming.clear()
        self._start()

    # --- the tracker

    def _start(self) -> None:
        if self.daemon is None:
            self._carefully(self._begin)

    def _begin(self) -> None:
        self.directory.mkdir(exist_ok=True, mode=0o700)
        if not (self.directory / "config.toml").exists():
            (self.directory / "config.toml").write_text(self.config)
        sessions = self._one("SELECT coalesce(max(number), 0) FROM session") if self._has_ledger() else 0
        now, machine = self.machine.now, self.machine
        ran = now.mono_us - machine.ran_before_pid1
        told = machine.boot, machine.pid1, now.mono_us, now.boot_us, ran
        try:
            prepare(str(self.directory))
            ledger = rescue.open_ledger(str(self.directory), now.wall_us)
            try:
                daemon = Daemon(str(self.directory), machine, ledger)
                daemon.begin()
            except Cut:
                ledger.connection.close()
                raise
            self.daemon = daemon
        finally:
            # it may have been cut off before the decision was written down, or after
            number, *seen = self._last() if self._has_ledger() else (0,)
            if number > sessions or seen == [now.boot_id, now.mono_us]:
                self._ask_oracle(number > sessions, *told)

    def _ask_oracle(self, begins: bool, boot: int, pid1: int, mono: int, boottime: int, ran: int) -> None:
        expected = self.oracle.starts(boot, pid1, mono, boottime, ran)
        if expected is None:
            self.oracle.decided(begins, boot, pid1, mono, boottime, ran)
        else:
            assert begins == expected, f"a new session: {begins}, and it should be {expected}"

    def _last(self) -> tuple[Any, ...]:
        """The newest session's number, and the boot and the monotonic clock at its last heartbeat."""
        found = self._rows("SELECT number, boot_id, last_mono_us FROM session ORDER BY number DESC LIMIT 1")
        return found[0] if found else (0,)

    def _has_ledger(self) -> bool:
        if not (self.directory / "ledger.db").exists():
            return False
        return bool(self._rows("SELECT 1 FROM sqlite_schema WHERE name = 'session'"))

    def _tracker_dies(self) -> None:
        if self.daemon is not None:
            self.oracle.sees(self.machine.now.mono_us, self.machine.now.boot_us)
        self._gone()

    def _gone(self) -> None:
        """The process is no more: what it had open is closed, and nothing else happens."""
        daemon, self.daemon = self.daemon, None
        if daemon is not None:
            daemon.ledger.connection.close()
        self.fuse.blown = self.fuse.lit = False
        self._drop_locks()

    def _drop_locks(self) -> None:
        """The locks of runs that never began were the dead process's own."""
        held = set(self.machine._locks.values())
        for name in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError):
                target = os.readlink(f"/proc/self/fd/{name}")
                if target.startswith(str(self.directory)) and "/runs/" in target and int(name) not in held:
                    os.close(int(name))

    def _ends(self, number: int) -> bool:
        """Tell the tracker to end; whether it did in good order."""
        daemon = self.daemon
        assert daemon is not None

        def end() -> None:
            self.oracle.sees(self.machine.now.mono_us, self.machine.now.boot_us)
            daemon.step(number)

        mono, boottime = self.machine.now.mono_us, self.machine.now.boot_us
        if not self._carefully(end):
            return False
        self.oracle.sees(mono, boottime)
        self.oracle.ends_clean()
        self._gone()
        return True

    def _pause(self) -> None:
        if self.daemon is not None:
            self._ends(PAUSE)

    # --- the user and the scripts

    def _triggers(self, numbers: list[int]) -> None:
        self.directory.mkdir(exist_ok=True, mode=0o700)
        text = json.dumps(triggers_of(numbers))
        path = self.directory / "trigger_config.json"
        path.write_text(text + " " * (len(path.read_text()) % 7 + 1 if path.exists() else 0))
        self._tell()

    def _broken_triggers(self) -> None:
        self.directory.mkdir(exist_ok=True, mode=0o700)
        (self.directory / "trigger_config.json").write_text('[{"label": ')
        self._tell()

    def _tell(self) -> None:
        daemon = self.daemon
        if daemon is not None:
            self._carefully(lambda: daemon.step(signal.SIGHUP))

    def _user_makes_flag(self, flag: str) -> None:
        folder = self.directory / "flags"
        if folder.exists() and not (folder / flag).exists():
            (folder / flag).write_text("mine\n")

    def _user_removes_flag(self, flag: str) -> None:
        (self.directory / "flags" / flag).unlink(missing_ok=True)

    def _flags_folder_vanishes(self) -> None:
        shutil.rmtree(self.directory / "flags", ignore_errors=True)

    def _scripts(self, mood: str) -> None:
        self.machine.mood = mood

    # --- what must hold

    def _rows(self, sql: str, *values: Any) -> list[Any]:
        connection = sqlite3.connect(self.directory / "ledger.db")
        try:
            return connection.execute(sql, values).fetchall()
        finally:
            connection.close()

    def _one(self, sql: str, *values: Any) -> Any:
        return self._rows(sql, *values)[0][0]

    def _check(self) -> None:
        if not self._has_ledger():
            return
        self._check_sessions()
        self._check_runs()
        self._check_journal()
        self._check_files()
        if self.quiet and self.daemon is not None:
            self._check_triggers()
            self._check_flags()

    def _check_sessions(self) -> None:
        found = self._rows("SELECT number, running_us, ending, ended_at FROM session ORDER BY number")
        assert [row[0] for row in found] == list(range(1, len(self.oracle.lives) + 1)), "the sessions that there are"
        total = 0
        for number, running_us, ending, ended_at in found:
            low, high = self.oracle.bounds(number)
            assert low <= running_us <= high, f"session {number}: {running_us} is not within {low} and {high}"
            if number < len(found):
                row = (running_us, ending, ended_at)
                assert ending is not None, f"session {number} is over"
                assert self.closed.setdefault(number, row) == row, "what is over does not change"
                total += running_us
        if found:
            assert self._one("SELECT before_us FROM tracker") == total, "the total is that of the sessions"
            broken = self._rows(
                "SELECT s.number FROM session s WHERE s.running_us <> (SELECT max(p.offset_us + coalesce(p.running_us,"
                " s.running_us - p.offset_us)) FROM span p WHERE p.session = s.number)"
            )
            assert broken == [], "spans add up to their session"

    def _check_runs(self) -> None:
        lines = Counter(line.order.name for line in self.machine.lines)
        runs = {row[0]: row[1:] for row in self._rows("SELECT name, result, occurrence, attempt FROM run")}
        assert set(lines) <= set(runs), "nothing is run that is not written down before"
        assert all(count == 1 for count in lines.values()), "no run is run twice"
        for name, (result, *_) in runs.items():
            if result in ("succeeded", "failed", "timed_out"):
                assert name in lines, "what has ended has run"
        twice = self._rows(
            "SELECT occurrence FROM run WHERE result = 'succeeded' GROUP BY occurrence HAVING count(*) > 1"
        )
        assert twice == [], "what has succeeded is not run again"
        doubled = self._rows(
            "SELECT flag, generation, scope FROM occurrence WHERE scope <> 'edge' AND state <> 'skipped' AND NOT"
            " (scope = 'ever') GROUP BY 1, 2, 3 HAVING count(*) > 1"
        )
        assert doubled == [], "a level fires once a scope"
        open_runs = self._one("SELECT count(*) FROM run WHERE result IS NULL")
        assert open_runs <= 4, "at most four at once"

    def _check_journal(self) -> None:
        first, last, count = self._rows("SELECT min(seq), max(seq), count(*) FROM journal")[0]
        assert count == 0 or (first, last) == (1, count), "the journal has no gap"

    def _check_files(self) -> None:
        for path in self.directory.glob("*.json"):
            text = path.read_text()
            if text or path.name not in _DRAWN_AGAIN:
                if path.name != "trigger_config.json":
                    json.loads(text)
            else:
                assert not self.quiet, f"{path.name} is drawn again"
        if self.quiet and self.daemon is not None:
            shown = json.loads((self.directory / "status.json").read_text())
            session = self.daemon.session
            assert shown["session"]["number"] == session.number
            assert 0 <= session.running_us - shown["session"]["running_us"] <= MINUTE_US
            logs = json.loads((self.directory / "session_logs.json").read_text())
            assert [entry["number"] for entry in logs] == list(range(1, session.number + 1))

    def _check_triggers(self) -> None:
        daemon = self.daemon
        assert daemon is not None
        session, running_us = self._rows("SELECT number, running_us FROM session ORDER BY number DESC LIMIT 1")[0]
        total = self._one("SELECT before_us FROM tracker") + running_us
        users = self._users_flags()
        for trigger in json.loads(self._in_force()):
            flag, conditions = trigger["flag_name"], trigger["conditions"]
            if "every_minutes" in conditions:
                self._check_every(flag, conditions["every_minutes"] * MINUTE_US, total)
            elif "minute_runtime_minutes" in conditions and flag not in users:
                if running_us > conditions["minute_runtime_minutes"] * MINUTE_US + self.oracle.beat:
                    assert self._claimed(flag, f"session:{session}"), f"{trigger['label']} is due"
            elif "total_runtime_minutes" in conditions and flag not in users:
                if total > conditions["total_runtime_minutes"] * MINUTE_US + self.oracle.beat:
                    assert self._claimed(flag, "ever"), f"{trigger['label']} is due"
            elif "today_runtime_hours" in conditions and flag not in users:
                self._check_today(flag, conditions["today_runtime_hours"] * 60 * MINUTE_US)

    def _in_force(self) -> str:
        """The triggers as the user wrote them last, if they are in force."""
        text = (self.directory / "trigger_config.json").read_text()
        try:
            found = json.loads(text)
        except ValueError:
            return "[]"
        return json.dumps(found if isinstance(found, list) else [])

    def _claimed(self, flag: str, scope: str) -> bool:
        return bool(
            self._rows(
                "SELECT 1 FROM occurrence o LEFT JOIN generation g ON g.flag = o.flag WHERE o.flag = ? AND o.scope = ?"
                " AND o.generation = coalesce(g.n, 0)",
                flag,
                scope,
            )
        )

    def _check_every(self, flag: str, period: int, total: int) -> None:
        armed = self._rows("SELECT total_us FROM armed WHERE flag = ?", flag)
        if len(armed) != 1:
            return  # two triggers of one flag
        [(since,)] = armed
        due = set(range(since + period, total - self.oracle.beat + 1, period))
        points = {row[0] for row in self._rows("SELECT point FROM occurrence WHERE flag = ? AND scope = 'edge'", flag)}
        assert due <= points, f"{flag}: each of its points is written down"

    def _check_today(self, flag: str, threshold: int) -> None:
        seen = self._one("SELECT last_seen_at FROM session ORDER BY number DESC LIMIT 1")
        start = seen // DAY_US * DAY_US
        rows = self._rows(
            "SELECT p.started_at, coalesce(p.running_us, s.running_us - p.offset_us) FROM span p"
            " JOIN session s ON s.number = p.session"
        )
        today = sum(max(0, min(at + us, start + DAY_US) - max(at, start)) for at, us in rows)
        day = self._one("SELECT date(? / 1000000, 'unixepoch')", seen)
        if today > threshold + self.oracle.beat and seen - start > 2 * self.oracle.beat:
            assert self._claimed(flag, f"day:{day}"), f"{flag} is due today"

    def _users_flags(self) -> set[str]:
        folder = self.directory / "flags"
        return {path.name for path in folder.glob("[!.]*") if path.read_text() == "mine\n"}

    def _check_flags(self) -> None:
        folder = self.directory / "flags"
        ours = {path.name for path in folder.glob("[!.]*") if path.read_text() != "mine\n"}
        placed = {row[0]: row[1] for row in self._rows("SELECT flag, scope FROM flag_placed")}
        assert ours <= set(placed), "each flag of ours is known"
        session = self._one("SELECT max(number) FROM session")
        for flag, scope in placed.items():
            assert flag in ours or flag in self._users_flags(), f"the flag {flag} is there"
            assert not scope.startswith("session:") or scope == f"session:{session}", f"{flag} goes with its scope"
