"""The daemon killed at any moment and at every system call that writes, while somebody reads every
file."""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import pytest
from tests.integration.checks import assert_true_to_the_clock
from tests.integration.kills import KILLS
from tests.integration.real_tracker import RealTracker, wait_until
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, rows

import codespace_tracker.daemon

HEARTBEAT_US = 50_000
EACH = 1 if KILLS >= 1000 else 5
"""Of the calls that write, every so manieth is killed at; all of them where kills are asked for by
the thousand."""

_MAIN = str(Path(codespace_tracker.daemon.__file__).parent / "__main__.py")
_JSON = (
    "first_start.json",
    "current_session.json",
    "minute_runtime.json",
    "total_runtime.json",
    "session_logs.json",
    "status.json",
)


def daemon(tracker: RealTracker, *before: str) -> subprocess.Popen[bytes]:
    """A daemon without a keeper, with a heartbeat of 50 ms; `before` is put before its command."""
    command = [
        sys.executable,
        "-I",
        _MAIN,
        str(tracker.directory),
        "--heartbeat-us",
        str(HEARTBEAT_US),
    ]
    return subprocess.Popen(
        [*before, *command], env=tracker.environment(), stdout=subprocess.DEVNULL
    )


class Reader(threading.Thread):
    """Parses every file, over and over, until it is told to end."""

    def __init__(self, directory: Path) -> None:
        super().__init__(daemon=True)
        self.directory = directory
        self.seen: dict[str, int] = {}
        self.broken: list[str] = []
        self.over = False

    def run(self) -> None:
        while not self.over:
            for name in _JSON:
                self._parse(name)
            time.sleep(0.002)

    def _parse(self, name: str) -> None:
        try:
            content = (self.directory / name).read_bytes()
        except FileNotFoundError:
            if name in self.seen:
                self.broken.append(f"{name} vanished")
            return
        try:
            json.loads(content)
        except ValueError:
            self.broken.append(f"{name}: {content[:200]!r}")
        self.seen[name] = self.seen.get(name, 0) + 1


def test_kills_at_random_moments_lose_nothing_and_break_no_file(tracker: RealTracker) -> None:
    rng = random.Random(7)
    reader = Reader(tracker.directory)
    reader.start()
    for _ in range(KILLS // 2):
        process = daemon(tracker)
        time.sleep(rng.uniform(0.02, 0.4))
        process.send_signal(signal.SIGKILL)
        process.wait()
    last = daemon(tracker)
    wait_until(partial(is_up, tracker, last.pid), "the last daemon is there")
    last.send_signal(signal.SIGTERM)
    assert last.wait(60) == 0
    reader.over = True
    reader.join()
    assert reader.broken == []
    assert set(reader.seen) == set(_JSON)
    assert_true_to_the_clock(tracker)


def is_up(tracker: RealTracker, pid: int) -> bool:
    """Whether status.json is of the daemon with that number."""
    try:
        found = json.loads((tracker.directory / "status.json").read_bytes())["tracker"]["pid"]
    except FileNotFoundError:
        return False
    return bool(found == pid)


CALLS = ["fdatasync", "fsync", "rename", "pwrite64", "write", "linkat", "unlink", "ftruncate"]


@pytest.fixture
def lost(tmp_path: Path) -> Path:
    """The directory of a tracker that was lost, with all that ran, in another life of the
    machine."""
    machine = SimulatedMachine()
    crash(begun(tmp_path / "lost", machine))
    return tmp_path / "lost"


@pytest.mark.machine
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_each_call_that_writes_is_survived(tracker: RealTracker, call: str) -> None:
    kill_at_each(tracker, call, None)


@pytest.mark.machine
@pytest.mark.parametrize("call", CALLS)
def test_a_kill_at_each_call_of_a_recovery_is_survived(
    tracker: RealTracker, lost: Path, call: str
) -> None:
    kill_at_each(tracker, call, lost)
    [before] = rows(lost, "SELECT session_id, running_us, last_seen_at FROM session")
    [after] = tracker.read(
        "SELECT session_id, running_us, ended_at FROM session WHERE ending='recovered'"
    )
    assert after == before


def kill_at_each(tracker: RealTracker, call: str, history: Path | None) -> None:
    """Begin anew each time, from `history` if there is one, and kill at the first such call, a
    later one, and so on."""
    if shutil.which("strace") is None:
        pytest.fail("strace is missing: apt-get install strace")
    survived = 0
    for n in range(1, 60, EACH):
        tracker.directory = (
            tracker.home / f"state-{n}"
        )  # a child of the killed one may still be writing
        if history is not None:
            shutil.copytree(history, tracker.directory)
        killed = daemon(
            tracker, "strace", "-qq", "-o", "/dev/null", "-e", f"inject={call}:signal=KILL:when={n}"
        )
        wait_until(partial(is_dead_or_up, tracker, killed), "it is killed, or lives")
        try:
            killed.wait(0.3)  # some heartbeats
        except subprocess.TimeoutExpired:
            end_by_term(tracker, killed)
        if killed.returncode == 0:
            break
        survived += 1
        after = daemon(tracker)
        wait_until(partial(is_up, tracker, after.pid), f"a start after a kill at {call} {n}")
        after.send_signal(signal.SIGTERM)
        assert after.wait(60) == 0
        assert_true_to_the_clock(tracker, 1 if history is None else 2)
    assert survived > 0


def is_dead_or_up(tracker: RealTracker, traced: subprocess.Popen[bytes]) -> bool:
    """Whether the daemon that strace runs has ended, or has begun its session."""
    holder = tracker.running().daemon
    return traced.poll() is not None or (holder is not None and holder.is_up)


def end_by_term(tracker: RealTracker, traced: subprocess.Popen[bytes]) -> None:
    """End the daemon that strace runs, by TERM: what it writes at its end is killed at as well."""
    holder = tracker.running().daemon
    if holder is not None:
        with contextlib.suppress(ProcessLookupError):  # a heartbeat was killed at this moment
            os.kill(holder.pid, signal.SIGTERM)
    traced.wait(60)
