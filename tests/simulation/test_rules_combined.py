"""Rules of triggers where two things come together: each was thought of, or has gone wrong
once."""

import json
import shutil
import signal
from pathlib import Path

import pytest
from tests.builders import trigger
from tests.simulation.machine import End
from tests.simulation.world import World, heartbeats, minutes, rows

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.machine.process import PAUSE

# --- it sleeps, whatever is in the way


def test_a_retry_that_waits_for_its_turn_keeps_nobody_awake(world: World) -> None:
    world.config("runs_at_once = 1\n")
    world.machine.script = lambda order: (
        End(SECOND_US, "failed") if "fails" in str(order.variables) else None
    )
    world.write(
        trigger("fails", retries=5, retry_delay_seconds=60),
        trigger("hangs", conditions={"minute_runtime_minutes": 6.5}),
    )
    world.live(7 * MINUTE_US)
    assert world.fired == ["fails", "hangs"]
    assert world.live(5 * MINUTE_US) <= heartbeats(5) + 1
    assert world.fired == ["fails", "hangs"]


@pytest.mark.parametrize("name", ["flags", "runs"])
def test_a_file_in_place_of_a_folder_wakes_nobody_and_delays_the_trigger(
    world: World, name: str
) -> None:
    world.write(trigger())
    world.live(5 * MINUTE_US)
    folder = world.directory / name
    shutil.rmtree(folder)
    folder.write_text("")
    assert world.live(5 * MINUTE_US) <= heartbeats(5) + 10
    assert world.fired == []
    assert world.daemon is not None
    assert any(name in text for text in world.daemon.problems.all())
    folder.unlink()
    folder.mkdir()
    world.live(MINUTE_US)
    assert world.fired == ["Backup"]
    assert not world.daemon.problems.all()


def refuse_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise LedgerError("the disk is full")

    monkeypatch.setattr(Occurrences, "claim", refuse)


@pytest.mark.parametrize(
    "conditions",
    [
        {"minute_runtime_minutes": 7},
        {"every_minutes": 7},
        {"at": "*/10 * * * *"},
        {"event": "session_start"},
        {"idle_minutes": 7},
    ],
)
def test_what_could_not_be_written_when_it_was_due_is_claimed_when_it_can_be(
    world: World, monkeypatch: pytest.MonkeyPatch, conditions: dict[str, object]
) -> None:
    world.write(trigger(conditions=conditions))
    with monkeypatch.context() as full:
        refuse_claims(full)
        world.live(SECOND_US)
        assert world.live(12 * MINUTE_US) <= heartbeats(12) + 18
        assert world.fired == []
    world.live(20 * SECOND_US)
    assert world.fired == ["Backup"]


# --- a point that comes twice


def test_a_point_that_comes_again_with_a_clock_set_back_leaves_its_retry_alone(
    world: World,
) -> None:
    world.machine.script = lambda _: End(
        SECOND_US, "failed" if len(world.machine.lines) < 2 else "succeeded"
    )
    world.write(trigger(conditions={"at": "0 * * * *"}, retry_delay_seconds=1200))
    world.live(HOUR_US)
    assert len(world.fired) == 1
    world.machine.set_wall_clock(-30 * MINUTE_US)
    world.live(SECOND_US)
    world.crash()
    world.live(40 * MINUTE_US)
    assert world.states() == [("Backup", "succeeded", "")]


def test_points_of_at_are_kept_after_the_clock_was_ahead_for_a_moment(world: World) -> None:
    world.write(trigger(conditions={"at": "*/10 * * * *"}))
    world.live(HOUR_US)
    world.machine.set_wall_clock(3 * DAY_US)
    world.live(MINUTE_US)
    world.machine.set_wall_clock(-3 * DAY_US)
    before = len(world.fired)
    world.live(HOUR_US)
    assert len(world.fired) - before == 6


