"""The rules of triggers in docs/rules.md, each by its number: the real loop, configuration and
ledger on a simulated machine."""

import shutil
import signal

import pytest
from tests.builders import trigger
from tests.simulation import savings
from tests.simulation.machine import End
from tests.simulation.world import World, heartbeats, hours, minutes, rows

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US

# --- rule 1: once a scope, once an edge


def test_rule_1_a_level_fires_once_a_session_at_its_moment(world: World) -> None:
    world.write(trigger())
    world.live(HOUR_US)
    assert world.at == [minutes(6)]
    world.off()
    world.live(HOUR_US)
    assert world.at == [minutes(6)] * 2
    assert [state for _, state, _ in world.states()] == ["succeeded", "succeeded"]


def test_rule_1_a_day_level_fires_once_a_day_over_several_sessions(world: World) -> None:
    world.write(trigger(conditions={"today_runtime_hours": 1}))
    for _ in range(4):
        world.live(40 * MINUTE_US)
        world.off(5 * HOUR_US)
    assert len(world.fired) == len(
        {row[0] for row in rows(world.directory, "SELECT scope FROM occurrence")}
    )
    assert all(
        scope.startswith("day:")
        for (scope,) in rows(world.directory, "SELECT scope FROM occurrence")
    )
    assert world.fired


@pytest.mark.usefixtures("seldom_drawn")
def test_rule_1_a_day_level_fires_again_after_midnight_of_the_time_zone(world: World) -> None:
    world.config('time_zone = "Asia/Kolkata"\nheartbeat_seconds = 300\n')
    world.write(trigger(conditions={"today_runtime_hours": 1}))
    world.live(3 * DAY_US)
    days = [line.variables["CODESPACE_TRACKER_DUE_AT"][:16] for line in world.machine.lines]
    assert [moment[11:16] for moment in days[1:]] == ["01:00"] * len(days[1:])
    assert len(days) in (3, 4)


def test_rule_1_a_month_level_counts_core_hours(world: World) -> None:
    world.write(trigger(conditions={"month_core_hours": 5}))
    world.live(3 * HOUR_US)
    assert world.at == [hours(2.5)]
    world.machine.cpus = 8
    world.write(
        trigger(conditions={"month_core_hours": 5}),
        trigger("More", conditions={"month_core_hours": 14}),
    )
    world.live(2 * HOUR_US)
    assert world.fired == ["Backup", "More"]
    by_8_cores = hours(3 + 1)  # 6 core-hours by 2 cores, and 8 more
    assert abs(world.at[1] - by_8_cores) <= minutes(1)


def test_rule_1_a_part_of_the_quota_is_of_the_configured_plan(world: World) -> None:
    world.machine.seen = world.machine.seen._replace(kind="codespaces")
    world.config("plan = 10\n")
    world.write(trigger(conditions={"quota_percent": 50}))
    world.live(3 * HOUR_US)
    assert world.at == [hours(2.5)]


def test_rule_1_a_local_container_has_no_quota_that_a_part_could_be_of(world: World) -> None:
    world.config("plan = 10\n")
    world.write(
        trigger(conditions={"quota_percent": 50}),
        trigger("Hours", conditions={"month_core_hours": 5}),
    )
    world.live(3 * HOUR_US)
    assert world.fired == ["Hours"], "core-hours are those that ran here"


def test_rule_1_a_codespace_that_an_organisation_pays_for_has_none_either(world: World) -> None:
    world.machine.seen = world.machine.seen._replace(kind="codespaces")
    world.config('plan = 10\npayer = "organization"\n')
    world.write(trigger(conditions={"quota_percent": 50}))
    world.live(3 * HOUR_US)
    assert world.fired == []


def test_rule_1_a_total_level_fires_once_for_ever(world: World) -> None:
    world.write(trigger(conditions={"total_runtime_hours": 1.5}))
    for _ in range(4):
        world.live(HOUR_US)
        world.off()
    assert len(world.fired) == 1
    assert world.machine.lines[0].variables["CODESPACE_TRACKER_TOTAL_HOURS"] == "1.50"


def test_rule_1_a_level_that_holds_already_fires_at_once_when_it_is_added(world: World) -> None:
    world.live(HOUR_US)
    world.write(trigger())
    world.live(SECOND_US)
    assert len(world.fired) == 1


def test_rule_1_all_conditions_must_hold(world: World) -> None:
    world.write(trigger(conditions={"minute_runtime_minutes": 30, "total_runtime_minutes": 100}))
    world.live(70 * MINUTE_US)
    assert world.fired == []
    world.off()
    world.live(HOUR_US)
    assert len(world.fired) == 1
    assert minutes(29) < world.at[0] <= minutes(31)


