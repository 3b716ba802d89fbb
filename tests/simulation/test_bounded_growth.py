"""What grows only as far as it may: two months of use on the real loop, and a history of 100,000
sessions.

CODESPACE_TRACKER_TEST_DAYS is how many days of use there are before and after a pause of 400 days:
1, or 30 for two months, which take some minutes; the history then has 100,000 sessions in place of
10,000. Memory is counted in the interpreter's own blocks: that is exact, and a block left behind at
each heartbeat is 8640 of them a day.
"""

import gc
import os
import random
import sqlite3
import sys
import tracemalloc
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from tests import histories
from tests.builders import trigger
from tests.histories import History
from tests.simulation.machine import End, SimulatedMachine
from tests.simulation.world import World, begun, rows

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.runs import run_files
from codespace_tracker.runs.order import Order

DAYS = int(os.environ.get("CODESPACE_TRACKER_TEST_DAYS", "1"))
SESSIONS = 10_000 if DAYS == 1 else 100_000

KEPT_US = 400 * DAY_US
LOG_LIMIT = 512 * 1024 + 1000
RUNS_KEPT = 20
BLOCKS = 3000
"""How many blocks more may be in use than as much use ago: what is cached differs a little, a leak
is far above it."""

TRIGGERS = (
    trigger("level", conditions={"minute_runtime_minutes": 20}),
    trigger("day", conditions={"today_runtime_hours": 2}),
    trigger("month", conditions={"month_core_hours": 30}),
    trigger("every", conditions={"every_minutes": 15}),
    trigger("at", conditions={"at": "*/20 * * * *"}),
    trigger("start", conditions={"event": "session_start"}),
    trigger("fails", conditions={"every_minutes": 40}, retries=2, retry_delay_seconds=60),
    trigger("hangs", conditions={"minute_runtime_minutes": 30}),
    trigger("once", conditions={"total_runtime_hours": 3}),
)


class NoisyMachine(SimulatedMachine):
    """Its scripts also print; one of them fails and one hangs."""

    def start_run(self, order: Order, lock: int) -> None:
        Path(run_files.log_path(order.directory, order.name)).write_text("printed\n" * 500)
        super().start_run(order, lock)


def ends(order: Order) -> End | None:
    label = dict(order.variables)["CODESPACE_TRACKER_LABEL"]
    return {"hangs": None, "fails": End(SECOND_US, "failed")}.get(label, End(3 * SECOND_US))


class Use(NamedTuple):
    """What is in use at one moment."""

    descriptors: int
    blocks: int
    resident: int
    ledger: int
    log: int
    write_ahead: int
    runs: int
    flags: int
    backups: int


def in_use(world: World) -> Use:
    world.machine.lines.clear()
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    folder = world.directory
    return Use(
        descriptors=len(os.listdir("/proc/self/fd")),
        blocks=sys.getallocatedblocks(),
        resident=pages * os.sysconf("SC_PAGE_SIZE"),
        ledger=(folder / "ledger.db").stat().st_size,
        log=max(path.stat().st_size for path in folder.glob("debug.log*")),
        write_ahead=size(folder / "ledger.db-wal"),
        runs=len(os.listdir(folder / "runs")),
        flags=len(os.listdir(folder / "flags")),
        backups=len(os.listdir(folder / "backups")),
    )


def size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def use(world: World, days: int, choose: random.Random) -> None:
    """So many days of three sessions each, in whose middle something happens; at last it runs for a
    minute."""
    for _ in range(3 * days):
        world.live(choose.randrange(1, 4) * HOUR_US // 2)
        happen(
            world, choose.choice(("edit", "break", "flag", "crash", "clock", "suspend", "cores"))
        )
        world.live(choose.randrange(1, 4) * HOUR_US // 2)
        world.write(*TRIGGERS)
        world.live(2 * MINUTE_US)
        world.off(choose.randrange(2, 7) * HOUR_US)
    world.live(MINUTE_US)


def happen(world: World, what: str) -> None:
    if what == "edit":
        world.write(*TRIGGERS[1:], trigger("another", conditions={"every_minutes": 5}))
    elif what == "break":
        (world.directory / "trigger_config.json").write_text('[{"label": 5}')
    elif what == "flag":
        for name in ("level", "day"):
            (world.directory / "flags" / name).unlink(missing_ok=True)
    elif what == "crash":
        world.crash()
    elif what == "clock":
        world.machine.set_wall_clock(2 * SECOND_US)
    elif what == "suspend":
        world.machine.suspend(HOUR_US)
    else:
        world.machine.cpus = 6 - world.machine.cpus


@pytest.fixture
def world(world: World) -> World:
    world.machine = NoisyMachine()
    world.machine.script = ends
    return world


def numbers(world: World, table: str) -> Any:
    [(count,)] = rows(world.directory, f"SELECT count(*) FROM {table}")
    return count


def test_months_of_use_leave_nothing_behind_but_sessions_and_spans(world: World) -> None:
    world.config(f"runs_kept = {RUNS_KEPT}\n")
    world.write(*TRIGGERS)
    (world.directory / "debug.log").write_bytes(b"x" * (512 * 1024 - 100))
    (world.directory / "backups").mkdir()
    for day in range(10, 20):
        (world.directory / f"backups/ledger-2020-01-{day}.db").touch()
    use(world, DAYS, random.Random(1))
    before, sessions = in_use(world), numbers(world, "session")
    assert numbers(world, "occurrence") > 20 * DAYS
    world.off(KEPT_US)
    use(world, DAYS, random.Random(1))
    after = in_use(world)
    assert after.descriptors == before.descriptors
    assert after.blocks - before.blocks < BLOCKS
    assert after.resident - before.resident < 4 << 20
    assert after.ledger < 1.1 * before.ledger, "what was forgotten made room for what came"
    assert (world.directory / "debug.log.1").exists()
    for one in (before, after):
        assert one.log <= LOG_LIMIT
        assert one.write_ahead <= 3 << 20
        assert one.runs <= RUNS_KEPT + 3 * 4
        assert one.flags <= len(TRIGGERS) + 1
        assert one.backups <= 7
    assert numbers(world, "session") == 2 * sessions == 2 * (3 * DAYS + 1)
    [(total, summed)] = rows(
        world.directory,
        "SELECT before_us + s.running_us, (SELECT sum(running_us) FROM session) FROM tracker,"
        " session s ORDER BY s.number DESC LIMIT 1",
    )
    assert total == summed


def test_a_session_that_lasts_for_years_forgets_what_is_older_than_400_days(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 10}))
    world.live(2 * HOUR_US)
    old = world.machine.now.wall_us
    for _ in range(3):
        world.crash()
        world.machine.run(200 * DAY_US)
        world.live(MINUTE_US)
    assert rows(world.directory, "SELECT count(*) FROM session") == [(1,)]
    for table, column in (("journal", "at"), ("occurrence", "claimed_at"), ("run", "started_at")):
        assert rows(world.directory, f"SELECT count(*) FROM {table} WHERE {column} <= {old}") == [
            (0,)
        ], table


