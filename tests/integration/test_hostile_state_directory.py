"""What a hostile or careless hand does to a tracker that runs: told, survived, and nothing saved is
lost."""

import json
import os
import shutil
import signal
import subprocess
import time
from functools import partial
from pathlib import Path

import pytest
from tests.integration.checks import assert_no_second_lost, count, has_one_pair
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until


@pytest.mark.parametrize(
    "names", [("daemon.lock",), ("keeper.lock",), ("daemon.lock", "keeper.lock")]
)
def test_lock_files_that_are_deleted_leave_one_tracker(
    quick: RealTracker, names: tuple[str, ...]
) -> None:
    for name in names:
        (quick.directory / name).unlink()
    quick.verb("ensure", code=None)
    wait_until(partial(has_one_pair, quick), "one keeper and one daemon, both known")
    time.sleep(1.5)
    assert has_one_pair(quick)
    assert quick.status()["total"]["session_count"] == 1


def test_a_ledger_that_is_cut_short_is_rebuilt_with_the_running_session(quick: RealTracker) -> None:
    before = quick.status()["session"]
    os.truncate(quick.directory / "ledger.db", 0)
    wait_until(lambda: bool(list(quick.directory.glob("ledger.damaged-*"))), "it is noticed")
    wait_until(lambda: quick.verb("status", code=None).returncode == 0, "status answers")
    wait_until(lambda: "cut short" in str(quick.status()["problems"]), "it is told")
    after = quick.status()
    assert after["session"]["session_id"] == before["session_id"]
    assert after["session"]["running_us"] > before["running_us"]


def test_a_ledger_that_is_deleted_just_before_a_stop_is_written_again(quick: RealTracker) -> None:
    journal = quick.journal()
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (quick.directory / name).unlink(missing_ok=True)
    quick.verb("stop")
    assert quick.journal()[: len(journal)] == journal
    assert quick.read("SELECT ending FROM session") == [("paused",)]


@pytest.mark.parametrize("what", ["folder", "garbage", "pipe"])
def test_something_else_in_the_ledgers_place_costs_nothing(quick: RealTracker, what: str) -> None:
    journal = quick.journal()
    path = quick.directory / "ledger.db"
    path.unlink()
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"no ledger" * 100)
    wait_until(
        lambda: "Starting over" in log(quick) or "restored from" in log(quick), "it is noticed"
    )
    wait_until(lambda: quick.verb("status", code=None).returncode == 0, "the clock goes on")
    assert quick.journal()[: len(journal)] == journal
    assert_no_second_lost(quick)


def log(tracker: RealTracker) -> str:
    return (tracker.directory / "debug.log").read_text()


def test_the_log_of_another_ledger_is_not_applied_to_a_restored_one(
    tracker: RealTracker, tmp_path: Path
) -> None:
    other = RealTracker(tmp_path / "other")
    other.verb("start")
    other.kill(daemon=True, keeper=True)
    tracker.verb("start")
    tracker.verb("stop")
    [(ours,)] = tracker.read("SELECT session_id FROM session")
    for name in ("ledger.db", "ledger.db-shm"):
        (tracker.directory / name).unlink(missing_ok=True)
    shutil.copy(other.directory / "ledger.db-wal", tracker.directory / "ledger.db-wal")
    tracker.verb("start")
    assert tracker.read("SELECT session_id FROM session") == [(ours,)]


@pytest.mark.parametrize(
    "name", ["status.json.tmp", "debug.log", "daemon.lock", "keeper.lock", "stopped.tmp"]
)
def test_a_pipe_in_place_of_a_file_holds_nobody_up(tracker: RealTracker, name: str) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    (tracker.directory / name).unlink(missing_ok=True)
    os.mkfifo(tracker.directory / name)
    for verb in ("status", "start", "doctor", "stop", "ensure"):
        tracker.verb(verb, code=None)
    if "lock" not in name:
        tracker.verb("start")
        assert_no_second_lost(tracker)
        tracker.verb("stop")


