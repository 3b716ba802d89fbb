"""How late triggers are on a busy machine: `python benchmarks/lateness.py [POINTS] [quiet]`.

POINTS due points (30; 200 for a figure to trust) lie more than a second apart. All the while two
processes spin, one writes to the disk, one script hangs, and one prints 100 MB (`quiet` leaves all
of that out). Nothing is asserted:

- due to awake: `claimed_at` less `due_at` of the ledger. The first is the reading that the daemon
  took when it had woken, so whatever else kept it busy is in it.
- due to the script's first instruction: `sh -c 'exec PROGRAM'`, and PROGRAM reads the clock before
  all else.
- heartbeats: the reading of each, less the multiple of the heartbeat at which it was due.
- fdatasync: 4 KiB, written and synced on the same disk beside it, five times a second.
- a bare sleeper: how late the kernel wakes a small program that sleeps 213 ms at a time, which
  meets all phases of what happens ten times a second, as a host that holds a virtual machine back
  does. The daemon cannot be better; what other work on the machine does shows here first.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parent.parent))

from benchmarks.installed import set_up
from benchmarks.measuring import Program, Programs, Row, started
from tests.upgrade.release import ROOT

from codespace_tracker.daemon import control

_AWAKE_GOAL, _FIRST_GOAL = 8.0, 30.0
_GAP_SECONDS = 1.13  # so that the points come at all distances from heartbeats
_LEAD_SECONDS = 10.0
_HEARTBEAT_US = 10_000_000

_STAMP = r"""
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    struct timespec t;
    char line[200];
    clock_gettime(CLOCK_REALTIME, &t);
    int n = snprintf(line, sizeof line, "%s %lld\n", getenv("CODESPACE_TRACKER_LABEL"),
                     t.tv_sec * 1000000LL + t.tv_nsec / 1000);
    int fd = open(getenv("STAMPS"), O_WRONLY | O_APPEND | O_CREAT, 0600);
    return write(fd, line, n) != n;
}
"""

_SLEEPER = r"""
#include <stdio.h>
#include <time.h>
int main(void) {
    struct timespec due, t;
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (;;) {
        due.tv_nsec += 213000000;
        if (due.tv_nsec >= 1000000000) { due.tv_nsec -= 1000000000; due.tv_sec++; }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        clock_gettime(CLOCK_MONOTONIC, &t);
        printf("%lld\n", (t.tv_sec - due.tv_sec) * 1000000LL + (t.tv_nsec - due.tv_nsec) / 1000);
        fflush(stdout);
    }
}
"""

_SPIN = "while True: pass"
_WRITE = """
import os, sys
fd = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT)
block = os.urandom(1 << 20)
while True:
    for n in range(64):
        os.pwrite(fd, block, n << 20)
        if n % 16 == 15:
            os.fsync(fd)
