"""How much time is lost when everything dies at once: keeper and daemon, at any moment between two
heartbeats."""

import os
import signal
import statistics
import time
from contextlib import ExitStack

from benchmarks.measuring import Pair, Programs, Row, tracker
from tests.histories import History

from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger

_HEARTBEAT_SECONDS = 10.0


def rows(folder: str, programs: Programs, times: int) -> list[Row]:
    """Kill so many trackers, each at another moment between two heartbeats, and ask their
    ledgers."""
    with ExitStack() as stack:
        directories = [os.path.join(folder, str(n)) for n in range(times)]
        pids = [
            stack.enter_context(tracker(programs.ours, directory, History(0)))
            for directory in directories
        ]
        time.sleep(_HEARTBEAT_SECONDS)
        lost = []
        for directory, pair in zip(directories, pids, strict=True):
            time.sleep(_HEARTBEAT_SECONDS / times)
            lost.append(kill(directory, pair))
    found = f"{max(lost):.1f} s at most, {statistics.median(lost):.1f} s in the middle, of {times}"
    # a heartbeat itself takes some milliseconds to be on the disk
    return [
        Row(
            "time lost when all dies",
            "<= one heartbeat (10 s)",
            found,
            max(lost) / (_HEARTBEAT_SECONDS + 0.05),
        )
    ]


def kill(directory: str, pids: Pair) -> float:
    """End both processes as a crash does; the time (s) from the last heartbeat that a next start
    will find to then."""
    died = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    ledger = Ledger.open_reader(os.path.join(directory, NAME))
    session = ledger.last_session()
    ledger.close()
    assert session is not None
    return max(0, died - session.last_mono_us) / 1e6
