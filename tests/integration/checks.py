"""What must hold for a real tracker: not a second lost, one keeper and one daemon."""

import json
import subprocess

from tests.integration.real_tracker import RealTracker


def truth(tracker: RealTracker) -> tuple[int, int]:
    """The session's running time as `status` carries it on, and the machine's own count since PID
    1's start, in µs."""
    found = tracker.status()
    life = found["session"]["life"]
    return found["session"]["running_us"], life["last_mono_us"] - life["pid1_start_us"]


def assert_no_second_lost(tracker: RealTracker) -> None:
    counted, ran = truth(tracker)
    assert counted == ran


def count(tracker: RealTracker, name: str) -> int:
    """How many processes of that name work on the directory."""
    pattern = f"^[^ ]+( -I)? [^ ]*{name} .*{tracker.directory}"
    found = subprocess.run(["pgrep", "-fc", pattern], capture_output=True, text=True, check=False)
    return int(found.stdout)


def has_one_pair(tracker: RealTracker) -> bool:
    pair = count(tracker, "ghadi.sh") == 1 and count(tracker, "daemon/__main__.py") == 1
    return pair and None not in tracker.running()


def assert_true_to_the_clock(tracker: RealTracker, sessions: int = 1) -> None:
    """One session of this life, not a second lost or counted twice, the journal gapless, the ledger
    sound."""
    rows = tracker.read(
        "SELECT running_us, last_mono_us, pid1_start_us FROM session ORDER BY number"
    )
    assert len(rows) == sessions
    running, mono, pid1 = rows[-1]
    assert running == mono - pid1
    numbers = [seq for (seq,) in tracker.read("SELECT seq FROM journal ORDER BY seq")]
    assert numbers == list(range(1, len(numbers) + 1))
    assert tracker.read("PRAGMA integrity_check") == [("ok",)]
    logs = json.loads((tracker.directory / "session_logs.json").read_bytes())
    assert [entry["number"] for entry in logs] == list(range(1, sessions + 1))
