"""The table of starts in real processes: lives are PID namespaces, boots a boot id bound over the
real one."""

import os
import subprocess
import time

import pytest
from tests.integration.pid_namespaces import Lives
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker

pytestmark = pytest.mark.machine


_TERM = """
read -r pid _ <"$STATE/keeper.lock"
kill -TERM "$pid"
flock "$STATE/keeper.lock" true
flock "$STATE/daemon.lock" true"""  # both have ended


@pytest.fixture
def lives(tracker: RealTracker) -> Lives:
    if os.getuid() != 0:
        pytest.fail("these tests make namespaces: run them as root")
    return Lives(tracker)


def wall_us() -> int:
    return time.time_ns() // 1000


def test_another_boot_recovers_the_last_session_at_its_last_heartbeat(lives: Lives) -> None:
    lives.live("boot-1", "start")
    before = wall_us()
    lives.live("boot-2", "start")
    (_, ending, _, _, seen), (number, open_, running, started, _) = lives.sessions()
    assert (ending, number, open_) == ("recovered", 2, None)
    assert lives.last_detail("session_recovered")["ended_at"] == seen
    assert seen <= before <= started + 1_000_000
    assert running <= wall_us() - before + 1_000_000, "it is not older than its machine"
    [(total,)] = lives.tracker.read("SELECT before_us FROM tracker")
    assert total == lives.sessions()[0][2]


def test_another_boot_after_a_clean_end_begins_a_new_session(lives: Lives) -> None:
    lives.live("boot-1", "start", last=_TERM)
    lives.live("boot-2", "start")
    assert [row[:2] for row in lives.sessions()] == [(1, "clean"), (2, None)]


def test_a_new_pid_1_on_the_same_boot_begins_a_new_session(lives: Lives) -> None:
    lives.live("boot-1", "start")
    time.sleep(0.1)
    lives.live("boot-1", "start")
    assert [row[:2] for row in lives.sessions()] == [(1, "recovered"), (2, None)]


def test_a_rebuild_in_a_codespace_goes_on_with_the_session(lives: Lives) -> None:
    lives.live("boot-1", "start", codespace=True)
    lives.live("boot-1", "start", codespace=True)
    [(number, ending, running, started, seen)] = lives.sessions()
    assert (number, ending) == (1, None)
    assert abs(running - (seen - started)) < 50_000
    assert lives.last_detail("rebuilt")["away_us"] > 0


def test_a_restored_snapshot_ends_the_session_and_counts_nothing_twice(lives: Lives) -> None:
    lives.live("boot-1", "start", codespace=True)
    lives.restore_snapshot(600)
    lives.live("boot-1", "start", codespace=True)
    (_, ending, first, _, seen), (_, _, second, started, _) = lives.sessions()
    assert ending == "recovered"
    assert started >= seen
    assert first < 60_000_000, "no life lasts longer"
    assert second < 60_000_000
    assert lives.last_detail("session_started")["row"] == "snapshot"


def test_stop_and_start_in_one_life_resume_and_lose_nothing(lives: Lives) -> None:
    lives.live("boot-1", "start", "stop", "start")
    [(_, ending, running, started, seen)] = lives.sessions()
    assert ending is None
    assert abs(running - (seen - started)) < 50_000
    assert "resumed" in lives.tracker.journal()


def test_a_new_session_starts_at_the_start_of_pid_1(lives: Lives) -> None:
    began = wall_us()
    lives.live("boot-1", "init", "version", "start")
    [(_, _, running, started, seen)] = lives.sessions()
    first_verb = (lives.tracker.directory / "config.toml").stat().st_mtime_ns // 1000
    assert began - 20_000 <= started <= first_verb, "the kernel tells starts in steps of 10 ms"
    assert abs(running - (seen - started)) < 50_000


def test_a_copied_directory_begins_a_session_of_a_new_tracker(lives: Lives) -> None:
    lives.live("boot-1", "start", codespace=True)
    [(first,)] = lives.tracker.read("SELECT tracker_id FROM tracker")
    more = {"CODESPACES": "true", "CODESPACE_NAME": "another-name"}
    subprocess.run(
        lives.tracker.command("start"),
        env=lives.tracker.environment(**more),
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    rows = lives.tracker.read("SELECT tracker_id FROM session ORDER BY number")
    assert rows[0] == (first,)
    assert rows[1] != (first,)
