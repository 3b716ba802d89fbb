"""The periods of reports: which days, weeks and months there are, where they begin, and what they
are called."""

from datetime import date

import pytest

from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.core.calendar import UTC, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.periods import Grain, name, periods


def days(*texts: str) -> list[date]:
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.parametrize(
    ("grain", "since", "until", "dates", "end"),
    [
        ("day", "2026-11-23T10:00Z", "2026-11-23T10:00Z", days("2026-11-23"), "2026-11-24"),
        (
            "day",
            "2026-11-23T23:59Z",
            "2026-11-25T00:00Z",
            days("2026-11-23", "2026-11-24", "2026-11-25"),
            "2026-11-26",
        ),
        (
            "week",
            "2026-11-22T12:00Z",
            "2026-11-23T00:00Z",
            days("2026-11-16", "2026-11-23"),
            "2026-11-30",
        ),
        ("week", "2026-11-23T00:00Z", "2026-11-29T23:59Z", days("2026-11-23"), "2026-11-30"),
        (
            "month",
            "2026-10-31T23:00Z",
            "2026-12-01T00:00Z",
            days("2026-10-01", "2026-11-01", "2026-12-01"),
            "2027-01-01",
        ),
        (
            "month",
            "2026-01-31T00:00Z",
            "2026-02-28T23:00Z",
            days("2026-01-01", "2026-02-01"),
            "2026-03-01",
        ),
    ],
)
def test_periods_are_those_that_hold_the_instants_and_follow_each_other(
    grain: Grain, since: str, until: str, dates: list[date], end: str
) -> None:
    found = periods(UTC, grain, parse_iso(since), parse_iso(until))
    assert found.dates == dates
    assert found.bounds == [*(parse_iso(day.isoformat()) for day in dates), parse_iso(end)]


def test_bounds_are_those_of_the_time_zone_also_where_a_day_has_23_hours() -> None:
    since = parse_iso("2026-03-28T12:00Z")
    zone = zone_from_name("Europe/Berlin", since - 9 * DAY_US, since + 9 * DAY_US)
    found = periods(zone, "day", since, since + DAY_US)
    assert [
        later - earlier for earlier, later in zip(found.bounds, found.bounds[1:], strict=False)
    ] == [
        24 * HOUR_US,
        23 * HOUR_US,
    ]
    assert found.bounds[0] == parse_iso("2026-03-27T23:00Z")


@pytest.mark.parametrize(
    ("day", "grain", "called"),
    [
        ("2026-11-23", "day", "2026-11-23"),
        ("2026-11-23", "week", "2026-W48"),
        ("2026-12-28", "week", "2026-W53"),
        ("2027-01-04", "week", "2027-W01"),
        ("2024-12-30", "week", "2025-W01"),
        ("2026-03-01", "month", "2026-03"),
    ],
)
def test_periods_have_the_names_of_iso_8601(day: str, grain: Grain, called: str) -> None:
    assert name(date.fromisoformat(day), grain) == called
