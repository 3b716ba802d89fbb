"""The machines of a seed: what happens to them, and the truth about them that no clock of theirs
tells."""

import heapq
import os
import random
import signal
from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tests.simulation.fuse import Fuse
from tests.simulation.machine import BLOCK_US, START_US, End, SimulatedMachine

from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.core.presence import LONGEST_US, Look
from codespace_tracker.machine.environment import Environment
from codespace_tracker.runs.order import Order

_KINDS = {"codespace": "codespaces", "container": "container", "host": "host"}
_SLOW_US = 2 * 3600 * SECOND_US


class Left(NamedTuple):
    """A machine that somebody left at the moment `true_us`: its clocks then, its boot, its PID
    1."""

    true_us: int
    now: Reading
    boot: int
    pid1: int
    ran_before_pid1: int


class People:
    """The truth about who was there, on the monotonic clock of the machine."""

    def __init__(self) -> None:
        self.moved: dict[str, int] = {}
        """When the access time of a terminal moved, and no look has seen it yet."""
        self.blocks: dict[str, int] = {}
        """When the access time of a terminal that was seen to move did so."""
        self.seen_at = 0
        """When somebody was there last whom a look saw, or could have seen but for the 8 seconds
        in which an access time does not move."""
        self.unknown_at = 0
        """The last look that could not tell, or the first one of a tracker."""
        self.last_look: int | None = None

    def types(self, name: str, mono_us: int, *, moved: bool) -> None:
        """Somebody typed into a terminal, and its access time moved or not."""
        if moved:
            self.moved[name] = mono_us
        elif mono_us - self.blocks.get(name, -BLOCK_US) < BLOCK_US:
            self.seen_at = mono_us
        elif name in self.moved:
            self.moved[name] = mono_us

    def looked(self, names: Iterable[str], mono_us: int, *, hides: bool) -> None:
        """A tracker looked, and these terminals are there."""
        for name in self.moved.keys() & {*names}:
            self.blocks[name] = self.moved[name]
            self.seen_at = max(self.seen_at, self.moved[name])
        self.moved.clear()
        if hides or self.last_look is None or mono_us - self.last_look > LONGEST_US:
            self.unknown_at = mono_us
        self.last_look = mono_us

    def forgotten(self) -> None:
        """Whoever looked is gone, and so is what it has seen."""
        self.moved.clear()
        self.blocks.clear()
        self.last_look = None
        self.seen_at = self.unknown_at = 0


class Machine(SimulatedMachine):
    """A simulated machine whose runs are started through the fuse, and whose scripts end as a seed
    has it.

    It can be left for others that have the same state directory; those go on meanwhile.
    """

    def __init__(self, kind: str, fuse: Fuse, chance: random.Random) -> None:
        super().__init__(_KINDS[kind])
        self.kind = kind
        self.named("fuzzy-1")
        self.mood = "succeed"
        self.fuse = fuse
        self._chance = chance
        self.script = self._how_it_ends
        self.ran_before_pid1 = 0
        self.boot = self.boots_made = self.pid1 = self.pid1s_made = 1
        self.true_us = START_US
        """What a wall clock that is right says."""
        self.awake = Counter({1: self.now.mono_us})
        """How long each boot really was awake."""
        self.number = 0
        self._left: dict[int, Left] = {}
        self.lived_us = 0
        """How long it was switched on, in all."""
        self.names = 1
        """How many codespaces had this state directory or a copy of it."""
        self.people = People()

    def look(self, *, at_servers: bool) -> Look:
        hides = at_servers and any(one.clients != 0 for one in self.servers.values())
        self.people.looked([*self.terminals, "activity"], self.now.mono_us, hides=hides)
        return super().look(at_servers=at_servers)

    def types(self, name: str = "0") -> bool:
        before = self.terminals.get(name)
        moved = super().types(name)
        # that of a new one is seen only if it is later than its birth
        is_seen = before is None or self.terminals[name][0] != before[0]
        self.people.types(name, self.now.mono_us, moved=moved and is_seen)
        return moved

    def run(self, microseconds: int) -> None:
        self.lived_us += microseconds
        self._passes(microseconds)
        super().run(microseconds)

    def suspend(self, microseconds: int) -> None:
        self.true_us += microseconds
        super().suspend(microseconds)

    def _passes(self, microseconds: int) -> None:
        self.true_us += microseconds
        self.awake[self.boot] += microseconds

    def kill_run(self) -> None:
        """The oldest run dies, with its script and without an outcome."""
        if self._locks:
            name = next(iter(self._locks))
            os.close(self._locks.pop(name))
            self._ends = [one for one in self._ends if one[1].name != name]
            heapq.heappush(self._coming, (self.now.mono_us, signal.SIGCHLD))

    def start_run(self, order: Order, lock: int) -> None:
        self.fuse.point()
        super().start_run(order, lock)
        self.fuse.point()

    def named(self, name: str) -> None:
        """What a login that has all variables sees."""
        self.seen = Environment(
            _KINDS[self.kind], name if self.kind == "codespace" else "", "", "", prebuild=False
        )

    def _how_it_ends(self, _: Order) -> End | None:
        mood = (
            self.mood if self.mood != "vary" else self._chance.choice(("succeed", "fail", "hang"))
        )
        if mood == "hang":
            return End(_SLOW_US, "timed_out")
        return End(
            self._chance.randrange(1, 90 * SECOND_US),
            "succeeded" if mood == "succeed" else "failed",
        )

    def new_pid1(self, gap: int) -> None:
        """The container ends and, after a while, another one begins: the machine goes on."""
        self._stop_all()
        self.run(gap)
        self._new_pid1()
        self.now = self.now._replace(pid1_start_us=self.now.boot_us)
        self.ran_before_pid1 = self.now.mono_us
        self.run(SECOND_US)

    def boots(self, off: int) -> None:
        """Switched off, and on again."""
        self._boots()
        self.true_us += off
        self.people.forgotten()
        self.boot_anew(f"boot-{self.boot}", off)
        self.awake[self.boot] = self.now.mono_us
        self.ran_before_pid1 = 500_000

    def _boots(self) -> None:
        self.boots_made += 1
        self.boot = self.boots_made
        self._new_pid1()

    def _new_pid1(self) -> None:
        self.pid1s_made += 1
        self.pid1 = self.pid1s_made

    def _stop_all(self) -> None:
        self.people.forgotten()
        self.terminals.clear()
        self.servers.clear()
        self._coming.clear()
        self._configuration = None
        self.cut_off_scripts()

    def go_to(self, number: int, up: int, pid1_age: int, error: int) -> None:
        """Go to another machine. One that is new has been up for so long, and its wall clock is
        ahead by `error`."""
        self._stop_all()
        self._left[self.number] = Left(
            self.true_us, self.now, self.boot, self.pid1, self.ran_before_pid1
        )
        self.number = number
        if number not in self._left:
            self._boots()
            self.ran_before_pid1 = up - min(up, pid1_age)
            self.now = Reading(
                self.true_us + error, up, up, f"boot-{self.boot}", self.ran_before_pid1
            )
            self.awake[self.boot] = up
            return
        left_at, self.now, self.boot, self.pid1, self.ran_before_pid1 = self._left.pop(number)
        away, self.true_us = self.true_us - left_at, left_at
        SimulatedMachine.run(self, away)
        self._passes(away)
