"""What a tracker costs while nothing happens, beside what a loop of processes costs."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import (
    DAY,
    TRIGGERS,
    Pair,
    Row,
    bare_private_kib,
    cpu_of,
    cpu_seconds,
    private_kib,
    tracker,
    written_bytes,
)
from tests.histories import History

from codespace_tracker.ledger.connect import NAME, connect_writer

_SETTLE_SECONDS = 13.0  # a start, its plan and the first heartbeat are not what a day is made of
_CPU_GOAL, _MEMORY_GOAL_KIB = 5.0, 5 << 10

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


class Rest(NamedTuple):
    """What was used in a stretch of time."""

    cpu: float
    floor: float
    written: int
    seconds: float


def rows(folder: str, seconds: float) -> list[Row]:
    """Watch a tracker with five triggers for so long."""
    directory = os.path.join(folder, "state")
    with tracker(directory, History(0), TRIGGERS) as pids:
        time.sleep(_SETTLE_SECONDS)
        grow_log(directory)
        used = watch(pids, os.path.join(folder, "floor"), seconds)
        ours, theirs = sum(map(private_kib, pids)), bare_private_kib()
        calls = traced(pids, os.path.join(folder, "calls"))
    a_day = DAY / used.seconds
    cpu, floor = used.cpu * a_day, used.floor * a_day
    return [
        Row(
            "daemon + keeper, CPU a day, 5 triggers",
            f"<= {_CPU_GOAL:.0f} s",
            f"{cpu:.1f} s, {cpu / floor:.1f} x the floor (watched for {used.seconds:.0f} s)",
            cpu / _CPU_GOAL,
        ),
        Row("  the floor: a page and its fdatasync each 10 s", "", f"{floor:.1f} s"),
        *beside(folder),
        *calls,
        Row("daemon + keeper, written a day", "", f"{used.written * a_day / 1e6:.0f} MB"),
        Row(
            "daemon + keeper, private memory",
            "<= bare interpreter + 5 MB",
            f"{theirs / 1024:.1f} + {(ours - theirs) / 1024:.1f} MB",
            (ours - theirs) / _MEMORY_GOAL_KIB,
        ),
    ]


def grow_log(directory: str) -> None:
    """Let the write-ahead log have its full size, as it has after 500 heartbeats: from then on it
    is written over."""
    connection = connect_writer(os.path.join(directory, NAME))
    for n in range(520):
        connection.execute("INSERT OR REPLACE INTO generation VALUES ('benchmark', ?)", (n,))
    connection.execute("DELETE FROM generation")
    connection.close()


def watch(pids: Pair, floor_path: str, seconds: float) -> Rest:
    """What the two processes, and the floor beside them, use in so many seconds."""
    floor = subprocess.Popen([sys.executable, "-c", _FLOOR, floor_path])
    try:
        time.sleep(2)
        began, beside = time.monotonic(), cpu_seconds(floor.pid)
        cpu, written = sum(map(cpu_seconds, pids)), sum(map(written_bytes, pids))
        time.sleep(seconds)
        return Rest(
            cpu=sum(map(cpu_seconds, pids)) - cpu,
            floor=cpu_seconds(floor.pid) - beside,
            written=sum(map(written_bytes, pids)) - written,
            seconds=time.monotonic() - began,
        )
    finally:
        floor.kill()
        floor.wait()


def traced(pids: Pair, path: str) -> list[Row]:
    """How often the two processes woke up, and which system calls they made, in a minute; nothing
    without strace."""
    strace = shutil.which("strace")
    if strace is None:
        return []
    command = [strace, "-c", "-f", "-o", path, *(word for pid in pids for word in ("-p", str(pid)))]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as tracing:
        time.sleep(60)
        tracing.terminate()
    calls = {}
    for line in Path(path).read_text().splitlines():
        words = line.split()
        if len(words) >= 5 and words[3].isdecimal():
            calls[words[-1]] = int(words[3])
    total = calls.pop("total")
    most = ", ".join(
        f"{calls[name]} {name}" for name in sorted(calls, key=calls.__getitem__, reverse=True)[:4]
    )
    return [
        Row("daemon + keeper, wake-ups an hour", "", str(calls.get("rt_sigtimedwait", 0) * 60)),
        Row("daemon + keeper, system calls a minute", "", f"{total} ({most})"),
    ]


def beside(folder: str) -> list[Row]:
    """What others that count running time use in a day."""
    minute = (
        cpu_of(["sh", "-c", _LOOP, "loop", os.path.join(folder, "minutes.json"), sys.executable])
        / 10
    )
    found = [
        Row(
            "  three loops that start a Python each minute",
            "",
            f"{minute * _LOOPS * 1440:.0f} s, one start each half second in place of a minute",
        )
    ]
    tuptime = shutil.which("tuptime")
    if tuptime is not None:
        command = [sys.executable, tuptime, "-q", "-f", os.path.join(folder, "tuptime.db")]
        cpu_of(command)
        once = sum(cpu_of(command) for _ in range(10)) / 10
        found.append(Row("  tuptime, by its timer each 5 minutes", "", f"{once * 288:.0f} s"))
    return found
