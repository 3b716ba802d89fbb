"""How the costs grow with sessions and with triggers: by a history of each size, and by a
configuration of each size.

Heartbeats and minutes run on the daemon's own loop with a real ledger and real files; only the
clock is simulated, so that hundreds of them take a second. Memory and `status` are those of real
processes.
"""

import os
import statistics
import time
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from benchmarks.measuring import (
    BARE,
    TRIGGERS,
    Row,
    milliseconds,
    private_kib,
    tracker,
    verb,
    write_triggers,
)
from tests import histories
from tests.histories import History
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live

from codespace_tracker.core.clock import HOUR_US, MINUTE_US

SESSIONS = (0, 1000, 10_000, 100_000)
COUNTS = (0, 100, 10_000)
REMEMBERED = 7200

_SETTLE_SECONDS = 13.0
_MINUTES = 100
_FLAT_GOAL = 1.3


class Point(NamedTuple):
    """What was measured at one size: times in ms or µs of the processor, memory in KiB, the ledger
    in KiB."""

    size: int
    status_ms: float
    heartbeat_us: float
    minute_us: float
    private_kib: float
    ledger_kib: float


Curves = dict[str, list[Point]]
"""By what grows: "sessions" or "triggers"."""


def measure(folder: str, times: int) -> Curves:
    """Measure both curves; `status` is run so many times at each size."""
    return {
        "sessions": curve(
            os.path.join(folder, "sessions"),
            [(size, size, len(TRIGGERS)) for size in SESSIONS],
            times,
        ),
        "triggers": curve(
            os.path.join(folder, "triggers"), [(size, 0, size) for size in COUNTS], times
        ),
    }


def curve(folder: str, sizes: list[tuple[int, int, int]], times: int) -> list[Point]:
    """Points of one curve; a size is how it is called, how many sessions, and how many triggers."""
    os.mkdir(folder)
    beats = {}
    with ExitStack() as stack:
        pids = {}
        for size, sessions, triggers in sizes:
            history, wanted = History(sessions, REMEMBERED), many_triggers(triggers)
            beats[size] = simulate(os.path.join(folder, f"simulated-{size}"), history, wanted)
            pids[size] = stack.enter_context(
                tracker(os.path.join(folder, str(size)), history, wanted)
            )
        time.sleep(_SETTLE_SECONDS)
        memory = {size: sum(map(private_kib, pair)) for size, pair in pids.items()}
        commands = {str(size): verb(os.path.join(folder, str(size)), "status") for size in pids}
        took = milliseconds({"bare": BARE, **commands}, times)
    return [
        Point(
            size,
            took[str(size)].wall,
            *beats[size],
            memory[size],
            ledger_kib(os.path.join(folder, str(size))),
        )
        for size in memory
    ]


def many_triggers(count: int) -> list[dict[str, object]]:
    """So many triggers of the five kinds; none becomes due while it is measured."""
    return [{**TRIGGERS[n % len(TRIGGERS)], "label": f"trigger {n}"} for n in range(count)]


def simulate(
    directory: str, history: History, triggers: list[dict[str, object]]
) -> tuple[float, float]:
    """The median CPU time (µs) of a heartbeat, and of one that also draws the minute's files."""
    machine = SimulatedMachine()
    histories.make(directory, history, machine.now.wall_us - HOUR_US)
    write_triggers(directory, triggers)
    daemon = begun(Path(directory), machine)
    live(daemon, machine, 2 * MINUTE_US)
    taken: dict[bool, list[int]] = {False: [], True: []}
    until = machine.now.mono_us + _MINUTES * MINUTE_US
    while machine.now.mono_us < until:
        began = time.process_time_ns()
        wait = daemon.until_due()
        heard, minute = machine.wait(wait), daemon.session.running_us // MINUTE_US
        daemon.step(heard)
        taken[daemon.session.running_us // MINUTE_US != minute].append(
            time.process_time_ns() - began
        )
    crash(daemon)
    return statistics.median(taken[False]) / 1000, statistics.median(taken[True]) / 1000


def ledger_kib(directory: str) -> float:
    """The size of the ledger."""
    return Path(directory, "ledger.db").stat().st_size / 1024


def rows(curves: Curves) -> list[Row]:
    """Whether what is to be flat is flat: the largest size against the smallest, against five
    triggers for triggers."""
    found = []
    sessions, triggers = curves["sessions"], curves["triggers"]
    for what, field in (("a heartbeat", "heartbeat_us"), ("the minute's files", "minute_us")):
        five = getattr(sessions[0], field)
        for label, point in (
            (f"{SESSIONS[-1]:,} sessions", sessions[-1]),
            (f"{COUNTS[-1]:,} triggers", triggers[-1]),
        ):
            value = getattr(point, field)
            text = f"{value / five:.2f} x ({value:.0f} us of CPU, {five:.0f} us)"
            found.append(
                Row(
                    f"{what}, {label} against 0 and 5",
                    f"flat: <= {_FLAT_GOAL} x",
                    text,
                    value / five / _FLAT_GOAL,
                )
            )
    return found