def test_a_trigger_armed_while_the_clock_was_ahead_has_its_points_when_it_is_right_again(
    world: World,
) -> None:
    world.live(MINUTE_US)
    world.machine.set_wall_clock(3 * DAY_US)
    world.write(
        trigger(conditions={"at": "*/10 * * * *"}), trigger("idle", conditions={"idle_minutes": 10})
    )
    world.live(MINUTE_US)
    world.machine.set_wall_clock(-3 * DAY_US)
    world.machine.types()
    world.live(HOUR_US)
    assert world.fired.count("Backup") == 6
    assert world.fired.count("idle") == 1


# --- idleness


def test_an_idle_stretch_fires_once_though_the_terminal_closes(world: World) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.machine.types()
    world.live(30 * MINUTE_US)
    assert len(world.fired) == 1
    world.machine.terminals.clear()
    world.live(HOUR_US)
    assert len(world.fired) == 1


@pytest.mark.parametrize("how", ["crash", "edit", "flag"])
@pytest.mark.parametrize("who", ["somebody", "nobody", "an empty editor"])
def test_an_idle_stretch_fires_once_though_the_tracker_starts_anew(
    world: World, how: str, who: str
) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(MINUTE_US)
    if who == "somebody":
        world.machine.types()
    elif who == "an empty editor":
        world.machine.serves(0)
    world.live(30 * MINUTE_US)
    assert world.fired.count("Backup") == 1
    if how == "crash":
        world.crash()
    elif how == "flag":
        (world.directory / "flags/another").touch()
    else:
        world.write(trigger(conditions={"idle_minutes": 20}), trigger("another"))
    world.machine.terminals.clear()
    world.live(HOUR_US)
    assert world.fired.count("Backup") == 1
    world.machine.types()
    world.live(HOUR_US)
    assert world.fired.count("Backup") == 2


def test_who_was_there_while_the_tracker_was_away_begins_a_new_stretch(world: World) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.machine.types()
    world.live(30 * MINUTE_US)
    world.crash()
    world.machine.run(MINUTE_US)
    world.machine.types()
    world.machine.run(MINUTE_US)
    world.live(19 * MINUTE_US)
    assert len(world.fired) == 1, "what was not seen is not idle time"
    world.live(2 * MINUTE_US)
    assert len(world.fired) == 2


def test_who_was_in_an_editor_after_it_fired_begins_a_new_stretch_also_for_another_tracker(
    world: World,
) -> None:
    world.write(trigger(conditions={"idle_minutes": 20}))
    world.live(30 * MINUTE_US)
    world.machine.serves(1)
    world.live(5 * MINUTE_US)
    world.machine.servers.clear()
    world.live(5 * MINUTE_US)
    world.crash()
    world.live(22 * MINUTE_US)
    assert len(world.fired) == 2


def test_a_retry_in_an_idle_stretch_is_not_lost_when_the_tracker_starts_anew(world: World) -> None:
    world.machine.script = lambda _: End(
        SECOND_US, "failed" if len(world.machine.lines) < 2 else "succeeded"
    )
    world.write(trigger(conditions={"idle_minutes": 20}, retry_delay_seconds=600))
    world.live(22 * MINUTE_US)
    world.crash()
    world.live(20 * MINUTE_US)
    assert world.states() == [("Backup", "succeeded", "")]


# --- two triggers with one flag


def test_a_disabled_trigger_does_not_widen_the_scope_of_those_that_share_its_flag(
    world: World,
) -> None:
    world.write(
        trigger("a", flag_name="f"),
        trigger("b", flag_name="f", conditions={"total_runtime_hours": 1000}, enabled=False),
    )
    for _ in range(2):
        world.live(10 * MINUTE_US)
        world.off()
    assert world.fired == ["a", "a"]


def test_a_trigger_keeps_counting_when_the_one_that_shared_its_flag_is_taken_away(
    world: World,
) -> None:
    first = trigger("first", flag_name="f", conditions={"every_minutes": 30})
    second = trigger("second", flag_name="f", conditions={"every_minutes": 20})
    world.write(first, second)
    world.live(15 * MINUTE_US)
    world.write(second)
    world.live(6 * MINUTE_US)
    assert world.fired == ["second"]


