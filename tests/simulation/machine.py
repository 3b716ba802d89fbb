"""A machine whose clocks move only when they are told to: the daemon's loop cannot tell it from a real one."""

import heapq

from codespace_tracker.config.plan import DEFAULT_PLAN, Loaded
from codespace_tracker.core.clock import Reading
from codespace_tracker.machine.environment import Environment

START_US = 1_790_000_000_000_000


class SimulatedMachine:
    """Stands in for `daemon.host.RealHost`. All times in µs."""

    def __init__(self, kind: str = "container", pid1_start_us: int = 0) -> None:
        self.now = Reading(START_US, 5_000_000, 5_000_000, "boot-1", pid1_start_us)
        self.cpus = 2
        self.seen = Environment(kind, "", "", "", prebuild=False)
        self.loaded: Loaded | None = Loaded(DEFAULT_PLAN, ())
        self.plans_asked = 0
        self._coming: list[tuple[int, int]] = []

    def reading(self) -> Reading:
        return self.now

    def cores(self) -> int:
        return self.cpus

    def environment(self) -> Environment:
        return self.seen

    def wait(self, microseconds: int) -> int | None:
        """Go on to the deadline, or to the next signal if that comes first."""
        until = self.now.mono_us + max(0, microseconds)
        if self._coming and self._coming[0][0] <= until:
            at, number = heapq.heappop(self._coming)
            self.run(max(0, at - self.now.mono_us))
            return number
        self.run(until - self.now.mono_us)
        return None

    def start_planning(self, directory: str) -> None:
        assert directory
        self.plans_asked += 1

    def finished_planning(self) -> Loaded | None:
        loaded, self.loaded = self.loaded, None
        return loaded

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
        self.now = now._replace(wall_us=now.wall_us + microseconds, boot_us=now.boot_us + microseconds)

    def set_wall_clock(self, by: int) -> None:
        """Set the wall clock forward, or back by a negative amount."""
        self.now = self.now._replace(wall_us=self.now.wall_us + by)

    def boot_anew(self, boot_id: str, off: int) -> None:
        """Switch off for so long, and boot."""
        self.now = Reading(self.now.wall_us + off, 1_000_000, 1_000_000, boot_id, 500_000)
        self._coming.clear()
