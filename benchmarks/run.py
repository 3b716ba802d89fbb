"""The budgets of the design, measured in one run beside the bare interpreter. `python benchmarks/run.py [SECONDS]`.

Ratios within a run count; the machines it runs on are noisy. SECONDS is how long the daemon's CPU is watched
(default 40; 1800 for a figure to trust).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from codespace_tracker.daemon import control

_TICKS = os.sysconf("SC_CLK_TCK")
_BARE = [sys.executable, "-c", "pass"]
_DAY = 86_400


def milliseconds(command: list[str], times: int = 15) -> float:
    """The median wall time of a command."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command, stdout=subprocess.DEVNULL, check=False)
        found.append((time.perf_counter() - began) * 1000)
    return statistics.median(found)


def private_kib(pid: int) -> int:
    """The memory that a process shares with nobody."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Private_"))


def cpu_seconds(pid: int) -> float:
    """The CPU time of a process and of its children that have ended, by the scheduler's own count where it tells."""
    own = int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return own + (int(fields[13]) + int(fields[14])) / _TICKS


def written_bytes(pid: int) -> int:
    """What a process has sent to the disk."""
    return int(Path(f"/proc/{pid}/io").read_text().partition("\nwrite_bytes: ")[2].split()[0])


def row(name: str, goal: str, found: str) -> None:
    """Print a line of the table."""
    print(f"| {name:<46} | {goal:<34} | {found:<40} |", flush=True)


def main(seconds: int) -> None:
    """Measure, and print the table."""
    tracker = [sys.executable, "-c", "from codespace_tracker.cli import main; main()"]
    with tempfile.TemporaryDirectory() as folder:
        directory = os.path.join(folder, "state")
        row("what", "goal", "found")
        control.ensure(directory, resume=True)
        try:
            measure(directory, tracker, seconds)
        finally:
            control.pause(directory)


def measure(directory: str, tracker: list[str], seconds: int) -> None:
    """All rows, for a tracker that runs."""
    found = control.running(directory)
    assert found.keeper is not None
    assert found.daemon is not None
    pids = (found.keeper.pid, found.daemon.pid)
    time.sleep(13)  # a start, its plan and the first heartbeat are not what a day is made of
    before, written = sum(map(cpu_seconds, pids)), sum(map(written_bytes, pids))
    time.sleep(seconds)
    a_day = (sum(map(cpu_seconds, pids)) - before) * _DAY / seconds
    row("daemon + keeper, CPU a day", "<= 5 s", f"{a_day:.1f} s (from {seconds} s)")
    disk = (sum(map(written_bytes, pids)) - written) / seconds * _DAY / 1e6
    row("daemon + keeper, written a day", "-", f"{disk:.0f} MB (from {seconds} s)")
    bare = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    time.sleep(0.5)
    ours, theirs = sum(map(private_kib, pids)), private_kib(bare.pid)
    bare.communicate(b"\n")
    row(
        "daemon + keeper, private memory",
        "<= bare interpreter + 5 MB",
        f"{theirs / 1024:.1f} + {(ours - theirs) / 1024:.1f} MB",
    )
    interpreter = milliseconds(_BARE)
    status = milliseconds([*tracker, "status", "--dir", directory])
    row("status", "<= 6 x python -c pass", f"{status / interpreter:.1f} x ({status:.0f} ms, {interpreter:.0f} ms)")
    empty = milliseconds(["sh", "-c", ":"])
    lock = os.path.join(directory, "keeper.lock")
    hook = milliseconds(["sh", "-c", f"{{ flock -n -s 9; }} 9<'{lock}'"])
    row("the shell hook, tracker running", "<= 5 ms", f"{hook - empty:.1f} ms")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
