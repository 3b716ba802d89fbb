"""How it is measured: processes by what the kernel counts, commands by running them in turns."""

import json
import os
import resource
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from benchmarks.figures import Figure
from tests import histories
from tests.histories import History

from codespace_tracker.machine import liveness

DAY = 86_400
TRIGGERS = (
    {"label": "long session", "conditions": {"minute_runtime_minutes": 6000}},
    {"label": "long day", "conditions": {"today_runtime_hours": 23.9}},
    {"label": "quota", "conditions": {"month_core_hours": 1400}},
    {"label": "backup", "conditions": {"every_minutes": 1200}},
    {"label": "evening", "conditions": {"at": "0 0 29 2 *"}},
)
"""Five triggers, one of each kind that waits; none becomes due while it is measured."""

_TICKS = os.sysconf("SC_CLK_TCK")


class Row(NamedTuple):
    """A line of the table. `ratio` is what was found over the goal: at most 1 where it is met, None
    without a goal. `figures` are the numbers in it that other runs are compared with."""

    what: str
    goal: str
    found: str
    ratio: float | None = None
    figures: tuple[Figure, ...] = ()

    @property
    def is_met(self) -> bool | None:
        """Whether the goal is met, None without one."""
        return None if self.ratio is None else self.ratio <= 1


def row(what: str, goal: str, found: str, *figures: Figure) -> Row:
    """A line of the table that is met if all its figures meet their goals."""
    over = [one.value / one.goal for one in figures if one.goal is not None]
    return Row(what, goal, found, max(over, default=None), figures)


class Program(NamedTuple):
    """An installed tracker: its command, and the Python that this calls."""

    command: str
    python: str

    @property
    def bare(self) -> tuple[str, ...]:
        """The bare interpreter: what everything in Python is compared with."""
        return (self.python, "-c", "pass")

    def words(self, *words: str, directory: str) -> list[str]:
        """A command for a state directory, as people type it."""
        return [self.command, *words, "--dir", directory]

    def run(self, *words: str, directory: str) -> None:
        """Run a command. Raises CalledProcessError if it fails."""
        command = self.words(*words, directory=directory)
        subprocess.run(command, stdout=subprocess.DEVNULL, check=True)


class Programs(NamedTuple):
    """What is measured beside each other: this checkout, release 0.1.0, and the path of tuptime;
    None for what cannot be had."""

    ours: Program
    before: Program | None
    tuptime: str | None


class Took(NamedTuple):
    """The times of a command in ms: on the wall, and of the processor, its children's included."""

    wall: float
    cpu: float


class Pair(NamedTuple):
    """The two processes of a tracker."""

    keeper: int
    daemon: int


def write_triggers(directory: str, triggers: Sequence[Mapping[str, object]]) -> None:
    """Put triggers into a state directory, in place of those that are there."""
    Path(directory, "trigger_config.json").write_text(
        json.dumps([{"script_command": "true", **one} for one in triggers])
    )


@contextmanager
def tracker(
    program: Program,
    directory: str,
    history: History,
    triggers: Sequence[Mapping[str, object]] = TRIGGERS,
    config: str = "",
) -> Iterator[Pair]:
    """A tracker that runs in a new state directory with a history; `config` is its config.toml."""
    histories.make(directory, history, int(time.time() * 1e6) - 3_600_000_000)
    write_triggers(directory, triggers)
    Path(directory, "config.toml").write_text(config)
    with started(program, directory):
        found = liveness.running(directory)
        assert found.keeper is not None
        assert found.daemon is not None
        yield Pair(found.keeper.pid, found.daemon.pid)


@contextmanager
def started(program: Program, directory: str) -> Iterator[None]:
    """A tracker that runs until the block ends."""
    program.run("start", directory=directory)
    try:
        yield
    finally:
        program.run("stop", directory=directory)


def rounds(commands: Mapping[str, Sequence[str]], times: int) -> dict[str, list[Took]]:
    """The times of each command. They take turns, so that a busy minute meets all of them."""
    took: dict[str, list[Took]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            took[name].append(once(command))
    return took


def cold_rounds(commands: Mapping[str, Sequence[str]], times: int) -> dict[str, list[Took]]:
    """As `rounds`, but nothing that the commands read is in memory; nothing where only root may
    drop the page cache."""
    took: dict[str, list[Took]] = {name: [] for name in commands}
    for _ in range(times):
        for name, command in commands.items():
            os.sync()
            try:
                Path("/proc/sys/vm/drop_caches").write_text("3\n")
            except OSError:
                return {}
            took[name].append(once(command))
    return took


def once(command: Sequence[str]) -> Took:
    """The times of a command, run once."""
    began = time.perf_counter()
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(running.pid, 0)
    running.returncode = os.waitstatus_to_exitcode(status)
    wall, cpu = time.perf_counter() - began, used.ru_utime + used.ru_stime
    return Took(wall * 1000, cpu * 1000)


_MOST = """
import os, resource, sys
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
actions = [(os.POSIX_SPAWN_DUP2, 2, 1)]
os.waitpid(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=actions), 0)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
"""Runs a command from a small process: the kernel never counts less for a command than for the
process that started it, and this one is large."""


def most_mb(python: str, command: Sequence[str]) -> float:
    """The most memory in MB that a command has at once; about 10 MB or more."""
    words = [python, "-I", "-S", "-c", _MOST, *command]
    return int(subprocess.run(words, capture_output=True, check=True).stdout) * 1024 / 1e6


def private_kib(pid: int) -> int:
    """The memory that a process shares with nobody."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def bare_private_kib(python: str) -> int:
    """The memory that the bare interpreter shares with nobody, at rest."""
    with subprocess.Popen([python, "-c", "input()"], stdin=subprocess.PIPE) as bare:
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
