"""docs/recipes.md: every recipe, with the thresholds that the page gives it, fires when the page
says it does."""

import signal

import pytest
from tests.integration.recipes import TRIGGERS
from tests.simulation.machine import End
from tests.simulation.world import World, hours, minutes

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US


@pytest.fixture
def world(world: World) -> World:
    world.config("heartbeat_seconds = 60\n")  # these are long days
    return world


def write(world: World, *labels: str) -> None:
    """Configure the recipes of these labels as they stand on the page."""
    world.write(*(TRIGGERS[label] for label in labels))


def total_hours(world: World) -> list[str]:
    """After how many hours in all scripts were started."""
    return [line.variables["CODESPACE_TRACKER_TOTAL_HOURS"] for line in world.machine.lines]


def test_a_backup_comes_every_two_hours_of_running_time_also_in_sessions_of_90_minutes(
    world: World,
) -> None:
    write(world, "Back up")
    for _ in range(4):
        world.live(90 * MINUTE_US)
        world.off(5 * HOUR_US)
    assert total_hours(world) == ["2.00", "4.00"]


def test_an_env_file_is_made_once_a_session(world: World) -> None:
    write(world, "Make .env")
    world.live(MINUTE_US)
    world.crash()
    world.live(HOUR_US)
    assert len(world.fired) == 1, "the same session went on"
    for sessions in (2, 3):
        world.off()
        world.live(SECOND_US)
        assert len(world.fired) == sessions


def test_an_env_file_added_in_the_middle_of_a_session_waits_for_the_next_one(world: World) -> None:
    world.live(MINUTE_US)
    write(world, "Make .env")
    world.live(HOUR_US)
    assert world.fired == []
    world.off()
    world.live(SECOND_US)
    assert world.fired == ["Make .env"]


def test_containers_are_stopped_when_a_session_has_run_for_six_hours(world: World) -> None:
    write(world, "Stop unused containers")
    for length in (350, 370, 400):
        world.live(length * MINUTE_US)
        world.off()
    assert world.at == [hours(6)] * 2


def test_an_alert_comes_once_after_24_hours_in_all(world: World) -> None:
    write(world, "Alert after 24 hours", "Webhook after 24 hours")
    for _ in range(3):
        world.live(9 * HOUR_US)
        world.off(15 * HOUR_US)
    assert total_hours(world) == ["24.00", "24.00"]


def test_an_alert_that_is_not_taken_is_tried_again_after_1_2_4_8_and_16_minutes(
    world: World,
) -> None:
    world.machine.script = lambda _: End(0, "failed")
    world.write({**TRIGGERS["Alert after 24 hours"], "conditions": {"total_runtime_hours": 1}})
    world.live(2 * HOUR_US)
    assert [(at - before) // 60 for before, at in zip(world.at, world.at[1:], strict=False)] == [
        1,
        2,
        4,
        8,
        16,
    ]


def test_a_long_session_is_built_and_deployed_once_and_not_tried_again(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    write(world, "Build and deploy")
    world.live(6 * HOUR_US)
    assert world.at == [hours(4)]


def test_work_is_saved_when_nobody_has_been_there_for_20_minutes_and_before_the_limit(
    world: World,
) -> None:
    write(world, "Save work when idle", "Save work before the limit")
    for _ in range(180):
        world.machine.types()
        world.live(MINUTE_US)
    world.live(8 * HOUR_US + 55 * MINUTE_US)
    assert world.fired == ["Save work when idle", "Save work before the limit"]
    idle, limit = world.at
    assert abs(idle - hours(3) - minutes(20)) <= minutes(1)
    assert limit == hours(11.5)


def test_all_attempts_to_save_work_come_before_the_idle_stop_at_30_minutes(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.machine.types()
    write(world, "Save work when idle")
    world.live(3 * HOUR_US)
    assert len(world.at) == 3
    assert world.at[-1] < minutes(30)


def test_where_idleness_is_unknown_work_is_saved_every_20_minutes(world: World) -> None:
    world.machine.serves(1)
    write(world, "Save work when idle", "Save work every 20 minutes")
    world.live(HOUR_US + MINUTE_US)
    assert world.fired == ["Save work every 20 minutes"] * 3


def test_a_job_begins_at_once_and_only_once(world: World) -> None:
    write(world, "Train, then stop")
    world.live(MINUTE_US)
    assert world.fired == ["Train, then stop"]
    world.off()
    world.live(HOUR_US)
    assert world.fired == ["Train, then stop"]


def test_a_job_that_was_cut_off_begins_anew_in_the_next_session(world: World) -> None:
    world.machine.script = lambda _: None
    write(world, "Train, then stop")
    world.live(HOUR_US)
    assert len(world.fired) == 1
    world.off()
    world.live(HOUR_US)
    assert len(world.fired) == 2


def test_the_quota_warns_at_each_part_once_a_billing_month(world: World) -> None:
    world.machine.seen = world.machine.seen._replace(kind="codespaces")
    labels = [label for label in TRIGGERS if "core-hours" in label]
    write(world, *labels)
    world.machine.cpus = 32
    world.live(4 * HOUR_US)
    assert world.fired == labels
    assert total_hours(world) == ["1.88", "2.81", "3.38", "3.75"], "of 120 core-hours, on 32 cores"
    world.off(30 * DAY_US)
    world.live(2 * HOUR_US)
    assert world.fired == [*labels, labels[0]]


def test_no_recipe_needs_a_notice_that_the_machine_goes_away(world: World) -> None:
    write(world, *TRIGGERS)
    world.live(HOUR_US)
    assert world.daemon is not None
    before = len(world.fired)
    world.daemon.step(signal.SIGTERM)
    assert len(world.fired) == before
