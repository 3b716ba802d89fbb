"""Days that have not 24 hours: their lengths by hand, and sums over them."""

import os
import struct
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples
from tests.property.calendars import ZONES, moment, zone_of
from tests.time_zones import PACKAGE, library

from codespace_tracker.core.calendar import Zone, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.periods import periods
from codespace_tracker.core.usage import shared_out

ODD = {
    # what IANA's database 2026f has of these years, beside days of 24 hours
    "America/St_Johns": {"2026-03-08": 23, "2026-11-01": 25, "2027-03-14": 23, "2027-11-07": 25},
    "Asia/Kathmandu": {},
    "Africa/Casablanca": {"2026-02-15": 25, "2026-03-22": 23, "2026-09-20": 25},
    "America/Nuuk": {"2026-03-28": 23, "2026-10-24": 25, "2027-03-27": 23, "2027-10-30": 25},
    "Asia/Gaza": {"2026-03-28": 23, "2026-10-24": 25, "2027-03-27": 23, "2027-10-30": 25},
    "Africa/Cairo": {"2026-04-24": 23, "2026-10-29": 25, "2027-04-30": 23, "2027-10-28": 25},
    "Australia/Lord_Howe": {
        "2026-04-05": 24.5,
        "2026-10-04": 23.5,
        "2027-04-04": 24.5,
        "2027-10-03": 23.5,
    },
    "Antarctica/Troll": {"2026-03-29": 22, "2026-10-25": 26, "2027-03-28": 22, "2027-10-31": 26},
    "America/Havana": {"2026-03-08": 23, "2027-11-07": 25},
    "America/Vancouver": {"2026-03-08": 23},
    "America/Edmonton": {"2026-03-08": 23},
    "America/Winnipeg": {"2026-03-08": 23},
    "America/Inuvik": {"2026-03-08": 23},
    "Europe/Berlin": {"2026-03-29": 23, "2026-10-25": 25, "2027-03-28": 23, "2027-10-31": 25},
}


def day_lengths(zone: Zone, since: str, until: str) -> dict[str, float]:
    """The hours of the days between two dates, without those of 24."""
    found = periods(zone, "day", parse_iso(since), parse_iso(until)).bounds
    return {
        zone.date(day): (end - day) / HOUR_US for day, end in pairwise(found) if end - day != DAY_US
    }


@pytest.mark.parametrize("name", ODD)
def test_days_are_as_long_as_the_almanac_says(name: str) -> None:
    assert day_lengths(zone_of(name), "2026-01-02", "2027-12-30") == ODD[name]


def test_a_date_that_a_zone_skips_has_no_hours() -> None:
    found = periods(
        zone_of("Pacific/Apia"),
        "day",
        parse_iso("2011-12-28T12:00-10:00"),
        parse_iso("2012-01-01T12:00+14:00"),
    )
    hours = {
        str(day): (end - start) / HOUR_US
        for day, (start, end) in zip(found.dates, pairwise(found.bounds), strict=True)
    }
    assert hours == {
        "2011-12-28": 24,
        "2011-12-29": 24,
        "2011-12-30": 0,
        "2011-12-31": 24,
        "2012-01-01": 24,
    }


def test_a_session_of_2023_is_shared_out_over_its_long_day() -> None:
    zone = zone_of("Europe/Berlin")
    started_at = parse_iso("2023-10-28T23:00+02:00")
    days = periods(zone, "day", started_at, started_at + 40 * HOUR_US).bounds
    hours = [one.running_us / HOUR_US for one in shared_out([(started_at, 27 * HOUR_US, 2)], days)]
    assert (zone.iso(started_at)[:16], hours[:3]) == ("2023-10-28T23:00", [1, 25, 1])


@examples(20)
@given(
    name=st.sampled_from(ZONES),
    at=st.integers(parse_iso("2011-01-01"), parse_iso("2027-12-01")),
    hours=st.floats(0, 90),
)
def test_what_falls_on_a_day_is_what_its_minutes_say(name: str, at: int, hours: float) -> None:
    """From 2011 on, each minute of a session counts for the latest date that the clock on the wall
    had shown."""
    zone, clock = zone_of(name), library(name)
    at -= at % MINUTE_US
    length = round(hours * 60) * MINUTE_US
    by_date: dict[str, int] = {}
    latest = max(
        moment(then).astimezone(clock).date() for then in range(at - 2 * DAY_US, at, MINUTE_US)
    )
    for minute in range(at, at + length, MINUTE_US):
        latest = max(latest, moment(minute).astimezone(clock).date())
        by_date[latest.isoformat()] = by_date.get(latest.isoformat(), 0) + MINUTE_US
    days = periods(zone, "day", at, at + length + 1).bounds
    found = shared_out([(at, length, 2)], days)
    assert {
        zone.date(day): one.running_us
        for day, one in zip(days, found, strict=False)
        if one.running_us
    } == by_date


def changes_of(content: bytes) -> list[tuple[int, int]]:
    """The changes of offset that a compiled zone lists: when (seconds since 1970), and to which
    (seconds)."""

    def counts(at: int) -> tuple[int, ...]:
        return struct.unpack(">6l", content[at + 20 : at + 44])

    _, _, _, times, types, letters = counts(0)
    start = 44 + 5 * times + 6 * types + letters  # what follows has the times in 64 bits
    _, _, _, times, types, _ = counts(start)
    at = start + 44
    moments = struct.unpack(f">{times}q", content[at : at + 8 * times])
    kinds = content[at + 8 * times : at + 9 * times]
    offsets = [struct.unpack(">l", content[at + 9 * times + 6 * n :][:4])[0] for n in range(types)]
    listed = [(when, offsets[kind]) for when, kind in zip(moments, kinds, strict=True)]
    return [after for before, after in pairwise(listed) if before[1] != after[1]]


def test_no_zone_changes_its_clocks_twice_within_four_days() -> None:
    """The table of a zone is made by looking at it every two days."""
    with open(os.path.join(PACKAGE, "..", "zones"), encoding="ascii") as file:
        names = file.read().split()
    assert len(names) > 500
    shortest = 1000.0
    for name in names:
        with open(os.path.join(PACKAGE, name), "rb") as file:
            found = [at for at, _ in changes_of(file.read()) if at > 0]
        shortest = min([shortest, *((later - at) / 86_400 for at, later in pairwise(found))])
    assert 4 < shortest < 8


@pytest.mark.parametrize(
    "name", ["Europe/Berlin", "America/Havana", "Africa/El_Aaiun", "Asia/Gaza", "Pacific/Apia"]
)
def test_a_table_has_every_change_that_the_database_lists(name: str) -> None:
    with open(os.path.join(PACKAGE, name), "rb") as file:
        listed = changes_of(file.read())
    zone = zone_of(name)
    first, last = zone.offsets[0][0] // 1_000_000, parse_iso("2028-01-01") // 1_000_000
    wanted = [change for change in listed if first < change[0] < last]
    assert [(since // 1_000_000, offset) for since, offset in zone.offsets[1:]][
        : len(wanted)
    ] == wanted
