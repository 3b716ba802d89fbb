"""The real loop and the real ledger on a simulated machine."""

import json
import signal
from pathlib import Path

import pytest
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live, new_container, rows, running_us

from codespace_tracker.config import load
from codespace_tracker.config.configuration import FILES
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.daemon import loop, rescue
from codespace_tracker.daemon.loop import DONE, Daemon
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runtime_files import DrawFailure
from codespace_tracker.views.status import Status


@pytest.mark.parametrize("step", [DAY_US, -DAY_US, HOUR_US, -2 * SECOND_US])
def test_a_step_of_the_wall_clock_changes_no_running_time_and_begins_a_span(
    tmp_path: Path, step: int
) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    began = machine.now.mono_us
    live(daemon, machine, 5 * MINUTE_US)
    machine.set_wall_clock(step)
    live(daemon, machine, 5 * MINUTE_US)
    daemon.step(PAUSE)
    crash(daemon)
    assert running_us(tmp_path) == [began + 10 * MINUTE_US]
    first, second = rows(tmp_path, "SELECT started_at, offset_us, running_us FROM span ORDER BY n")
    assert second[0] - (first[0] + first[2]) == step
    [(detail,)] = rows(tmp_path, "SELECT detail FROM journal WHERE kind='clock_stepped'")
    assert json.loads(detail)["amount"] == step


def test_a_suspended_machine_is_not_counted_and_begins_a_span(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    began = machine.now.mono_us
    live(daemon, machine, MINUTE_US)
    machine.suspend(3 * HOUR_US)
    live(daemon, machine, MINUTE_US)
    daemon.step(PAUSE)
    crash(daemon)
    assert running_us(tmp_path) == [began + 2 * MINUTE_US]
    assert len(rows(tmp_path, "SELECT n FROM span")) == 2
    [(detail,)] = rows(tmp_path, "SELECT detail FROM journal WHERE kind='suspended'")
    assert json.loads(detail)["amount"] == 3 * HOUR_US


@pytest.mark.parametrize("after", [1, 5 * SECOND_US - 1, 5 * SECOND_US, 7_654_321])
def test_term_ends_the_session_at_its_moment_also_when_a_heartbeat_is_due(
    tmp_path: Path, after: int
) -> None:
    machine = SimulatedMachine()
    prepare(str(tmp_path))
    daemon = Daemon(str(tmp_path), machine, rescue.open_ledger(str(tmp_path), machine.now.wall_us))
    at, began = machine.now.wall_us + after, machine.now.mono_us
    machine.signal_after(after, signal.SIGTERM)
    assert daemon.run() == DONE
    crash(daemon)
    assert rows(tmp_path, "SELECT ending, ended_at FROM session") == [("clean", at)]
    assert running_us(tmp_path) == [began + after]


def test_a_crash_of_the_machine_loses_at_most_one_heartbeat(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    began = machine.now.mono_us
    live(daemon, machine, 7 * MINUTE_US + 9_999_999)
    crash(daemon)
    machine.boot_anew("boot-2", off=HOUR_US)
    daemon = begun(tmp_path, machine)
    crash(daemon)
    lost = began + 7 * MINUTE_US + 9_999_999 - running_us(tmp_path)[0]
    assert 0 <= lost <= 10 * SECOND_US
    assert running_us(tmp_path)[1] == 500_000
    assert rows(tmp_path, "SELECT ending FROM session ORDER BY number") == [("recovered",), (None,)]


def test_a_lost_session_ends_at_its_last_heartbeat_and_not_when_that_is_found_out(
    tmp_path: Path,
) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 7 * MINUTE_US)
    seen, ran = daemon.session.last_seen_at, daemon.session.running_us
    crash(daemon)
    machine.boot_anew("boot-2", off=3 * HOUR_US)
    crash(begun(tmp_path, machine))
    assert rows(tmp_path, "SELECT running_us, ended_at FROM session WHERE number=1") == [
        (ran, seen)
    ]


def test_hours_in_which_a_container_stood_still_are_not_counted_though_the_boot_goes_on(
    tmp_path: Path,
) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 7 * MINUTE_US)
    ran = daemon.session.running_us
    crash(daemon)
    new_container(machine, 3 * HOUR_US)
    machine.run(SECOND_US)
    crash(begun(tmp_path, machine))
    assert running_us(tmp_path) == [ran, SECOND_US]


def test_a_start_by_ssh_that_lacks_the_variables_is_still_in_the_codespace(tmp_path: Path) -> None:
    """There a new container within minutes is a rebuild, which is billed; elsewhere it would be
    another session."""
    machine = SimulatedMachine("codespaces")
    daemon = begun(tmp_path, machine)
    live(daemon, machine, MINUTE_US)
    crash(daemon)
    machine.seen = machine.seen._replace(kind="container")
    new_container(machine, 2 * MINUTE_US)
    crash(begun(tmp_path, machine))
    assert running_us(tmp_path) == [machine.now.mono_us]
    assert rows(tmp_path, "SELECT environment FROM tracker") == [("codespaces",)]


def test_a_pause_is_resumed_with_no_second_lost(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, MINUTE_US)
    daemon.step(PAUSE)
    crash(daemon)
    machine.run(MINUTE_US)
    daemon = begun(tmp_path, machine)
    crash(daemon)
    assert running_us(tmp_path) == [machine.now.mono_us]


def test_the_minutes_files_are_drawn_once_a_minute(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    drawn: list[Status] = []
    draw = daemon.files.draw_minute

    def counted(status: Status) -> list[DrawFailure]:
        drawn.append(status)
        return draw(status)

    live(daemon, machine, SECOND_US)  # the plan is made
    monkeypatch.setattr(daemon.files, "draw_minute", counted)
    live(daemon, machine, 5 * MINUTE_US)
    crash(daemon)
    assert [status.session.running_us for status in drawn] == [n * MINUTE_US for n in range(1, 6)]
    assert json.loads((tmp_path / "minute_runtime.json").read_bytes()) == {"minutes": 5}


def test_a_hup_plans_at_once_and_a_changed_file_at_the_next_heartbeat(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, SECOND_US)
    daemon.step(signal.SIGHUP)
    assert machine.plans_asked == 2
    live(daemon, machine, MINUTE_US)
    assert machine.plans_asked == 2
    (tmp_path / "config.toml").write_text("heartbeat_seconds = 5\n")
    live(daemon, machine, 10 * SECOND_US)
    assert machine.plans_asked == 3
    crash(daemon)


def test_a_changed_file_of_the_whole_machine_is_noticed_as_the_users_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, directory = tmp_path / "etc.toml", tmp_path / "state"
    for module in (load, loop):
        monkeypatch.setattr(module, "FILES", (str(system), *FILES[1:]))
    monkeypatch.setattr(load, "SYSTEM_CONFIG", str(system))
    machine = SimulatedMachine()
    daemon = begun(directory, machine)
    live(daemon, machine, MINUTE_US)
    assert (machine.plans_asked, daemon.heartbeat_us) == (1, 10 * SECOND_US)
    system.write_text("heartbeat_seconds = 5\n")
    live(daemon, machine, 15 * SECOND_US)
    assert (machine.plans_asked, daemon.heartbeat_us) == (2, 5 * SECOND_US)
    system.unlink()
    live(daemon, machine, 15 * SECOND_US)
    assert (machine.plans_asked, daemon.heartbeat_us) == (3, 10 * SECOND_US)
    crash(daemon)
