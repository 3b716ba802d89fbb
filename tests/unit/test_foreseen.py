"""What would fire when: moments at the edge of a day, scopes that end, and what is not foreseen."""

from typing import Any

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.forecast import forecast
from codespace_tracker.core.schedule import Armed, Considered, Now
from codespace_tracker.core.trigger import Edge, Level, Measures, Scope, Script, Trigger

MIDNIGHT = 20_000 * DAY_US
SCRIPT = Script("true", ("sh", "-c"), "", "", "", (), 0)


def trigger(name: str, *levels: Level, edge: Edge | None = None, scope: Scope = "edge", **more: Any) -> Trigger:
    return Trigger(name, name, levels, edge, scope, SCRIPT, **more)


def keys(at: int) -> dict[Scope, str]:
    day = UTC.date(at)
    return {"edge": "edge", "session": "session:1", "day": f"day:{day}", "month": f"month:{day[:7]}-01", "ever": "ever"}


def foreseen(*triggers: Trigger, at: int = MIDNIGHT - HOUR_US, us: int = DAY_US) -> list[tuple[str, int]]:
    """What is foreseen: labels, and in how many µs."""
    measures = Measures(session=HOUR_US, today=HOUR_US, month=2 * HOUR_US, total=10 * HOUR_US, cores=2)
    now = Now(measures, at, 1, at - HOUR_US, keys(at))
    armed = [(one, Armed(measures.total, at, 1)) for one in triggers]
    considered = Considered(measures.total, at, start=True)
    found = forecast(armed, {}, (), considered, now, UTC, 1, keys, us, 1000)
    return [(one.due.trigger.label, one.in_us) for one in found.found]


def test_what_is_due_at_midnight_is_foreseen() -> None:
    points = (MIDNIGHT - DAY_US, MIDNIGHT, MIDNIGHT + DAY_US)
    at = trigger("at", edge=Edge("at", text="0 0 * * *"), points=points)
    every = trigger("every", edge=Edge("every", HOUR_US))
    assert sorted(foreseen(at, every, us=2 * HOUR_US)) == [("at", HOUR_US), ("every", HOUR_US)]
    assert foreseen(at, every, us=2 * HOUR_US + 1)[2:] == [("every", 2 * HOUR_US)]


def test_a_level_of_the_day_is_foreseen_anew_after_midnight() -> None:
    level = trigger("day", Level("today", 90 * MINUTE_US), scope="day")
    assert foreseen(level) == [("day", 30 * MINUTE_US), ("day", HOUR_US + 90 * MINUTE_US)]


def test_a_month_level_grows_with_the_cores_and_a_total_comes_once() -> None:
    month = trigger("month", Level("month", 4 * HOUR_US), scope="month")
    total = trigger("total", Level("total", 12 * HOUR_US), scope="ever")
    assert foreseen(month, total, at=MIDNIGHT - 20 * HOUR_US, us=30 * DAY_US)[:2] == [
        ("month", HOUR_US),
        ("total", 2 * HOUR_US),
    ]
    assert [label for label, _ in foreseen(total, us=60 * DAY_US)] == ["total"]


def test_idleness_and_events_are_not_foreseen_and_cost_nothing() -> None:
    idle = trigger("idle", edge=Edge("idle", 600_000))
    event = trigger("event", edge=Edge("event", text="session_start"))
    assert foreseen(idle, event, us=31 * DAY_US) == []


def test_the_forecast_says_how_far_it_looked_and_stops_at_the_most() -> None:
    every = trigger("every", edge=Edge("every", HOUR_US))
    at = MIDNIGHT - HOUR_US
    now = Now(Measures(0, 0, 0, 0, 2), at, 1, at, keys(at))

    def ahead(most: int, us: int) -> tuple[list[int], int]:
        considered = Considered(0, at, start=True)
        found = forecast([(every, Armed(0, at, 1))], {}, (), considered, now, UTC, 1, keys, us, most)
        return [one.in_us // HOUR_US for one in found.found], found.us

    assert ahead(9, 3 * HOUR_US + 1) == ([1, 2, 3], 3 * HOUR_US + 1)
    assert ahead(2, DAY_US) == ([1, 2], 2 * HOUR_US)
    assert ahead(0, DAY_US) == ([], HOUR_US), "up to the scope in which something is"


def test_what_has_fired_is_foreseen_again_when_its_scope_has_ended_and_what_is_held_is_not() -> None:
    day = trigger("day", Level("today", MINUTE_US), scope="day")
    at = MIDNIGHT - HOUR_US
    now = Now(Measures(HOUR_US, HOUR_US, 0, HOUR_US, 2), at, 1, at, keys(at))
    considered = Considered(HOUR_US, at, start=True)

    def coming(spent: dict[str, Scope], held: tuple[str, ...]) -> list[int]:
        found = forecast([(day, Armed(0, at, 1))], spent, held, considered, now, UTC, 1, keys, 2 * HOUR_US, 9)
        return [one.in_us for one in found.found]

    assert coming({}, ()) == [0, HOUR_US + MINUTE_US]
    assert coming({"day": "day"}, ()) == [HOUR_US + MINUTE_US]
    assert coming({}, ("day",)) == []
