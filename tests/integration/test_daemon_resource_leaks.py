"""A real daemon that plans and runs again and again keeps nothing of it: descriptors, children,
memory."""

import contextlib
import json
import os
from functools import partial
from pathlib import Path

from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.daemon import control

ROUNDS = 12
OPEN = [
    "daemon.lock",
    "debug.log",
    "ledger.db",
    "ledger.db-shm",
    "ledger.db-wal",
    "null",
    "null",
    "state",
]
"""The names of the files that a daemon at rest has open."""


def private_kib(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def open_ones(pid: int) -> list[str]:
    folder, found = f"/proc/{pid}/fd", []
    for name in os.listdir(folder):
        with contextlib.suppress(FileNotFoundError):  # it was closed a moment ago
            found.append(os.path.basename(os.readlink(f"{folder}/{name}")))
    return sorted(found)


def children(pid: int) -> str:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text()


def plan_and_run(tracker: RealTracker, n: int) -> None:
    """Edit the triggers, so that one becomes due at once, and wait until its run is in the
    ledger."""
    one = {
        "label": f"round {n}",
        "script_command": "echo done",
        "conditions": {"minute_runtime_minutes": 0.0001},
    }
    (tracker.directory / "trigger_config.json").write_text(json.dumps([one]))
    control.reload(str(tracker.directory))
    wait_until(partial(has_succeeded, tracker, n), "the run has succeeded")


def has_succeeded(tracker: RealTracker, n: int) -> bool:
    return tracker.read("SELECT count(*) FROM occurrence WHERE state = 'succeeded'") == [(n,)]


def test_plans_and_runs_leave_no_descriptor_no_child_and_no_memory(tracker: RealTracker) -> None:
    tracker.verb("start")
    daemon = tracker.running().daemon
    assert daemon is not None
    plan_and_run(tracker, 1)
    plan_and_run(tracker, 2)
    memory = private_kib(daemon.pid)
    for n in range(3, ROUNDS):
        plan_and_run(tracker, n)
    wait_until(lambda: children(daemon.pid) == "", "all children have ended and were reaped")
    wait_until(
        lambda: open_ones(daemon.pid) == OPEN, f"what was opened is closed: {open_ones(daemon.pid)}"
    )
    assert private_kib(daemon.pid) - memory < 400
