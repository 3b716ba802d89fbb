"""State directories with odd names, and what was put where the tracker keeps its own files."""

import os
import subprocess
from pathlib import Path

import pytest
from tests.integration.real_tracker import PROGRAM, RealTracker, wait_until


@pytest.mark.parametrize("how", ["--dir", "variable", "home"])
def test_a_path_that_begins_with_two_slashes_works_in_every_verb(
    tracker: RealTracker, how: str
) -> None:
    path = f"/{tracker.home}/.codespace-tracker"
    tracker.directory = tracker.home / ".codespace-tracker"
    variables = {
        "variable": {"CODESPACE_TRACKER_DIR": path},
        "home": {"HOME": f"/{tracker.home}"},
        "--dir": {},
    }[how]
    environment = {"REMOTE_CONTAINERS": "true", **tracker.environment(**variables)}
    for verb in ("start", "status", "log", "notice", "triggers", "sessions", "version", "stop"):
        words = [*PROGRAM, verb, *(["--dir", path] if how == "--dir" else [])]
        done = subprocess.run(words, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), verb
        assert "could not be written down" not in done.stdout
    assert "paused" in tracker.journal()


def test_a_pipe_or_a_link_at_activity_is_told_and_hangs_nothing(tracker: RealTracker) -> None:
    tracker.verb("init")
    place, theirs = tracker.directory / "activity", tracker.home / "theirs"
    os.mkfifo(place)
    assert (
        f"{place}: is not a file, but must be one: move it away."
        in tracker.verb("activity", code=1).stderr
    )
    place.unlink()
    theirs.touch()
    os.utime(theirs, (0, 0))
    place.symlink_to(theirs)
    assert "is not a file" in tracker.verb("activity", code=1).stderr
    assert theirs.stat().st_mtime == 0
    place.unlink()
    tracker.verb("activity")
    assert place.is_file()


@pytest.mark.parametrize("name", ["stopped.tmp", "status.json.tmp", "prompt.txt.tmp", "debug.log"])
def test_a_hard_link_where_the_tracker_writes_is_not_written_through(
    tracker: RealTracker, name: str
) -> None:
    tracker.verb("init")
    theirs = tracker.home / "theirs"
    theirs.write_text("twelve bytes")
    os.link(theirs, tracker.directory / name)
    tracker.verb("start")
    tracker.verb("stop")
    assert theirs.read_text() == "twelve bytes"
    assert (tracker.directory / name.removesuffix(".tmp")).stat().st_nlink == 1


@pytest.mark.parametrize("name", ["daemon.lock", "keeper.lock"])
@pytest.mark.parametrize("plant", ["hard link", "link", "pipe"])
def test_what_is_no_lock_file_is_named_and_not_written_to(
    tracker: RealTracker, name: str, plant: str
) -> None:
    tracker.verb("init")
    theirs, place = tracker.home / "theirs", tracker.directory / name
    theirs.write_text("twelve bytes")
    if plant == "pipe":
        os.mkfifo(place)
    else:
        (os.link if plant == "hard link" else os.symlink)(theirs, place)
    said = tracker.verb("start", code=1).stderr
    assert str(place) in said
    assert "move it away" in said
    assert theirs.read_text() == "twelve bytes"


def test_a_pipe_at_debug_log_is_moved_away_and_the_log_goes_on(tracker: RealTracker) -> None:
    tracker.verb("init")
    os.mkfifo(tracker.directory / "debug.log")
    tracker.verb("start")
    wait_until(lambda: "started" in tracker.verb("log", "--debug").stdout, "the log is a file")


def test_a_secret_in_cwd_is_kept_nowhere(tracker: RealTracker) -> None:
    secret = "ghp_aSecretThatNobodyMaySee"
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(
        '{"label": "a", "script_command": "true", "cwd": "/x/$GITHUB_TOKEN", "retries": 0,'
        ' "conditions": {"total_runtime_minutes": 0}, "repeat": "session"}'
    )
    environment = tracker.environment(GITHUB_TOKEN=secret)
    subprocess.run(tracker.command("start"), env=environment, capture_output=True, check=True)
    failed = "SELECT detail FROM run WHERE result='failed'"
    wait_until(lambda: bool(tracker.read(failed)), "the run has failed")
    assert tracker.read(failed) == [
        ("cwd: there is no folder /x/$GITHUB_TOKEN. Fix: make it, or correct `cwd`",)
    ]
    told = tracker.verb("triggers", "log", "a").stdout
    by_hand = subprocess.run(
        tracker.command("triggers", "run", "a"),
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "$GITHUB_TOKEN" in told
    assert "$GITHUB_TOKEN" in by_hand.stdout + by_hand.stderr
    tracker.verb("stop")
    assert secret not in told + by_hand.stdout + by_hand.stderr
    files = [path for path in tracker.directory.rglob("*") if path.is_file()]
    assert [path.name for path in files if secret.encode() in path.read_bytes()] == []


def test_a_value_of_env_that_is_not_possible_is_not_shown(tracker: RealTracker) -> None:
    secret = "ghp_aSecretThatNobodyMaySee"
    tracker.verb("init")
    (tracker.directory / "trigger_config.json").write_text(
        '{"label": "a", "script_command": "true", "conditions": {"every_minutes": 1}, "env": '
        '{"TOKEN": ["' + secret + '"]}}'
    )
    said = tracker.verb("triggers", "check", code=1).stdout
    assert "env.TOKEN: its value is not possible, and is not shown here." in " ".join(said.split())
    tracker.verb("start")
    wait_until(lambda: "env.TOKEN" in str(tracker.status()["problems"]), "the tracker tells it")
    tracker.verb("stop")
    files = [
        path
        for path in tracker.directory.rglob("*")
        if path.is_file() and path.name != "trigger_config.json"
    ]
    assert [path.name for path in files if secret.encode() in path.read_bytes()] == []


def test_paths_are_told_with_one_slash_at_their_beginning(
    tracker: RealTracker, tmp_path: Path
) -> None:
    assert (
        f"State directory: {tmp_path}/one"
        in subprocess.run(
            [*PROGRAM, "init", "--dir", f"/{tmp_path}/one"],
            env=tracker.environment(),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    )
