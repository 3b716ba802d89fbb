"""No descriptors, no processes, no memory, no room, no permissions, no directory: for a while,
under a real tracker.

The tracker is started without verbs, and looked at through its files: so a want that is its own is
not its verbs'.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import (
    RealTracker,
    is_alive,
    skip_where_root_needs_its_rights,
    take_away,
    wait_until,
)

from codespace_tracker import __version__
from codespace_tracker.daemon import control, trackers
from codespace_tracker.machine.state_directory import prepare

SPIN = 0.5
"""Seconds of the processor within two of the clock: a daemon that beats each second takes a
hundredth of that."""


class Scarce:
    """A real tracker with a heartbeat each second, that began well."""

    def __init__(self, tracker: RealTracker) -> None:
        self.tracker = tracker
        self.directory = tracker.directory
        self.directory.mkdir(0o700, exist_ok=True)
        (self.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
        (self.directory / "trigger_config.json").write_text("[]")

    def start(self) -> None:
        """Start, and wait until the plan is in force."""
        assert control.ensure(str(self.directory), resume=True) == "started"
        self.wait_for_plan()

    def start_without_rights(self) -> None:
        """Start it as an ordinary user's, whom permissions stop; root, without its rights, is such
        a one."""
        skip_where_root_needs_its_rights()
        prepare(str(self.directory))
        keeper = ["/bin/sh", trackers.KEEPER, sys.executable, str(self.directory), __version__]
        command = ["setsid", "--fork", "setpriv", "--bounding-set=-all", "--inh-caps=-all", *keeper]
        subprocess.run(
            command,
            env=self.tracker.environment(),
            cwd=self.directory,
            check=True,
            stdin=subprocess.DEVNULL,
        )
        wait_until(lambda: (self.directory / "status.json").exists(), "it is up")
        self.wait_for_plan()

    def wait_for_plan(self) -> None:
        wait_until(
            lambda: self.status()["tracker"]["heartbeat_seconds"] == 1, "the plan is in force"
        )
        self.session = self.status()["session"]["session_id"]

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.directory / "status.json").read_bytes())
        return found

    @property
    def daemon(self) -> int:
        holder = self.tracker.running().daemon
        assert holder is not None
        return holder.pid

    def log(self) -> str:
        return (self.directory / "debug.log").read_text()

    def fire(self, label: str, script: str = "true") -> None:
        """Add a trigger that is due at once."""
        fields = {
            "label": label,
            "script_command": script,
            "conditions": {"minute_runtime_minutes": 0},
        }
        (self.directory / "trigger_config.json").write_text(
            json.dumps([{**fields, "retry_delay_seconds": 1}])
        )
        control.reload(str(self.directory))

    def succeeded(self, label: str) -> bool:
        return (label, "succeeded") in self.tracker.read("SELECT label, state FROM occurrence")

    def beats(self) -> None:
        """Wait for two heartbeats that are in the ledger and true to the clock."""
        sql = (
            "SELECT session_id, running_us, last_mono_us - pid1_start_us, last_mono_us FROM "
            "session ORDER BY number"
        )
        since = time.monotonic_ns() // 1000

        def has_beaten() -> bool:
            [(session, running, ran, mono)] = self.tracker.read(sql)
            assert session == self.session
            assert running == ran
            return bool(mono > since + 1_000_000)

        wait_until(has_beaten, "the heart beats")


def assert_does_not_spin(pid: int) -> None:
    """Fails if a process burns the processor, or has gone."""
    before = used(pid)
    time.sleep(2)
    assert is_alive(pid)
    assert used(pid) - before < SPIN


def used(pid: int) -> float:
    """The processor time of a process, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.fixture
def resting(tracker: RealTracker, monkeypatch: pytest.MonkeyPatch) -> Scarce:
    """One that has not been started."""
    monkeypatch.setenv("HOME", str(tracker.home))
    return Scarce(tracker)


@pytest.fixture
def scarce(resting: Scarce) -> Scarce:
    """One that runs."""
    resting.start()
    return resting


def limit(pid: int, kind: int, most: int) -> tuple[int, int]:
    """Set a limit of a living process; what it was."""
    before = resource.prlimit(pid, kind)
    resource.prlimit(pid, kind, (most, before[1]))
    return before


def test_without_descriptors_the_clock_goes_on_and_all_is_made_up_for(scarce: Scarce) -> None:
    pid = scarce.daemon
    before = limit(pid, resource.RLIMIT_NOFILE, 3)
    scarce.fire("late")
    assert_does_not_spin(pid)
    resource.prlimit(pid, resource.RLIMIT_NOFILE, before)
    wait_until(lambda: scarce.succeeded("late"), "the trigger fires")
    assert scarce.daemon == pid
    scarce.beats()


