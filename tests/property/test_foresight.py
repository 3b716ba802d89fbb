"""What is said to come next is what the forecast finds first, which plays the machine's future step
by step."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.builders import SCRIPT, core_trigger
from tests.examples import examples
from tests.property.calendars import zone_of

from codespace_tracker.core.calendar import UTC, Zone, parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.forecast import forecast
from codespace_tracker.core.foresight import Calendar
from codespace_tracker.core.schedule import Armed, Considered, Moment, Schedule
from codespace_tracker.core.trigger import Edge, Level, Measures, Trigger, scope_keys

BERLIN = zone_of("Europe/Berlin")
LORD_HOWE = zone_of("Australia/Lord_Howe")


def moment(at: int, zone: Zone, ran_us: int, month_us: int, total_us: int, cores: int) -> Moment:
    """A session that has run for so long up to an instant, and nothing else today."""
    today = min(ran_us, at - zone.day_start(at))
    measures = Measures(ran_us, today, month_us, total_us, cores)
    return Moment(measures, at, 1, at - ran_us, scope_keys(1, at, zone))


def both(trigger: Trigger, now: Moment, zone: Zone, us: int) -> tuple[int | None, int | None]:
    """In how many µs it comes next: as is said, and by the forecast of so many µs."""
    armed = [(trigger, Armed(now.measures.total - 7 * MINUTE_US, now.at - 7 * MINUTE_US, 1))]
    considered = Considered(now.measures.total, now.at, start=True)
    schedule = Schedule(armed, (), (), considered, now)
    told = [one.in_us for one in schedule.upcoming(1, now, Calendar(zone))]
    found = forecast(armed, {}, (), considered, now, zone, us, 1).found
    return (told[0] if told else None), (found[0].in_us if found else None)


@pytest.mark.parametrize(
    ("levels", "hours"),
    [
        # 29 November, 14:00 UTC, 8 hours and 16 core-hours into the day, 60 core-hours into the
        # month, 2 cores
        ([Level("month", 100 * HOUR_US)], 20),  # it comes on the 30th
        ([Level("month", 148 * HOUR_US)], 34 + 74),  # 44 hours would end in December
        ([Level("today", 10 * HOUR_US)], 2),
        ([Level("today", 18 * HOUR_US)], 10 + 18),  # 10 hours would end at midnight
        ([Level("today", 25 * HOUR_US)], None),  # no day is that long
        ([Level("month", 1500 * HOUR_US)], None),  # nor any month
        ([Level("session", 40 * HOUR_US)], 32),
        ([Level("total", 500 * HOUR_US)], 400),
        ([Level("session", 40 * HOUR_US), Level("today", 5 * HOUR_US)], 32),
        ([Level("session", 19 * HOUR_US), Level("today", 5 * HOUR_US)], 10 + 5),
        ([Level("month", 130 * HOUR_US), Level("today", 12 * HOUR_US)], 34 + 65),
    ],
)
def test_a_countdown_minds_the_ends_of_days_and_months(
    levels: list[Level], hours: int | None
) -> None:
    now = moment(parse_iso("2026-11-29T14:00Z"), UTC, 8 * HOUR_US, 60 * HOUR_US, 100 * HOUR_US, 2)
    told, found = both(core_trigger("a", *levels, scope="day"), now, UTC, 62 * DAY_US)
    assert told == (None if hours is None else hours * HOUR_US)
    if hours is None or hours < 62 * 24:
        assert found == told


LEVELS = st.lists(
    st.one_of(
        st.builds(Level, st.just("session"), st.integers(0, 60 * 60).map(lambda n: n * MINUTE_US)),
        st.builds(Level, st.just("today"), st.integers(0, 26 * 60).map(lambda n: n * MINUTE_US)),
        st.builds(Level, st.just("month"), st.integers(0, 900 * 60).map(lambda n: n * MINUTE_US)),
        st.builds(Level, st.just("total"), st.integers(0, 300 * 60).map(lambda n: n * MINUTE_US)),
    ),
    min_size=1,
    max_size=3,
)
EDGES = st.one_of(
    st.none(),
    st.builds(Edge, st.just("every"), st.integers(20, 3000).map(lambda n: n * MINUTE_US)),
    st.just(Edge("at", text="each 11 hours and 40 minutes")),
)
INSTANTS = st.integers(
    parse_iso("2026-03-20") // SECOND_US, parse_iso("2026-04-10") // SECOND_US
) | st.integers(parse_iso("2026-10-01") // SECOND_US, parse_iso("2026-11-02") // SECOND_US)


@examples(40)
@given(
    levels=LEVELS,
    edge=EDGES,
    zone=st.sampled_from([UTC, BERLIN, LORD_HOWE]),
    at=INSTANTS,
    ran=st.integers(0, 40 * 60),
    month=st.integers(0, 500 * 60),
    cores=st.sampled_from([1, 2, 8]),
)
def test_what_is_said_to_come_next_is_what_the_forecast_finds_first(
    levels: list[Level], edge: Edge | None, zone: Zone, at: int, ran: int, month: int, cores: int
) -> None:
    at *= SECOND_US
    points: tuple[int, ...] = ()
    if edge is not None and edge.kind == "at":
        points = tuple(range(at - 5 * HOUR_US, at + 80 * DAY_US, 700 * MINUTE_US))
    now = moment(
        at, zone, ran * MINUTE_US, month * MINUTE_US, 10 * HOUR_US + ran * MINUTE_US, cores
    )
    told, found = both(
        core_trigger("a", *levels, edge=edge, scope="day", points=points), now, zone, 40 * DAY_US
    )
    if told is None or told >= 40 * DAY_US:
        assert found is None
    else:
        assert found == told


def test_many_triggers_are_told_in_the_order_in_which_they_come() -> None:
    now = moment(parse_iso("2026-11-29T14:00Z"), UTC, 8 * HOUR_US, 60 * HOUR_US, 100 * HOUR_US, 2)
    waits = {"late": Level("today", 18 * HOUR_US), "soon": Level("session", 20 * HOUR_US)}
    listed = [
        (Trigger(flag, flag, (level,), None, "day", SCRIPT), Armed(0, 0, 1))
        for flag, level in waits.items()
    ]
    schedule = Schedule(listed, (), (), Considered(0, now.at, start=True), now)
    found = schedule.upcoming(2, now, Calendar(UTC))
    assert [(one.trigger.flag, one.in_us, one.due_at - now.at) for one in found] == [
        ("soon", 12 * HOUR_US, 12 * HOUR_US),
        ("late", 28 * HOUR_US, 28 * HOUR_US),
    ]
