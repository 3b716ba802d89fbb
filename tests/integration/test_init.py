"""`init` at a terminal and at places where it cannot do its work."""

import os
import pty
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from tests.integration.real_tracker import ORDINARY_USER, PATIENCE_SECONDS, RealTracker, wait_until


def at_a_terminal(tracker: RealTracker, typed: str) -> str:
    """What `init` says to somebody who types."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        tracker.command("init"),
        env=tracker.environment(TERM="dumb"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    said = b""
    try:
        while part := os.read(ours, 4096):
            said += part
    except OSError:
        pass  # the terminal is gone with its last process
    assert process.wait(60) == 0
    os.close(ours)
    return said.decode()


def test_somebody_at_a_terminal_is_asked_for_the_time_zone(tracker: RealTracker) -> None:
    said = at_a_terminal(tracker, "Kolkatta\nAsia/Kolkata\n")
    assert "Your time zone" in said
    assert 'did you mean "Asia/Kolkata"?' in said
    assert 'time_zone = "Asia/Kolkata"' in (tracker.directory / "config.toml").read_text()


def test_who_has_a_configuration_is_not_asked_again(tracker: RealTracker) -> None:
    tracker.verb("init")
    assert "Your time zone" not in at_a_terminal(tracker, "")


def test_without_a_terminal_nobody_is_asked(tracker: RealTracker) -> None:
    done = subprocess.run(
        tracker.command("init"),
        env=tracker.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0
    assert "Your time zone" not in done.stdout
    assert 'time_zone = "UTC"' in (tracker.directory / "config.toml").read_text()


@pytest.mark.machine
def test_an_ordinary_user_is_told_which_place_cannot_be_written() -> None:
    home = Path(tempfile.mkdtemp())  # pytest's folders are closed to others
    home.chmod(0o555)
    program = "from codespace_tracker.cli import main; main()"
    for verb in ("init", "start", "ensure"):
        done = subprocess.run(
            [*ORDINARY_USER, sys.executable, "-c", program, verb, "--dir", str(home / "state")],
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done
        assert f"{home}: is not writable. Fix:" in done.stderr


def test_a_time_zone_that_is_asked_for_later_is_set_and_the_rest_of_the_file_stays(
    tracker: RealTracker,
) -> None:
    tracker.verb("init")
    config = tracker.directory / "config.toml"
    before = (
        '# mine\n#time_zone = "UTC"\ntime_zone = "UTC"  # here\nheartbeat_seconds = 5 # mine too\n'
    )
    config.write_text(before)
    assert "Time zone: Asia/Kolkata" in tracker.verb("init", "--timezone", "Asia/Kolkata").stdout
    assert config.read_text() == before.replace(
        '\ntime_zone = "UTC"', '\ntime_zone = "Asia/Kolkata"'
    )
    config.write_text("heartbeat_seconds = broken")
    assert (
        'add `time_zone = "UTC"` to it' in tracker.verb("init", "--timezone", "UTC", code=1).stderr
    )
    assert config.read_text() == "heartbeat_seconds = broken"


def test_another_directory_takes_the_place_of_the_one_before(tracker: RealTracker) -> None:
    tracker.verb("init", "--shell-hook")
    tracker.verb("start")
    other = RealTracker(tracker.directory.with_name("other"))
    try:
        said = other.verb("init").stdout
        assert f"The tracker of {tracker.directory} was stopped" in said
        assert tracker.running() == (None, None)
        assert str(other.directory) in (other.home / ".bashrc").read_text()
        assert str(tracker.directory) not in (other.home / ".bashrc").read_text()
    finally:
        other.end()


def test_scripts_that_an_uninstall_left_in_the_directory_do_not_hinder_another_set_up(
    tmp_path: Path,
) -> None:
    tracker = RealTracker(tmp_path / ".codespace-tracker")
    tracker.verb("init")
    (tracker.directory / "backup.sh").write_text("")
    tracker.verb("start")
    said = tracker.verb("uninstall", "--delete-data", "--yes").stdout
    assert "Kept, as they are not the tracker's: backup.sh" in said
    tracker.verb("init")
    assert (tracker.directory / "config.toml").exists()


def test_a_folder_of_other_things_is_not_taken_for_a_state_directory(tracker: RealTracker) -> None:
    tracker.directory.mkdir()
    (tracker.directory / "backup.sh").write_text("")
    assert "contains other things" in tracker.verb("init", code=1).stderr


def test_ctrl_c_on_the_clock_in_the_foreground_is_a_stop_that_hooks_respect(
    tracker: RealTracker,
) -> None:
    clock = subprocess.Popen(
        tracker.command("ghadi"),
        env=tracker.environment(),
        start_new_session=True,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: tracker.running().daemon is not None, "the clock runs")
    wait_until((tracker.directory / "status.json").exists, "it has begun")
    os.killpg(clock.pid, signal.SIGINT)
    assert clock.wait(60) == 0
    assert "It was stopped by you." in tracker.verb("status", code=1).stdout
    tracker.verb("ensure", "--quiet")
    assert tracker.running() == (None, None)


@pytest.mark.parametrize("verb", ["ensure", "start", "restart", "chalu", "ghadi"])
def test_in_a_prebuild_nothing_starts_and_that_is_all_that_is_said(
    tracker: RealTracker, verb: str
) -> None:
    prebuild = tracker.environment(
        CODESPACES="true", CODESPACE_NAME="funny", CLOUDENV_ENVIRONMENT_ID="null"
    )
    done = subprocess.run(
        tracker.command(verb),
        env=prebuild,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=True,
    )
    assert done.stdout == "This is a codespace prebuild: nothing is started here.\n"
    assert done.stderr == ""
    assert not tracker.directory.exists()


@pytest.mark.machine
@pytest.mark.parametrize("verb", ["start", "ensure", "restart", "ghadi", "init"])
def test_root_does_not_run_the_tracker_of_somebody_else(tracker: RealTracker, verb: str) -> None:
    """Its scripts are that user's, and would run as root."""
    tracker.verb("init")
    os.chown(tracker.directory, 1234, 1234)
    said = tracker.verb(verb, code=1).stderr
    assert f"{tracker.directory}: belongs to user 1234" in said
    assert "Fix: run this as that user" in said
    assert tracker.running() == (None, None)


@pytest.mark.machine
def test_the_tracker_of_somebody_else_is_not_stopped_by_a_restart_that_cannot_start_it(
    tracker: RealTracker,
) -> None:
    tracker.verb("start")
    before = tracker.running()
    os.chown(tracker.directory, 1234, 1234)
    tracker.verb("restart", code=1)
    assert tracker.running() == before


def test_doctor_says_by_which_commands_a_directory_moves_to_where_it_survives_a_rebuild(
    tracker: RealTracker,
) -> None:
    tracker.be_in_codespace()
    tracker.verb("init")
    told = " ".join(tracker.verb("doctor", code=None).stdout.split())
    moved = f"/workspaces/{tracker.directory.name}"
    assert f"`mv -T {tracker.directory} {moved}`, `codespace-tracker init --dir {moved}`" in told