def test_a_pipe_in_place_of_the_lock_does_not_hold_up_a_new_shell(tracker: RealTracker) -> None:
    tracker.verb("init", "--shell-hook")
    os.mkfifo(tracker.directory / "keeper.lock")
    done = subprocess.run(
        ["bash", "-i", "-c", "echo here"],
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert "here" in done.stdout


@pytest.mark.parametrize(
    "name", ["debug.log", "status.json", "session_logs.json", ".session_logs.json.leaving"]
)
def test_a_folder_in_place_of_a_file_does_not_keep_it_from_starting(
    tracker: RealTracker, name: str
) -> None:
    tracker.verb("start")
    tracker.verb("stop")
    path = tracker.directory / name
    path.unlink(missing_ok=True)
    (path / "theirs").mkdir(parents=True)
    tracker.verb("start")
    assert_no_second_lost(tracker)


@pytest.mark.parametrize("name", ["flags", "backups"])
def test_a_file_in_place_of_a_folder_is_told_before_anything_is_stopped(
    tracker: RealTracker, name: str
) -> None:
    tracker.verb("start")
    shutil.rmtree(tracker.directory / name)
    (tracker.directory / name).write_text("")
    told = tracker.verb("restart", code=1).stderr
    assert f"{name}: is not a folder, but must be one: move it away" in told
    assert tracker.running().daemon is not None


def test_settings_by_the_hundred_thousand_are_refused_quickly_and_told_briefly(
    tracker: RealTracker,
) -> None:
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text("\n".join(f"k{n} = 1" for n in range(100_000)))
    tracker.verb("start")
    wait_until(lambda: bool(tracker.status()["problems"]), "the problems are told")
    assert len(tracker.status()["problems"]) <= 21


def test_what_stands_in_a_file_cannot_work_the_terminal(tracker: RealTracker) -> None:
    tracker.verb("init")
    (tracker.directory / "config.toml").write_text(
        '"\\u001b[31mred\\u0007" = 1\nheartbeat_seconds = 0x' + "f" * 20_000
    )
    tracker.verb("start")
    wait_until(lambda: len(tracker.status()["problems"]) == 2, "the problems are told")
    said = tracker.verb("status").stdout
    assert "\x1b" not in said
    assert "\x07" not in said
    assert "a number with that many digits" in said


def test_uninstalling_deletes_only_what_is_ours(tracker: RealTracker) -> None:
    tracker.verb("start")
    (tracker.directory / "precious").mkdir()
    (tracker.directory / "mine.txt").write_text("")
    tracker.verb("uninstall", "--delete-data", "--yes")
    assert sorted(path.name for path in tracker.directory.iterdir()) == ["mine.txt", "precious"]
    theirs = RealTracker(tracker.directory.with_name("theirs"))
    (theirs.directory / "precious").mkdir(parents=True)
    (theirs.directory / "ledger.db").write_text("")
    theirs.verb("uninstall", "--delete-data", "--yes", code=1)
    assert (theirs.directory / "precious").exists()


def test_those_who_uninstall_at_once_all_succeed_and_nothing_is_left(tracker: RealTracker) -> None:
    project = tracker.directory.parent / "project"
    project.mkdir()
    tracker.verb("init", "--shell-hook")
    tracker.verb("devcontainer", str(project))
    installed = tracker.home / ".local/share/codespace-tracker/venv"
    for folder in (installed, tracker.directory / "runs"):
        for n in range(1000):
            (folder / str(n)).mkdir(parents=True)
    tracker.verb("start")
    started = [
        subprocess.Popen(
            tracker.command("uninstall", "--delete-data", "--yes"),
            env=tracker.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    ended = [
        (process.communicate(timeout=PATIENCE_SECONDS)[1], process.returncode)
        for process in started
    ]
    assert ended == [("", 0)] * 3
    assert not tracker.directory.exists()
    assert not installed.parent.exists()
    assert list(project.iterdir()) == []


def test_a_broken_block_of_ours_costs_no_line_of_the_users(tracker: RealTracker) -> None:
    rc = tracker.home / ".bashrc"
    rc.write_text("# >>> codespace-tracker >>>\nexport IMPORTANT=1\n")
    tracker.verb("init", "--shell-hook")
    tracker.verb("uninstall")
    assert "export IMPORTANT=1" in rc.read_text()


def test_stopping_where_no_tracker_is_leaves_no_trace(tracker: RealTracker) -> None:
    tracker.directory.mkdir()
    assert "was not running" in tracker.verb("stop").stdout
    assert list(tracker.directory.iterdir()) == []


@pytest.mark.parametrize(
    "words",
    [
        "sessions --limit 99999999999999999999",
        "log --limit 99999999999999999999",
        "status >&-",
        "version >&-",
        "init <&-",
        "uninstall --delete-data <&-",
        "status 2>&- >&-",
    ],
)
def test_what_people_type_is_never_a_mistake_of_ours(tracker: RealTracker, words: str) -> None:
    tracker.verb("init")
    command = " ".join(f"'{part}'" for part in tracker.command())
    head, _, rest = words.partition(" ")
    shell = f"{command.replace(' ' + chr(39) + '--dir' + chr(39), ' ' + head + ' --dir', 1)} {rest}"
    done = subprocess.run(
        ["sh", "-c", shell],
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode in (0, 1, 2), done
    assert "bug in codespace-tracker" not in done.stderr


def test_a_terminal_that_knows_few_characters_is_no_reason_to_fail(tracker: RealTracker) -> None:
    tracker.verb("start")
    environment = tracker.environment(PYTHONIOENCODING="latin-1")
    done = subprocess.run(
        tracker.command("status"), env=environment, capture_output=True, timeout=PATIENCE_SECONDS
    )
    assert done.returncode == 0
    assert b"running" in done.stdout


def test_a_planner_does_not_outlive_its_daemon(tracker: RealTracker) -> None:
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(
        json.dumps(
            [
                {"label": f"t{n}", "script_command": "true", "conditions": {"every_minutes": 5}}
                for n in range(20_000)
            ]
        )
    )
    tracker.verb("start")
    tracker.verb("stop")
    wait_until(lambda: count(tracker, "daemon/__main__.py") == 0, "nothing is left")


@pytest.mark.machine
def test_a_read_only_disk_at_a_stop_is_not_called_a_pause(tracker: RealTracker) -> None:
    tracker.verb("start")
    place = str(tracker.directory)
    subprocess.run(["mount", "--bind", place, place], check=True)
    try:
        remount = ["mount", "-o", "remount,bind,ro", place]
        wait_until(
            lambda: subprocess.run(remount, check=False).returncode == 0,
            "nothing there is being written",
        )
        holder = tracker.running().keeper
        assert holder is not None
        os.kill(holder.pid, signal.SIGUSR2)
        wait_until(lambda: tracker.running() == (None, None), "both have ended")
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    tracker.verb("start")
    assert_no_second_lost(tracker)
