"""What is imported is in the totals and moves nothing: no trigger runs, and none runs at another
moment."""

import json
import signal
from typing import Any

import pytest
from hypothesis import Phase, example, given
from hypothesis import strategies as st
from tests.builders import trigger
from tests.examples import examples
from tests.simulation.foreseeing import foreseen
from tests.simulation.machine import End
from tests.simulation.world import World, hours, rows, world_in_memory

from codespace_tracker.cli.import_quietly import Quietly
from codespace_tracker.config.triggers import triggers_from
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import Trigger
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.imported import ForeignSession, Imported
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.lock import Holder
from codespace_tracker.views.scene import configuration_in_force

pytestmark = pytest.mark.usefixtures("seldom_drawn")

MOMENTS = [
    trigger("Two hours", conditions={"every_minutes": 120}),
    trigger("Seven", conditions={"every_minutes": 7, "minute_runtime_minutes": 20}),
    trigger("Session", conditions={"minute_runtime_minutes": 50}),
    trigger("Day", conditions={"today_runtime_hours": 2}),
    trigger("Noon", conditions={"at": "0 */3 * * *"}),
    trigger("Start", conditions={"event": "session_start"}),
    trigger("Lost", conditions={"event": "session_recovered"}),
    trigger("Fails", conditions={"minute_runtime_minutes": 5}, retries=4, retry_delay_seconds=600),
]
"""Triggers that time which ran before the tracker came says nothing about."""

ARMED = 5
"""When the tracker starts, and arms them: in seconds after the machine."""


def put(
    world: World, ran_hours: float, number: int = 0, ago_us: int = 400 * DAY_US
) -> tuple[Imported, list[Trigger]]:
    """Import a session that ran for so many hours, so long ago; the daemon is told, if there is
    one."""
    ledger = Ledger.open_to_change(str(world.directory / NAME))
    try:
        plan = configuration_in_force(ledger)[0]
        written, _ = triggers_from(
            (world.directory / "trigger_config.json").read_text(), plan.settings.quota_core_us
        )
        if written is not None:
            plan = plan._replace(triggers=tuple(written))
        daemon = None if world.daemon is None else Holder(1, "", is_up=True)
        into = Quietly(ledger, plan, daemon, 2)
        started_at = world.machine.now.wall_us - ago_us - number * 30 * DAY_US
        theirs = [
            ForeignSession(f"theirs-{number}", started_at, int(ran_hours * HOUR_US), recovered=True)
        ]
        found = into.put(theirs, world.machine.reading)
    finally:
        ledger.close()
    if world.daemon is not None:
        world.daemon.step(signal.SIGHUP)
    return found


def labels(world: World, reason: str) -> list[str]:
    return [label for label, _, why in world.states() if why == reason]


def total_hours(world: World) -> float:
    [(before, running)] = rows(
        world.directory,
        "SELECT before_us, (SELECT running_us FROM session ORDER BY number DESC LIMIT 1) FROM "
        "tracker",
    )
    return round(int(before + running) / HOUR_US, 2)


def test_an_import_makes_no_point_of_every_and_moves_none(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 120}))
    world.live(HOUR_US)
    put(world, 100)
    world.live(90 * MINUTE_US)
    assert world.at == [ARMED + hours(2)]
    assert [(state, why) for _, state, why in world.states()] == [("succeeded", "")]
    assert total_hours(world) == 102.5


