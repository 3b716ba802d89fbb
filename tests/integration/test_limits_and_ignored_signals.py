"""Limits, ignored signals, things in the way of the locks, no inodes: the cause is said, and the
clock goes on."""

import json
import os
import subprocess
import time
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, is_alive, wait_until
from tests.upgrade.recording import unpack

from codespace_tracker.ledger.store import Ledger


def limited(tracker: RealTracker, shell: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a verb in a shell that has done something before, such as `ulimit`."""
    command = ["bash", "-c", f'{shell}; exec "$@"', "bash", *tracker.command(*words)]
    return subprocess.run(
        command,
        env=tracker.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )


def said(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


# --- signals that the caller ignores


@pytest.mark.parametrize("verb", ["start", "ensure", "restart"])
def test_a_caller_that_ignores_sigchld_is_told_the_truth(tracker: RealTracker, verb: str) -> None:
    done = limited(tracker, "trap '' CHLD", verb)
    assert done.returncode == 0, done.stderr
    assert None not in tracker.running()


def test_a_trial_under_ignored_sigchld_ends_with_its_script(tracker: RealTracker) -> None:
    tracker.verb("init")
    wanted = [{"label": "e", "script_command": "echo hi", "conditions": {"event": "session_start"}}]
    (tracker.directory / "trigger_config.json").write_text(json.dumps(wanted))
    tracker.verb("start")
    wait_until(lambda: tracker.read("SELECT count(*) FROM armed") == [(1,)], "the plan is in force")
    done = limited(tracker, "trap '' CHLD", "triggers", "run", "e")
    assert (done.returncode, done.stdout) == (0, "hi\n")


def test_a_clock_whose_starter_ignores_signals_can_be_stopped(tracker: RealTracker) -> None:
    command = [
        "bash",
        "-c",
        "trap '' TERM INT USR2 HUP CHLD; exec \"$@\"",
        "bash",
        *tracker.command("ghadi"),
    ]
    with subprocess.Popen(command, env=tracker.environment(), stderr=subprocess.DEVNULL) as clock:
        wait_until(
            lambda: (daemon := tracker.running().daemon) is not None and daemon.is_up, "it is up"
        )
        tracker.verb("notice", "a word")  # the daemon hears HUP, though its starter ignored it
        drawn = tracker.directory / "notice.txt"
        wait_until(
            lambda: drawn.exists() and "a word" in drawn.read_text(), "the daemon hears of changes"
        )
        tracker.verb("stop")
        assert clock.wait(60) == 0
    assert tracker.read("SELECT ending FROM session") == [("paused",)]


# --- limits


@pytest.mark.parametrize("limit", ["-v 60000", "-t 2"])
def test_a_tight_limit_still_lets_triggers_run(tracker: RealTracker, limit: str) -> None:
    tracker.verb("init")
    wanted = [{"label": "e", "script_command": "true", "conditions": {"minute_runtime_minutes": 0}}]
    (tracker.directory / "trigger_config.json").write_text(json.dumps(wanted))
    assert limited(tracker, f"ulimit {limit}", "start").returncode == 0
    wait_until(
        lambda: tracker.read("SELECT state FROM occurrence") == [("succeeded",)], "the trigger runs"
    )
    assert "crashed" not in (tracker.directory / "debug.log").read_text()
    doctor = said(tracker.verb("doctor", code=None))
    assert "the tracker was started with a limit" in doctor
    assert f"`ulimit {limit[:2]}`" in doctor


def test_without_room_for_the_plan_the_clock_goes_on_and_memory_is_named(
    tracker: RealTracker,
) -> None:
    assert limited(tracker, "ulimit -v 40000", "start").returncode == 0
    wait_until(lambda: bool(tracker.status()["problems"]), "it is told")
    before = tracker.status()["session"]["running_us"]
    wait_until(lambda: tracker.status()["session"]["running_us"] > before, "the clock goes on")
    assert "memory" in " ".join(tracker.status()["problems"])
    assert "crashed" not in (tracker.directory / "debug.log").read_text()


@pytest.mark.parametrize("most", [8, 12])
def test_too_few_descriptors_are_named_by_start_and_doctor(tracker: RealTracker, most: int) -> None:
    started = limited(tracker, f"ulimit -n {most}", "start")
    assert started.returncode == 1
    assert f"only {most} open files are allowed (`ulimit -n`). Fix: raise that limit." in said(
        started
    )
    assert "doctor" not in said(started)
    looked = limited(tracker, f"ulimit -n {most}", "doctor")
    assert f"only {most} open files are allowed (`ulimit -n`)" in said(looked)
    assert "→ codespace-tracker start" not in said(looked).partition("ledger:")[0]


def test_too_few_processes_are_named_by_doctor(tracker: RealTracker) -> None:
    """Root is not held to this limit, so the start itself works here."""
    looked = limited(tracker, "ulimit -u 4", "doctor")
    assert "only 4 processes are allowed (`ulimit -u`)" in said(looked)


@pytest.mark.machine
def test_a_machine_without_proc_is_named_by_start_and_doctor(tracker: RealTracker) -> None:
    for verb in ("start", "doctor"):
        words = " ".join(f"'{word}'" for word in tracker.command(verb))
        done = subprocess.run(
            ["unshare", "--mount", "bash", "-c", f"umount -l /proc && {words}"],
            env=tracker.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        if verb == "doctor":
            assert "/proc is missing" in said(done)
        else:
            assert done.returncode == 0 or "/proc is missing" in said(done)


# --- the locks


@pytest.mark.parametrize("name", ["keeper.lock", "daemon.lock"])
@pytest.mark.parametrize("kind", ["pipe", "folder", "link"])
def test_what_stands_in_a_locks_place_is_named_by_start_and_doctor(
    tracker: RealTracker, name: str, kind: str
) -> None:
    tracker.verb("init")
    path = tracker.directory / name
    path.unlink(missing_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "folder":
        path.mkdir()
    else:
        path.symlink_to(tracker.home / "elsewhere")
    for verb in ("start", "ensure", "doctor"):
        done = tracker.verb(verb, code=1)
        assert f"{path} is" in "".join(
            (done.stdout + done.stderr).split("\n    ")
        ) or path.name in said(done)
        assert "move it away" in said(done)
        assert "→ codespace-tracker start" not in said(done).partition("ledger:")[0]
    path.rmdir() if kind == "folder" else path.unlink()
    tracker.verb("start")


# --- no inodes


@pytest.mark.machine
def test_a_disk_without_inodes_is_told_while_it_lasts(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=80", "tmpfs", str(disk)], check=True
    )
    tracker = RealTracker(disk / "state")
    try:
        tracker.verb("init")
        (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
        tracker.verb("start")
        wait_until(
            lambda: tracker.status()["tracker"]["heartbeat_seconds"] == 1, "the plan is in force"
        )
        fillers = fill(disk)
        wanted = [
            {"label": "late", "script_command": "true", "conditions": {"minute_runtime_minutes": 0}}
        ]
        (tracker.directory / "trigger_config.json").write_text(json.dumps(wanted))
        tracker.verb("status")
        assert "no inodes left" in said(tracker.verb("status"))
        assert "no inodes left" in said(tracker.verb("doctor", code=1))
        time.sleep(2)
        for path in fillers:
            path.unlink()
        succeeded = [("succeeded",)]
        wait_until(
            lambda: tracker.read("SELECT state FROM occurrence") == succeeded, "it is made up for"
        )
        # by then well again, and not a minute later
        wait_until(lambda: tracker.status()["problems"] == [], "all is well", seconds=50)
    finally:
        tracker.end()
        subprocess.run(["umount", "-l", str(disk)], check=True)


def fill(disk: Path) -> list[Path]:
    """Make files until there can be no more."""
    made: list[Path] = []
    while True:
        path = disk / f"filler-{len(made)}"
        try:
            path.touch()
        except OSError:
            return made
        made.append(path)


# --- crashes, forms, another directory


def test_a_daemon_that_crashes_again_and_again_is_told(tracker: RealTracker) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    crash = f"{moment} [1] crashed:\nTraceback (most recent call last):\nMemoryError\n"
    with (tracker.directory / "debug.log").open("a") as file:
        file.write(2 * crash)
    for verb in ("status", "doctor"):
        told = said(tracker.verb(verb, code=1))
        assert (
            "the daemon crashed 2 times in the last ten minutes, and said last: MemoryError" in told
        )


def test_a_tracker_that_another_directory_replaced_was_paused(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("init")
    tracker.verb("start")
    other = RealTracker(tmp_path / "other")
    other.home = tracker.home
    other.verb("init")
    told = said(tracker.verb("status", code=1))
    assert "It was paused, and not started since." in told
    assert "without being stopped" not in told


def test_a_ledger_of_an_unreleased_form_is_left_alone_and_never_called_damaged(
    tracker: RealTracker,
) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    ledger = Ledger.open_to_change(str(tracker.directory / "ledger.db"))
    ledger.change(
        "PRAGMA user_version = 3"
    )  # with the tables of 0004: as builds between two releases had it
    ledger.close()
    for verb in ("status", "start", "doctor"):
        told = said(tracker.verb(verb, code=1))
        assert "damaged" not in told
    assert "no release wrote a ledger of this form" in (tracker.directory / "debug.log").read_text()
    assert list(tracker.directory.glob("ledger.damaged-*")) == []
    tracker.end()
    assert not any(holder is not None and is_alive(holder.pid) for holder in tracker.running())


def test_verbs_read_the_ledger_of_the_release_before(tracker: RealTracker) -> None:
    assert unpack(tracker.directory.parent) == tracker.directory
    for words in (("status",), ("triggers",), ("quota",)):
        assert "damaged" not in said(tracker.verb(*words, code=None))
    tracker.verb("start")
    assert tracker.read("PRAGMA user_version") > [(4,)]