def test_edges_that_share_a_flag_and_come_together_run_once(world: World) -> None:
    world.write(
        trigger("a", flag_name="f", conditions={"every_minutes": 10}),
        trigger("b", flag_name="f", conditions={"every_minutes": 5}),
    )
    world.live(21 * MINUTE_US)
    assert sorted(world.at) == sorted(set(world.at))
    assert len(world.fired) == 4


# --- edges that repeat


def test_an_edge_with_a_scope_fires_once_in_it(world: World) -> None:
    world.write(
        trigger("session", conditions={"every_minutes": 5}, repeat="session"),
        trigger("day", conditions={"at": "*/10 * * * *"}, repeat="day"),
        trigger("once", conditions={"event": "session_start"}, repeat="once"),
    )
    for _ in range(2):
        world.live(HOUR_US)
        world.off()
    days = {str(line.variables["CODESPACE_TRACKER_DUE_AT"])[:10] for line in world.machine.lines}
    assert world.fired.count("session") == 2
    assert world.fired.count("day") == len(days)
    assert world.fired.count("once") == 1
    assert world.flags() == []


# --- re-armed by hand


def rearm(world: World, flag: str) -> None:
    """What `triggers rearm` does."""
    assert world.daemon is not None
    with world.daemon.ledger.transaction():
        Occurrences(world.daemon.ledger).rearm(flag)
    (world.directory / "flags" / flag).unlink(missing_ok=True)
    world.daemon.step(signal.SIGHUP)


def test_what_is_re_armed_while_it_runs_runs_again_afterwards(world: World) -> None:
    world.machine.script = lambda _: End(5 * MINUTE_US)
    world.write(trigger())
    world.live(8 * MINUTE_US)
    rearm(world, "backup")
    world.live(MINUTE_US)
    assert world.at == [minutes(6)]
    world.live(5 * MINUTE_US)
    assert world.at == [minutes(6), minutes(11)]
    assert world.flags() == []
    world.live(10 * MINUTE_US)
    assert world.flags() == ["backup"]
    assert world.states() == [("Backup", "succeeded", "")] * 2
    assert world.live(MINUTE_US) <= heartbeats(1) + 2


def test_what_is_re_armed_while_it_waits_for_a_retry_starts_afresh(world: World) -> None:
    world.machine.script = lambda _: End(
        SECOND_US, "failed" if len(world.machine.lines) < 2 else "succeeded"
    )
    world.write(trigger(retry_delay_seconds=3600))
    world.live(8 * MINUTE_US)
    rearm(world, "backup")
    world.live(MINUTE_US)
    assert world.states() == [("Backup", "failed", "superseded"), ("Backup", "succeeded", "")]
    world.live(2 * HOUR_US)
    assert len(world.fired) == 2


def test_a_failure_that_was_re_armed_meanwhile_is_not_tried_again_beside_the_new_one(
    world: World,
) -> None:
    world.machine.script = lambda _: End(
        MINUTE_US, "failed" if len(world.machine.lines) < 2 else "succeeded"
    )
    world.write(trigger(retries=3))
    world.live(6 * MINUTE_US + 30 * SECOND_US)
    rearm(world, "backup")
    world.live(HOUR_US)
    assert world.states() == [("Backup", "failed", "superseded"), ("Backup", "succeeded", "")]
    assert len(world.fired) == 2


# --- scopes that end


