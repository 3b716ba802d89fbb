"""When it ran, by quarter hours: exact sums, what is known of presence, and the clock of a zone."""

from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.periods import periods
from codespace_tracker.core.quarter_hours import (
    QUARTER_US,
    Known,
    QuarterHour,
    Split,
    Stretch,
    quarter_hours,
    strips,
    summed,
    week_hours,
)

MONDAY = 20_416 * DAY_US  # 24 November 2025


def ran(*stretches: Stretch, known: tuple[Known, ...] = ()) -> list[QuarterHour]:
    return quarter_hours(stretches, known, MONDAY - 40 * DAY_US, MONDAY + 40 * DAY_US)


def test_running_time_is_shared_out_to_the_microsecond_and_without_looks_it_is_unknown() -> None:
    found = ran(Stretch(1, MONDAY + 5 * MINUTE_US + 1, 20 * MINUTE_US, 4))
    assert [(one.at - MONDAY, one.running) for one in found] == [
        (0, Split(unknown=10 * MINUTE_US - 1)),
        (QUARTER_US, Split(unknown=10 * MINUTE_US + 1)),
    ]
    assert summed(found, 0, 1 << 62).core == Split(unknown=80 * MINUTE_US)


def test_what_is_known_splits_the_running_time_and_never_adds_to_it() -> None:
    stretch = Stretch(1, MONDAY, 10 * MINUTE_US, 2)
    [part] = ran(stretch, known=(Known(1, MONDAY, 3 * MINUTE_US, 5 * MINUTE_US),))
    assert part.running == Split(3 * MINUTE_US, 5 * MINUTE_US, 2 * MINUTE_US)
    assert part.core == Split(6 * MINUTE_US, 10 * MINUTE_US, 4 * MINUTE_US)
    [more] = ran(stretch, known=(Known(1, MONDAY, 8 * MINUTE_US, 9 * MINUTE_US),))
    assert more.running == Split(8 * MINUTE_US, 2 * MINUTE_US, 0)


def test_presence_belongs_to_its_session_and_its_quarter_hour() -> None:
    first, second = Stretch(1, MONDAY, MINUTE_US, 2), Stretch(2, MONDAY + HOUR_US, MINUTE_US, 2)
    found = ran(first, second, known=(Known(2, MONDAY, MINUTE_US, 0), Known(1, 0, MINUTE_US, 0)))
    assert [one.running for one in found] == [Split(unknown=MINUTE_US)] * 2


def test_two_sessions_of_one_quarter_hour_count_both() -> None:
    """The wall clock was set back between them."""
    found = ran(
        Stretch(1, MONDAY, 2 * MINUTE_US, 2),
        Stretch(2, MONDAY, 3 * MINUTE_US, 4),
        known=(Known(1, MONDAY, 2 * MINUTE_US, 0), Known(2, MONDAY, 0, 3 * MINUTE_US)),
    )
    assert found == [
        QuarterHour(
            MONDAY, Split(2 * MINUTE_US, 3 * MINUTE_US), Split(4 * MINUTE_US, 12 * MINUTE_US)
        )
    ]


def test_only_the_time_between_the_instants_counts() -> None:
    stretch = Stretch(1, MONDAY - HOUR_US, 3 * HOUR_US, 2)
    found = quarter_hours([stretch], (), MONDAY, MONDAY + QUARTER_US + 1)
    assert [one.running.total for one in found] == [QUARTER_US, 1]


def test_a_strip_is_by_the_clock_of_the_zone_and_sums_the_day() -> None:
    kolkata = zone_from_name("Asia/Kolkata", MONDAY - 300 * DAY_US, MONDAY + 300 * DAY_US)
    found = ran(Stretch(1, MONDAY + HOUR_US, 30 * MINUTE_US, 2))  # from 6:30
    bounds = periods(kolkata, "day", MONDAY, MONDAY).bounds
    [day] = strips(found, kolkata, bounds)
    assert sorted(day.slots) == [26, 27]
    assert day.running.total == 30 * MINUTE_US
    assert day.core.total == HOUR_US


def test_an_hour_that_comes_twice_fills_its_slots_twice_and_one_that_is_skipped_none() -> None:
    berlin = zone_from_name("Europe/Berlin", MONDAY - 300 * DAY_US, MONDAY + 300 * DAY_US)
    autumn = 20_387 * DAY_US  # 26 October 2025
    found = quarter_hours(
        [Stretch(1, autumn - DAY_US, 3 * DAY_US, 2)], (), autumn - DAY_US, autumn + 2 * DAY_US
    )
    [day] = strips(found, berlin, periods(berlin, "day", autumn, autumn).bounds)
    assert len(day.slots) == 96
    assert [slot for slot, split in day.slots.items() if split.total == 2 * QUARTER_US] == [
        8, 9, 10, 11,
    ]  # fmt: skip
    assert day.running.total == 25 * HOUR_US
    spring = 20_541 * DAY_US  # 29 March 2026
    found = quarter_hours([Stretch(1, spring, DAY_US, 2)], (), spring, spring + DAY_US)
    [day] = strips(found, berlin, periods(berlin, "day", spring + HOUR_US, spring + HOUR_US).bounds)
    assert {8, 9, 10, 11}.isdisjoint(day.slots)


def test_an_average_week_is_of_as_many_days_as_each_weekday_has() -> None:
    bounds = [MONDAY + n * DAY_US for n in range(9)]  # two Mondays
    found = ran(
        Stretch(1, MONDAY + 9 * HOUR_US, HOUR_US, 2),
        Stretch(2, MONDAY + DAY_US + 9 * HOUR_US, 30 * MINUTE_US, 2),
        Stretch(3, MONDAY + 8 * DAY_US, HOUR_US, 2),  # after them
        known=(Known(1, MONDAY + 9 * HOUR_US, QUARTER_US, 0),),
    )
    week = week_hours(found, UTC, bounds)
    assert week.days == (2, 1, 1, 1, 1, 1, 1)
    assert week.share(0, 9) == (0.125, 0, 0.375)
    assert week.share(1, 9) == (0, 0, 0.5)
    assert week.share(0, 0) == (0, 0, 0)
