"""What would fire when: moments at the edge of a day, scopes that end, and what is not foreseen."""

import pytest
from tests.builders import core_trigger

from codespace_tracker.core import forecast as core_forecast
from codespace_tracker.core.calendar import UTC, Zone, month_bounds
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.forecast import forecast
from codespace_tracker.core.schedule import Armed, Considered, Moment
from codespace_tracker.core.trigger import Edge, Level, Measures, Scope, Trigger, scope_keys

MIDNIGHT = 20_000 * DAY_US
MONTHS_END = month_bounds(MIDNIGHT)[1]


def foreseen(
    *triggers: Trigger,
    at: int = MIDNIGHT - HOUR_US,
    us: int = DAY_US,
    cores: int = 2,
    zone: Zone = UTC,
) -> list[tuple[str, int]]:
    """What is foreseen: flags, and in how many µs. The session ran for an hour, and 10 hours all
    of them."""
    measures = Measures(
        session=HOUR_US, today=HOUR_US, month_core_us=2 * HOUR_US, total=10 * HOUR_US, cores=cores
    )
    now = Moment(measures, at, 1, at - HOUR_US, scope_keys(1, at, zone))
    armed = [(one, Armed(measures.total, at, 1)) for one in triggers]
    considered = Considered(measures.total, at, start=True)
    found = forecast(armed, {}, (), considered, now, zone, us, 1000)
    return [(one.due.trigger.flag, one.in_us) for one in found.found]


def test_what_is_due_at_midnight_is_foreseen() -> None:
    points = (MIDNIGHT - DAY_US, MIDNIGHT, MIDNIGHT + DAY_US)
    at = core_trigger("at", edge=Edge("at", text="0 0 * * *"), points=points)
    every = core_trigger("every", edge=Edge("every", HOUR_US))
    assert sorted(foreseen(at, every, us=2 * HOUR_US)) == [("at", HOUR_US), ("every", HOUR_US)]
    assert foreseen(at, every, us=2 * HOUR_US + 1)[2:] == [("every", 2 * HOUR_US)]


def test_a_level_of_the_day_is_foreseen_anew_after_midnight() -> None:
    level = core_trigger("day", Level("today", 90 * MINUTE_US), scope="day")
    assert foreseen(level) == [("day", 30 * MINUTE_US), ("day", HOUR_US + 90 * MINUTE_US)]


def test_a_month_level_grows_with_the_cores_and_a_total_comes_once() -> None:
    month = core_trigger("month", Level("month", 4 * HOUR_US), scope="month")
    total = core_trigger("total", Level("total", 12 * HOUR_US), scope="ever")
    assert foreseen(month, total, at=MIDNIGHT - 20 * HOUR_US, us=30 * DAY_US)[:2] == [
        ("month", HOUR_US),
        ("total", 2 * HOUR_US),
    ]
    assert [label for label, _ in foreseen(total, us=60 * DAY_US)] == ["total"]


def test_idleness_and_events_are_not_foreseen_and_cost_nothing() -> None:
    idle = core_trigger("idle", edge=Edge("idle", 600_000))
    event = core_trigger("event", edge=Edge("event", text="session_start"))
    assert foreseen(idle, event, us=31 * DAY_US) == []


