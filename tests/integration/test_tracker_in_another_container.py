"""One state directory, two containers (here: PID namespaces): the second sees the first one's
tracker and lets it be.

A process number in a lock file means nothing outside of the container that wrote it.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.daemon.trackers import KEEPER

pytestmark = pytest.mark.machine

LOCAL = {"REMOTE_CONTAINERS": "true"}


class OtherTracker(RealTracker):
    """The tracker of a state directory as seen from here. It runs in another container, whose PID 1
    is `first` here."""

    first = 0

    def is_up(self) -> bool:
        daemon = self.running().daemon
        return daemon is not None and daemon.is_up

    def end_within(self, number: int) -> None:
        """Kill the process that has that number there."""
        subprocess.run(
            ["nsenter", "--target", str(self.first), "--pid", "kill", "-9", str(number)], check=True
        )


@pytest.fixture
def other(tmp_path: Path) -> Iterator[OtherTracker]:
    if os.getuid() != 0:
        pytest.fail("these tests make namespaces: run them as root")
    tracker = OtherTracker(tmp_path / "state")
    tracker.directory.mkdir(mode=0o700)
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    start = " ".join(f"'{word}'" for word in tracker.command("start"))
    life = subprocess.Popen(
        [
            "unshare",
            "--mount-proc",
            "--pid",
            "--fork",
            "--kill-child",
            "sh",
            "-c",
            f"{start} && sleep 300",
        ],
        env=tracker.environment(**LOCAL),
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_until(tracker.is_up, "the tracker in the other container runs")
        [(pid, _)] = children(life.pid)
        tracker.first = int(pid)
        yield tracker
    finally:
        life.kill()
        life.wait()
        wait_until(lambda: tracker.running() == (None, None), "all of the other container is gone")


def children(pid: int) -> list[list[str]]:
    """Number and name of a process's children."""
    found = subprocess.run(
        ["ps", "-o", "pid=,comm=", "--ppid", str(pid)], capture_output=True, text=True, check=False
    )
    return [line.split() for line in found.stdout.splitlines()]


def test_status_says_that_it_runs_and_where(other: OtherTracker) -> None:
    done = subprocess.run(
        other.command("status"),
        env=other.environment(**LOCAL),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert done.stdout.startswith("● running in another container · container\n")
    assert "NOT RUNNING" not in done.stdout
    content = json.loads(other.verb("status", "--json").stdout)
    assert (content["running"], content["elsewhere"]) == (True, True)
    daemon = other.running().daemon
    assert daemon is not None
    assert content["tracker"]["pid"] == daemon.pid


@pytest.mark.parametrize("verb", ["ensure", "start"])
def test_nothing_is_started_beside_it_and_the_words_say_why(other: OtherTracker, verb: str) -> None:
    before = other.running()
    said = other.verb(verb).stdout
    assert said.startswith(
        "The tracker of this state directory is already running, in another container.\n"
    )
    assert other.running() == before


@pytest.mark.parametrize("verb", ["stop", "restart", "ghadi"])
def test_what_only_the_other_container_can_do_is_said_to_be_done_there(
    other: OtherTracker, verb: str
) -> None:
    before = other.running()
    said = other.verb(verb, code=1).stderr
    assert "another container" in said
    assert "Fix: run `codespace-tracker stop` there" in said
    assert "kill" not in said, "the number would be that of another process here"
    assert other.running() == before
    assert not (other.directory / "stopped").exists(), "no wish is remembered that was not granted"


def test_doctor_says_where_it_runs(other: OtherTracker) -> None:
    assert "! tracker: it runs in another container" in other.verb("doctor", code=None).stdout


def test_an_older_tracker_in_another_container_is_left_alone_by_an_update(
    other: OtherTracker,
) -> None:
    before = other.running()
    newer = (
        "import codespace_tracker as c; c.__version__ = '99.0'; from codespace_tracker.cli import "
        "main; main()"
    )
    command = [*other.command()[:1], "-c", newer, "ensure", "--dir", str(other.directory)]
    said = subprocess.run(
        command, env=other.environment(), capture_output=True, text=True, check=True
    ).stdout
    assert said == "The tracker of this state directory is already running, in another container.\n"
    assert other.running() == before


def test_what_is_changed_from_here_is_noticed_there_though_no_signal_can_tell(
    other: OtherTracker,
) -> None:
    failed = "SELECT 1 FROM occurrence WHERE state='failed'"
    fails = {
        "label": "Fail",
        "script_command": "exit 1",
        "conditions": {"total_runtime_minutes": 0},
        "retries": 0,
    }
    (other.directory / "trigger_config.json").write_text(json.dumps(fails))
    wait_until(lambda: len(other.read(failed)) == 1, "the new trigger has fired")
    other.verb("triggers", "rearm", "Fail")
    wait_until(lambda: len(other.read(failed)) == 2, "it has fired again")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_keeper_that_waits_for_it_ends_when_asked_and_signals_nobody(
    other: OtherTracker, number: signal.Signals
) -> None:
    keeper, daemon = other.running()
    assert keeper is not None
    assert daemon is not None
    other.end_within(keeper.pid)
    wait_until(lambda: other.running().keeper is None, "its keeper is gone")
    bystander = subprocess.Popen(["sleep", "300"])
    # as if the daemon had, in its container, the number that somebody else has here
    lock = other.directory / "daemon.lock"
    lock.write_text(lock.read_text().replace(f"{daemon.pid} ", f"{bystander.pid} ", 1))
    waiting = subprocess.Popen(
        ["/bin/sh", KEEPER, other.command()[0], str(other.directory), "0.1.0"],
        env=other.environment(),
        cwd=other.directory,
    )
    try:
        wait_until(
            lambda: "flock" in [name for _, name in children(waiting.pid)], "the new keeper waits"
        )
        waiting.send_signal(number)
        assert waiting.wait(PATIENCE_SECONDS) == 0
        assert bystander.poll() is None
        assert other.running().daemon is not None
    finally:
        for process in (waiting, bystander):
            process.kill()
            process.wait()
