"""How the costs grow with sessions and with triggers: by a history of each size, and by a
configuration of each size.

Heartbeats and minutes run on the daemon's own loop with a real ledger and real files; only the
clock is simulated, so that hundreds of them take a second. They are those of this checkout in this
process, not of what set-up installed. Memory and `status` are those of real processes.
"""

import os
import statistics
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import NamedTuple

from benchmarks.commands import REPORT
from benchmarks.figures import Figure, figure, ratios
from benchmarks.measuring import (
    TRIGGERS,
    Program,
    Row,
    once,
    private_kib,
    rounds,
    row,
    tracker,
    write_triggers,
)
from tests import histories
from tests.histories import History
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US


class Size(NamedTuple):
    """How many sessions and how many triggers there are."""

    sessions: int
    triggers: int


SESSIONS = [Size(count, len(TRIGGERS)) for count in (0, 1000, 100_000, 1_000_000)]
COUNTS = [Size(0, count) for count in (0, 100, 10_000)]
ENDS = [SESSIONS[0], SESSIONS[-1], COUNTS[-1]]
"""What is compared to see whether a cost is flat: first the small one."""

_REMEMBERED = 7200
_TEN_YEARS_US = 3653 * DAY_US
_LONGEST_US = 40 * MINUTE_US
"""What a session takes at most."""

_SETTLE_SECONDS = 13.0
_BLOCKS, _BLOCK_MINUTES = 10, 10
_FLAT_GOALS = {"heartbeat": 1.2, "minute files": 1.3}
_STATUS_FLAT_GOAL = 1.2


class Beat(NamedTuple):
    """The median CPU time (µs) of a heartbeat, and of one that also draws the minute's files, in
    some minutes; and beside them that of the bare interpreter."""

    heartbeat_us: float
    minute_us: float
    bare_us: float


Beats = Mapping[Size, Sequence[Beat]]


class Point(NamedTuple):
    """What was measured at one size: commands in ms, the daemon in µs of the processor, memory in
    KiB, the ledger in KiB."""

    size: int
    status_ms: float
    report_ms: float
    heartbeat_us: float
    minute_us: float
    private_kib: float
    ledger_kib: float


Curves = dict[str, list[Point]]
"""By what grows: "sessions" or "triggers"."""


def measure(folder: str, program: Program, beats: Beats, times: int) -> Curves:
    """Both curves, of beats at all sizes; commands are run so many times at each size."""
    found: Curves = {}
    for name, sizes in (("sessions", SESSIONS), ("triggers", COUNTS)):
        place = os.path.join(folder, name)
        found[name] = list(curve(place, program, name, sizes, beats, times))
    return found


def curve(
    folder: str, program: Program, grows: str, sizes: Sequence[Size], beats: Beats, times: int
) -> Iterator[Point]:
    """The points of one curve."""
    os.mkdir(folder)
    places = {size: os.path.join(folder, str(getattr(size, grows))) for size in sizes}
    with ExitStack() as stack:
        pids = {}
        for size, place in places.items():
            history, triggers = ten_years(size.sessions), many_triggers(size.triggers)
            pids[size] = stack.enter_context(tracker(program, place, history, triggers))
        time.sleep(_SETTLE_SECONDS)
        kib = {size: sum(map(private_kib, pair)) for size, pair in pids.items()}
        status = {place: program.words("status", directory=place) for place in places.values()}
        report = {place: program.words(*REPORT, directory=place) for place in places.values()}
        took, reported = rounds(status, times), rounds(report, times)
    for size, place in places.items():
        yield Point(
            getattr(size, grows),
            statistics.median(one.wall for one in took[place]),
            statistics.median(one.wall for one in reported[place]),
            statistics.median(microseconds(beats[size], "heartbeat_us")),
            statistics.median(microseconds(beats[size], "minute_us")),
            kib[size],
            ledger_kib(place),
        )