def test_the_forecast_says_how_far_it_looked_and_stops_at_the_most() -> None:
    every = core_trigger("every", edge=Edge("every", HOUR_US))
    at = MIDNIGHT - HOUR_US
    now = Moment(Measures(0, 0, 0, 0, 2), at, 1, at, scope_keys(1, at, UTC))

    def ahead(most: int, us: int) -> tuple[list[int], int]:
        considered = Considered(0, at, start=True)
        found = forecast([(every, Armed(0, at, 1))], {}, (), considered, now, UTC, us, most)
        return [one.in_us // HOUR_US for one in found.found], found.us

    assert ahead(9, 3 * HOUR_US + 1) == ([1, 2, 3], 3 * HOUR_US + 1)
    assert ahead(2, DAY_US) == ([1, 2], 2 * HOUR_US)
    assert ahead(0, DAY_US) == ([], HOUR_US), "up to the scope in which something is"


def test_what_has_fired_is_foreseen_in_the_next_scope_unless_it_is_held() -> None:
    day = core_trigger("day", Level("today", MINUTE_US), scope="day")
    at = MIDNIGHT - HOUR_US
    now = Moment(Measures(HOUR_US, HOUR_US, 0, HOUR_US, 2), at, 1, at, scope_keys(1, at, UTC))
    considered = Considered(HOUR_US, at, start=True)

    def coming(spent: dict[str, Scope], held: tuple[str, ...]) -> list[int]:
        found = forecast(
            [(day, Armed(0, at, 1))], spent, held, considered, now, UTC, 2 * HOUR_US, 9
        )
        return [one.in_us for one in found.found]

    assert coming({}, ()) == [0, HOUR_US + MINUTE_US]
    assert coming({"day": "day"}, ()) == [HOUR_US + MINUTE_US]
    assert coming({}, ("day",)) == []


@pytest.mark.parametrize(
    ("level", "hours"),
    [
        (Level("session", 24 * HOUR_US), [23]),
        (Level("today", 5 * HOUR_US), [4, 10 + 5, 34 + 5]),  # the day ends in 10 hours
        (Level("month", 62 * HOUR_US), [15]),
        (Level("total", 60 * HOUR_US), [50]),
    ],
)
def test_a_level_is_foreseen_at_its_microsecond_on_whichever_day_that_is(
    level: Level, hours: list[int]
) -> None:
    """On four cores."""
    scopes: dict[str, Scope] = {
        "session": "session",
        "today": "day",
        "month": "month",
        "total": "ever",
    }
    one = core_trigger("level", level, scope=scopes[level.measure])
    found = foreseen(one, at=MIDNIGHT - 10 * HOUR_US, us=58 * HOUR_US, cores=4)
    assert [in_us for _, in_us in found] == [hour * HOUR_US for hour in hours]


@pytest.mark.parametrize(
    ("level", "first", "last"),
    [
        (Level("session", 4 * HOUR_US), 3, 13),
        (Level("today", 4 * HOUR_US), 3, 9),  # the tenth is at midnight, when the day begins anew
        (Level("month", 22 * HOUR_US), 5, 13),
        (Level("total", 14 * HOUR_US), 4, 13),
    ],
)
def test_a_guarded_moment_is_foreseen_where_its_level_holds_by_then(
    level: Level, first: int, last: int
) -> None:
    """On four cores; the day ends in 10 hours, and no guard of the new day holds within the next
    three."""
    one = core_trigger("every", level, edge=Edge("every", HOUR_US))
    found = foreseen(one, at=MIDNIGHT - 10 * HOUR_US, us=13 * HOUR_US + 1, cores=4)
    assert [in_us for _, in_us in found] == [hour * HOUR_US for hour in range(first, last + 1)]


@pytest.mark.parametrize("cores", [1, 2, 8])
def test_what_the_month_has_used_begins_at_nothing_when_it_begins(cores: int) -> None:
    month = core_trigger("month", Level("month", 18 * HOUR_US), scope="month")
    assert foreseen(month, at=MONTHS_END - DAY_US, us=3 * DAY_US, cores=cores) == [
        ("month", 16 * HOUR_US // cores),
        ("month", DAY_US + 18 * HOUR_US // cores),
    ]


def test_a_billing_month_ends_at_midnight_utc_also_where_a_day_does_not() -> None:
    kolkata = Zone("Asia/Kolkata", ((0, 5 * 3600 + 1800),))
    month = core_trigger("month", Level("month", 4 * HOUR_US), scope="month")
    assert foreseen(month, at=MONTHS_END - 2 * HOUR_US, us=6 * HOUR_US, zone=kolkata) == [
        ("month", HOUR_US),
        ("month", 2 * HOUR_US + 2 * HOUR_US),
    ]


def test_what_is_due_in_the_last_microsecond_of_a_day_is_foreseen_once() -> None:
    last = HOUR_US - 1
    every = core_trigger("every", edge=Edge("every", last))
    at = core_trigger(
        "at",
        edge=Edge("at", text="* * * * *"),
        points=(MIDNIGHT - DAY_US, MIDNIGHT - 1, MIDNIGHT + DAY_US),
    )
    assert foreseen(every, at, us=2 * HOUR_US) == [
        ("every", last),
        ("at", last),
        ("every", 2 * last),
    ]


def test_what_fires_at_each_moment_is_foreseen_on_every_day() -> None:
    every = core_trigger("every", edge=Edge("every", 8 * HOUR_US))
    assert [in_us // HOUR_US for _, in_us in foreseen(every, us=2 * DAY_US)] == [8, 16, 24, 32, 40]


def test_a_month_of_moments_that_come_to_nothing_is_not_looked_through(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(core_forecast, "_STEPS", 5)
    guarded = core_trigger("guarded", Level("total", DAY_US), edge=Edge("every", MINUTE_US))
    at = MIDNIGHT - HOUR_US
    now = Moment(Measures(0, 0, 0, 0, 2), at, 1, at, scope_keys(1, at, UTC))

    def looked(us: int) -> tuple[int, int]:
        considered = Considered(0, at, start=True)
        found = forecast([(guarded, Armed(0, at, 1))], {}, (), considered, now, UTC, us, 9)
        return len(found.found), found.us

    assert looked(DAY_US) == (0, 5 * MINUTE_US), "and says how far it has looked"
    assert looked(5 * MINUTE_US + 1) == (0, 5 * MINUTE_US + 1)
