"""What a tracker costs while nothing happens, beside what a loop of processes costs."""

import os
import pty
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.figures import figure
from benchmarks.measuring import (
    DAY,
    Pair,
    Program,
    Programs,
    Row,
    bare_private_kib,
    cpu_of,
    cpu_seconds,
    private_kib,
    row,
    tracker,
    written_bytes,
)
from tests.histories import History
from tests.integration.editors import server

from codespace_tracker.ledger.connect import NAME, connect_writer

_SETTLE_SECONDS = 13.0  # a start, its plan and the first heartbeat are not what a day is made of
_CPU_GOAL, _PRESENCE_GOAL_SECONDS = 2.6, 1.0  # x the floor, without presence; what that may add
_MEMORY_GOAL_MB, _WRITTEN_GOAL_MB = 4.5, 120.0
_TRACKERS = 3
_TRACED_SECONDS = 60  # whole minutes: in each the files are drawn once

_FLOOR = """
import os, sys, time
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
os.pwrite(fd, bytes(1 << 21), 0)
os.fsync(fd)
n = 0
while True:
    time.sleep(10)
    os.pwrite(fd, b"x" * 4120, n % 500 * 4120)
    os.fdatasync(fd)
    n += 1
"""
"""The least that a durable heartbeat can cost: one page written and synced, each 10 seconds."""

_LOOP = """
for n in 1 2 3 4 5 6 7 8 9 10; do
    "$2" -c 'import json, sys
path = sys.argv[1]
try:
    with open(path) as file:
        minutes = json.load(file)["minutes"]
except OSError:
    minutes = 0
with open(path, "w") as file:
    json.dump({"minutes": minutes + 1}, file)' "$1"
    sleep 0.5
done
"""
"""Ten minutes of a loop that starts a Python each minute to count in a file, with half a second for
each minute."""

_LOOPS = 3


_TERMINALS, _PROCESSES, _CLIENTS = 3, 300, 2


class Rest(NamedTuple):
    """What two trackers used in a stretch of time, one with presence and one without, and the floor
    beside them: seconds of CPU and bytes."""

    cpu: float
    cpu_without: float
    floor: float
    written: int
    seconds: float


def rows(folder: str, programs: Programs, seconds: float) -> list[Row]:
    """Watch trackers with five triggers for so long, and what others use."""
    directory, without = os.path.join(folder, "state"), os.path.join(folder, "without")
    off = "presence = false\n"
    with (
        in_use(Path(folder)),
        tracker(programs.ours, directory, History(0)) as pids,
        tracker(programs.ours, without, History(0), config=off) as other,
    ):
        time.sleep(_SETTLE_SECONDS)
        grow_log(directory)
        grow_log(without)
        used = watch(pids, other, os.path.join(folder, "floor"), seconds)
    a_day = DAY / used.seconds
    cpu, plain, floor = used.cpu * a_day, used.cpu_without * a_day, used.floor * a_day
    written = used.written * a_day / 1e6
    of_floor = figure("daemon + keeper, CPU: to the floor", "x", [plain / floor], _CPU_GOAL)
    added = figure("presence, CPU a day", "s", [cpu - plain], _PRESENCE_GOAL_SECONDS)
    megabytes = figure("daemon + keeper, written a day", "MB", [written], _WRITTEN_GOAL_MB)
    return [
        row(
            "daemon + keeper, CPU a day, 5 triggers, without presence",
            f"<= {_CPU_GOAL} x the floor",
            f"{of_floor.value:.1f} x, {plain:.1f} s (watched for {used.seconds:.0f} s)",
            of_floor,
        ),
        row(
            f"  presence adds, {_TERMINALS} terminals, {_PROCESSES} processes, an editor's server",
            f"<= {_PRESENCE_GOAL_SECONDS} s",
            f"{added.value:.1f} s: {cpu:.1f} s in all, {cpu / floor:.1f} x the floor",
            added,
        ),
        Row("  the floor: a page and its fdatasync each 10 s", "", f"{floor:.1f} s"),
        *beside(folder, programs),
        row(
            "daemon + keeper, written a day",
            f"<= {_WRITTEN_GOAL_MB:.0f} MB",
            f"{written:.0f} MB",
            megabytes,
        ),
    ]


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """What is on a machine that someone works on: terminals, processes, and the server of an editor
    with clients."""
    with ExitStack() as stack:
        for _ in range(_TERMINALS):
            for end in pty.openpty():
                stack.callback(os.close, end)
        for _ in range(_PROCESSES):
            idle = subprocess.Popen(["sleep", "infinity"])
            stack.callback(idle.wait)
            stack.callback(idle.kill)
        editor = stack.enter_context(server(folder, "127.0.0.1"))
        for _ in range(_CLIENTS):
            stack.enter_context(editor.client())
        yield