def test_an_import_does_not_shorten_the_wait_for_a_retry(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.write(
        trigger(conditions={"minute_runtime_minutes": 0}, retries=1, retry_delay_seconds=3600)
    )
    world.live(10 * MINUTE_US)
    put(world, 100)
    world.live(2 * HOUR_US)
    first, second = world.at
    assert second - first == 1 + hours(1)


def test_an_import_writes_no_row_for_two_hundred_triggers(world: World) -> None:
    world.write(*(trigger(f"T{n}", conditions={"every_minutes": 5 + n}) for n in range(200)))
    world.live(MINUTE_US)
    before = rows(world.directory, "SELECT count(*) FROM occurrence")
    for number in range(10):
        put(world, 100, number)
    world.live(3 * MINUTE_US)
    assert rows(world.directory, "SELECT count(*) FROM occurrence") == before == [(0,)]


@pytest.mark.parametrize("runs", [True, False])
def test_a_total_that_only_an_import_reaches_is_skipped_and_stays_so(
    world: World, runs: bool
) -> None:
    world.write(trigger("Long haul", conditions={"total_runtime_hours": 24}))
    world.live(HOUR_US)
    if not runs:
        world.crash()
    _, skipped = put(world, 30)
    assert [one.label for one in skipped] == ["Long haul"]
    world.live(5 * HOUR_US)
    world.off()
    world.live(5 * HOUR_US)
    assert world.fired == []
    assert world.states() == [("Long haul", "skipped", "imported")]
    assert foreseen(world) == []


def test_a_newer_telling_that_reaches_a_total_runs_nothing(world: World) -> None:
    world.write(
        trigger("Long haul", conditions={"total_runtime_hours": 24}),
        trigger(conditions={"every_minutes": 120}),
    )
    world.live(HOUR_US)
    put(world, 10)
    done, skipped = put(world, 30)
    assert (done.added, done.replaced, done.corrected_us) == (0, 1, 20 * HOUR_US)
    assert [one.label for one in skipped] == ["Long haul"]
    world.live(90 * MINUTE_US)
    assert world.at == [ARMED + hours(2)]
    assert total_hours(world) == 32.5


def test_a_total_that_an_import_brings_nearer_runs_when_it_is_reached_here(world: World) -> None:
    world.write(trigger("Long haul", conditions={"total_runtime_hours": 24}))
    world.live(HOUR_US)
    put(world, 20)
    assert [label for label, _ in foreseen(world)] == ["Long haul"]
    world.live(4 * HOUR_US)
    assert world.at == [hours(4)]


def test_a_total_that_held_before_the_import_still_runs(world: World) -> None:
    world.write(trigger("Long haul", conditions={"total_runtime_hours": 1}))
    world.live(MINUTE_US)
    world.crash()
    world.machine.run(2 * HOUR_US)
    _, skipped = put(world, 30)
    world.live(MINUTE_US)
    assert (world.fired, skipped) == (["Long haul"], [])


def test_a_trigger_that_was_skipped_by_an_import_runs_once_rearmed(world: World) -> None:
    world.write(trigger("Long haul", conditions={"total_runtime_hours": 24}))
    world.live(HOUR_US)
    put(world, 30)
    world.live(MINUTE_US)
    ledger = Ledger.open_to_change(str(world.directory / NAME))
    with ledger.transaction():
        Occurrences(ledger).rearm("long_haul")
    ledger.close()
    assert world.daemon is not None
    world.daemon.step(signal.SIGHUP)
    world.live(MINUTE_US)
    assert world.fired == ["Long haul"]


def test_a_guard_that_an_import_fulfils_lets_the_next_moment_run(world: World) -> None:
    world.write(trigger("Guarded", conditions={"every_minutes": 60, "total_runtime_hours": 24}))
    world.live(90 * MINUTE_US)
    put(world, 30)
    world.live(MINUTE_US)
    assert world.fired == []
    world.live(HOUR_US)
    assert world.at == [ARMED + hours(2)]


def test_an_import_of_today_is_in_the_day_and_runs_nothing(world: World) -> None:
    world.write(trigger("Day", conditions={"today_runtime_hours": 3}))
    world.live(MINUTE_US)
    done, skipped = put(world, 4, ago_us=5 * HOUR_US)
    assert (done.added, [one.label for one in skipped]) == (1, ["Day"])
    world.live(HOUR_US)
    assert world.fired == []
    world.live(30 * HOUR_US)
    assert world.fired == ["Day"] * len(world.fired)
    assert len(world.fired) in (1, 2), "the days after it are days like others"


def test_a_lost_session_that_is_imported_is_no_session_recovered(world: World) -> None:
    world.write()
    world.live(MINUTE_US)
    world.crash()
    put(world, 1)

    ledger = Ledger.open_to_change(str(world.directory / NAME))
    ledger.change("UPDATE session SET start_considered = 0")
    ledger.close()
    world.write(trigger("Lost", conditions={"event": "session_recovered"}))
    world.live(MINUTE_US)
    assert world.fired == []


def test_a_trigger_that_is_in_the_file_and_not_yet_in_force_is_skipped_too(world: World) -> None:
    world.write()
    world.live(HOUR_US)
    world.crash()
    world.write(trigger("Long haul", conditions={"total_runtime_hours": 24}))
    put(world, 30)
    world.live(HOUR_US)
    assert world.fired == []


def test_an_import_that_the_rebuilt_ledger_finds_in_the_files_moves_nothing(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 120}))
    world.live(HOUR_US)
    put(world, 100)
    world.live(30 * MINUTE_US)
    world.crash()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.directory / name).unlink(missing_ok=True)
    world.live(HOUR_US)
    assert world.fired == []
    assert total_hours(world) > 102
    assert rows(world.directory, "SELECT count(*) FROM occurrence WHERE state <> 'skipped'") == [
        (0,)
    ]
    [(imported,)] = rows(world.directory, "SELECT imported_us FROM tracker")
    assert imported == 100 * HOUR_US


