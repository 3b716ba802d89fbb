"""A stop that comes while the tracker is only just starting: no moment of a start is deaf to it."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker import __version__
from codespace_tracker.daemon.trackers import KEEPER
from codespace_tracker.machine import clock, lock, stopped
from codespace_tracker.machine.state_directory import prepare

SIGNALS = [(signal.SIGTERM, "clean"), (signal.SIGINT, "paused"), (signal.SIGUSR2, "paused")]
Send = Callable[[int, int], None]


@pytest.fixture
def interpreter(tmp_path: Path) -> Path:
    """A Python that for the first daemon never comes to the point of listening, and notes each that
    it was started."""
    path = tmp_path / "python"
    path.write_text(
        "#!/bin/sh\n"
        'echo >>"$0.started"\n'
        'mkdir "$0.first" 2>/dev/null && exec sleep 300\n'
        f'exec {sys.executable} "$@"\n'
    )
    path.chmod(0o755)
    return path


@contextlib.contextmanager
def keeping(tracker: RealTracker, interpreter: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A keeper of that interpreter's daemons, in a process group of its own as in a terminal; it
    ends by itself."""
    prepare(str(tracker.directory))
    command = ["/bin/sh", KEEPER, str(interpreter), str(tracker.directory), __version__]
    with subprocess.Popen(
        command, env=tracker.environment(), cwd=tracker.directory, start_new_session=True
    ) as keeper:
        try:
            yield keeper
            keeper.wait(60)
        finally:
            if keeper.poll() is None:
                os.killpg(keeper.pid, signal.SIGKILL)


def waits_for(keeper: subprocess.Popen[bytes], command: str) -> bool:
    """Whether the keeper has a child that runs this command."""
    found = Path(f"/proc/{keeper.pid}/task/{keeper.pid}/children").read_text().split()
    with contextlib.suppress(OSError):  # one has just ended
        return command in [Path(f"/proc/{child}/comm").read_text().strip() for child in found]
    return False


@pytest.mark.parametrize(("number", "ending"), SIGNALS)
@pytest.mark.parametrize("send", [os.kill, os.killpg], ids=["to the keeper", "to the group"])
def test_a_stop_that_comes_before_the_daemon_listens_ends_the_session(
    tracker: RealTracker, interpreter: Path, number: int, ending: str, send: Send
) -> None:
    with keeping(tracker, interpreter) as keeper:
        wait_until(lambda: waits_for(keeper, "sleep"), "the daemon is starting")
        send(keeper.pid, number)
    assert tracker.read("SELECT number, ending FROM session") == [(1, ending)]
    assert Path(f"{interpreter}.started").read_text() == "\n" * 2
    assert stopped.holds(str(tracker.directory), clock.read()) == (number == signal.SIGINT)


@pytest.mark.parametrize(("number", "ending"), SIGNALS)
def test_a_stop_that_comes_before_the_keeper_has_its_lock_ends_the_session_that_was_lost(
    tracker: RealTracker, interpreter: Path, number: int, ending: str
) -> None:
    tracker.verb("start")
    tracker.kill(daemon=True, keeper=True)
    Path(f"{interpreter}.first").mkdir()
    held = lock.acquire(str(tracker.directory / lock.KEEPER_LOCK), __version__)
    assert held is not None
    with keeping(tracker, interpreter) as keeper:
        wait_until(lambda: waits_for(keeper, "flock"), "the keeper waits for its lock")
        os.kill(keeper.pid, number)
        os.close(held)
    assert tracker.read("SELECT number, ending FROM session") == [(1, ending)]
    assert Path(f"{interpreter}.started").read_text() == "\n"
    assert "continued" in tracker.journal()


@pytest.mark.parametrize(("number", "ending"), SIGNALS)
def test_a_stop_that_comes_while_the_keeper_pauses_after_crashes_ends_the_session(
    tracker: RealTracker, interpreter: Path, number: int, ending: str
) -> None:
    interpreter.write_text(f'#!/bin/sh\n[ "$4" ] || exit 5\nexec {sys.executable} "$@"\n')
    with keeping(tracker, interpreter) as keeper:
        wait_until(lambda: waits_for(keeper, "sleep"), "the keeper pauses")
        os.kill(keeper.pid, number)
    assert tracker.read("SELECT number, ending FROM session") == [(1, ending)]


@pytest.mark.parametrize(
    "words", [["--heard", "KILL"], ["--heard"], ["--heard", "CHLD"], ["--heartbeat-us", "x"]]
)
def test_a_daemon_that_is_told_nonsense_says_how_it_is_called(
    tracker: RealTracker, words: list[str]
) -> None:
    main = str(Path(KEEPER).with_name("__main__.py"))
    command = [sys.executable, "-I", main, str(tracker.directory), *words]
    done = subprocess.run(
        command,
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr == "usage: daemon DIRECTORY [--heartbeat-us N | --heard TERM|USR2|INT]\n"
    assert not tracker.directory.exists()