def test_rule_1_an_edge_fires_at_each_of_its_moments(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 10}))
    world.live(HOUR_US + MINUTE_US)
    assert len(world.fired) == 6
    gaps = {after - before for before, after in zip(world.at, world.at[1:], strict=False)}
    assert gaps <= {599, 600, 601}


def test_rule_1_levels_beside_an_edge_guard_it_at_its_moment(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 10, "minute_runtime_minutes": 25}))
    world.live(HOUR_US + MINUTE_US)
    assert len(world.fired) == 4, "at 30, 40, 50 and 60 minutes"


@pytest.mark.parametrize("conditions", [{"every_minutes": 25}, {"at": "30 14 * * *"}])
@pytest.mark.parametrize("level", [30, 50])
def test_rule_1_levels_beside_a_moment_that_is_caught_up_are_asked_when_it_is(
    world: World, conditions: dict[str, object], level: int
) -> None:
    """The moment comes in the session's 25th minute, or at 14:30, which is soon after its 16th."""
    world.config('time_zone = "UTC"\n')
    world.write(trigger(conditions={**conditions, "minute_runtime_minutes": level}))
    world.live(10 * MINUTE_US)
    world.crash()
    world.machine.run(30 * MINUTE_US)
    world.live(5 * MINUTE_US)
    began = minutes(40)
    assert [round(at - began) // 60 for at in world.at] == ([0] if level == 30 else [])


def test_rule_1_repeat_widens_and_narrows(world: World) -> None:
    world.write(
        trigger("once", repeat="once"),
        trigger("each session", conditions={"total_runtime_minutes": 30}, repeat="session"),
    )
    for _ in range(3):
        world.live(40 * MINUTE_US)
        world.off()
    assert world.fired.count("once") == 1
    assert world.fired.count("each session") == 3


# --- rule 2: no polling


def test_rule_2_ten_thousand_triggers_wake_the_daemon_no_more_than_one(world: World) -> None:
    world.write(
        *(
            trigger(f"t{n}", conditions={"minute_runtime_minutes": 100_000 + n})
            for n in range(10_000)
        )
    )
    world.live(MINUTE_US)
    assert world.daemon is not None
    steps = 0
    step = world.daemon.step

    def counted(heard: int | None) -> None:
        nonlocal steps
        steps += 1
        step(heard)

    world.daemon.step = counted  # type: ignore[method-assign]
    world.live(10 * MINUTE_US)
    assert steps <= heartbeats(10) + 1


def test_rule_2_a_trigger_is_claimed_when_it_is_due_and_not_at_the_next_heartbeat(
    world: World,
) -> None:
    world.config("heartbeat_seconds = 300\n")
    world.write(trigger(conditions={"minute_runtime_minutes": 6.123}))
    world.live(HOUR_US)
    assert world.machine.lines[0].mono_us == int(6.123 * MINUTE_US)


# --- rule 3: editing


def test_rule_3_an_edge_counts_anew_from_an_edit(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 10}))
    world.live(8 * MINUTE_US)
    world.write(trigger(conditions={"every_minutes": 5}))
    began = world.machine.now.mono_us // SECOND_US
    world.live(6 * MINUTE_US)
    assert [at - began for at in world.at] == [minutes(5)]


def test_rule_3_a_level_that_has_fired_in_its_scope_stays_fired(world: World) -> None:
    world.write(trigger())
    world.live(10 * MINUTE_US)
    world.write(trigger(script_command="another", conditions={"minute_runtime_minutes": 15}))
    world.live(HOUR_US)
    assert len(world.fired) == 1
    world.off()
    world.live(HOUR_US)
    assert world.at[1] == minutes(15)


def test_rule_3_a_moment_with_a_repeat_that_has_fired_in_its_scope_stays_fired(
    world: World,
) -> None:
    world.write(trigger(conditions={"every_minutes": 10}, repeat="session"))
    world.live(12 * MINUTE_US)
    world.write(trigger(conditions={"every_minutes": 5}, repeat="session"))
    world.live(HOUR_US)
    assert len(world.fired) == 1


@pytest.mark.parametrize("named", [True, False])
def test_rule_3_a_new_label_keeps_the_identity_only_beside_a_flag_name(
    world: World, named: bool
) -> None:
    flag = {"flag_name": "backup"} if named else {}
    world.write(trigger("Backup", **flag))
    world.live(10 * MINUTE_US)
    world.write(trigger("Save", **flag))
    world.live(HOUR_US)
    assert world.fired == (["Backup"] if named else ["Backup", "Save"])


def test_rule_3_an_edit_while_the_tracker_is_away_counts_from_its_return(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 10}))
    world.live(8 * MINUTE_US)
    world.crash()
    world.write(trigger(conditions={"every_minutes": 7}))
    world.machine.run(5 * MINUTE_US)
    began = world.machine.now.mono_us // SECOND_US
    world.live(8 * MINUTE_US)
    assert [at - began for at in world.at] == [minutes(7)]