def test_without_address_space_the_clock_goes_on_and_all_is_made_up_for(scarce: Scarce) -> None:
    pid = scarce.daemon
    before = limit(pid, resource.RLIMIT_AS, 1 << 20)
    scarce.fire("late")
    time.sleep(2)
    if is_alive(pid):
        assert_does_not_spin(pid)
        resource.prlimit(pid, resource.RLIMIT_AS, before)
    wait_until(lambda: scarce.succeeded("late"), "the trigger fires")
    scarce.beats()


def test_a_map_of_the_log_that_is_cut_under_the_daemon_costs_no_second(scarce: Scarce) -> None:
    os.truncate(scarce.directory / "ledger.db-shm", 0)
    scarce.beats()
    scarce.tracker.verb("doctor", code=None)
    scarce.beats()


def test_a_directory_that_is_moved_under_the_tracker_leaves_one_in_the_old_place(
    scarce: Scarce,
) -> None:
    elsewhere = scarce.directory.with_name("moved")
    scarce.directory.rename(elsewhere)
    wait_until(lambda: (scarce.directory / "ledger.db").exists(), "it is made again in its place")
    wait_until(lambda: None not in scarce.tracker.running(), "keeper and daemon are there")
    scarce.beats()
    take_away(elsewhere)
    scarce.beats()


PERMITTED = (
    *(
        "",
        "flags",
        "runs",
        "backups",
        "ledger.db",
        "ledger.db-wal",
        "ledger.db-shm",
        "status.json",
        "debug.log",
    ),
    *("daemon.lock", "keeper.lock", "config.toml", "trigger_config.json", "session_logs.json"),
)


@pytest.mark.machine
def test_permissions_that_are_taken_away_stop_no_clock_and_are_told(resting: Scarce) -> None:
    resting.start_without_rights()
    pid, told = resting.daemon, resting.log()
    before = used(pid)
    for name in PERMITTED:
        path = resting.directory / name
        mode = path.stat().st_mode
        path.chmod(0)
        resting.beats()
        if name in ("config.toml", "trigger_config.json"):
            control.reload(str(resting.directory))
            wait_until(partial(has_more, resting, told), f"{name}: it is told")
        path.chmod(mode)
        told = resting.log()
    resting.beats()
    assert is_alive(pid)
    assert used(pid) - before < SPIN * len(PERMITTED)
    control.reload(str(resting.directory))
    wait_until(lambda: resting.status()["problems"] == [], "all is well again")


def has_more(scarce: Scarce, told: str) -> bool:
    """Whether debug.log tells of another problem."""
    return "problem: " in scarce.log()[len(told) :]


@pytest.mark.machine
def test_a_daemon_that_dies_where_it_may_not_look_goes_on_as_soon_as_it_may(
    resting: Scarce,
) -> None:
    resting.start_without_rights()
    pid = resting.daemon
    resting.directory.chmod(0)
    os.kill(pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(pid), "it is dead")
    time.sleep(1.5)
    resting.directory.chmod(0o700)
    wait_until(lambda: resting.tracker.running().daemon is not None, "it is back")
    resting.beats()
    assert "continued" in resting.tracker.journal()


def mount(*words: str) -> None:
    subprocess.run(["mount", *words], check=True)


@pytest.fixture
def cramped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scarce]:
    """One that runs on a disk of its own."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount("-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk))
    tracker = RealTracker(disk / "state")
    monkeypatch.setenv("HOME", str(tracker.home))
    made = Scarce(tracker)
    try:
        made.start()
        yield made
    finally:
        tracker.end()
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.machine
def test_a_disk_that_is_full_is_told_by_doctor_and_all_is_made_up_for(cramped: Scarce) -> None:
    pid, filler = cramped.daemon, cramped.directory.with_name("filler")
    subprocess.run(
        ["dd", "if=/dev/zero", f"of={filler}", "bs=4k"], capture_output=True, check=False
    )
    for name in ("status.json", "total_runtime.json", "session_logs.json"):
        json.loads((cramped.directory / name).read_bytes())
    cramped.fire("late")
    assert_does_not_spin(pid)
    assert "only 0 MiB are free" in cramped.tracker.verb("doctor", code=1).stdout
    filler.unlink()
    cramped.fire("late")
    wait_until(lambda: cramped.succeeded("late"), "the trigger fires")
    assert cramped.daemon == pid
    cramped.beats()
    control.reload(str(cramped.directory))
    wait_until(lambda: cramped.status()["problems"] == [], "all is well again")


@pytest.mark.machine
def test_a_place_that_may_only_be_read_stops_no_clock(scarce: Scarce) -> None:
    pid, place = scarce.daemon, str(scarce.directory)
    mount("--bind", place, place)
    try:
        mount("-o", "remount,bind,ro", place)
        control.reload(place)
        scarce.beats()
        assert_does_not_spin(pid)
    finally:
        subprocess.run(["umount", "-l", place], check=True)
    scarce.fire("late")
    wait_until(lambda: scarce.succeeded("late"), "the trigger fires")
    scarce.beats()
    assert scarce.daemon == pid
    control.reload(place)
    wait_until(lambda: scarce.status()["problems"] == [], "all is well again")