def test_what_became_due_long_ago_is_forgotten_without_a_restart(world: World) -> None:
    world.config("heartbeat_seconds = 300\n")
    world.write(trigger(conditions={"every_minutes": 10}))
    world.live(HOUR_US)
    old = world.machine.now.wall_us
    world.machine.run(KEPT_US)
    world.live(MINUTE_US)
    assert rows(world.directory, f"SELECT count(*) FROM occurrence WHERE claimed_at <= {old}") == [
        (0,)
    ]
    assert rows(
        world.directory,
        "SELECT count(*) FROM run WHERE occurrence NOT IN (SELECT id FROM occurrence)",
    ) == [(0,)]


def test_a_once_trigger_that_always_fails_is_not_kept_for_ever_with_all_its_attempts(
    world: World,
) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.write(trigger(repeat="once", retries=0))
    for _ in range(5):
        world.live(10 * MINUTE_US)
        world.off(150 * DAY_US)
    world.live(10 * MINUTE_US)
    kept = rows(world.directory, "SELECT session FROM occurrence ORDER BY id")
    assert kept == [(4,), (5,), (6,)], "400 days back, and what is offered again"


def test_a_once_trigger_that_has_fired_has_fired_for_ever(world: World) -> None:
    world.write(trigger(repeat="once"))
    world.live(10 * MINUTE_US)
    world.off(2 * KEPT_US)
    world.live(HOUR_US)
    assert world.fired == ["Backup"]
    assert world.flags() == ["backup"]


def test_many_sessions_cost_the_daemon_no_memory_and_no_descriptor(world: World) -> None:
    history = History(SESSIONS, remembered=9000)
    histories.make(str(world.directory), history, world.machine.now.wall_us - HOUR_US)
    tracemalloc.start()
    try:
        world.daemon = begun(world.directory, world.machine)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20, "also where session_logs.json is drawn for the first time"
    world.live(11 * MINUTE_US)
    assert numbers(world, "session") == numbers(world, "span") == SESSIONS + 1
    since = world.machine.now.wall_us - KEPT_US - HOUR_US
    for table, column in (("journal", "at"), ("occurrence", "claimed_at"), ("run", "started_at")):
        assert rows(world.directory, f"SELECT count(*) FROM {table} WHERE {column} < {since}") == [
            (0,)
        ], table
    assert numbers(world, "occurrence") > 6000
    [(entries, first, last)] = rows(
        world.directory, "SELECT count(*), min(seq), max(seq) FROM journal"
    )
    assert entries == last - first + 1, "no gap"
    world.live(
        HOUR_US
    )  # SQLite keeps the descriptor of the first look at the ledger from outside for all later ones
    before = in_use(world)
    world.live(2 * HOUR_US)
    after = in_use(world)
    assert after.descriptors == before.descriptors
    assert after.blocks - before.blocks < BLOCKS
    assert size(world.directory / "ledger.db-wal") <= 3 << 20


def test_the_write_ahead_log_is_small_again_when_a_reader_that_held_it_has_gone(
    world: World,
) -> None:
    world.live(MINUTE_US)
    reader = sqlite3.connect(world.directory / "ledger.db")
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM session").fetchall()
    world.live(4 * HOUR_US)
    assert size(world.directory / "ledger.db-wal") > 4 << 20
    reader.close()
    world.live(2 * HOUR_US)
    assert size(world.directory / "ledger.db-wal") <= 3 << 20