# --- rule 4: missed points


def test_rule_4_missed_points_of_every_run_once_and_are_recorded(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 10}))
    world.live(25 * MINUTE_US)
    world.crash()
    world.machine.run(47 * MINUTE_US)
    world.live(MINUTE_US)
    assert len(world.fired) == 3
    assert world.states() == [
        ("Backup", "succeeded", ""),
        ("Backup", "succeeded", ""),
        *[("Backup", "skipped", "missed")] * 4,
        ("Backup", "succeeded", ""),
    ]


def test_rule_4_every_counts_on_across_sessions_and_stops_with_the_machine(world: World) -> None:
    world.write(trigger(conditions={"every_minutes": 120}))
    for _ in range(4):
        world.live(90 * MINUTE_US)
        world.off(12 * HOUR_US)
    assert len(world.fired) in (2, 3)
    assert not any(reason for _, _, reason in world.states())


def test_rule_4_points_of_at_missed_while_off_run_once_at_the_next_start(world: World) -> None:
    world.write(
        trigger("caught up", conditions={"at": "0 * * * *"}),
        trigger("not caught up", conditions={"at": "0 * * * *"}, catch_up=False),
    )
    world.live(MINUTE_US)
    world.off(5 * HOUR_US + 30 * MINUTE_US)
    world.live(MINUTE_US)
    assert world.fired == ["caught up"]
    assert ("not caught up", "skipped", "missed") in world.states()


@pytest.mark.usefixtures("seldom_drawn")
def test_rule_4_at_fires_at_each_point_of_the_time_zone(world: World) -> None:
    world.config('time_zone = "Asia/Kolkata"\nheartbeat_seconds = 300\n')
    world.write(trigger(conditions={"at": "15 9 * * *"}))
    world.live(3 * DAY_US)
    due = [line.variables["CODESPACE_TRACKER_DUE_AT"][11:] for line in world.machine.lines]
    assert due == ["09:15:00.000+05:30"] * 3


def test_rule_4_points_of_at_are_made_anew_before_they_run_out(world: World) -> None:
    world.write(trigger(conditions={"at": "* * * * *"}))
    with savings.few_points(90):
        world.live(5 * HOUR_US)
    assert len(world.fired) in (299, 300)
    assert world.machine.plans_asked in (4, 5), "for 90 minutes at a time"


def test_rule_4_a_clock_set_back_fires_no_point_twice(world: World) -> None:
    world.write(trigger(conditions={"at": "*/10 * * * *"}))
    world.live(HOUR_US)
    before = len(world.fired)
    world.machine.set_wall_clock(-HOUR_US)
    world.live(HOUR_US)
    points = [line.variables["CODESPACE_TRACKER_DUE_AT"] for line in world.machine.lines]
    assert len(points) == len(set(points)) <= before + 1


# --- rule 5: flags


def test_rule_5_a_level_places_its_flag_on_success_and_it_goes_with_its_scope(world: World) -> None:
    world.write(trigger())
    world.live(7 * MINUTE_US)
    assert world.flags() == ["backup"]
    text = (world.directory / "flags/backup").read_text()
    assert text.endswith(" session:1\n")
    world.off()
    world.live(MINUTE_US)
    assert world.flags() == []


def test_rule_5_a_once_flag_stays(world: World) -> None:
    world.write(trigger(repeat="once"))
    world.live(7 * MINUTE_US)
    world.off()
    world.live(HOUR_US)
    assert world.flags() == ["backup"]
    assert len(world.fired) == 1


def test_rule_5_a_failure_and_an_edge_place_no_flag(world: World) -> None:
    world.machine.script = lambda order: End(
        SECOND_US, "failed" if "Fails" in str(order.variables) else "succeeded"
    )
    world.write(trigger("Fails", retries=0), trigger("edge", conditions={"every_minutes": 1}))
    world.live(10 * MINUTE_US)
    assert world.flags() == []


def test_rule_5_a_flag_that_is_removed_re_arms_at_once(world: World) -> None:
    world.write(trigger())
    world.live(7 * MINUTE_US)
    (world.directory / "flags/backup").unlink()
    world.live(11 * SECOND_US)
    assert len(world.fired) == 2
    world.live(HOUR_US)
    assert world.flags() == ["backup"]
    assert len(world.fired) == 2
    assert rows(world.directory, "SELECT generation FROM occurrence ORDER BY id") == [(0,), (1,)]


def test_rule_5_a_flag_removed_while_the_tracker_is_away_re_arms_at_its_return(
    world: World,
) -> None:
    world.write(trigger())
    world.live(7 * MINUTE_US)
    world.crash()
    (world.directory / "flags/backup").unlink()
    world.live(MINUTE_US)
    assert len(world.fired) == 2