Step = tuple[str, int]
"""What happens, and how long the tracker or the machine then runs (minutes)."""

STEPS = st.lists(
    st.tuples(st.sampled_from(("live", "crash", "off")), st.integers(1, 300)),
    min_size=1,
    max_size=6,
)


def lived(
    chosen: list[dict[str, Any]], steps: list[Step], imports: dict[int, float]
) -> list[tuple[str, int]]:
    """What scripts wrote and when, where so many hours are imported before the steps with these
    numbers."""
    with world_in_memory() as world:
        world.config("heartbeat_seconds = 300\n")
        world.machine.script = lambda order: End(
            SECOND_US, "failed" if order.variables[0][1] == "Fails" else "succeeded"
        )
        world.write(*chosen)
        world.live(MINUTE_US)
        for number, (what, minutes) in enumerate(steps):
            if number in imports:
                put(world, imports[number], number)
            elif world.daemon is not None:
                world.daemon.step(signal.SIGHUP)  # an import says it to the daemon
            if what != "live" and world.daemon is not None:
                world.crash()
            if what == "off":
                world.off(minutes * MINUTE_US)
            elif what == "crash":
                world.machine.run(minutes * MINUTE_US)
            world.live(minutes * MINUTE_US)
        return [
            (line.variables["CODESPACE_TRACKER_LABEL"], line.mono_us)
            for line in world.machine.lines
        ]


@examples(4, phases=[Phase.explicit, Phase.generate, Phase.shrink])
@given(
    chosen=st.lists(
        st.sampled_from(MOMENTS), min_size=1, max_size=4, unique_by=lambda one: json.dumps(one)
    ),
    steps=STEPS,
    imports=st.dictionaries(st.integers(0, 5), st.floats(0.1, 300), min_size=1, max_size=3),
)
@example(
    chosen=MOMENTS,
    steps=[("live", 100), ("crash", 200), ("off", 5)],
    imports={0: 100.0, 1: 3.3, 2: 50.0},
)
def test_a_life_with_imports_runs_what_it_runs_without_them(
    chosen: list[dict[str, Any]], steps: list[Step], imports: dict[int, float]
) -> None:
    assert lived(chosen, steps, imports) == lived(chosen, steps, {})


def test_the_upgrade_moves_no_deadline_of_a_ledger_that_has_imports(world: World) -> None:
    """What was imported before is in the old clock: it stays there."""
    world.write(trigger(conditions={"every_minutes": 120}))
    world.live(HOUR_US)
    world.crash()
    ledger = Ledger.open_to_change(str(world.directory / NAME))
    day = 24 * HOUR_US
    with ledger.transaction():  # as the version before the column left it: imported, then armed
        ledger.change("UPDATE tracker SET before_us = before_us + ?", day)
        ledger.change("UPDATE armed SET total_us = total_us + ?", day)
        ledger.change("UPDATE session SET considered_us = considered_us + ?", day)
    ledger.close()
    world.live(90 * MINUTE_US)
    assert world.at == [ARMED + hours(2)]
