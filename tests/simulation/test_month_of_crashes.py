"""A month of 10,000 triggers on a machine and a tracker that die between any two steps.

The check knows nothing of the autopilot: it has the definitions, what the machine truly did, the
lines that scripts wrote outside, and the rows of the ledger.
"""

import gc
import json
import os
import random
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests.simulation import savings
from tests.simulation.crashing import Crash, DyingMachine, Seams, Stay, install
from tests.simulation.machine import START_US, End
from tests.simulation.truth import Truth
from tests.simulation.world import begun

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.runs.order import Order

HEARTBEAT_US = 60 * SECOND_US
GAP_US = 5 * MINUTE_US
"""The longest time in which the tracker is away while the machine goes on."""


POINTS = 20
"""How many days of a daily `at` are in a plan: no stretch without a new one is so long."""


class Size(NamedTuple):
    """How large a month is: its triggers, those of them that fire once in all, and of each other
    kind; its days; how much more seldom each place is died at from time to time; the longest
    stretches on and off (hours)."""

    triggers: int
    once: int
    of_each: int
    days: int
    more_seldom: float
    on: int
    off: int


def triggers(size: Size, random_: random.Random) -> list[dict[str, Any]]:
    """The definitions: most fire once in the month, some in each session, day or month, some at
    moments."""

    def one(label: str, **conditions: Any) -> dict[str, Any]:
        more: dict[str, Any] = {
            "retries": random_.choice([0, 1, 3]),
            "retry_delay_seconds": random_.choice([1, 60]),
        }
        return {"label": label, "script_command": "true", "conditions": conditions, **more}

    found = [
        one(f"total {n}", total_runtime_minutes=random_.randint(1, 10_000))
        for n in range(size.once)
    ]
    for n in range(size.of_each):
        found += [
            one(f"session {n}", minute_runtime_minutes=random_.randint(1, 400)),
            one(f"day {n}", today_runtime_hours=random_.randint(1, 8)),
            one(f"month {n}", month_core_hours=random_.randint(10, 300)),
            one(f"every {n}", every_minutes=random_.randint(60, 600)),
        ]
    found += [
        one(f"at {n}", at=f"{random_.randint(0, 59)} {random_.randint(0, 23)} * * *")
        for n in range(5)
    ]
    found += [
        one(name, event=name) for name in ("session_start", "session_recovered", "session_end")
    ]
    found += [
        one(f"never {n}", total_runtime_hours=10_000) for n in range(size.triggers - len(found))
    ]
    return found


