"""What people, disks and other programs do to the state directory: told clearly, and the clock goes
on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, take_away, wait_until


def damage(path: Path, how: str) -> None:
    """Damage the ledger as `how` says."""
    content = {
        "garbage": b"\x93" * 50_000,
        "truncated": path.read_bytes()[:6000],
        "empty": b"",
        "gone": None,
    }[how]
    for suffix in ("-wal", "-shm", ""):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    if content is not None:
        path.write_bytes(content)


@pytest.mark.parametrize("how", ["garbage", "truncated", "empty", "gone"])
def test_a_damaged_ledger_is_rebuilt_and_the_session_goes_on(
    tracker: RealTracker, how: str
) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    before = tracker.status()
    damage(tracker.directory / "ledger.db", how)
    tracker.verb("start")
    after = tracker.status()
    assert after["session"]["session_id"] == before["session"]["session_id"]
    assert after["session"]["running_us"] >= before["session"]["running_us"]
    assert after["total"]["running_us"] >= before["total"]["running_us"]
    assert any("rebuilt" in problem for problem in after["problems"])
    assert "ledger_rebuilt" in tracker.journal()
    if how != "gone":
        assert list(tracker.directory.glob("ledger.damaged-*.db"))


def test_the_verbs_say_what_to_do_about_a_damaged_ledger(tracker: RealTracker) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    damage(tracker.directory / "ledger.db", "garbage")
    for verb in ("status", "sessions", "log"):
        told = tracker.verb(verb, code=1).stderr
        assert str(tracker.directory / "ledger.db") in told
        assert "Fix:" in told


def test_a_directory_deleted_while_running_is_made_again_and_the_session_goes_on(
    tracker: RealTracker,
) -> None:
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    tracker.verb("start")
    wait_until(
        lambda: tracker.status()["tracker"]["heartbeat_seconds"] == 1, "the plan is in force"
    )
    before = tracker.status()["session"]
    take_away(tracker.directory)
    wait_until((tracker.directory / "status.json").exists, "the directory is made again")
    wait_until(
        lambda: (daemon := tracker.running().daemon) is not None and daemon.is_up,
        "the daemon is back",
    )
    after = tracker.status()["session"]
    assert after["session_id"] == before["session_id"]
    assert after["running_us"] >= before["running_us"]


def test_a_broken_configuration_leaves_the_last_good_plan_in_force(tracker: RealTracker) -> None:
    tracker.verb("init", "--timezone", "Asia/Kolkata")
    tracker.verb("start")
    wait_until(
        lambda: tracker.status()["today"]["time_zone"] == "Asia/Kolkata", "the plan is in force"
    )
    (tracker.directory / "config.toml").write_text(
        'time_zone = 5\nheartbeat = 3\nheartbeat_seconds = "10"\n'
    )
    tracker.verb("restart")
    wait_until(lambda: len(tracker.status()["problems"]) == 3, "all problems are told at once")
    told = tracker.status()
    assert told["today"]["time_zone"] == "Asia/Kolkata"
    text = "\n".join(told["problems"])
    assert "config.toml, line 2: heartbeat" in text
    assert "did you mean `heartbeat_seconds`?" in text
    assert "line 1: time_zone" in text
    assert "line 3: heartbeat_seconds" in text


def test_a_cloned_repository_with_a_state_directory_of_its_own_is_not_looked_at(
    tracker: RealTracker, tmp_path: Path
) -> None:
    trap = tmp_path / "clone" / ".codespace-tracker"
    trap.mkdir(parents=True)
    (trap / "trigger_config.json").write_text(
        '{"label": "x", "script_command": "touch ran", "conditions": {}}'
    )
    (trap / "config.toml").write_text("heartbeat_seconds = 300\n")
    before = sorted(os.stat(path).st_atime_ns for path in trap.iterdir())
    command = tracker.command("start")[:-2]
    environment = tracker.environment()
    done = subprocess.run(
        command,
        cwd=trap.parent,
        env=environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    try:
        assert str(tracker.home / ".codespace-tracker") in done.stdout
        assert sorted(path.name for path in trap.iterdir()) == [
            "config.toml",
            "trigger_config.json",
        ]
        assert sorted(os.stat(path).st_atime_ns for path in trap.iterdir()) == before
    finally:
        subprocess.run(
            [*command[:-1], "stop"],
            env=environment,
            capture_output=True,
            timeout=PATIENCE_SECONDS,
            check=True,
        )


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[RealTracker]:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], check=True)
    tracker = RealTracker(disk / "state")
    yield tracker
    tracker.end()
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.machine
def test_on_a_full_disk_the_clock_goes_on_and_all_of_it_is_saved_later(
    small_disk: RealTracker,
) -> None:
    small_disk.verb("init")
    (small_disk.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    small_disk.verb("start")
    filler = small_disk.directory.parent / "filler"
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False
    )
    small_disk.verb("status")
    small_disk.kill(daemon=True)
    filler.unlink()
    wait_until(lambda: small_disk.running().daemon is not None, "the keeper brings it back")
    wait_until(lambda: "continued" in small_disk.journal(), "the session goes on")
    session = small_disk.status()["session"]
    assert (
        session["running_us"] == session["life"]["last_mono_us"] - session["life"]["pid1_start_us"]
    )
    assert session["number"] == 1


@pytest.mark.machine
def test_on_a_read_only_disk_what_was_saved_can_be_read_and_a_start_says_why_not(
    tracker: RealTracker,
) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    place = str(tracker.directory)
    subprocess.run(["mount", "--bind", place, place], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", place], check=True)
        assert "Session 1" in tracker.verb("status", code=1).stdout
        assert "paused" in tracker.verb("sessions").stdout
        assert "is not writable. Fix:" in tracker.verb("start", code=1).stderr
        tracker.verb("ensure", "--quiet")
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    tracker.verb("start")
    assert "resumed" in tracker.journal()
