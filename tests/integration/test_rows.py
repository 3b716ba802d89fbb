"""The table of starts in real processes: lives are PID namespaces, boots a boot id bound over the
real one."""

import contextlib
import json
import os
import sqlite3
import subprocess
import time
from typing import Any

import pytest
from tests.integration.real_tracker import RealTracker

pytestmark = pytest.mark.machine

_LIFE = """
set -e
mount --make-rprivate /
mount -t proc proc /proc
mount --bind {boot} /proc/sys/kernel/random/boot_id
{steps}
"""


_TERM = """
read -r pid _ <"$STATE/keeper.lock"
kill -TERM "$pid"
flock "$STATE/keeper.lock" true
flock "$STATE/daemon.lock" true"""  # both have ended


class Machines:
    """Lives of simulated containers on real kernels: each call is one PID 1, with the boot id it is
    given."""

    def __init__(self, tracker: RealTracker) -> None:
        self.tracker = tracker

    def live(self, boot: str, *verbs: str, codespace: bool = False, last: str = "") -> None:
        """One life: run the verbs, wait past a heartbeat, do what `last` says, and have everything
        die at once."""
        boot_file = self.tracker.directory.parent / boot
        boot_file.write_text(f"{boot}\n")
        calls = [" ".join(map(_quoted, self.tracker.command(*verb.split()))) for verb in verbs]
        steps = "\n".join([*calls, "sleep 0.3", last])
        script = _LIFE.format(boot=_quoted(str(boot_file)), steps=steps)
        more = (
            {"CODESPACES": "true", "CODESPACE_NAME": "funny-name"}
            if codespace
            else {"REMOTE_CONTAINERS": "true"}
        )
        subprocess.run(
            ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script],
            env=self.tracker.environment(STATE=str(self.tracker.directory), **more),
            check=True,
            timeout=60,
            stdout=subprocess.DEVNULL,
        )

    def restore_snapshot(self, back_seconds: int) -> None:
        """From now on the kernel's clocks are so far behind those of the ledger.

        A time namespace is no way to do that: the tracker sees through it.
        """
        back_us = back_seconds * 1_000_000
        with (
            contextlib.closing(sqlite3.connect(self.tracker.directory / "ledger.db")) as connection,
            connection,
        ):
            connection.execute(
                "UPDATE session SET last_mono_us = last_mono_us + ?1, last_boot_us = last_boot_us "
                "+ ?1",
                (back_us,),
            )

    def sessions(self) -> list[tuple[Any, ...]]:
        """Number, ending, running time, start, last heartbeat; oldest first."""
        return self.tracker.read(
            "SELECT number, ending, running_us, started_at, last_seen_at FROM session ORDER BY "
            "number"
        )

    def last_detail(self, kind: str) -> dict[str, Any]:
        """What the journal's newest entry of a kind tells."""
        [(detail,)] = self.tracker.read(
            f"SELECT detail FROM journal WHERE kind='{kind}' ORDER BY seq DESC LIMIT 1"
        )
        found: dict[str, Any] = json.loads(detail)
        return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


@pytest.fixture
def machines(tracker: RealTracker) -> Machines:
    if os.getuid() != 0:
        pytest.fail("these tests make namespaces: run them as root")
    return Machines(tracker)


def wall_us() -> int:
    return time.time_ns() // 1000


def test_another_boot_recovers_the_last_session_at_its_last_heartbeat(machines: Machines) -> None:
    machines.live("boot-1", "start")
    before = wall_us()
    machines.live("boot-2", "start")
    (_, ending, _, _, seen), (number, open_, running, started, _) = machines.sessions()
    assert (ending, number, open_) == ("recovered", 2, None)
    assert machines.last_detail("session_recovered")["ended_at"] == seen
    assert seen <= before <= started + 1_000_000
    assert running <= wall_us() - before + 1_000_000, "it is not older than its machine"
    [(total,)] = machines.tracker.read("SELECT before_us FROM tracker")
    assert total == machines.sessions()[0][2]


def test_another_boot_after_a_clean_end_begins_a_new_session(machines: Machines) -> None:
    machines.live("boot-1", "start", last=_TERM)
    machines.live("boot-2", "start")
    assert [row[:2] for row in machines.sessions()] == [(1, "clean"), (2, None)]


def test_a_new_pid_1_on_the_same_boot_begins_a_new_session(machines: Machines) -> None:
    machines.live("boot-1", "start")
    time.sleep(0.1)
    machines.live("boot-1", "start")
    assert [row[:2] for row in machines.sessions()] == [(1, "recovered"), (2, None)]


def test_a_rebuild_in_a_codespace_goes_on_with_the_session(machines: Machines) -> None:
    machines.live("boot-1", "start", codespace=True)
    machines.live("boot-1", "start", codespace=True)
    [(number, ending, running, started, seen)] = machines.sessions()
    assert (number, ending) == (1, None)
    assert abs(running - (seen - started)) < 50_000
    assert machines.last_detail("rebuilt")["away_us"] > 0


def test_a_restored_snapshot_ends_the_session_and_counts_nothing_twice(machines: Machines) -> None:
    machines.live("boot-1", "start", codespace=True)
    machines.restore_snapshot(600)
    machines.live("boot-1", "start", codespace=True)
    (_, ending, first, _, seen), (_, _, second, started, _) = machines.sessions()
    assert ending == "recovered"
    assert started >= seen
    assert first < 60_000_000, "no life lasts longer"
    assert second < 60_000_000
    assert machines.last_detail("session_started")["row"] == "snapshot"


def test_stop_and_start_in_one_life_resume_and_lose_nothing(machines: Machines) -> None:
    machines.live("boot-1", "start", "stop", "start")
    [(_, ending, running, started, seen)] = machines.sessions()
    assert ending is None
    assert abs(running - (seen - started)) < 50_000
    assert "resumed" in machines.tracker.journal()


def test_a_new_session_starts_at_the_start_of_pid_1(machines: Machines) -> None:
    began = wall_us()
    machines.live("boot-1", "init", "version", "start")
    [(_, _, running, started, seen)] = machines.sessions()
    first_verb = (machines.tracker.directory / "config.toml").stat().st_mtime_ns // 1000
    assert began - 20_000 <= started <= first_verb, "the kernel tells starts in steps of 10 ms"
    assert abs(running - (seen - started)) < 50_000


def test_a_copied_directory_begins_a_session_of_a_new_tracker(machines: Machines) -> None:
    machines.live("boot-1", "start", codespace=True)
    [(first,)] = machines.tracker.read("SELECT tracker_id FROM tracker")
    more = {"CODESPACES": "true", "CODESPACE_NAME": "another-name"}
    subprocess.run(
        machines.tracker.command("start"),
        env=machines.tracker.environment(**more),
        check=True,
        timeout=60,
    )
    rows = machines.tracker.read("SELECT tracker_id FROM session ORDER BY number")
    assert rows[0] == (first,)
    assert rows[1] != (first,)
