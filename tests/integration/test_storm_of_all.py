"""Keeper, daemon, the making of the plan, runs and their scripts killed at any moment, while
triggers fire."""

import contextlib
import json
import os
import random
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest
from tests.integration.checks import assert_true_to_the_clock, has_one_pair
from tests.integration.kills import KILLS
from tests.integration.real_tracker import RealTracker, is_alive, wait_until

from codespace_tracker.daemon import control

MOST_OF_ONE_KEEPER = 3
"""How many of its daemons are killed: with each it waits longer before it starts the next."""

SCRIPT = 'echo "$CODESPACE_TRACKER_FLAG $CODESPACE_TRACKER_ATTEMPT" >>lines; sleep 0.2'


def triggers(place: Path, count: int) -> str:
    """Triggers that are all due at once: so there is always something that waits, runs or is tried
    again."""
    common = {"script_command": SCRIPT, "cwd": str(place), "retries": 2, "retry_delay_seconds": 1}
    conditions = {"minute_runtime_minutes": 0}
    return json.dumps(
        [{"label": f"t{n}", "conditions": conditions, **common} for n in range(count)]
    )


def children_of_daemons(tracker: RealTracker) -> list[int]:
    """Runs with their scripts, and whoever makes a plan: all that works for the directory beside
    keeper and daemon."""
    pair = {holder.pid for holder in tracker.running() if holder is not None}
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            words = (folder / "cmdline").read_bytes().split(b"\0")
            is_ours = os.fsencode(tracker.directory) in words or os.fsencode(SCRIPT) in words
            if is_ours and int(folder.name) not in pair:
                found.append(int(folder.name))
    return found


class Killer:
    """Kills what a seed says."""

    def __init__(self, tracker: RealTracker, seed: int) -> None:
        self.rng = random.Random(seed)
        self.tracker = tracker
        self.killed: Counter[str] = Counter()
        self._of_one_keeper = 0

    def kill_one(self) -> None:
        """Kill somebody who is there, and see to it that the tracker comes back."""
        running = self.tracker.running()
        victims = {
            "child": self.rng.sample(found, 1)
            if (found := children_of_daemons(self.tracker))
            else [],
            "daemon": [] if running.daemon is None else [running.daemon.pid],
            "keeper": [] if running.keeper is None else [running.keeper.pid],
        }
        victims["both"] = victims["keeper"] + victims["daemon"]
        kind = self.rng.choice([kind for kind in victims if victims[kind]])
        if self._of_one_keeper >= MOST_OF_ONE_KEEPER:
            kind = "both"
        for pid in victims[kind]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.killed[kind] += 1
        if kind in ("daemon", "both"):
            self._of_one_keeper = self._of_one_keeper + 1 if kind == "daemon" else 0
        wait_until(lambda: not any(map(is_alive, victims[kind])), "those that were killed are gone")
        wait_until(self._is_back, "the tracker is back")

    def _is_back(self) -> bool:
        if self.tracker.running().keeper is None:
            control.ensure(str(self.tracker.directory), resume=False)
        found = self.tracker.running()
        return found.keeper is not None and found.daemon is not None


def test_kills_of_all_that_runs_lose_no_second_and_run_nothing_twice(
    tracker: RealTracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tracker.home))
    place = tmp_path / "place"
    place.mkdir()
    tracker.directory.mkdir(0o700)
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    count = KILLS
    (tracker.directory / "trigger_config.json").write_text(triggers(place, count))
    assert control.ensure(str(tracker.directory), resume=False) == "started"
    killer = Killer(tracker, seed=11)
    for _ in range(KILLS // 2):
        time.sleep(killer.rng.uniform(0.0, 0.3))
        killer.kill_one()
    assert set(killer.killed) == {"child", "daemon", "keeper", "both"}
    wait_until(partial(has_one_pair, tracker), "one of each")
    open_ones = "SELECT count(*) FROM occurrence WHERE state IN ('queued', 'running', 'waiting')"
    until = time.monotonic() + 120 + KILLS
    while tracker.read("SELECT count(*) FROM occurrence") != [(count,)] or tracker.read(
        open_ones
    ) != [(0,)]:
        assert time.monotonic() < until, tracker.read(
            "SELECT state, count(*) FROM occurrence GROUP BY state"
        )
        time.sleep(0.2)
    assert_runs_are_told_as_they_were(tracker, place)
    tracker.verb("stop")
    assert_true_to_the_clock(tracker)


def assert_runs_are_told_as_they_were(tracker: RealTracker, place: Path) -> None:
    """No attempt ran twice, none that the ledger does not know, and each that it calls a success
    was one."""
    lines = Counter((place / "lines").read_text().splitlines())
    assert set(lines.values()) == {1}
    runs = tracker.read(
        "SELECT o.flag, r.attempt, r.result FROM run r JOIN occurrence o ON o.id = r.occurrence"
    )
    told = {f"{flag} {attempt}": result for flag, attempt, result in runs}
    assert len(told) == len(runs)
    assert set(lines) <= set(told)
    assert {name for name, result in told.items() if result == "succeeded"} <= set(lines)
    assert set(told.values()) <= {"succeeded", "interrupted", "failed"}
    states = dict(tracker.read("SELECT flag, state FROM occurrence"))
    flags = {path.name for path in (tracker.directory / "flags").glob("[!.]*")}
    assert flags == {flag for flag, state in states.items() if state == "succeeded"}
