"""A machine and a tracker that die between any two steps, by a seed; and what truly happened,
written down aside."""

import heapq
import os
import random
import signal
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

import pytest
from tests.simulation.machine import End, Line, SimulatedMachine

from codespace_tracker.config import load
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.clock import SECOND_US
from codespace_tracker.daemon import rescue
from codespace_tracker.daemon.autopilot import Autopilot
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.flag_files import FlagFiles
from codespace_tracker.runs import run_files
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.run_files import Outcome
from codespace_tracker.runtime_files import RuntimeFiles


class Crash(BaseException):
    """The tracker dies here, and the machine with it or not. No code of the tracker may do anything
    about it."""


class Seams:
    """The places between two steps. Each is died at now and then: often at first, by and by more
    seldom."""

    def __init__(self, random_: random.Random, more_seldom: float) -> None:
        self._random = random_
        self._more_seldom = more_seldom
        self._calls: Counter[str] = Counter()
        self._next: dict[str, int] = {}
        self.died: Counter[tuple[str, bool]] = Counter()
        self.is_armed = False
        self.is_dead = False
        self.machine_dies = False
        self.locks: set[int] = set()
        """Descriptors of locks that the tracker holds for runs that it has not forked yet."""

    def bury(self) -> None:
        """The process of the tracker is gone, and the kernel has closed what it held."""
        for lock in self.locks:
            os.close(lock)
        self.locks.clear()
        self.is_dead = False

    @property
    def names(self) -> set[str]:
        """All places that were passed by."""
        return set(self._calls)

    def pass_by(self, name: str) -> None:
        """Die here if it is time for it."""
        if not self.is_armed:
            return
        self._calls[name] += 1
        if self._calls[name] < self._next.setdefault(name, self._random.randint(1, 8)):
            return
        self.machine_dies = self._random.random() < 0.5
        self.died[name, self.machine_dies] += 1
        again = self.died[name, True] + self.died[name, False]
        self._next[name] = self._calls[name] + int(
            self._random.randint(1, 40) * self._more_seldom**again
        )
        self.is_dead = True
        raise Crash(name)

    def around(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function with a place to die before it and one after it."""

        def wrapped(*args: Any, **options: Any) -> Any:
            self.pass_by(f"before {name}")
            found = function(*args, **options)
            self.pass_by(f"after {name}")
            return found

        return wrapped


class DyingConnection:
    """A connection to the ledger, with places to die around what makes changes last."""

    def __init__(self, connection: Any, seams: Seams) -> None:
        self._connection = connection
        self._seams = seams

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, sql: str, *values: Any) -> Any:
        if sql == "COMMIT":
            return self._seams.around("commit", self._connection.execute)(sql)
        if (
            sql.startswith("UPDATE session SET last_seen_at")
            and not self._connection.in_transaction
        ):
            return self._seams.around("heartbeat", self._connection.execute)(sql, *values)
        return self._connection.execute(sql, *values)


class Stay(NamedTuple):
    """A stretch in which the tracker worked by its plan: since a step that was written, until it
    died (UTC µs)."""

    boot_id: str
    since: int
    until: int

    def sees(self, due: int, before: int = 1 << 62) -> bool:
        """Whether what is due at an instant must have been seen in it, if it had to be seen before
        another one."""
        return due <= self.since < before or self.since < due < min(self.until, before)


class Life(NamedTuple):
    """One life of the machine, by PID 1's start and its end (UTC µs)."""

    boot_id: str
    since: int
    until: int


class DyingMachine(SimulatedMachine):
    """Scripts are processes of their own: they begin a little after the fork, end, and then leave
    their outcome."""

    def __init__(self, seams: Seams, random_: random.Random) -> None:
        super().__init__()
        self.seams = seams
        self.lives: list[Life] = []
        self.stays: list[Stay] = []
        self.most_at_once = 0
        self._booted_at = self.now.wall_us - self.now.mono_us
        self._random = random_
        self._going: set[str] = set()
        self._ahead: list[tuple[int, int, Callable[[], None]]] = []
        self._n = 0

    # --- scripts

    def start_run(self, order: Order, lock: int) -> None:
        self.seams.pass_by("before fork")
        self.seams.locks.discard(lock)
        self._locks[order.name] = lock
        self._at(
            self.now.mono_us + self._random.randint(0, SECOND_US // 20), partial(self._begin, order)
        )
        self.seams.pass_by("after fork")

    def _at(self, mono_us: int, action: Callable[[], None]) -> None:
        self._n += 1
        heapq.heappush(self._ahead, (mono_us, self._n, action))

    def _begin(self, order: Order) -> None:
        self.lines.append(Line(self.now.mono_us, dict(order.variables), order))
        self._going.add(order.name)
        self.most_at_once = max(self.most_at_once, len(self._going))
        end = self.script(order)
        if end is not None:
            self._at(self.now.mono_us + end.after_us, partial(self._end, order, end))

    def _end(self, order: Order, end: End) -> None:
        self._at(
            self.now.mono_us + self._random.randint(0, SECOND_US // 20),
            partial(self._leave, order, end),
        )

    def _leave(self, order: Order, end: End) -> None:
        code = 0 if end.result == "succeeded" else 1
        outcome = Outcome(end.result, self.now.wall_us, end.after_us, code, None, "")
        run_files.leave_outcome(order.directory, order.name, outcome)
        os.close(self._locks.pop(order.name))
        self._going.discard(order.name)
        heapq.heappush(self._coming, (self.now.mono_us, signal.SIGCHLD))

    def run(self, microseconds: int) -> None:
        until = self.now.mono_us + microseconds
        while self._ahead and self._ahead[0][0] <= until:
            at, _, action = heapq.heappop(self._ahead)
            super().run(max(0, at - self.now.mono_us))
            action()
        super().run(until - self.now.mono_us)

    def wait(self, microseconds: int) -> int | None:
        """A signal that comes while time passes wakes the tracker at its moment."""
        until = self.now.mono_us + max(0, microseconds)
        while True:
            soonest = min([until, *(found[0][0] for found in (self._ahead, self._coming) if found)])
            self.run(max(0, soonest - self.now.mono_us))
            if self._coming and self._coming[0][0] <= self.now.mono_us:
                return heapq.heappop(self._coming)[1]
            if soonest >= until:
                return None

    # --- what happens to it

    def boot_anew(self, boot_id: str, off: int) -> None:
        self.note_life()
        self._ahead.clear()
        self._going.clear()
        super().boot_anew(boot_id, off)
        self._booted_at = self.now.wall_us - 500_000  # PID 1's start

    def note_life(self) -> None:
        """This life is over."""
        self.lives.append(Life(self.now.boot_id, self._booted_at, self.now.wall_us))

    def tracker_died(self) -> None:
        """Nobody is there to hear signals."""
        self._coming.clear()
        self._configuration = None


def install(seams: Seams, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put places to die around what the tracker does to the world."""
    for owner, names in (
        (FlagFiles, ("place", "remove", "say_drawn")),
        (run_files, ("prune",)),
        (Autopilot, ("act", "step")),
        (RuntimeFiles, ("draw_minute", "draw_logs")),
    ):
        for name in names:
            monkeypatch.setattr(owner, name, seams.around(name, getattr(owner, name)))
    take_lock, drop_lock = run_files.take_lock, run_files.drop_lock

    def taken(directory: str, name: str) -> int:
        seams.pass_by("before take_lock")
        lock = take_lock(directory, name)
        seams.locks.add(lock)
        seams.pass_by("after take_lock")
        return lock

    def dropped(directory: str, name: str, fd: int | None) -> None:
        if not seams.is_dead:
            seams.locks.discard(fd or -1)
            seams.around("clear", drop_lock)(directory, name, fd)

    monkeypatch.setattr(run_files, "take_lock", taken)
    monkeypatch.setattr(run_files, "drop_lock", dropped)
    open_ledger = rescue.open_ledger

    def opened(directory: str, at: int) -> Ledger:
        ledger = open_ledger(directory, at)
        ledger.connection = cast(Any, DyingConnection(ledger.connection, seams))
        return ledger

    monkeypatch.setattr(rescue, "open_ledger", opened)
    known: dict[tuple[str, int | None], Any] = {}

    def check_once(text: str, quota: int | None) -> Any:
        if (text, quota) not in known:
            known[text, quota] = triggers_from(text, quota)
        triggers, problems = known[text, quota]
        return list(triggers), problems

    monkeypatch.setattr(
        load, "triggers_from", check_once
    )  # in the planning child, a second for each start