def ten_years(sessions: int) -> History:
    """So many sessions in the last ten years."""
    period_us = _TEN_YEARS_US // max(1, sessions)
    return History(sessions, _REMEMBERED, min(_LONGEST_US, period_us // 2), period_us)


def many_triggers(count: int) -> list[dict[str, object]]:
    """So many triggers of the five kinds; none becomes due while it is measured."""
    return [{**TRIGGERS[n % len(TRIGGERS)], "label": f"trigger {n}"} for n in range(count)]


def beats(folder: str, program: Program, sizes: Sequence[Size]) -> Beats:
    """Heartbeats at each size. The sizes take turns, and so does the bare interpreter."""
    with ExitStack() as stack:
        worlds = {}
        for size in dict.fromkeys(sizes):
            place = os.path.join(folder, f"{size.sessions}-{size.triggers}")
            worlds[size] = stack.enter_context(closing(simulate(place, program, size)))
        found: dict[Size, list[Beat]] = {size: [] for size in worlds}
        for _ in range(_BLOCKS):
            for size, world in worlds.items():
                found[size].append(next(world))
    return found


def simulate(directory: str, program: Program, size: Size) -> Generator[Beat, None, None]:
    """A tracker on a simulated clock; what its heartbeats cost, a block of minutes at a time."""
    machine = SimulatedMachine()
    histories.make(directory, ten_years(size.sessions), machine.now.wall_us - HOUR_US)
    write_triggers(directory, many_triggers(size.triggers))
    daemon = begun(Path(directory), machine)
    live(daemon, machine, 2 * MINUTE_US)
    try:
        while True:
            taken: dict[bool, list[int]] = {False: [], True: []}
            until = machine.now.mono_us + _BLOCK_MINUTES * MINUTE_US
            while machine.now.mono_us < until:
                began = time.process_time_ns()
                heard, minute = (
                    machine.wait(daemon.until_due()),
                    daemon.session.running_us // MINUTE_US,
                )
                daemon.step(heard)
                is_minute = daemon.session.running_us // MINUTE_US != minute
                taken[is_minute].append(time.process_time_ns() - began)
            heartbeat, minute_ns = (statistics.median(taken[of]) for of in (False, True))
            yield Beat(heartbeat / 1000, minute_ns / 1000, once(program.bare).cpu * 1000)
    finally:
        crash(daemon)


def ledger_kib(directory: str) -> float:
    """The size of the ledger."""
    return Path(directory, "ledger.db").stat().st_size / 1024


def rows(beats: Beats) -> list[Row]:
    """What heartbeats and minutes cost beside the bare interpreter, and whether that is flat."""
    small, *large = ENDS
    found = []
    for what, name, field in (
        ("a heartbeat", "heartbeat", "heartbeat_us"),
        ("the minute's files", "minute files", "minute_us"),
    ):
        goal = _FLAT_GOALS[name]
        least = microseconds(beats[small], field)
        bare = ratios(least, microseconds(beats[small], "bare_us"))
        found.append(beside_bare(what, name, statistics.median(least), bare))
        for size, label in zip(
            large,
            (f"{large[0].sessions:,} sessions", f"{large[1].triggers:,} triggers"),
            strict=True,
        ):
            most = microseconds(beats[size], field)
            flat = figure(f"{name}: {label} to 0 and 5", "x", ratios(most, least), goal)
            us, least_us = statistics.median(most), statistics.median(least)
            found.append(
                row(
                    f"{what}, {label} against 0 and 5",
                    f"flat: <= {goal} x",
                    f"{flat.value:.2f} x ({us:.0f} us of CPU, {least_us:.0f} us)",
                    flat,
                )
            )
    return found


def curve_rows(curves: Curves) -> list[Row]:
    """Whether `status` takes no longer at the large end of each curve."""
    found = []
    for grows, points in curves.items():
        label = f"{points[-1].size:,} {grows}"
        times = points[-1].status_ms / points[0].status_ms
        flat = figure(f"status, wall: {label} to {points[0].size}", "x", [times], _STATUS_FLAT_GOAL)
        goal = f"flat: <= {_STATUS_FLAT_GOAL} x"
        text = f"{times:.2f} x ({points[-1].status_ms:.0f} ms, {points[0].status_ms:.0f} ms)"
        found.append(row(f"status, {label} against {points[0].size}", goal, text, flat))
    return found


def beside_bare(what: str, name: str, us: float, times: list[float]) -> Row:
    """A cost as a part of the bare interpreter's CPU time."""
    part: Figure = figure(f"{name}, CPU: to python3 -c pass", "x", times)
    label = f"{what}, no history, 5 triggers"
    return row(label, "", f"{part.value:.3f} x python3 -c pass ({us:.0f} us of CPU)", part)


def microseconds(beats: Sequence[Beat], field: str) -> list[float]:
    """One of the times of each block."""
    return [getattr(beat, field) for beat in beats]
