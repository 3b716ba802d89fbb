"""How often triggers ran, added up as runs end: what metrics show, and no minute counts again."""

import sqlite3

import pytest
from tests.builders import trigger
from tests.simulation.machine import End
from tests.simulation.world import World

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.ledger import migrate
from codespace_tracker.ledger.occurrences import Occurrences, RunTotal
from codespace_tracker.ledger.store import Ledger

COUNTED = """
    SELECT o.flag, o.label, r.result, count(*), sum(r.duration_us), max(r.ended_at), r.duration_us
    FROM run r JOIN occurrence o ON o.id = r.occurrence
    WHERE r.result IS NOT NULL GROUP BY 2, 1, 3 ORDER BY 2, 1, 3
"""


@pytest.fixture
def world(world: World) -> World:
    """Two triggers; each second run of the one fails."""
    runs: list[str] = []

    def script(order: object) -> End:
        runs.append("")
        return End(len(runs) * SECOND_US, "failed" if len(runs) % 2 else "succeeded")

    world.machine.script = script
    world.write(
        trigger("Often", conditions={"every_minutes": 10}, retries=1),
        trigger("Once", conditions={"minute_runtime_minutes": 30}),
    )
    return world


PRESENCE = (
    *("decided_us", "quarter_at", "present_us", "absent_us", "unknown_us"),
    *("idle_since_us", "stretch_at", "newest_at"),
)
"""Columns of a session that came with a later form."""


def totals(world: World) -> list[RunTotal]:
    ledger = Ledger.open_to_change(str(world.directory / "ledger.db"))
    try:
        return Occurrences(ledger).run_totals()
    finally:
        ledger.close()


def counted(world: World) -> list[RunTotal]:
    connection = sqlite3.connect(world.directory / "ledger.db")
    try:
        return [RunTotal._make(row) for row in connection.execute(COUNTED)]
    finally:
        connection.close()


def test_they_are_what_counting_all_runs_gives(world: World) -> None:
    world.live(2 * HOUR_US)
    found = totals(world)
    assert found == counted(world)
    assert {(one.label, one.result) for one in found} >= {
        ("Often", "failed"),
        ("Often", "succeeded"),
    }


def test_a_run_that_was_cut_off_is_counted_once(world: World) -> None:
    world.machine.script = lambda _: None
    world.live(11 * MINUTE_US)
    world.crash()
    world.off()
    world.live(11 * MINUTE_US)
    assert totals(world) == counted(world)
    assert totals(world)[0].result == "interrupted"


def test_counters_do_not_go_back_when_old_runs_are_forgotten(world: World) -> None:
    world.live(2 * HOUR_US)
    before = totals(world)
    ledger = Ledger.open_to_change(str(world.directory / "ledger.db"))
    with ledger.transaction():
        Occurrences(ledger).forget(1 << 60)
    ledger.close()
    assert len(counted(world)) < len(before)
    assert totals(world) == before


def test_those_of_a_trigger_that_was_removed_go_with_its_last_run(world: World) -> None:
    world.live(2 * HOUR_US)
    world.write(trigger("Once", conditions={"minute_runtime_minutes": 30}))
    world.live(MINUTE_US)
    ledger = Ledger.open_to_change(str(world.directory / "ledger.db"))
    with ledger.transaction():
        Occurrences(ledger).forget(0)
        assert {one.label for one in Occurrences(ledger).run_totals()} == {"Often", "Once"}
        Occurrences(ledger).forget(1 << 60)
        assert {one.label for one in Occurrences(ledger).run_totals()} == {"Once"}
    ledger.close()


def test_a_ledger_of_an_earlier_form_is_added_up_once(world: World) -> None:
    world.live(2 * HOUR_US)
    world.crash()
    path = world.directory / "ledger.db"
    connection = sqlite3.connect(path)
    undone = "".join(f"ALTER TABLE session DROP COLUMN {name};" for name in PRESENCE)
    connection.executescript(
        f"DROP TABLE presence; {undone}"
        "DROP TABLE run_total; DROP TRIGGER run_ended; PRAGMA user_version = 6;"
    )
    assert migrate.migrate(connection, str(path)) >= 1
    connection.close()
    assert totals(world) == counted(world) != []
