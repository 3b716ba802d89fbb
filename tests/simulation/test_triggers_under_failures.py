"""Triggers where the machine gives trouble: no processes to be had, no room, files in the way."""

import errno
import os
import signal
import sqlite3

import pytest
from tests.builders import trigger
from tests.simulation.machine import End
from tests.simulation.world import World, heartbeats, rows

from codespace_tracker.config.configuration import Loaded
from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.machine.flag_files import FlagFiles
from codespace_tracker.runs.order import Order


class Steps:
    """How often the daemon wakes because something is due; fails when that is without end."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        self.count = 0
        assert world.daemon is not None
        step = world.daemon.step

        def counted(heard: int | None) -> None:
            self.count += 1
            assert self.count < 1000, "it spins"
            step(heard)

        monkeypatch.setattr(world.daemon, "step", counted)


def test_a_run_whose_process_cannot_be_had_has_failed_says_why_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = world.machine.start_run
    refused: list[str] = []

    def start_run(order: Order, lock: int) -> None:
        if not refused:
            refused.append(order.name)
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        start(order, lock)

    monkeypatch.setattr(world.machine, "start_run", start_run)
    world.write(trigger())
    world.live(10 * MINUTE_US)
    assert world.states() == [("Backup", "succeeded", "")]
    results = rows(world.directory, "SELECT result, detail FROM run ORDER BY id")
    told = "its process could not be started (Resource temporarily unavailable)"
    assert results == [("failed", told), ("succeeded", "")]
    assert not list((world.directory / "runs").glob("*.lock"))


def test_where_files_of_triggers_cannot_be_made_the_daemon_waits_for_the_next_heartbeat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(trigger())
    world.live(5 * MINUTE_US)
    (world.directory / "runs").rmdir()
    (world.directory / "runs").touch()
    steps = Steps(world, monkeypatch)
    world.live(3 * MINUTE_US)
    assert steps.count <= heartbeats(3) + 2
    assert world.daemon is not None
    assert any(
        "Triggers wait until this works again" in text for text in world.daemon.problems.all()
    )
    (world.directory / "runs").unlink()
    (world.directory / "runs").mkdir()
    world.live(11 * SECOND_US)
    assert world.fired == ["Backup"]
    assert world.daemon.problems.all() == ()


def test_while_the_ledger_cannot_be_written_the_daemon_waits_for_the_next_heartbeat(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(trigger(), trigger("edge", conditions={"every_minutes": 7}))
    world.live(5 * MINUTE_US)
    assert world.daemon is not None
    world.daemon.ledger.connection.execute("PRAGMA busy_timeout = 0")
    steps = Steps(world, monkeypatch)
    other = sqlite3.connect(world.directory / "ledger.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    world.live(5 * MINUTE_US)
    assert steps.count <= heartbeats(5) + 10
    assert world.fired == []
    other.execute("ROLLBACK")
    other.close()
    world.live(11 * SECOND_US)
    assert sorted(world.fired) == ["Backup", "edge"]


def test_a_check_of_the_files_that_was_cut_off_is_made_again_ever_more_seldom(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    finished = world.machine.finished_loading
    cut_off: list[int] = []

    def is_cut_off() -> Loaded | None:
        if finished() is None:
            return None
        cut_off.append(world.machine.now.mono_us)
        return Loaded.crashed(-signal.SIGKILL)

    monkeypatch.setattr(world.machine, "finished_loading", is_cut_off)
    world.write(trigger())
    world.live(HOUR_US)
    assert world.daemon is not None
    assert any("did not finish: signal 9 ended it" in text for text in world.daemon.problems.all())
    assert 5 <= len(cut_off) <= 10
    assert world.fired == []
    monkeypatch.setattr(world.machine, "finished_loading", finished)
    world.live(2 * (cut_off[-1] - cut_off[-2]) + MINUTE_US)
    assert world.fired == ["Backup"]
    assert world.daemon.problems.all() == ()


def test_a_run_that_an_earlier_daemon_started_is_recorded_at_the_heartbeat_after_its_end(
    world: World,
) -> None:
    world.machine.script = lambda _: End(MINUTE_US)
    world.write(trigger())
    world.live(6 * MINUTE_US)
    world.crash()
    world.live(52 * SECOND_US)
    assert world.states() == [("Backup", "running", "")]
    assert world.daemon is not None
    world.machine.run(5 * SECOND_US)
    world.machine.wait(0)  # its SIGCHLD is another process's
    world.live(11 * SECOND_US)
    assert world.states() == [("Backup", "succeeded", "")]


def test_a_flag_that_is_removed_while_it_is_placed_re_arms_its_trigger(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(trigger())
    world.live(MINUTE_US)
    flag, place = world.directory / "flags/backup", FlagFiles.place

    def place_and_remove(files: FlagFiles, name: str, at: int, scope: str, zone: Zone) -> None:
        place(files, name, at, scope, zone)
        if len(world.fired) == 1:
            flag.unlink()

    monkeypatch.setattr(FlagFiles, "place", place_and_remove)
    world.live(6 * MINUTE_US)
    assert len(world.fired) == 2
    assert flag.exists()


def test_term_does_not_wait_for_what_could_not_be_started(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def start_run(*_: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    monkeypatch.setattr(world.machine, "start_run", start_run)
    world.write(trigger(conditions={"event": "session_end"}))
    world.live(MINUTE_US)
    before = world.machine.now.mono_us
    assert world.daemon is not None
    world.daemon.step(signal.SIGTERM)
    assert world.machine.now.mono_us == before
    assert rows(world.directory, "SELECT result FROM run") == [("failed",)]


def test_when_a_script_starts_its_claim_and_its_run_are_committed(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = world.machine.start_run
    written: list[tuple[str, str]] = []

    def start_run(order: Order, lock: int) -> None:
        written.extend(
            rows(
                world.directory,
                "SELECT o.state, r.name FROM occurrence o JOIN run r ON r.occurrence=o.id",
            )
        )
        start(order, lock)

    monkeypatch.setattr(world.machine, "start_run", start_run)
    world.write(trigger())
    world.live(7 * MINUTE_US)
    assert written == [("running", world.machine.lines[0].order.name)]


class Gone(BaseException):
    """The tracker dies at this point."""


def test_a_flag_that_a_crash_prevented_is_placed_later_and_re_arms_nothing(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.write(trigger())
    world.live(MINUTE_US)

    def die(*_: object) -> None:
        raise Gone

    with monkeypatch.context() as dying:
        dying.setattr(FlagFiles, "place", die)
        with pytest.raises(Gone):
            world.live(7 * MINUTE_US)
    world.crash()
    assert rows(world.directory, "SELECT state FROM flag_placed") == [("placing",)]
    world.live(2 * MINUTE_US)
    assert world.flags() == ["backup"]
    assert world.fired == ["Backup"]
    assert rows(world.directory, "SELECT count(*) FROM journal WHERE kind='trigger_rearmed'") == [
        (0,)
    ]


def test_in_a_copy_the_day_and_the_month_count_what_the_session_before_had_run(
    world: World,
) -> None:
    world.machine.seen = world.machine.seen._replace(kind="codespaces", name="one")
    world.write(
        trigger("day", conditions={"today_runtime_hours": 1}),
        trigger("month", conditions={"month_core_hours": 2}),
    )
    world.live(50 * MINUTE_US)
    world.off(MINUTE_US)
    world.machine.seen = world.machine.seen._replace(name="two")
    world.live(9 * MINUTE_US)
    assert world.fired == []
    world.live(2 * MINUTE_US)
    assert sorted(world.fired) == ["day", "month"]