def test_a_level_of_the_day_is_over_when_a_pause_ends_on_the_next(world: World) -> None:
    world.machine.script = lambda _: End(
        SECOND_US, "failed" if len(world.machine.lines) < 2 else "succeeded"
    )
    world.write(
        trigger(
            "fails", conditions={"today_runtime_hours": 0.5}, retries=3, retry_delay_seconds=3600
        ),
        trigger("works", conditions={"today_runtime_hours": 0.5}),
    )
    world.live(40 * MINUTE_US)
    assert world.daemon is not None
    assert world.flags() == ["works"]
    world.daemon.step(PAUSE)
    world.crash()
    world.machine.run(DAY_US)
    world.live(MINUTE_US)
    states = rows(world.directory, "SELECT label, state, reason, scope FROM occurrence ORDER BY id")
    days = {scope for *_, scope in states}
    assert ("fails", "failed", "superseded") in {
        (label, state, reason) for label, state, reason, _ in states
    }
    assert len(days) == 2, (
        "it has been running, though the tracker was away, and holds on the new day at once"
    )
    world.live(MINUTE_US)
    assert [line.split()[1] for line in world_flags(world)] == [max(days)] * 2


def world_flags(world: World) -> list[str]:
    return [(world.directory / "flags" / name).read_text() for name in world.flags()]


def test_a_run_that_succeeds_after_its_scope_has_ended_places_no_flag(world: World) -> None:
    world.config("heartbeat_seconds = 60\n")
    world.machine.script = lambda _: End(3 * HOUR_US)
    world.write(trigger(conditions={"today_runtime_hours": 0.5}))
    begins = world.machine.now.wall_us
    to_midnight = DAY_US - begins % DAY_US
    world.machine.run(0)
    world.machine.set_wall_clock(to_midnight - HOUR_US)
    world.live(2 * HOUR_US)
    assert world.flags() == []
    world.live(2 * HOUR_US)
    assert world.states()[0][1] == "succeeded"
    scopes = [line.split()[1] for line in world_flags(world)]
    assert all(
        scope == rows(world.directory, "SELECT max(scope) FROM occurrence")[0][0]
        for scope in scopes
    )


def test_an_event_that_had_not_its_turn_before_the_machine_went_is_over_and_recorded(
    world: World,
) -> None:
    world.config("runs_at_once = 1\nstop_grace_seconds = 1\n")
    world.machine.script = lambda _: None
    world.write(
        *(trigger(f"end {n}", conditions={"event": "session_end"}, retries=0) for n in range(3))
    )
    world.live(MINUTE_US)
    assert world.daemon is not None
    world.daemon.step(signal.SIGTERM)
    world.off()
    world.live(MINUTE_US)
    assert world.fired == ["end 0"], (
        "the others would run in the next session, and tell of that one"
    )
    assert world.states() == [
        ("end 0", "interrupted", ""),
        ("end 1", "skipped", "superseded"),
        ("end 2", "skipped", "superseded"),
    ]


def test_a_level_that_had_not_its_turn_before_the_machine_went_runs_in_the_next_session(
    world: World,
) -> None:
    world.config("runs_at_once = 1\n")
    world.machine.script = lambda _: None
    world.write(trigger("hangs", retries=0), trigger("waits"))
    world.live(7 * MINUTE_US)
    world.off()
    world.machine.script = lambda _: End(SECOND_US)
    world.live(MINUTE_US)
    assert world.fired == ["hangs", "waits"]
    assert world.flags() == [], "its scope was over"


def test_what_was_disabled_before_it_had_its_turn_fires_when_it_is_enabled_again(
    world: World,
) -> None:
    world.config("runs_at_once = 1\n")
    world.machine.script = lambda order: End(
        10 * MINUTE_US if "long" in str(order.variables) else SECOND_US
    )
    world.write(trigger("long"), trigger("waits"))
    world.live(8 * MINUTE_US)
    world.write(trigger("long"), trigger("waits", enabled=False))
    world.live(15 * MINUTE_US)
    assert world.fired == ["long"]
    assert world.states()[1] == ("waits", "skipped", "superseded")
    world.write(trigger("long"), trigger("waits"))
    world.live(MINUTE_US)
    assert world.fired == ["long", "waits"]


# --- a copy, and a ledger that was restored


