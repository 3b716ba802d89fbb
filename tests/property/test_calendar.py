"""Local days by the table of offsets, beside the time zone library and beside a search minute by
minute."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import examples
from tests.property.calendars import EPOCH, YEARS, ZONES, instant, moment, zone_of
from tests.time_zones import library as library_of

from codespace_tracker.core.calendar import UTC, Zone, month_bounds, parse_iso
from codespace_tracker.core.clock import DAY_US, MINUTE_US, SECOND_US

INSTANTS = st.integers(0, 4_000_000_000 * SECOND_US)


def minutes_around(zone: Zone, at: int) -> list[int]:
    """Every minute of the two days before and after an instant."""
    return list(range(at - 2 * DAY_US, at + 2 * DAY_US, MINUTE_US))


def days_by_search(minutes: list[int], dates: list[date]) -> list[tuple[int, int]]:
    """The days that begin and end within these minutes: a day begins at the first one with a later
    date than any."""
    latest, starts = dates[0], []
    for minute, day in zip(minutes, dates, strict=True):
        if day > latest:
            latest = day
            starts.append(minute)
    return list(pairwise(starts))


def assert_days(zone: Zone, days: list[tuple[int, int]]) -> None:
    for start, end in days:
        for at in (start, start + 1, *range(start, end, 17 * MINUTE_US), end - 1):
            assert (zone.day_start(at), zone.next_day_start(at)) == (start, end)


@pytest.mark.parametrize("name", ZONES)
def test_days_begin_where_the_time_zone_library_first_says_so(name: str) -> None:
    zone, library = zone_of(name), library_of(name)
    changes = [since for since, _ in zone.offsets[1:]]
    for at in [*changes, instant(datetime(2026, 2, 10, tzinfo=timezone.utc))]:
        minutes = minutes_around(zone, at)
        days = days_by_search(
            minutes, [moment(minute).astimezone(library).date() for minute in minutes]
        )
        assert len(days) >= 2
        assert_days(zone, days)


@pytest.mark.parametrize("name", ZONES)
def test_local_times_are_those_of_the_time_zone_library(name: str) -> None:
    zone, library = zone_of(name), library_of(name)
    first, last = (instant(datetime(year, 1, 1, tzinfo=timezone.utc)) for year in YEARS)
    for at in [
        *range(first, last, 37 * DAY_US + 12_345_678),
        *(since + d for since, _ in zone.offsets for d in (-1, 0)),
    ]:
        if at >= first:
            assert zone.iso(at) == moment(at).astimezone(library).isoformat(timespec="milliseconds")
            assert zone.date(at) == moment(at).astimezone(library).date().isoformat()


@pytest.mark.parametrize(
    ("name", "at", "start", "end"),
    [
        (
            "Pacific/Apia",
            "2011-12-29T12:00-10:00",
            "2011-12-29T00:00-10:00",
            "2011-12-31T00:00+14:00",
        ),
        (
            "Pacific/Apia",
            "2011-12-31T12:00+14:00",
            "2011-12-31T00:00+14:00",
            "2012-01-01T00:00+14:00",
        ),
        (
            "Africa/Cairo",
            "2024-04-26T12:00+03:00",
            "2024-04-26T01:00+03:00",
            "2024-04-27T00:00+03:00",
        ),
        (
            "Asia/Beirut",
            "2024-10-26T23:30+02:00",
            "2024-10-26T00:00+03:00",
            "2024-10-27T00:00+02:00",
        ),
        (
            "America/Havana",
            "2025-11-02T00:30-05:00",
            "2025-11-02T00:00-04:00",
            "2025-11-03T00:00-05:00",
        ),
        (
            "America/Sao_Paulo",
            "2018-11-04T01:30-02:00",
            "2018-11-04T01:00-02:00",
            "2018-11-05T00:00-02:00",
        ),
        (
            "America/Sao_Paulo",
            "2018-02-17T23:30-03:00",
            "2018-02-17T00:00-02:00",
            "2018-02-18T00:00-03:00",
        ),
        (
            "Australia/Lord_Howe",
            "2026-04-05T12:00+10:30",
            "2026-04-05T00:00+11:00",
            "2026-04-06T00:00+10:30",
        ),
        (
            "Pacific/Chatham",
            "2026-04-05T12:00+12:45",
            "2026-04-05T00:00+13:45",
            "2026-04-06T00:00+12:45",
        ),
        # The 7th had begun when clocks went back at 00:01: the hour that then bore the 6th again is
        # the 7th's.
        (
            "America/St_Johns",
            "2010-11-06T23:30-03:30",
            "2010-11-07T00:00-02:30",
            "2010-11-08T00:00-03:30",
        ),
        (
            "Asia/Kolkata",
            "2026-01-01T00:00+05:30",
            "2026-01-01T00:00+05:30",
            "2026-01-02T00:00+05:30",
        ),
    ],
)
def test_odd_days_begin_and_end_where_people_say(name: str, at: str, start: str, end: str) -> None:
    zone = zone_of(name)
    assert zone.day_start(parse_iso(at)) == parse_iso(start)
    assert zone.next_day_start(parse_iso(at)) == parse_iso(end)


@st.composite
def invented_zones(draw: st.DrawFn) -> Zone:
    """Zones that no parliament would dare to decree: several changes a week, at any minute, by
    anything."""
    offsets = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda minutes: minutes * 60)
    changes = draw(st.lists(st.integers(0, 12 * 24 * 60), max_size=6, unique=True))
    table = [(100 * DAY_US + minute * MINUTE_US, draw(offsets)) for minute in sorted(changes)]
    return Zone("invented", ((0, draw(offsets)), *table))


@examples(15)
@given(invented_zones())
def test_days_of_any_table_are_those_that_a_search_finds(zone: Zone) -> None:
    minutes = list(range(94 * DAY_US, 118 * DAY_US, MINUTE_US))
    dates = [
        EPOCH.date() + timedelta((m + zone.offset_at(m) * SECOND_US) // DAY_US) for m in minutes
    ]
    assert_days(zone, days_by_search(minutes, dates))


@given(
    st.one_of(invented_zones(), st.sampled_from(ZONES).map(zone_of), st.just(UTC)),
    st.one_of(INSTANTS, st.integers(94 * DAY_US, 118 * DAY_US)),
)
def test_days_follow_each_other_without_gap_or_overlap(zone: Zone, at: int) -> None:
    start, end = zone.day_start(at), zone.next_day_start(at)
    assert start <= at < end
    assert zone.day_start(start) == zone.day_start(end - 1) == start
    assert zone.next_day_start(start) == zone.next_day_start(end - 1) == zone.day_start(end) == end


@given(st.one_of(invented_zones(), st.sampled_from(ZONES).map(zone_of)), INSTANTS)
def test_a_time_written_is_read_again_to_the_millisecond(zone: Zone, at: int) -> None:
    assert parse_iso(zone.iso(at)) == at // 1000 * 1000


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_any_time_in_utc_is_read_to_the_microsecond(at: datetime) -> None:
    assert (
        parse_iso(at.isoformat()) == parse_iso(at.isoformat().replace("+00:00", "Z")) == instant(at)
    )


def test_a_time_without_an_offset_is_utc() -> None:
    assert (
        parse_iso("2026-03-28T09:00:00")
        == parse_iso("2026-03-28T09:00:00Z")
        == parse_iso("2026-03-28T10:00:00+01:00")
    )


def test_a_time_with_a_space_is_read_as_with_a_t_and_a_date_is_its_first_instant() -> None:
    assert parse_iso("2026-03-28 09:00") == parse_iso("2026-03-28T09:00Z")
    assert parse_iso("2026-03-28") == parse_iso("2026-03-28T00:00Z")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Z",
        "soon",
        "2026-13-01T00:00:00",
        "2026-03-28T25:00",
        "1772000000",
        "2026-03-28Z",
        "2026-03-28+05:00",
    ],
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_iso(text)


def test_a_refusal_names_what_is_no_time() -> None:
    with pytest.raises(ValueError, match=r"not a time in ISO 8601: '2026-03-28\+05:00'"):
        parse_iso("2026-03-28+05:00")


def test_a_month_is_the_calendar_month_of_utc() -> None:
    start, end = month_bounds(0)
    assert (start, end) == (0, 31 * DAY_US)
    assert month_bounds(end - 1) == (start, end)
    assert month_bounds(end) == (end, end + 28 * DAY_US)
    assert month_bounds(-1) == (-31 * DAY_US, 0)
    assert month_bounds(364 * DAY_US) == (334 * DAY_US, 365 * DAY_US)
    assert [type(bound) for bound in month_bounds(0)] == [int, int], (
        "instants are whole microseconds"
    )
