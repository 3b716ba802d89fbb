"""What is measured, and how: processes by what the kernel counts, commands by the median of their
wall times."""

import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests import histories
from tests.histories import History

from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness

DAY = 86_400
BARE = (sys.executable, "-c", "pass")
"""The bare interpreter: what everything in Python is compared with."""

TRIGGERS = (
    {"label": "long session", "conditions": {"minute_runtime_minutes": 6000}},
    {"label": "long day", "conditions": {"today_runtime_hours": 23.9}},
    {"label": "quota", "conditions": {"month_core_hours": 1400}},
    {"label": "backup", "conditions": {"every_minutes": 1200}},
    {"label": "evening", "conditions": {"at": "0 0 29 2 *"}},
)
"""Five triggers, one of each kind that waits; none becomes due while it is measured."""

_TICKS = os.sysconf("SC_CLK_TCK")
_SCRIPT = Path(sys.executable).with_name("codespace-tracker")
_MAIN = (
    [str(_SCRIPT)]
    if _SCRIPT.exists()
    else [sys.executable, "-c", "from codespace_tracker.cli import main; main()"]
)


class Row(NamedTuple):
    """A line of the table. `ratio` is what was found over the goal: at most 1 where it is met, None
    without a goal."""

    what: str
    goal: str
    found: str
    ratio: float | None = None

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met, None without one."""
        return None if self.ratio is None else self.ratio <= 1


class Took(NamedTuple):
    """The times of a command in ms: on the wall, and of the processor, its children's included; and
    its most memory in MB, which is never less than that of the program that started it."""

    wall: float
    cpu: float
    most_mb: float


class Pair(NamedTuple):
    """The two processes of a tracker."""

    keeper: int
    daemon: int


def verb(directory: str, *words: str) -> list[str]:
    """The command of a verb, as people run it."""
    return [*_MAIN, *words, "--dir", directory]


def write_triggers(directory: str, triggers: Sequence[Mapping[str, object]]) -> None:
    """Put triggers into a state directory, in place of those that are there."""
    Path(directory, "trigger_config.json").write_text(
        json.dumps([{"script_command": "true", **one} for one in triggers])
    )


@contextmanager
def tracker(
    directory: str, history: History, triggers: Sequence[Mapping[str, object]] = TRIGGERS
) -> Iterator[Pair]:
    """A tracker that runs in a new state directory with a history."""
    histories.make(directory, history, int(time.time() * 1e6) - 3_600_000_000)
    write_triggers(directory, triggers)
    control.ensure(directory, resume=True)
    try:
        found = liveness.running(directory)
        assert found.keeper is not None
        assert found.daemon is not None
        yield Pair(found.keeper.pid, found.daemon.pid)
    finally:
        control.pause(directory)


def warm_up(folder: str) -> None:
    """Let Python compile what is measured: a start that compiles takes longer and more memory than
    any after it."""
    directory = os.path.join(folder, "warm")
    with tracker(directory, History(0)):
        subprocess.run(verb(directory, "status"), stdout=subprocess.DEVNULL, check=True)
        subprocess.run(verb(directory, "sessions"), stdout=subprocess.DEVNULL, check=True)


def milliseconds(commands: Mapping[str, Sequence[str]], times: int) -> dict[str, Took]:
    """The median times of each command. They take turns, so that a busy minute meets all of
    them."""
    found: dict[str, list[Took]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            found[name].append(once(command))
    return {
        name: Took(*map(statistics.median, zip(*taken, strict=True)))
        for name, taken in found.items()
    }


def once(command: Sequence[str]) -> Took:
    """The times of a command, run once."""
    began = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return Took(wall * 1000, cpu * 1000, used.ru_maxrss / 1000)


def private_kib(pid: int) -> int:
    """The memory that a process shares with nobody."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def bare_private_kib() -> int:
    """The memory that the bare interpreter shares with nobody, at rest."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as bare:
        time.sleep(0.5)
        found = private_kib(bare.pid)
        bare.communicate(b"\n")
    return found


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process and of its children that have ended, by the scheduler's own count
    where it tells."""
    own = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) / _TICKS


def cpu_of(command: Sequence[str]) -> float:
    """The CPU time in seconds of a command that ends, and of all that it starts and waits for."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def written_bytes(pid: int) -> int:
    """What a process has sent to the disk."""
    return int(Path(f"/proc/{pid}/io").read_text().partition("\nwrite_bytes: ")[2].split()[0])
