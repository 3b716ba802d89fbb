"""A machine whose clocks move only when they are told to: the daemon's loop cannot tell it from a
real one."""

import heapq
import os
import signal
from collections.abc import Callable
from typing import NamedTuple

from codespace_tracker.config.configuration import Configuration, Loaded
from codespace_tracker.config.load import load
from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.presence import Look, Server, ServerId
from codespace_tracker.core.trigger import Result
from codespace_tracker.machine.environment import Environment
from codespace_tracker.machine.trusted_directory import TrustedDirectory
from codespace_tracker.runs import run_files
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.run_files import Outcome

PLANNING_US = 100_000
"""How long it takes to make a plan, in µs."""


BLOCK_US = 8 * SECOND_US
"""How far apart the access times of a terminal are at least, in µs."""


class Line(NamedTuple):
    """A line that a script wrote outside: when (monotonic µs), with which variables, by which
    order."""

    mono_us: int
    variables: dict[str, str]
    order: Order


class End(NamedTuple):
    """How a script ends, and after how long (µs)."""

    after_us: int
    result: Result = "succeeded"


START_US = 1_790_000_000_000_000


class SimulatedMachine:
    """Stands in for `daemon.host.RealHost`. All times in µs."""

    held: TrustedDirectory | None = None

    def __init__(self, kind: str = "container", pid1_start_us: int = 0) -> None:
        self.now = Reading(START_US, 5_000_000, 5_000_000, "boot-1", pid1_start_us)
        self.cpus = 2
        self.seen = Environment(kind, "", "", "", prebuild=False)
        self.plans_asked = 0
        self._configuration: tuple[str, Configuration] | None = None
        self.terminals: dict[str, tuple[int, int]] = {}
        self.active_at = 0
        self.servers: dict[ServerId, Server] = {}
        self.on_start: Callable[[Order], None] = lambda _: None
        """Called when a script starts."""
        self.lines: list[Line] = []
        self.script: Callable[[Order], End | None] = lambda _: End(SECOND_US)
        self._ends: list[tuple[int, Order, End]] = []
        self._locks: dict[str, int] = {}
        self._coming: list[tuple[int, int]] = []

    def reading(self) -> Reading:
        return self.now

    def cores(self, _: str) -> int:
        return self.cpus

    def environment(self) -> Environment:
        return self.seen

    def wait(self, microseconds: int) -> int | None:
        """Go on to the deadline, or to the next signal if that comes first."""
        until = self.now.mono_us + max(0, microseconds)
        if self._coming and self._coming[0][0] <= until:
            at, number = heapq.heappop(self._coming)
            self.run(max(0, at - self.now.mono_us))
            self._end_scripts()
            return number
        self.run(until - self.now.mono_us)
        return None

    def start_loading(self, directory: str, last_good: Configuration) -> None:
        self.plans_asked += 1
        self._configuration = directory, last_good
        heapq.heappush(self._coming, (self.now.mono_us + PLANNING_US, signal.SIGCHLD))

    def stop_loading(self) -> None:
        self._configuration = None

    def finished_loading(self) -> Loaded | None:
        if self._configuration is None:
            return None
        (directory, last_good), self._configuration = self._configuration, None
        return load(directory, self.now.wall_us, last_good)

    def start_run(self, order: Order, lock: int) -> None:
        """The script writes a line outside, and ends after a while as `script` says; None: it
        hangs."""
        self.lines.append(Line(self.now.mono_us, dict(order.variables), order))
        self.on_start(order)
        end = self.script(order)
        self._locks[order.name] = lock
        if end is not None:
            self._ends.append((self.now.mono_us + end.after_us, order, end))
            heapq.heappush(self._coming, (self.now.mono_us + end.after_us, signal.SIGCHLD))

    def reap(self) -> None:
        pass

    def has_run(self, _: str) -> bool:
        return False  # its locks tell

    def look(self, *, at_servers: bool) -> Look:
        servers = dict(self.servers) if at_servers else None
        return Look(dict(self.terminals), self.active_at, servers)

    def workspace(self) -> str:
        return "/"

    def _end_scripts(self) -> None:
        for one in [one for one in self._ends if one[0] <= self.now.mono_us]:
            self._ends.remove(one)
            _, order, end = one
            outcome = Outcome(
                end.result,
                self.now.wall_us,
                end.after_us,
                0 if end.result == "succeeded" else 1,
                None,
                "",
            )
            run_files.leave_outcome(order.directory, order.name, outcome)
            os.close(self._locks.pop(order.name))

    def cut_off_scripts(self) -> None:
        """Every script dies as it stands."""
        for lock in self._locks.values():
            os.close(lock)
        self._locks.clear()
        self._ends.clear()

    # --- what happens to it

    def signal_after(self, microseconds: int, number: int) -> None:
        """Send a signal in so much running time from now."""
        heapq.heappush(self._coming, (self.now.mono_us + microseconds, number))

    def run(self, microseconds: int) -> None:
        """Let time pass."""
        now = self.now
        self.now = now._replace(
            wall_us=now.wall_us + microseconds,
            mono_us=now.mono_us + microseconds,
            boot_us=now.boot_us + microseconds,
        )

    def suspend(self, microseconds: int) -> None:
        """Stand still for so long: the monotonic clock does not count it."""
        now = self.now
        self.now = now._replace(
            wall_us=now.wall_us + microseconds, boot_us=now.boot_us + microseconds
        )

    def set_wall_clock(self, by: int) -> None:
        """Set the wall clock forward, or back by a negative amount."""
        self.now = self.now._replace(wall_us=self.now.wall_us + by)

    def types(self, name: str = "0") -> bool:
        """Somebody types into a terminal, which is opened if it is not there; whether its access
        time moved: it is a true second, and moves when that is in another block of eight."""
        second = self.now.wall_us // SECOND_US * SECOND_US
        accessed, born = self.terminals.get(name, (second - BLOCK_US, second - BLOCK_US))
        if second // BLOCK_US == accessed // BLOCK_US:
            return False
        self.terminals[name] = second, born
        return True

    def serves(self, clients: int | None, pid: int = 1) -> None:
        """An editor's server runs, with so many clients (None: nobody can tell)."""
        self.servers[(pid, 1)] = Server(clients)

    def boot_anew(self, boot_id: str, off: int) -> None:
        """Switch off for so long, and boot."""
        self.now = Reading(self.now.wall_us + off, 1_000_000, 1_000_000, boot_id, 500_000)
        self._coming.clear()
        self._configuration = None
        self.cut_off_scripts()
        self.terminals.clear()
        self.servers.clear()
