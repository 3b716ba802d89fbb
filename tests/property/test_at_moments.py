"""Moments of `at` over changes of the clock: beside a search minute by minute, and beside what cron
really did.

The search asks only the time zone library what a clock on the wall shows at each minute, and does
what cron's manual says: a fixed time runs as soon as the clock has reached it, any other whenever
the clock shows it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache

import pytest
from hypothesis import Phase, example, given
from hypothesis import strategies as st
from tests.examples import examples
from tests.property.calendars import instant, moment, zone_of
from tests.time_zones import library

from codespace_tracker.config.points import with_points
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import Edge, Script, Trigger

MINUTE = timedelta(minutes=1)
SCRIPT = Script("true", ("sh", "-c"), "", "", "", (), 0)

ZONES = [
    "UTC",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "America/St_Johns",
    "Africa/Casablanca",
    "Africa/Cairo",
    "America/Havana",
    "America/Nuuk",
    "America/Vancouver",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
]


def moments(expression: str, zone: str, wall_us: int) -> tuple[int, ...]:
    [found] = with_points(
        [Trigger("a", "a", (), Edge("at", text=expression), "edge", SCRIPT)], zone_of(zone), wall_us
    )
    return found.points


# --- the search


@cache
def field(text: str, low: int, high: int) -> frozenset[int]:
    """The numbers that a field names."""
    found: set[int] = set()
    for part in text.split(","):
        ends, _, step = part.partition("/")
        first, _, last = (f"{low}-{high}" if ends == "*" else ends).partition("-")
        found.update(range(int(first), int(last or first) + 1, int(step or 1)))
    return frozenset(found)


def names(expression: str, local: datetime) -> bool:
    """Whether an expression names a local time."""
    minute, hour, day, month, weekday = expression.split()
    if local.minute not in field(minute, 0, 59) or local.hour not in field(hour, 0, 23):
        return False
    if local.month not in field(month, 1, 12):
        return False
    days = [local.day in field(day, 1, 31), local.isoweekday() % 7 in field(weekday, 0, 6)]
    return all(days) if "*" in (day[0], weekday[0]) else any(days)


def searched(expression: str, zone: str, since: int, until: int) -> Iterator[int]:
    """The moments between two instants, by looking at the clock each minute."""
    is_fixed = "*" not in (expression.split()[0][0], expression.split()[1][0])
    clock = library(zone)
    reached = moment(since).astimezone(clock).replace(tzinfo=None)
    for at in range(since + MINUTE_US, until, MINUTE_US):
        shown = moment(at).astimezone(clock).replace(tzinfo=None)
        passed = (
            [reached + n * MINUTE for n in range(1, (shown - reached) // MINUTE + 1)]
            if is_fixed
            else [shown]
        )
        if any(names(expression, local) for local in passed):
            yield at
        reached = max(reached, shown)


@cache
def changes(zone: str) -> list[int]:
    """The minutes at which a zone changes its clocks from 2011 to 2027, or one where it never
    does."""
    found = [since for since, _ in zone_of(zone).offsets[1:] if since >= parse_iso("2011-01-01")]
    return found or [parse_iso("2026-03-01")]


MINUTES = st.sampled_from(["*", "*/15", "*/7", "0", "30", "15,45", "1-59/13", "0,30"])
HOURS = st.sampled_from(["*", "*/2", "0", "1", "2", "3", "0-3", "1,2,23", "22-23"])
DAYS, WEEKDAYS = st.sampled_from(["*", "*", "1-15", "*/2"]), st.sampled_from(["*", "*", "0,6"])
EXPRESSIONS = st.builds("{} {} {} * {}".format, MINUTES, HOURS, DAYS, WEEKDAYS)


@examples(20, phases=[Phase.explicit, Phase.generate])  # shrinking takes minutes
@example(zone="Australia/Lord_Howe", nth=-2, before=600, seconds=0, expression="30 * * * *")
@example(zone="Australia/Lord_Howe", nth=-1, before=600, seconds=0, expression="30 * * * *")
@example(zone="Antarctica/Troll", nth=-1, before=60, seconds=30, expression="*/15 * * * *")
@given(
    zone=st.sampled_from(ZONES),
    nth=st.integers(0, 99),
    before=st.integers(-1500, 1500),
    seconds=st.sampled_from([0, 1, 30]),
    expression=EXPRESSIONS,
)
def test_moments_over_any_change_are_those_of_a_search(
    zone: str, nth: int, before: int, seconds: int, expression: str
) -> None:
    change = changes(zone)[nth % len(changes(zone))]
    wall_us = change - before * MINUTE_US + seconds * SECOND_US
    since, until = change - 3 * DAY_US, change + 3 * DAY_US
    known = [*searched(expression, zone, since, until)]
    past = [at for at in known if at <= wall_us]
    found = moments(expression, zone, wall_us)
    until = min(until, found[-1] + 1)  # of the densest there are only so many
    assert [at for at in found if wall_us < at < until] == [
        at for at in known if wall_us < at < until
    ]
    if past:
        assert found[0] == past[-1]


# --- what cron did, whose daemons were run over these changes


@pytest.mark.parametrize(
    ("zone", "expression", "since", "expected"),
    [
        ("Europe/Berlin", "30 2 * * *", "2027-03-28T00:00+01:00", "03:00+02:00"),
        ("Europe/Berlin", "30 2 * * *", "2027-10-31T00:00+02:00", "02:30+02:00"),
        (
            "Europe/Berlin",
            "*/15 * * * *",
            "2027-03-28T01:30+01:00",
            "01:45+01:00 03:00+02:00 03:15+02:00",
        ),
        (
            "Europe/Berlin",
            "*/15 2 * * *",
            "2027-10-31T00:00+02:00",
            "02:00+02:00 02:15+02:00 02:30+02:00 02:45+02:00 02:00+01:00 02:15+01:00 02:30+01:00 "
            "02:45+01:00",
        ),
        ("Europe/Berlin", "30 2-3 * * *", "2027-10-31T00:00+02:00", "02:30+02:00 03:30+01:00"),
        ("Australia/Lord_Howe", "10 2 * * *", "2027-10-03T00:00+10:30", "02:30+11:00"),
        ("Australia/Lord_Howe", "30 2 * * *", "2027-10-03T00:00+10:30", "02:30+11:00"),
        (
            "Australia/Lord_Howe",
            "30 * * * *",
            "2027-10-03T01:00+10:30",
            "01:30+10:30 02:30+11:00 03:30+11:00",
        ),
        ("Australia/Lord_Howe", "45 1 * * *", "2027-04-04T00:00+11:00", "01:45+11:00"),
        (
            "Australia/Lord_Howe",
            "30 * * * *",
            "2027-04-04T01:00+11:00",
            "01:30+11:00 01:30+10:30 02:30+10:30",
        ),
        ("Antarctica/Troll", "15 1 * * *", "2027-03-28T00:30+00:00", "03:00+02:00"),
        ("Antarctica/Troll", "30 2 * * *", "2027-03-28T00:30+00:00", "03:00+02:00"),
        ("Antarctica/Troll", "30 2 * * *", "2027-10-31T00:30+02:00", "02:30+02:00"),
        (
            "Antarctica/Troll",
            "0 * * * *",
            "2027-10-31T01:30+02:00",
            "02:00+02:00 01:00+00:00 02:00+00:00 03:00+00:00",
        ),
    ],
)
def test_moments_over_a_change_are_those_of_cron(
    zone: str, expression: str, since: str, expected: str
) -> None:
    wall_us = parse_iso(since)
    found = [
        zone_of(zone).iso(at)[11:16] + zone_of(zone).iso(at)[23:]
        for at in moments(expression, zone, wall_us)
    ]
    wanted = expected.split()
    assert found[1 : 1 + len(wanted)] == wanted
    following = moments(expression, zone, wall_us)[1 + len(wanted)]
    if len(wanted) == 1 or expression.split()[1] != "*":
        assert following > wall_us + DAY_US - 4 * 60 * MINUTE_US, "and no more that day"


def test_a_date_that_a_zone_skips_has_its_fixed_time_after_it() -> None:
    found = moments("0 12 * * *", "Pacific/Apia", parse_iso("2011-12-29T12:00-10:00"))
    assert [zone_of("Pacific/Apia").iso(at)[:16] for at in found[:3]] == [
        "2011-12-29T12:00",
        "2011-12-31T00:00",
        "2011-12-31T12:00",
    ]


def test_the_search_knows_a_moment_that_is_known() -> None:
    at = instant(datetime.fromisoformat("2026-11-29T12:30+00:00"))
    assert [*searched("30 12 29 11 *", "UTC", at - DAY_US, at + DAY_US)] == [at]
