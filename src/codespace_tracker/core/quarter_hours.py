"""When machines ran, by quarter hours of UTC, and how much of that someone was there.

A quarter hour is the coarsest measure that every time zone in use can be made of, and what presence
is stored by.
"""

from __future__ import annotations

from itertools import pairwise

from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from codespace_tracker.core.calendar import Zone

QUARTER_US = 15 * MINUTE_US
SLOTS = DAY_US // QUARTER_US
"""The quarter hours of a day."""


class Split(Record):
    """Running time in µs, or core-time in core-µs: with someone there, with no one there, and where
    no one looked or it could not be known."""

    present: int = 0
    absent: int = 0
    unknown: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.present + self.absent + self.unknown

    def plus(self, other: Split) -> Split:
        """Both together."""
        return Split(*map(sum, zip(self, other, strict=True)))


NOTHING = Split()


class Stretch(Record):
    """A stretch of running time: the number of its session, its start (UTC µs), how long (µs), and
    the machine's cores."""

    session: int
    started_at: int
    running_us: int
    cores: int


class Known(Record):
    """What is known of a session in the quarter hour that began at `at` (UTC µs): running time with
    someone there and with no one there, in µs. The rest is unknown."""

    session: int
    at: int
    present: int
    absent: int


class QuarterHour(Record):
    """A quarter hour that began at `at` (UTC µs), and what ran in it."""

    at: int
    running: Split
    core: Split


def quarter_hours(
    stretches: Iterable[Stretch], known: Iterable[Known], since: int, until: int
) -> list[QuarterHour]:
    """The quarter hours between two instants (UTC µs) in which anything ran, in order.

    Running time is as the stretches have it, to the microsecond. What is known of presence says how
    it splits, and never adds to it.
    """
    ran: dict[tuple[int, int], tuple[int, int]] = {}
    for session, started_at, running_us, cores in stretches:
        begin, end = max(started_at, since), min(started_at + running_us, until)
        while begin < end:
            quarter = begin // QUARTER_US * QUARTER_US
            last = min(end, quarter + QUARTER_US)
            running, core = ran.get((quarter, session), (0, 0))
            ran[quarter, session] = running + last - begin, core + (last - begin) * cores
            begin = last
    told = {(one.at, one.session): (one.present, one.absent) for one in known}
    found: dict[int, QuarterHour] = {}
    for key in sorted(ran):
        running, core = ran[key]
        present, absent = told.get(key, (0, 0))
        present = min(present, running)
        absent = min(absent, running - present)
        of_core = core * present // running, core * absent // running
        split = Split(present, absent, running - present - absent)
        core_split = Split(*of_core, core - sum(of_core))
        before = found.get(key[0], QuarterHour(key[0], NOTHING, NOTHING))
        found[key[0]] = QuarterHour(
            key[0], before.running.plus(split), before.core.plus(core_split)
        )
    return list(found.values())


def summed(quarters: Iterable[QuarterHour], since: int, until: int) -> QuarterHour:
    """All together of those that began from one instant on and before another (UTC µs)."""
    running = core = NOTHING
    for quarter in quarters:
        if since <= quarter.at < until:
            running, core = running.plus(quarter.running), core.plus(quarter.core)
    return QuarterHour(since, running, core)


class DayStrip(Record):
    """A day of a time zone, which began at `start` (UTC µs), on the clock of that zone.

    `slots` has what ran by quarter hours of the clock from 0 to 95; only those in which anything
    ran. Where clocks go back, a slot is of up to half an hour.
    """

    start: int
    slots: dict[int, Split]
    running: Split
    core: Split


def strips(quarters: Sequence[QuarterHour], zone: Zone, bounds: Sequence[int]) -> list[DayStrip]:
    """The days between neighbouring bounds (UTC µs, growing), oldest first."""
    found = []
    for start, end in pairwise(bounds):
        slots: dict[int, Split] = {}
        running = core = NOTHING
        for quarter in quarters:
            if start <= quarter.at < end:
                slot = zone.local(quarter.at).second * SECOND_US // QUARTER_US
                slots[slot] = slots.get(slot, NOTHING).plus(quarter.running)
                running, core = running.plus(quarter.running), core.plus(quarter.core)
        found.append(DayStrip(start, slots, running, core))
    return found


class WeekHours(Record):
    """What ran by weekday (0 for Monday) and hour of the clock: `cells[weekday][hour]`. `days` is
    how many days of each weekday it is of."""

    cells: tuple[tuple[Split, ...], ...]
    days: tuple[int, ...]

    def share(self, weekday: int, hour: int) -> tuple[float, float, float]:
        """How much of the hour a machine ran on an average such day, from 0 to 1: with someone
        there, with no one there, unknown."""
        whole = max(1, self.days[weekday]) * HOUR_US
        present, absent, unknown = (us / whole for us in self.cells[weekday][hour])
        return present, absent, unknown


def week_hours(quarters: Iterable[QuarterHour], zone: Zone, bounds: Sequence[int]) -> WeekHours:
    """By weekday and hour of a time zone, of the days between the bounds (UTC µs, growing)."""
    cells = [[NOTHING for _ in range(24)] for _ in range(7)]
    days = [0] * 7
    for start, end in pairwise(bounds):
        days[zone.local((start + end) // 2).weekday] += 1
    for quarter in quarters:
        if bounds[0] <= quarter.at < bounds[-1]:
            local = zone.local(quarter.at)
            hour = local.second // 3600
            cells[local.weekday][hour] = cells[local.weekday][hour].plus(quarter.running)
    return WeekHours(tuple(map(tuple, cells)), tuple(days))
