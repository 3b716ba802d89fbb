"""Other machines, time namespaces and processor sets, real ones: no time is counted twice, and
`status` says what is.

A machine that has been up for long is a chroot's view of this one: a boot id bound over the real
one, and no new PID 1.
"""

import contextlib
import json
import os
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker

from codespace_tracker.machine.processes import start_time

pytestmark = pytest.mark.machine

SECOND_US = 1_000_000
HERE: Mapping[str, str] = MappingProxyType({})
LOCAL: Mapping[str, str] = MappingProxyType({"REMOTE_CONTAINERS": "true"})
BEHIND = ["--time", "--monotonic=-5", "--boottime=-5"]
DAYS_AHEAD = ["--time", "--monotonic", "864000", "--boottime", "864000"]


@pytest.fixture
def ground(tracker: RealTracker) -> RealTracker:
    if os.getuid() != 0:
        pytest.fail("these tests make namespaces: run them as root")
    tracker.directory.mkdir(mode=0o700)
    (tracker.directory / "config.toml").write_text("heartbeat_seconds = 1\n")
    return tracker


class Namespace:
    """A namespace that lives as long as it is used, and the verbs in it."""

    def __init__(self, tracker: RealTracker, options: list[str], boot: str = "") -> None:
        self.tracker = tracker
        name = tracker.directory.parent / boot
        if boot:
            name.write_text(f"{boot}\n")
            options = ["--mount", *options]
        bind = f"mount --bind '{name}' /proc/sys/kernel/random/boot_id && " if boot else ""
        self._life = subprocess.Popen(
            ["unshare", *options, "--fork", "--kill-child", "sh", "-c", f"{bind}echo up; exec cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._life.stdout is not None
        assert self._life.stdout.readline() == "up\n"
        [child] = Path(f"/proc/{self._life.pid}/task/{self._life.pid}/children").read_text().split()
        self._enter = ["nsenter", "--target", child, "--all"]

    def verb(self, *words: str, code: int | None = 0, more: Mapping[str, str] = HERE) -> str:
        """Run a verb in it; what it said."""
        return self.run(*self.tracker.command(*words), code=code, more=more)

    def run(self, *command: str, code: int | None = 0, more: Mapping[str, str] = HERE) -> str:
        """Run a command in it; what it said."""
        done = subprocess.run(
            [*self._enter, *command],
            env=self.tracker.environment(**more),
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert code is None or done.returncode == code, (command, done.stdout, done.stderr)
        return done.stdout

    def end(self) -> None:
        self._life.kill()
        self._life.communicate()


@contextlib.contextmanager
def namespace(tracker: RealTracker, *options: str, boot: str = "") -> Iterator[Namespace]:
    made = Namespace(tracker, list(options), boot)
    try:
        yield made
    finally:
        made.verb("stop", code=None)
        made.end()


def sessions(tracker: RealTracker) -> list[Any]:
    """Running time, start and last heartbeat of each, oldest first."""
    return tracker.read("SELECT running_us, started_at, last_seen_at FROM session ORDER BY number")


def first_of(tracker: RealTracker) -> int:
    """The moment on the monotonic clock, in µs, at which the first session would have begun had it
    run all the time."""
    [(mono_us, running_us)] = tracker.read("SELECT last_mono_us, running_us FROM session")
    return int(mono_us - running_us)


def check_that_nothing_is_counted_twice(tracker: RealTracker, began_us: int) -> None:
    """All sessions together are no longer than the time since the first one, and each looks as long
    as it is."""
    rows = sessions(tracker)
    assert sum(row[0] for row in rows) <= time.monotonic_ns() // 1000 - began_us
    assert all(running <= seen - started + SECOND_US for running, started, seen in rows)


def uptime_us() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // 1000


@pytest.mark.parametrize("local", [HERE, LOCAL], ids=["here", "container"])
def test_two_machines_that_were_up_for_long_count_only_the_time_since(
    ground: RealTracker, local: Mapping[str, str]
) -> None:
    """The second one's uptime is this machine's: minutes at least, of which seconds are not counted
    yet."""
    if uptime_us() < 60 * SECOND_US:
        pytest.fail("this machine has not been up for a minute: the test would show nothing")
    with namespace(ground, boot="machine-a") as here, namespace(ground, boot="machine-b") as there:
        here.verb("start", more=local)
        began_us = first_of(ground)
        here.verb("stop", more=local)
        there.verb("start", more=local)
        there.verb("stop", more=local)
        here.verb("start", more=local)
        rows = ground.read(
            "SELECT json_extract(detail, '$.row') FROM journal WHERE kind = 'session_started'"
        )
        assert [row for (row,) in rows] == ["first", "new_boot", "new_boot"]
        check_that_nothing_is_counted_twice(ground, began_us)
        shown = json.loads(here.verb("status", "--json"))
        assert shown["total"]["running_us"] <= time.monotonic_ns() // 1000 - began_us


def test_a_machine_whose_tracker_was_killed_is_counted_up_to_its_last_heartbeat(
    ground: RealTracker,
) -> None:
    with namespace(ground, boot="machine-a") as here, namespace(ground, boot="machine-b") as there:
        here.verb("start")
        began_us = first_of(ground)
        ground.kill(keeper=True, daemon=True)
        there.verb("start")
        (_, _, seen), (_, started, _) = sessions(ground)
        assert started >= seen
        check_that_nothing_is_counted_twice(ground, began_us)


def test_status_from_another_time_namespace_shows_the_same(ground: RealTracker) -> None:
    ground.verb("start")
    with namespace(ground, *DAYS_AHEAD) as ahead:
        before = ground.status()["session"]["running_us"]
        seen = json.loads(ahead.verb("status", "--json"))
        after = ground.status()["session"]["running_us"]
        assert seen["running"] is True
        assert before <= seen["session"]["running_us"] <= after
        assert "Needs attention" not in ahead.verb("status")
        assert json.loads(ahead.verb("triggers", "--json")) == json.loads(
            ground.verb("triggers", "--json").stdout
        )


@pytest.mark.parametrize("offsets", [DAYS_AHEAD, BEHIND], ids=["ahead", "behind"])
def test_a_tracker_started_in_another_time_namespace_goes_on_with_the_session(
    ground: RealTracker, offsets: list[str]
) -> None:
    ground.verb("start")
    began_us = first_of(ground)
    ground.verb("stop")
    with namespace(ground, *offsets) as other:
        other.verb("start")
        assert ground.journal()[-1] == "resumed"
        assert len(sessions(ground)) == 1
        check_that_nothing_is_counted_twice(ground, began_us)
        assert ground.status()["running"] is True, "also as seen from here"


@pytest.mark.parametrize("offsets", [DAYS_AHEAD, BEHIND], ids=["ahead", "behind"])
def test_a_process_is_known_by_its_start_in_every_time_namespace(
    ground: RealTracker, offsets: list[str]
) -> None:
    """Else a script that was started in one would be a stranger in another."""
    asked = (
        "from codespace_tracker.machine.processes import start_time; "
        f"print(start_time({os.getpid()}))"
    )
    with namespace(ground, *offsets) as other:
        assert int(other.run(ground.command()[0], "-c", asked)) == start_time(os.getpid())


def test_a_boot_clock_that_is_ahead_by_itself_is_no_suspended_time(ground: RealTracker) -> None:
    """With an own PID namespace: PID 1 is young, and its start is counted."""
    with namespace(ground, "--pid", "--mount-proc", "--time", "--boottime", "864000") as other:
        time.sleep(0.5)
        other.verb("start", more=LOCAL)
        [(running, started, seen)] = sessions(ground)
        assert running >= SECOND_US // 2
        assert abs(running - (seen - started)) < SECOND_US


def test_outside_a_codespace_the_cores_are_those_that_may_be_used(ground: RealTracker) -> None:
    one = str(min(os.sched_getaffinity(0)))
    command = ["taskset", "--cpu-list", one, *ground.command("start")]
    subprocess.run(command, env=ground.environment(), check=True, stdout=subprocess.DEVNULL)
    assert ground.status()["session"]["cores"] == 1
    doctor = subprocess.run(
        ["taskset", "--cpu-list", one, *ground.command("doctor")],
        env=ground.environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ", 1 core\n" in doctor.stdout


def test_in_a_codespace_the_cores_are_the_machines(ground: RealTracker) -> None:
    one = str(min(os.sched_getaffinity(0)))
    command = ["taskset", "--cpu-list", one, *ground.command("start")]
    codespace = ground.environment(
        CODESPACES="true", CODESPACE_NAME="funny-name", PYTHON_CPU_COUNT="1"
    )
    subprocess.run(command, env=codespace, check=True, stdout=subprocess.DEVNULL)
    assert ground.status()["session"]["cores"] == os.sysconf("SC_NPROCESSORS_ONLN")