"""


class Late(NamedTuple):
    """What was found, each in ms; and how many occurrences there are in which state."""

    awake: list[float]
    first: list[float]
    heartbeats: list[float]
    syncs: list[float]
    sleeper: list[float]
    states: dict[str, int]


def main(points: int, *, busy: bool) -> None:
    """Measure, and print the table."""
    with tempfile.TemporaryDirectory() as folder:
        program = set_up(ROOT, Path(folder, "home")).program
        found = measure(folder, program, points, busy=busy)
    if found is None:
        sys.exit("no C compiler (cc): without one the script's first instruction cannot be timed")
    beside = (
        "beside two spinners, a disk writer, a hung and a noisy script"
        if busy
        else "on a quiet machine"
    )
    print(f"{points} due points {_GAP_SECONDS} s apart, {beside}; in ms:\n")
    print(f"| {'':<36} | {'p50':>7} | {'p99':>7} | {'max':>7} | {'count':>5} | goal")
    series("due -> awake", found.awake, "p99 <= 8")
    series("due -> script's first instruction", found.first, "p99 <= 30 + one fdatasync")
    series("heartbeat due -> awake", found.heartbeats, "max <= 50")
    series("one fdatasync beside it", found.syncs, "")
    series("a bare sleeper beside it", found.sleeper, "")
    print("\noccurrences:", ", ".join(f"{count} {state}" for state, count in found.states.items()))


def rows(folder: str, programs: Programs, points: int) -> list[Row]:
    """The rows of the table of budgets; none without a C compiler."""
    found = measure(folder, programs.ours, points, busy=True)
    if found is None:
        return []
    awake, first, sync = (part(times, 0.99) for times in (found.awake, found.first, found.syncs))
    beside = "2 spinners and a disk writer beside it"
    return [
        Row(
            f"due -> awake, {beside}",
            f"p99 <= {_AWAKE_GOAL:.0f} ms",
            f"p99 {awake:.1f} ms, p50 {part(found.awake, 0.5):.1f} ms, of {len(found.awake)};"
            f" a bare sleeper: p99 {part(found.sleeper, 0.99):.1f} ms",
            awake / _AWAKE_GOAL,
        ),
        Row(
            "due -> script's first instruction",
            f"p99 <= {_FIRST_GOAL:.0f} ms + one fdatasync",
            f"p99 {first:.1f} ms, p50 {part(found.first, 0.5):.1f} ms; an fdatasync beside it: "
            f"p99 {sync:.1f} ms",
            first / (_FIRST_GOAL + sync),
        ),
    ]


def measure(folder: str, program: Program, points: int, *, busy: bool) -> Late | None:
    """Start a tracker, arm its triggers, keep the machine busy until the last was due; None without
    a C compiler."""
    compiler = shutil.which("cc")
    if compiler is None:
        return None
    for name, source in (("stamp", _STAMP), ("sleeper", _SLEEPER)):
        build = [compiler, "-O2", "-static", "-x", "c", "-o", os.path.join(folder, name), "-"]
        subprocess.run(build, input=source, text=True, check=True)
    directory = os.path.join(folder, "state")
    with started(program, directory):
        return watch(directory, folder, points, busy=busy)


def watch(directory: str, folder: str, points: int, *, busy: bool) -> Late:
    """What comes of the due points of a tracker that runs."""
    started, _ = running(directory)
    arm(directory, folder, started + int(_LEAD_SECONDS * 1e6), points, busy=busy)
    syncs: list[float] = []
    late: list[float] = []
    with (
        load(folder) if busy else nothing(),
        sleeping(folder) as slept,
        measuring_syncs(folder, syncs),
    ):
        until = time.monotonic() + _LEAD_SECONDS + points * _GAP_SECONDS + 2
        while time.monotonic() < until:
            late += next_heartbeat(directory)
    due = read(
        directory, "SELECT label, due_at, claimed_at FROM occurrence WHERE label LIKE 'point%'"
    )
    lines = Path(folder, "stamps").read_text().splitlines()
    began = {label: int(at) for label, at in (line.split() for line in lines)}
    return Late(
        awake=[(claimed_at - due_at) / 1000 for _, due_at, claimed_at in due],
        first=[(began[label] - due_at) / 1000 for label, due_at, _ in due if label in began],
        heartbeats=late,
        syncs=syncs,
        sleeper=[int(us) / 1000 for us in slept.read_text().splitlines()],
        states=dict(
            read(directory, "SELECT state, count(*) FROM occurrence GROUP BY state ORDER BY state")
        ),
    )


def arm(directory: str, folder: str, base_us: int, points: int, *, busy: bool) -> None:
    """Write the triggers: the hung one and the noisy one first, then a point each
    `_GAP_SECONDS`."""
    env = {"STAMPS": os.path.join(folder, "stamps")}
    command = f"exec {os.path.join(folder, 'stamp')}"
    found: list[dict[str, object]] = [
        {
            "label": f"point{n}",
            "script_command": command,
            "env": env,
            "retries": 0,
            "conditions": at(base_us, n + 1),
        }
        for n in range(points)
    ]
    if busy:
        limit = points * _GAP_SECONDS / 60
        hangs = {
            "script_command": "trap '' TERM; while :; do sleep 1; done",
            "timeout_minutes": limit,
            "retries": 0,
        }
        found.append({"label": "hung", **hangs, "conditions": at(base_us, 0)})
        prints = {
            "script_command": "yes | head -c 100000000",
            "conditions": at(base_us, points // 2 + 0.5),
        }
        found.append({"label": "noisy", **prints})
    Path(directory, "trigger_config.json").write_text(json.dumps(found))
    control.reload(directory)


def at(base_us: int, n: float) -> dict[str, float]:
    """The conditions that hold at the point number `n`."""
    return {"minute_runtime_minutes": (base_us + n * _GAP_SECONDS * 1e6) / 60e6}


def read(directory: str, sql: str) -> list[Any]:
    """Rows of the ledger."""
    connection = sqlite3.connect(f"file:{directory}/ledger.db?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def running(directory: str) -> tuple[int, int]:
    """The running time of the session now, and at the daemon's last reading (µs)."""
    [(at_last, mono)] = read(
        directory, "SELECT running_us, last_mono_us FROM session ORDER BY number DESC LIMIT 1"
    )
    return at_last + time.monotonic_ns() // 1000 - mono, at_last


