"""`init` at a terminal and at places where it cannot do its work."""

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker


def at_a_terminal(tracker: RealTracker, typed: str) -> str:
    """What `init` says to somebody who types."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        tracker.command("init"), env=tracker.environment(TERM="dumb"), stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    os.write(ours, typed.encode())
    said = b""
    try:
        while part := os.read(ours, 4096):
            said += part
    except OSError:
        pass  # the terminal is gone with its last process
    assert process.wait(20) == 0
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
        tracker.command("init"), env=tracker.environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "Your time zone" not in done.stdout
    assert 'time_zone = "UTC"' in (tracker.directory / "config.toml").read_text()


@pytest.mark.machine
def test_an_ordinary_user_is_told_which_place_cannot_be_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o555)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    program = "from codespace_tracker.cli import main; main()"
    user = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    for verb in ("init", "start", "ensure"):
        done = subprocess.run(
            [*user, sys.executable, "-c", program, verb, "--dir", str(home / "state")],
            env={"HOME": str(home), "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1, done
        assert f"{home}: cannot be written. Mend:" in done.stderr