def test_rule_5_a_flag_of_the_user_suppresses_level_and_edge_until_it_is_removed(
    world: World,
) -> None:
    world.write(trigger(), trigger("edge", conditions={"every_minutes": 4}))
    (world.directory / "flags").mkdir()
    for name in ("backup", "edge"):
        (world.directory / "flags" / name).touch()
    world.live(10 * MINUTE_US)
    assert world.fired == []
    assert world.states() == [("edge", "skipped", "flag")] * 2
    for name in ("backup", "edge"):
        (world.directory / "flags" / name).unlink()
    world.live(11 * SECOND_US)
    assert world.fired == ["Backup"]
    world.live(2 * MINUTE_US)
    assert world.fired == ["Backup", "edge"]


@pytest.mark.parametrize("away", [False, True])
def test_rule_5_a_vanished_folder_is_redrawn_and_re_arms_nothing(world: World, away: bool) -> None:
    world.write(trigger())
    world.live(7 * MINUTE_US)
    text = (world.directory / "flags/backup").read_text()
    if away:
        world.crash()
    shutil.rmtree(world.directory / "flags")
    if away:
        (world.directory / "flags").mkdir()
    world.live(MINUTE_US)
    assert (world.directory / "flags/backup").read_text() == text
    assert len(world.fired) == 1


# --- rule 6: two triggers with one flag


@pytest.mark.usefixtures("seldom_drawn")
def test_rule_6_whichever_comes_first_fires_and_the_other_is_spent(world: World) -> None:
    world.config("heartbeat_seconds = 300\n")
    world.write(
        trigger(
            "a",
            flag_name="f",
            conditions={"total_runtime_hours": 20, "minute_runtime_minutes": 170},
        ),
        trigger("b", flag_name="f", conditions={"total_runtime_hours": 25}),
    )
    for _ in range(14):
        world.live(2 * HOUR_US)
        world.off()
    assert world.fired == ["b"], "no session was long enough for a"
    for _ in range(3):
        world.live(5 * HOUR_US)
        world.off()
    assert world.fired == ["b"]


@pytest.mark.usefixtures("seldom_drawn")
def test_rule_6_the_other_order(world: World) -> None:
    world.config("heartbeat_seconds = 300\n")
    world.write(
        trigger(
            "a",
            flag_name="f",
            conditions={"total_runtime_hours": 20, "minute_runtime_minutes": 170},
        ),
        trigger("b", flag_name="f", conditions={"total_runtime_hours": 25}),
    )
    for _ in range(6):
        world.live(4 * HOUR_US + 50 * MINUTE_US)
        world.off()
    assert world.fired == ["a"]