class Month:
    """The month as it goes: who is up, and what dies when."""

    def __init__(self, directory: Path, size: Size, seed: int) -> None:
        self.directory = directory
        self.size = size
        self.random = random.Random(seed)
        self.seams = Seams(self.random, size.more_seldom)
        self.machine = DyingMachine(self.seams, self.random)
        self.machine.script = self._script
        self.defined = triggers(size, self.random)
        self.daemon: Daemon | None = None
        self.clean: set[str] = set()
        self.ended: set[str] = set()
        self.starts = 0
        directory.mkdir()
        (directory / "trigger_config.json").write_text(json.dumps(self.defined))
        (directory / "config.toml").write_text(f"heartbeat_seconds = {HEARTBEAT_US // SECOND_US}\n")

    def _script(self, _: Order) -> End | None:
        if self.random.random() < 0.002:
            return End(20 * MINUTE_US)
        after_us = self.random.randint(10_000, 3 * SECOND_US)
        return End(after_us, "failed") if self.random.random() < 0.05 else End(after_us)

    def live_through(self) -> Truth:
        """Let the month pass, and what is open at its end come to its end; what truly happened."""
        self.seams.is_armed = True
        while self.machine.now.wall_us < START_US + self.size.days * DAY_US:
            self._live_a_life()
        self.seams.is_armed = False
        self._stay(until=self.machine.now.wall_us + HOUR_US)
        while self.daemon is not None and self.daemon.autopilot.is_running_any():
            self._stay(until=self.machine.now.wall_us + MINUTE_US)
        self.machine.note_life()
        self._let_go()
        return Truth(self.directory, self.machine, self.defined)

    def _live_a_life(self) -> None:
        machine, boot = self.machine, self.machine.now.boot_id
        goes_at = machine.now.wall_us + self.random.randint(10 * MINUTE_US, self.size.on * HOUR_US)
        longest_off = self.size.off
        while machine.now.boot_id == boot:
            try:
                self._stay(until=goes_at)
                if self.random.random() < 0.5:
                    self._end_with_notice()
            except Crash:
                if not self.seams.machine_dies:
                    self._let_go()
                    machine.tracker_died()
                    machine.run(self.random.choice([0, SECOND_US, GAP_US]))
                    continue
                longest_off = 1
            self._let_go()
            if self.random.random() < 0.3:
                shutil.rmtree(
                    self.directory / "flags", ignore_errors=True
                )  # it is drawn anew, and re-arms nothing
            off = self.random.randint(MINUTE_US, longest_off * HOUR_US)
            machine.boot_anew(f"boot-{len(machine.lives) + 2}", off)

    def _stay(self, until: int) -> None:
        """Let the tracker run up to a moment, and write down since when it works by its plan."""
        machine, since = self.machine, None
        try:
            while machine.now.wall_us < until:
                if self.daemon is None:
                    self.starts += 1
                    self.daemon = begun(self.directory, machine)
                self.daemon.step(
                    machine.wait(min(self.daemon.until_due(), until - machine.now.wall_us))
                )
                if since is None and self.daemon.autopilot.considered is not None:
                    since = machine.now.wall_us
        finally:
            if since is not None:
                machine.stays.append(Stay(machine.now.boot_id, since, machine.now.wall_us))

    def _end_with_notice(self) -> None:
        boot = self.machine.now.boot_id
        if self.daemon is not None:
            has_plan = self.daemon.autopilot.considered is not None
            self.daemon.step(signal.SIGTERM)
            self.clean.add(boot)
            if has_plan:
                self.ended.add(boot)

    def _let_go(self) -> None:
        if self.daemon is not None:
            self.daemon.ledger.connection.close()
        self.daemon = None
        self.seams.bury()


@pytest.fixture
def directory() -> Iterator[Path]:
    """In memory where there is some: what a month of fdatasync costs is not the question here."""
    memory = "/dev/shm"
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder) / "state"


@pytest.fixture
def no_collection() -> Iterator[None]:
    """10,000 triggers are a hundred thousand objects that stay, and the collector would look at all
    of them at each start: a quarter of the month's time."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()
    gc.collect()


MANY = Size(triggers=10_000, once=5_000, of_each=20, days=30, more_seldom=6, on=14, off=40)
OFTEN = Size(triggers=150, once=100, of_each=10, days=30, more_seldom=1.5, on=10, off=14)
DAYS = OFTEN._replace(days=10)

LONG = [("many", MANY, 1), ("often 2", OFTEN, 2), ("often 3", OFTEN, 3)]
SHORT = [("ten days", DAYS, 2)]
PLAYED = LONG if "CODESPACE_TRACKER_TEST_MONTHS" in os.environ else SHORT


@pytest.mark.parametrize(
    ("size", "seed"), [one[1:] for one in PLAYED], ids=[one[0] for one in PLAYED]
)
def test_in_a_month_of_crashes_nothing_is_forgotten_and_nothing_runs_twice(
    directory: Path, no_collection: None, monkeypatch: pytest.MonkeyPatch, size: Size, seed: int
) -> None:
    month = Month(directory, size, seed)
    install(month.seams, monkeypatch)
    with savings.few_points(POINTS):
        truth = month.live_through()
    truth.check_running_time(HEARTBEAT_US, GAP_US, month.clean)
    truth.check_attempts()
    truth.check_levels()
    truth.check_every()
    truth.check_at()
    truth.check_events(month.ended)
    truth.check_flags()
    assert month.machine.most_at_once <= 4
    assert {name for name, _ in month.seams.died} == month.seams.names, "every place was died at"