def next_heartbeat(directory: str) -> list[float]:
    """Wait for the next multiple of the heartbeat; how late the daemon's reading was (ms)."""
    now, _ = running(directory)
    due = (now // _HEARTBEAT_US + 1) * _HEARTBEAT_US
    time.sleep((due - now) / 1e6)
    for _ in range(100):
        time.sleep(0.02)
        _, at_last = running(directory)
        if at_last >= due:
            return [(at_last - due) / 1000]
    return [2000.0]


@contextmanager
def load(folder: str) -> Iterator[None]:
    """Two spinners and a disk writer."""
    commands = [[_SPIN], [_SPIN], [_WRITE, os.path.join(folder, "written")]]
    running = [subprocess.Popen([sys.executable, "-c", *command]) for command in commands]
    try:
        yield
    finally:
        for one in running:
            one.kill()
            one.wait()


@contextmanager
def nothing() -> Iterator[None]:
    """No load."""
    yield


@contextmanager
def sleeping(folder: str) -> Iterator[Path]:
    """A bare sleeper, and the file in which it says how late it was woken (µs)."""
    told = Path(folder, "slept")
    with told.open("wb") as output:
        sleeper = subprocess.Popen([os.path.join(folder, "sleeper")], stdout=output)
    try:
        yield told
    finally:
        sleeper.kill()
        sleeper.wait()


@contextmanager
def measuring_syncs(folder: str, found: list[float]) -> Iterator[None]:
    """Write and sync a page again and again; how long each took (ms)."""
    over = threading.Event()

    def sync() -> None:
        fd = os.open(os.path.join(folder, "synced"), os.O_WRONLY | os.O_CREAT)
        n = 0
        while not over.wait(0.2):
            began = time.perf_counter()
            os.pwrite(fd, os.urandom(4096), n % 512 * 4096)
            os.fdatasync(fd)
            found.append((time.perf_counter() - began) * 1000)
            n += 1
        os.close(fd)

    thread = threading.Thread(target=sync)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def series(name: str, found: list[float], goal: str) -> None:
    """Print a line of the table."""
    p50, p99, most = (part(found, share) for share in (0.5, 0.99, 1.0))
    print(
        f"| {name:<36} | {p50:7.2f} | {p99:7.2f} | {most:7.2f} | {len(found):5} | {goal}",
        flush=True,
    )


def part(found: list[float], share: float) -> float:
    """What so large a share of the numbers does not exceed."""
    return sorted(found)[min(len(found) - 1, int(len(found) * share))]


if __name__ == "__main__":
    words = sys.argv[1:]
    main(int(next((word for word in words if word.isdecimal()), "30")), busy="quiet" not in words)