def test_a_copied_directory_runs_nothing_that_the_other_one_has_begun(tmp_path: Path) -> None:
    world = World(tmp_path / "state")
    world.machine.seen = world.machine.seen._replace(kind="codespaces", name="one")
    world.machine.script = lambda _: None
    world.write(trigger(repeat="once"), trigger("start", conditions={"event": "session_start"}))
    world.live(7 * MINUTE_US)
    world.crash()
    shutil.copytree(world.directory, tmp_path / "copy")
    copy = World(tmp_path / "copy")
    copy.machine.seen = world.machine.seen._replace(name="two")
    before = rows(copy.directory, "SELECT * FROM run ORDER BY id")
    copy.live(7 * MINUTE_US)
    assert rows(copy.directory, "SELECT * FROM run WHERE id <= 2 ORDER BY id") == before
    assert sorted(copy.fired) == ["Backup", "start"], "in its own name"
    copy.crash()


def test_a_session_that_begins_after_the_ledger_was_lost_has_its_start(world: World) -> None:
    world.write(trigger(conditions={"event": "session_start"}))
    world.live(MINUTE_US)
    world.off()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.directory / name).unlink(missing_ok=True)
    world.live(MINUTE_US)
    assert len(world.fired) == 2


def test_a_session_that_goes_on_after_the_ledger_was_lost_has_no_second_start(world: World) -> None:
    world.write(trigger(conditions={"event": "session_start"}))
    world.live(MINUTE_US)
    world.crash()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (world.directory / name).unlink(missing_ok=True)
    world.live(MINUTE_US)
    assert len(world.fired) == 1


# --- flags


def test_a_flag_that_goes_while_another_is_placed_re_arms(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(trigger("a"), trigger("b", conditions={"minute_runtime_minutes": 8}))
    world.live(7 * MINUTE_US)
    assert world.daemon is not None
    files = world.daemon.autopilot._flags._files
    place = files.place

    def placed(flag: str, *rest: object) -> None:
        (world.directory / "flags/a").unlink()
        monkeypatch.undo()
        place(flag, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(files, "place", placed)
    world.live(2 * MINUTE_US)
    assert world.fired == ["a", "b", "a"]
    assert world.flags() == ["a", "b"]


# --- history


def test_what_is_older_than_the_history_kept_fires_no_second_time(world: World) -> None:
    world.config("heartbeat_seconds = 300\n")
    world.write(
        trigger("total", conditions={"total_runtime_minutes": 5}),
        trigger("at", conditions={"at": "0 12 * * *"}, repeat="once"),
        trigger("every", conditions={"every_minutes": 10}),
    )
    world.live(DAY_US + 5 * MINUTE_US)
    fired = len(world.fired)
    counts = [len([one for one in world.fired if one == name]) for name in ("total", "at")]
    assert counts == [1, 1]
    world.off(500 * DAY_US)
    world.live(5 * MINUTE_US)
    assert [len([one for one in world.fired if one == name]) for name in ("total", "at")] == [1, 1]
    assert len(world.fired) == fired
    assert len(rows(world.directory, "SELECT id FROM occurrence WHERE label='every'")) == 0
    assert json.loads((world.directory / "status.json").read_text())["problems"] == []


def test_a_flag_of_the_user_that_comes_while_the_script_runs_stays_the_users(world: World) -> None:
    world.machine.script = lambda _: End(2 * MINUTE_US)
    world.write(trigger())
    world.live(7 * MINUTE_US)
    (world.directory / "flags/backup").write_text("not again\n")
    world.live(5 * MINUTE_US)
    assert world.states() == [("Backup", "succeeded", "")]
    world.off()
    world.live(10 * MINUTE_US)
    assert (world.directory / "flags/backup").read_text() == "not again\n"
    assert len(world.fired) == 1


@pytest.mark.parametrize("name", ["ä ö", "x" * 60])
def test_a_flag_of_any_name_is_placed_once(world: World, name: str) -> None:
    world.write(trigger(flag_name=name))
    world.live(20 * MINUTE_US)
    assert len(world.fired) == 1
    assert world.flags() == [name]
