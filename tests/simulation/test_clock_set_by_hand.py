"""A wall clock that is set by hand, and set right again: today is the date that it shows, and what
has run for a date or a moment does not run for it again."""

from datetime import datetime, timezone

import pytest
from tests.builders import trigger
from tests.simulation.machine import End
from tests.simulation.world import World

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

pytestmark = pytest.mark.usefixtures("seldom_drawn")

NOON_US = DAY_US // 2
DAY_LEVEL = {"today_runtime_hours": 1}


@pytest.fixture
def world(world: World) -> World:
    """One whose machine was booted at noon."""
    world.config('time_zone = "UTC"\nheartbeat_seconds = 300\n')
    now = world.machine.now
    world.machine.set_wall_clock(NOON_US + now.boot_us - now.wall_us % DAY_US)
    return world


def today_us(world: World) -> int:
    """What today has come to, at a heartbeat now."""
    assert world.daemon is not None
    world.daemon.step(None)
    return world.daemon.status().today_us


def test_today_is_the_date_that_the_clock_shows(world: World) -> None:
    world.live(14 * HOUR_US)
    second_day = today_us(world)
    assert second_day == world.machine.now.mono_us - NOON_US
    world.machine.set_wall_clock(-DAY_US)
    world.live(HOUR_US)
    assert today_us(world) == NOON_US + HOUR_US, "what that date had, and what ran since"
    world.machine.set_wall_clock(DAY_US)
    world.live(30 * MINUTE_US)
    assert today_us(world) == second_day + 30 * MINUTE_US, "what ran under another date is not in"
    assert world.daemon is not None
    assert world.daemon.session.running_us == world.machine.now.mono_us, "all of it, once"


def test_a_level_of_the_day_fires_once_for_a_date_however_often_the_clock_shows_it(
    world: World,
) -> None:
    world.write(trigger(conditions=DAY_LEVEL))
    world.live(14 * HOUR_US)
    assert len(world.fired) == 2
    for step in (-DAY_US, DAY_US):
        world.machine.set_wall_clock(step)
        world.live(2 * HOUR_US)
    assert len(world.fired) == 2
    world.machine.set_wall_clock(-5 * DAY_US)
    world.live(2 * HOUR_US)
    assert len(world.fired) == 3, "a date that it had not been yet"


def test_a_moment_that_comes_again_runs_only_if_it_has_not_run(world: World) -> None:
    world.write(trigger(conditions={"at": "0 11 * * *"}))
    world.live(HOUR_US)
    for _ in range(2):
        world.machine.set_wall_clock(-DAY_US)
        world.live(DAY_US)
    due = [line.variables["CODESPACE_TRACKER_DUE_AT"] for line in world.machine.lines]
    today = datetime.fromtimestamp(world.machine.now.wall_us // SECOND_US, tz=timezone.utc)
    assert due == [f"{today:%Y-%m-%d}T11:00:00.000+00:00"], "it came twice"


def test_the_flag_of_a_date_is_there_whenever_the_clock_shows_that_date(world: World) -> None:
    world.write(
        trigger(conditions=DAY_LEVEL),
        trigger("fails", conditions=DAY_LEVEL, retries=0),
        trigger("edge", conditions={"every_minutes": 10}, repeat="day"),
    )
    world.machine.script = lambda order: End(
        SECOND_US, "failed" if "fails" in str(order.variables) else "succeeded"
    )
    world.live(2 * HOUR_US)
    flag = (world.directory / "flags/backup").read_text().split()
    world.machine.set_wall_clock(-DAY_US)
    world.live(30 * MINUTE_US)
    assert world.flags() == [], "it has not fired on that date"
    world.machine.set_wall_clock(DAY_US)
    world.live(5 * MINUTE_US)
    assert world.flags() == ["backup"]
    assert (world.directory / "flags/backup").read_text().split()[1] == flag[1]


def test_a_flag_that_was_taken_away_does_not_come_back_with_its_date(world: World) -> None:
    world.write(trigger(conditions=DAY_LEVEL))
    world.live(2 * HOUR_US)
    world.machine.script = lambda _: None
    (world.directory / "flags/backup").unlink()
    world.live(5 * MINUTE_US)
    for step in (-DAY_US, DAY_US):
        world.machine.set_wall_clock(step)
        world.live(5 * MINUTE_US)
    assert world.flags() == []
    assert len(world.fired) == 2
