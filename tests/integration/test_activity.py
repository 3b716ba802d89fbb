"""Whether somebody is there: by real terminals, a process that looks like an editor's server, and
the activity file."""

import os
import pty
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.machine import activity

HOUR_NS = 3_600_000_000_000


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """A terminal, the only one there is, into which nobody has typed for 3 hours: what a person
    types into, and what a program reads from."""
    ours, theirs = pty.openpty()
    folder = tmp_path / "pts"
    folder.mkdir()
    (folder / "0").symlink_to(os.ttyname(theirs))
    (folder / "ptmx").touch()
    monkeypatch.setattr(activity, "_TERMINALS", str(folder))
    os.utime(os.ttyname(theirs), ns=(time.time_ns() - 3 * HOUR_NS,) * 2)
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


@pytest.fixture
def server() -> Iterator[None]:
    """A process whose command line is like that of VS Code's server."""
    command = [
        sys.executable,
        "-c",
        "import time; time.sleep(60)",
        "/home/me/.vscode-server/bin/node",
    ]
    process = subprocess.Popen(command)
    wait_until(lambda: b"vscode" in Path(f"/proc/{process.pid}/cmdline").read_bytes(), "it runs")
    yield
    process.kill()
    process.wait()


def idle_hours(directory: Path) -> float:
    wall_us = time.time_ns() // 1000
    return round((wall_us - activity.read(str(directory), wall_us).last_at) / 3.6e9, 1)


def is_known(directory: Path, after_hours: float = 0) -> bool:
    return activity.read(str(directory), time.time_ns() // 1000 + int(after_hours * 3.6e9)).known


def test_typing_into_a_terminal_is_activity(tmp_path: Path, terminal: tuple[int, int]) -> None:
    assert idle_hours(tmp_path) == 3.0
    os.write(terminal[0], b"ls\n")
    assert os.read(terminal[1], 10) == b"ls\n"
    assert idle_hours(tmp_path) == 0.0


def test_what_a_program_prints_is_no_activity(tmp_path: Path, terminal: tuple[int, int]) -> None:
    os.write(terminal[1], b"building\n")
    assert os.read(terminal[0], 20) == b"building\r\n"
    assert idle_hours(tmp_path) == 3.0


@pytest.mark.usefixtures("terminal")
def test_the_activity_verb_says_that_somebody_is_there(tracker: RealTracker) -> None:
    tracker.verb("init")
    tracker.verb("activity")
    assert idle_hours(tracker.directory) == 0.0
    os.utime(tracker.directory / "activity", ns=(time.time_ns() - HOUR_NS,) * 2)
    assert idle_hours(tracker.directory) == 1.0
    tracker.verb("activity")
    assert idle_hours(tracker.directory) == 0.0


@pytest.mark.usefixtures("terminal")
def test_without_an_editors_server_the_terminals_tell_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        activity, "_SERVERS", (b"no process has this in its command line " + os.urandom(8),)
    )
    assert is_known(tmp_path)


@pytest.mark.usefixtures("terminal", "server")
def test_under_an_editors_server_only_a_touch_within_12_hours_is_known(
    tmp_path: Path,
) -> None:
    assert not is_known(tmp_path)
    activity.touch(str(tmp_path))
    assert is_known(tmp_path, after_hours=11.9)
    assert not is_known(tmp_path, after_hours=12.1)