def test_rule_6_edges_of_one_flag_share_only_the_same_moment(world: World) -> None:
    world.write(
        trigger("a", flag_name="f", conditions={"every_minutes": 10}),
        trigger("b", flag_name="f", conditions={"every_minutes": 15}),
    )
    world.live(HOUR_US + MINUTE_US)
    minutes = [(at - 5) // 60 for at in world.at]
    assert minutes == [10, 15, 20, 30, 40, 45, 50, 60], (
        "one run at 30 and at 60 minutes, where both come"
    )


@pytest.mark.parametrize("both", [True, False])
def test_rule_6_edges_of_one_flag_with_a_repeat_share_its_scope(world: World, both: bool) -> None:
    """A trigger of the flag that has no `repeat` takes that of the other one."""
    repeat = {"repeat": "session"}
    world.write(
        trigger("a", flag_name="f", conditions={"every_minutes": 10}, **(repeat if both else {})),
        trigger("b", flag_name="f", conditions={"every_minutes": 15}, **repeat),
    )
    for _ in range(2):
        world.live(HOUR_US)
        world.off()
    sessions = rows(world.directory, "SELECT session FROM occurrence ORDER BY id")
    assert sessions == [(1,), (2,)]


def test_rule_6_idle_triggers_of_one_flag_share_the_time_of_idleness(world: World) -> None:
    world.write(
        trigger("a", flag_name="f", conditions={"idle_minutes": 20}),
        trigger("b", flag_name="f", conditions={"idle_minutes": 30}),
    )
    world.live(HOUR_US)
    assert world.fired == ["a"]
    world.machine.types()
    world.live(HOUR_US)
    assert world.fired == ["a", "a"]


def test_rule_6_an_edge_that_shares_the_flag_of_a_level_has_its_scope(world: World) -> None:
    world.write(
        trigger("level", flag_name="f", conditions={"minute_runtime_minutes": 25}),
        trigger("edge", flag_name="f", conditions={"every_minutes": 10}),
    )
    world.live(HOUR_US)
    assert world.fired == ["edge"]


# --- rule 7: results and retries


def test_rule_7_retries_come_with_doubling_delays_and_then_it_has_failed(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.write(trigger(retries=3, retry_delay_seconds=60))
    world.live(HOUR_US)
    # a run takes a second, and the next one waits for one minute, two, four
    after = [0, minutes(1) + 1, minutes(3) + 2, minutes(7) + 3]
    assert [at - world.at[0] for at in world.at] == after
    assert [line.variables["CODESPACE_TRACKER_ATTEMPT"] for line in world.machine.lines] == [
        "1",
        "2",
        "3",
        "4",
    ]
    assert world.states() == [("Backup", "failed", "")]


def test_rule_7_a_retry_waits_in_the_ledger_also_across_a_restart(world: World) -> None:
    world.machine.script = lambda _: End(
        SECOND_US, "failed" if len(world.machine.lines) < 2 else "succeeded"
    )
    world.write(trigger(retry_delay_seconds=600))
    world.live(7 * MINUTE_US)
    world.crash()
    world.machine.run(3 * MINUTE_US)
    world.live(HOUR_US)
    assert [at - world.at[0] for at in world.at] == [0, 1 + minutes(10)]
    assert world.states() == [("Backup", "succeeded", "")]


def test_rule_7_a_retry_whose_scope_has_ended_is_superseded_when_it_is_due(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.write(trigger(retries=5, retry_delay_seconds=180))
    world.live(7 * MINUTE_US)
    world.off()
    world.live(MINUTE_US)
    assert world.states() == [("Backup", "waiting", "")]
    world.live(3 * MINUTE_US)  # the level of the new session does not hold yet
    assert world.states() == [("Backup", "failed", "superseded")]
    assert world.fired == ["Backup"]


def test_rule_7_a_retry_gives_way_to_the_next_time_that_its_level_fires(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.write(trigger(retries=5, retry_delay_seconds=600))
    world.live(7 * MINUTE_US)
    world.off()
    world.live(5 * MINUTE_US)
    assert world.states() == [("Backup", "waiting", "")]
    world.live(2 * MINUTE_US)
    assert world.states() == [("Backup", "failed", "superseded"), ("Backup", "waiting", "")]
    assert world.fired == ["Backup", "Backup"]


def test_rule_7_the_next_point_of_an_edge_supersedes_its_retry(world: World) -> None:
    world.machine.script = lambda _: End(SECOND_US, "failed")
    world.write(trigger(conditions={"every_minutes": 5}, retries=5, retry_delay_seconds=400))
    world.live(11 * MINUTE_US)
    assert world.states()[0] == ("Backup", "failed", "superseded")
    assert len(world.fired) == 2


def test_rule_7_what_was_cut_off_with_the_tracker_goes_on_and_is_recorded(world: World) -> None:
    world.machine.script = lambda _: End(5 * MINUTE_US)
    world.write(trigger())
    world.live(7 * MINUTE_US)
    world.crash()
    world.machine.run(10 * MINUTE_US)
    world.machine.wait(0)
    world.live(MINUTE_US)
    assert world.states() == [("Backup", "succeeded", "")]
    assert len(world.fired) == 1


def test_rule_7_what_was_cut_off_with_the_machine_is_interrupted(world: World) -> None:
    world.machine.script = lambda _: None
    world.write(trigger(retries=0), trigger("once", repeat="once", retries=1))
    world.live(7 * MINUTE_US)
    world.off()
    world.live(MINUTE_US)
    results = rows(world.directory, "SELECT result FROM run ORDER BY id")
    assert results[:2] == [("interrupted",), ("interrupted",)]
    assert world.states()[0] == ("Backup", "interrupted", "")
    assert len([one for one in world.fired if one == "once"]) == 2


def test_rule_7_a_failed_once_trigger_fires_again_next_session_and_is_shown(
    world: World,
) -> None:
    world.machine.script = lambda _: End(
        SECOND_US, "failed" if len(world.machine.lines) < 3 else "succeeded"
    )
    world.write(trigger(conditions={"total_runtime_minutes": 10}, retries=1))
    world.live(HOUR_US)
    assert len(world.fired) == 2
    assert world.daemon is not None
    assert any("last attempt failed" in text for text in world.daemon.problems.all())
    world.live(HOUR_US)
    assert len(world.fired) == 2
    world.off()
    world.live(MINUTE_US)
    assert len(world.fired) == 3
    assert not world.daemon.problems.all()
    world.off()
    world.live(HOUR_US)
    assert len(world.fired) == 3


def test_rule_7_a_once_trigger_cut_off_at_its_last_attempt_fires_again_next_session(
    world: World,
) -> None:
    world.machine.script = lambda _: None if len(world.machine.lines) < 2 else End(SECOND_US)
    world.write(trigger(repeat="once", retries=0))
    world.live(7 * MINUTE_US)
    world.off()
    world.live(7 * MINUTE_US)
    assert [(state, reason) for _, state, reason in world.states()] == [
        ("interrupted", ""),
        ("succeeded", ""),
    ]


# --- rule 8: how many at once


def test_rule_8_at_most_so_many_run_at_once_and_the_rest_wait_in_order(world: World) -> None:
    world.machine.script = lambda _: End(MINUTE_US)
    world.write(
        *(trigger(f"t{n}", conditions={"minute_runtime_minutes": 6 + n / 100}) for n in range(10))
    )
    world.live(20 * MINUTE_US)
    assert world.fired == [f"t{n}" for n in range(10)]
    assert [(at - world.at[0]) // 60 for at in world.at] == [0, 0, 0, 0, 1, 1, 1, 1, 2, 2]


def test_rule_8_the_number_is_a_setting(world: World) -> None:
    world.config("runs_at_once = 1\n")
    world.machine.script = lambda _: End(MINUTE_US)
    world.write(trigger("a"), trigger("b"))
    world.live(20 * MINUTE_US)
    assert world.at[1] - world.at[0] == minutes(1)


def test_rule_8_a_trigger_whose_run_is_going_does_not_start_a_second(world: World) -> None:
    world.machine.script = lambda _: End(12 * MINUTE_US)
    world.write(trigger(conditions={"every_minutes": 5}))
    world.live(21 * MINUTE_US)
    assert [state for _, state, _ in world.states()] == [
        "succeeded",
        "skipped",
        "skipped",
        "running",
    ]
    assert {reason for _, _, reason in world.states()} == {"", "running"}


def test_rule_8_while_a_run_waits_for_its_turn_no_second_one_of_its_trigger_waits(
    world: World,
) -> None:
    world.config("runs_at_once = 1\n")
    world.machine.script = lambda order: End(
        18 * MINUTE_US if "long" in str(order.variables) else SECOND_US
    )
    world.write(
        trigger("long", conditions={"minute_runtime_minutes": 4}),
        trigger("waits", conditions={"every_minutes": 5}),
    )
    world.live(24 * MINUTE_US)
    assert world.fired == ["long", "waits"]
    assert [state for state in world.states() if state[0] == "waits"] == [
        ("waits", "succeeded", ""),
        *[("waits", "skipped", "running")] * 3,
    ]


def test_rule_8_retries_that_are_due_go_before_what_waits(world: World) -> None:
    world.config("runs_at_once = 1\n")
    ends = {"fails": End(SECOND_US, "failed"), "long": End(10 * MINUTE_US)}
    world.machine.script = lambda order: ends.get(
        dict(order.variables)["CODESPACE_TRACKER_LABEL"], End(SECOND_US)
    )
    world.write(
        trigger("fails", retry_delay_seconds=360),
        trigger("long", conditions={"minute_runtime_minutes": 7}),
        trigger("waits", conditions={"minute_runtime_minutes": 8}),
    )
    world.live(20 * MINUTE_US)
    assert world.fired == ["fails", "long", "fails", "waits"], (
        "the retry was due in the 12th minute"
    )


def test_rule_8_a_hung_script_delays_no_other(world: World) -> None:
    world.machine.script = lambda order: None if "hung" in str(order.variables) else End(SECOND_US)
    world.write(trigger("hung"), trigger("other", conditions={"minute_runtime_minutes": 7}))
    world.live(10 * MINUTE_US)
    assert world.at[1] == minutes(7)


# --- rule 9: what scripts are told


def test_rule_9_scripts_are_told_what_they_are_run_for(world: World) -> None:
    world.write(trigger("Back up", conditions={"minute_runtime_minutes": 90}))
    world.live(2 * HOUR_US)
    [line] = world.machine.lines
    told = {key.removeprefix("CODESPACE_TRACKER_"): value for key, value in line.variables.items()}
    [(session_id, due_at)] = rows(
        world.directory, "SELECT session_id, due_at FROM session JOIN occurrence"
    )
    assert told == {
        "LABEL": "Back up",
        "FLAG": "back_up",
        "SESSION_ID": session_id,
        "SESSION_MINUTES": "90",
        "TOTAL_HOURS": "1.50",
        "DUE_AT": world.daemon.configuration.zone.iso(due_at) if world.daemon else "",
        "ATTEMPT": "1",
        "DIR": str(world.directory),
    }


# --- rule 10: months of UTC, days of the user


def booted_at(world: World, moment: str) -> None:
    """Let the world's machine have booted at a moment, seconds ago; no tracker runs yet."""
    now = world.machine.now
    world.machine.set_wall_clock(parse_iso(moment) + now.boot_us - now.wall_us)


@pytest.mark.usefixtures("seldom_drawn")
@pytest.mark.parametrize(
    ("zone", "boot", "hours"),
    [
        # its own October begins at 18:30 UTC, while the billing month is still September
        ("Asia/Kolkata", "2026-09-30T16:00Z", [2, 10]),
        # its own October begins at 04:00 UTC, when the billing month is October already
        ("America/New_York", "2026-09-30T20:00Z", [2, 6]),
    ],
)
def test_rule_10_a_month_level_fires_again_when_the_month_of_utc_has_ended(
    world: World, zone: str, boot: str, hours: list[int]
) -> None:
    """On two cores: two hours after the boot, and at 02:00 UTC on the first."""
    world.config(f'time_zone = "{zone}"\nheartbeat_seconds = 300\n')
    booted_at(world, boot)
    world.write(trigger(conditions={"month_core_hours": 4}))
    world.live(12 * HOUR_US)
    assert [at / 3600 for at in world.at] == hours


@pytest.mark.usefixtures("seldom_drawn")
@pytest.mark.parametrize(
    ("zone", "hours"), [("Asia/Kolkata", [1, 3.5]), ("America/New_York", [1, 13])]
)
def test_rule_10_a_day_level_fires_again_when_the_users_day_has_ended(
    world: World, zone: str, hours: list[float]
) -> None:
    """An hour after the boot, and an hour after midnight: 18:30 UTC in Kolkata, 04:00 in New
    York."""
    world.config(f'time_zone = "{zone}"\nheartbeat_seconds = 300\n')
    booted_at(world, "2026-09-30T16:00Z")
    world.write(trigger(conditions={"today_runtime_hours": 1}))
    world.live(14 * HOUR_US)
    assert [at / 3600 for at in world.at] == hours


# --- idle and events


def test_rule_11_idle_fires_once_each_stretch_and_not_where_it_is_unknown(world: World) -> None:
    world.machine.serves(1)
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(HOUR_US)
    assert world.fired == [], "an editor may hide it"
    world.machine.servers.clear()
    world.live(19 * MINUTE_US)
    assert world.fired == [], "unknown time is no idle time"
    world.live(2 * HOUR_US)
    assert len(world.fired) == 1
    world.machine.types()
    world.live(19 * MINUTE_US)
    assert len(world.fired) == 1
    world.live(6 * MINUTE_US)
    assert len(world.fired) == 2


def test_rule_11_idle_comes_when_nobody_was_seen_for_so_long_never_earlier(
    world: World,
) -> None:
    """The access time may be 8 seconds old, and does not move for keys in the same 8 seconds."""
    world.write(trigger(conditions={"idle_minutes": 20}))
    for second in range(40):
        world.machine.types()
        left_at = world.machine.now.mono_us
        world.live(SECOND_US + second)
    world.live(30 * MINUTE_US)
    [line] = world.machine.lines
    assert 20 * MINUTE_US <= line.mono_us - left_at <= 20 * MINUTE_US + 18 * SECOND_US


def test_a_visit_between_two_checks_of_long_ago_is_seen_though_the_terminal_closed(
    world: World,
) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(30 * MINUTE_US)
    assert len(world.fired) == 1
    world.machine.types("visitor")
    world.live(MINUTE_US)
    del world.machine.terminals["visitor"]
    world.live(19 * MINUTE_US)
    assert len(world.fired) == 1, "it is not forgotten with the terminal"
    world.live(2 * MINUTE_US)
    assert len(world.fired) == 2


def test_rule_11_idle_does_not_come_when_an_editor_ends_after_an_unknown_hour(world: World) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(MINUTE_US)
    world.machine.serves(1)
    world.live(HOUR_US)
    world.machine.servers.clear()
    ended_at = world.machine.now.mono_us
    world.live(30 * MINUTE_US)
    [line] = world.machine.lines
    assert 20 * MINUTE_US <= line.mono_us - ended_at <= 21 * MINUTE_US + 10 * SECOND_US


def test_who_comes_to_an_editor_in_the_last_minute_is_noticed_before_it_fires(
    world: World,
) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(20 * MINUTE_US - SECOND_US)
    world.machine.serves(1)
    world.live(HOUR_US)
    assert world.fired == []


def test_an_editor_that_everybody_has_left_holds_nothing_up(world: World) -> None:
    world.machine.serves(0)
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(22 * MINUTE_US)
    assert len(world.fired) == 1


def test_while_idleness_is_waited_for_looks_come_every_ten_seconds_and_heartbeats_do_not(
    world: World,
) -> None:
    world.config("heartbeat_seconds = 300\n")
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(MINUTE_US)
    [(before,)] = rows(world.directory, "SELECT last_mono_us FROM session")
    assert world.live(50 * SECOND_US) == 5
    [(after,)] = rows(world.directory, "SELECT last_mono_us FROM session")
    assert after == before, "a look alone writes nothing"
    world.machine.types()
    left_at = world.machine.now.mono_us
    world.live(30 * MINUTE_US)
    assert (
        20 * MINUTE_US
        <= world.machine.lines[0].mono_us - left_at
        <= 20 * MINUTE_US + 18 * SECOND_US
    )


def test_without_a_trigger_of_idleness_there_are_no_more_wake_ups_than_heartbeats(
    world: World,
) -> None:
    world.config("heartbeat_seconds = 60\n")
    world.live(MINUTE_US)
    assert world.live(HOUR_US) <= 61


@pytest.mark.parametrize("by", [-HOUR_US, HOUR_US, -5 * SECOND_US])
def test_a_step_of_the_clock_is_nobody(world: World, by: int) -> None:
    world.machine.types()
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(10 * MINUTE_US)
    world.machine.set_wall_clock(by)
    world.live(11 * MINUTE_US)
    assert len(world.fired) == 1
    world.live(HOUR_US)
    assert len(world.fired) == 1


def test_time_for_which_the_machine_was_suspended_is_no_idle_time(world: World) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(10 * MINUTE_US)
    world.machine.suspend(DAY_US)
    world.live(9 * MINUTE_US)
    assert world.fired == []
    world.live(2 * MINUTE_US)
    assert len(world.fired) == 1


def test_rule_11_idle_works_where_presence_is_not_recorded(world: World) -> None:
    world.config("presence = false\n")
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(30 * MINUTE_US)
    assert len(world.fired) == 1
    assert rows(world.directory, "SELECT count(*) FROM presence") == [(0,)]
    assert rows(world.directory, "SELECT quarter_at FROM session") == [(None,)]


def test_rule_11_idle_where_nobody_ever_was_counts_from_the_sessions_start(world: World) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(HOUR_US)
    assert len(world.fired) == 1
    assert minutes(19) <= world.at[0] <= minutes(21)


def test_events_come_once_each(world: World) -> None:
    names = ("session_start", "session_recovered", "session_end")
    world.write(*(trigger(name, conditions={"event": name}) for name in names))
    world.live(MINUTE_US)
    assert world.fired == ["session_start"]
    world.crash()
    world.live(MINUTE_US)
    assert world.fired == ["session_start"], "the same session went on"
    world.off()
    world.live(MINUTE_US)
    assert sorted(world.fired[1:]) == ["session_recovered", "session_start"]
    assert world.daemon is not None
    world.daemon.step(signal.SIGTERM)
    assert world.fired[3:] == ["session_end"]
    assert world.states()[-1] == ("session_end", "succeeded", "")
    [(ending,)] = rows(world.directory, "SELECT ending FROM session WHERE number=2")
    assert ending == "clean"
    world.off()
    world.live(MINUTE_US)
    assert world.fired[4:] == ["session_start"]


def test_a_slow_script_of_the_sessions_end_holds_it_up_no_longer_than_the_grace(
    world: World,
) -> None:
    world.machine.script = lambda _: None
    world.write(trigger(conditions={"event": "session_end"}))
    world.live(MINUTE_US)
    began = world.machine.now
    assert world.daemon is not None
    world.daemon.step(signal.SIGTERM)
    assert world.machine.now.mono_us - began.mono_us == 7 * SECOND_US
    assert rows(world.directory, "SELECT ended_at FROM session") == [(began.wall_us,)]


def test_a_trigger_added_in_the_middle_of_a_session_has_missed_its_start(world: World) -> None:
    world.live(MINUTE_US)
    world.write(trigger(conditions={"event": "session_start"}))
    world.live(MINUTE_US)
    assert world.fired == []


# --- what must not fire again


def test_a_restored_ledger_fires_nothing_that_was_due_meanwhile(world: World) -> None:
    world.write(
        trigger(),
        trigger("total", conditions={"total_runtime_minutes": 5}),
        trigger("every", conditions={"every_minutes": 10}),
    )
    world.live(7 * MINUTE_US)
    fired = len(world.fired)
    world.crash()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.directory / name).unlink(missing_ok=True)
    world.live(MINUTE_US)
    assert len(world.fired) == fired
    assert {reason for _, state, reason in world.states() if state == "skipped"} == {"restored"}
    world.live(10 * MINUTE_US)
    assert world.fired[fired:] == ["every"]


def test_a_disabled_trigger_does_not_fire(world: World) -> None:
    world.write(
        trigger(enabled=False), trigger("edge", conditions={"every_minutes": 1}, enabled=False)
    )
    world.live(HOUR_US)
    assert world.fired == []


def test_a_broken_file_leaves_the_last_good_triggers_in_force(world: World) -> None:
    world.write(trigger(conditions={"at": "*/10 * * * *"}))
    world.live(MINUTE_US)
    (world.directory / "trigger_config.json").write_text('[{"label": 5}')
    world.live(HOUR_US)
    assert len(world.fired) == 6
    world.crash()
    world.live(HOUR_US)
    assert len(world.fired) == 12