@contextmanager
def at_rest(folder: str, program: Program) -> Iterator[list[Pair]]:
    """A few trackers that have settled: what is measured once of each has that many repeats."""
    with ExitStack() as stack:
        directories = [os.path.join(folder, f"rests-{n}") for n in range(_TRACKERS)]
        pairs = [stack.enter_context(tracker(program, one, History(0))) for one in directories]
        time.sleep(_SETTLE_SECONDS)
        yield pairs


def memory_rows(program: Program, pairs: Sequence[Pair]) -> list[Row]:
    """The memory of trackers that they share with nobody."""
    bare = bare_private_kib(program.python) / 1024
    over = figure(
        "daemon + keeper, private: over bare",
        "MB",
        [sum(map(private_kib, pids)) / 1024 - bare for pids in pairs],
        _MEMORY_GOAL_MB,
    )
    return [
        row(
            "daemon + keeper, private memory",
            f"<= bare interpreter + {_MEMORY_GOAL_MB} MB",
            f"{bare:.1f} + {over.value:.1f} MB",
            over,
        )
    ]


def grow_log(directory: str) -> None:
    """Let the write-ahead log have its full size, as it has after 500 heartbeats: from then on it
    is written over."""
    connection = connect_writer(os.path.join(directory, NAME))
    for n in range(520):
        connection.execute("INSERT OR REPLACE INTO generation VALUES ('benchmark', ?)", (n,))
    connection.execute("DELETE FROM generation")
    connection.close()


def watch(pids: Pair, without: Pair, floor_path: str, seconds: float) -> Rest:
    """What the processes of two trackers, and the floor beside them, use in so many seconds."""
    floor = subprocess.Popen([sys.executable, "-c", _FLOOR, floor_path])

    def used() -> list[float]:
        cpus = [sum(map(cpu_seconds, pair)) for pair in (pids, without, [floor.pid])]
        return [*cpus, sum(map(written_bytes, pids))]

    try:
        time.sleep(2)
        began, before = time.monotonic(), used()
        time.sleep(seconds)
        spent = [now - then for now, then in zip(used(), before, strict=True)]
        return Rest(spent[0], spent[1], spent[2], int(spent[3]), time.monotonic() - began)
    finally:
        floor.kill()
        floor.wait()


class Tracing(NamedTuple):
    """A strace that ends by itself, and the file to which it writes its counts."""

    process: "subprocess.Popen[bytes]"
    path: str


def trace(folder: str, pairs: Sequence[Pair]) -> list[Tracing]:
    """Begin to count the system calls of trackers; nothing without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return []
    found = []
    for n, pids in enumerate(pairs):
        path = os.path.join(folder, f"calls-{n}")
        of = [word for pid in pids for word in ("-p", str(pid))]
        command = ["timeout", str(_TRACED_SECONDS), strace, "-c", "-f", "-o", path, *of]
        found.append(Tracing(subprocess.Popen(command, stderr=subprocess.DEVNULL), path))
    return found


def call_rows(tracings: Sequence[Tracing]) -> list[Row]:
    """How often trackers woke up, and which system calls they made, once the counts are there."""
    if not tracings:
        return []
    counts = []
    for process, path in tracings:
        process.wait()
        counts.append(calls(Path(path).read_text()))
    wakes = [one.get("rt_sigtimedwait", 0) * 3600 / _TRACED_SECONDS for one in counts]
    totals = [one["total"] * 60 / _TRACED_SECONDS for one in counts]
    names = sorted(set(counts[0]) - {"total"}, key=counts[0].__getitem__, reverse=True)
    most = ", ".join(f"{counts[0][name]} {name}" for name in names[:4])
    return [
        row(
            "daemon + keeper, wake-ups an hour",
            "",
            f"{median(wakes):.0f}",
            figure("daemon + keeper, wake-ups an hour", "", wakes),
        ),
        row(
            "daemon + keeper, system calls a minute",
            "",
            f"{median(totals):.0f} ({most})",
            figure("daemon + keeper, system calls a minute", "", totals),
        ),
    ]


def calls(counted: str) -> dict[str, int]:
    """How often each system call was made, and "total", by what `strace -c` wrote."""
    lines = [line.split() for line in counted.splitlines()]
    return {words[-1]: int(words[3]) for words in lines if len(words) >= 5 and words[3].isdecimal()}


def beside(folder: str, programs: Programs) -> list[Row]:
    """What others that count running time use in a day."""
    python = programs.ours.python
    path = os.path.join(folder, "minutes.json")
    minute = cpu_of(["sh", "-c", _LOOP, "loop", path, python]) / 10
    found = [
        Row(
            "  three loops that start a Python each minute",
            "",
            f"{minute * _LOOPS * 1440:.0f} s, one start each half second in place of a minute",
        )
    ]
    if programs.tuptime is not None:
        command = [python, programs.tuptime, "-q", "-f", os.path.join(folder, "tuptime.db")]
        cpu_of(command)
        once = sum(cpu_of(command) for _ in range(10)) / 10
        found.append(Row("  tuptime, by its timer each 5 minutes", "", f"{once * 288:.0f} s"))
    return found
