"""What is due, and in how long: each kind of deadline at its edges, to the microsecond."""

from typing import Any

import pytest
from tests.builders import core_trigger

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.foresight import Calendar
from codespace_tracker.core.presence import Stretch
from codespace_tracker.core.schedule import (
    LATE_US,
    MISSED_KEPT,
    Armed,
    Considered,
    Due,
    Moment,
    Schedule,
    with_armed,
)
from codespace_tracker.core.trigger import (
    Edge,
    Level,
    Measures,
    Scope,
    Trigger,
    all_hold_at,
    default_scope,
    holds_at,
    retry_delay,
    widest,
)

AT = 20_000 * DAY_US
KEYS: dict[Scope, str] = {
    "edge": "edge",
    "session": "session:3",
    "day": "day:2024-10-04",
    "month": "month:2024-10-01",
    "ever": "ever",
}
STARTED = Considered(0, AT, start=True)
ARMED = Armed(0, AT, 3)
CALENDAR = Calendar(UTC)


def now(us: int = 0, session: int = 0) -> Moment:
    """So much running time after AT, at which nothing had run; the session ran `session` µs more
    than that."""
    return Moment(Measures(us + session, us, 2 * us, us, 2), AT + us, 3, AT - session, KEYS)


def schedule(
    *triggers: Trigger, armed: Armed = ARMED, at: Moment | None = None, **more: Any
) -> Schedule:
    listed = [(one, armed) for one in triggers]
    return Schedule(
        listed,
        more.pop("spent", ()),
        more.pop("held", ()),
        more.pop("since", STARTED),
        at or now(),
        **more,
    )


def told(found: list[Due]) -> list[tuple[str, str, int, int, str | None]]:
    """Flag, scope, point, µs after AT, why skipped."""
    return [(one.trigger.flag, one.scope, one.point, one.due_at - AT, one.skipped) for one in found]


SIX = core_trigger("six", Level("session", 6 * MINUTE_US), scope="session")
EVERY = core_trigger("every", edge=Edge("every", 10 * MINUTE_US))


# --- levels


def test_a_level_is_due_at_its_microsecond_and_once() -> None:
    made = schedule(SIX)
    assert made.until_due(now(MINUTE_US)) == 5 * MINUTE_US
    assert made.due(now(6 * MINUTE_US - 1)) == []
    assert made.until_due(now(6 * MINUTE_US - 1)) == 1
    assert told(made.due(now(6 * MINUTE_US + 5))) == [("six", "session:3", 0, 6 * MINUTE_US, None)]
    assert made.due(now(9 * MINUTE_US)) == []
    assert made.until_due(now(9 * MINUTE_US)) is None
    assert made.spent == {"six"}


def test_what_was_due_before_the_trigger_was_there_is_due_when_it_came() -> None:
    made = schedule(SIX, armed=Armed(0, AT - SECOND_US, 3), at=now(session=HOUR_US))
    assert made.until_due(now(session=HOUR_US)) == 0
    assert told(made.due(now(session=HOUR_US))) == [("six", "session:3", 0, -SECOND_US, None)]
    ahead = schedule(SIX, armed=Armed(0, AT + HOUR_US, 3), at=now(session=HOUR_US))
    assert told(ahead.due(now(session=HOUR_US))) == [("six", "session:3", 0, 0, None)], (
        "not after now"
    )


def test_what_held_before_the_session_began_is_due_at_its_start() -> None:
    """The tracker was off when all sessions together had run for so long."""
    moment = now(10 * MINUTE_US, -5 * MINUTE_US)
    made = schedule(core_trigger("total", Level("total", 2 * MINUTE_US), scope="ever"), at=moment)
    assert told(made.due(moment)) == [("total", "ever", 3, 5 * MINUTE_US, None)]


def test_the_point_of_what_fires_once_for_ever_is_its_session() -> None:
    made = schedule(core_trigger("once", Level("total", MINUTE_US), scope="ever"))
    assert told(made.due(now(MINUTE_US))) == [("once", "ever", 3, MINUTE_US, None)]


@pytest.mark.parametrize("more", [{"spent": ["six"]}, {"held": ["six"]}])
def test_what_has_fired_or_is_held_is_not_waited_for(more: dict[str, Any]) -> None:
    made = schedule(SIX, **more)
    assert made.until_due(now()) is None
    assert made.due(now(HOUR_US)) == []


def test_what_is_disabled_is_not_there() -> None:
    assert schedule(SIX._replace(enabled=False)).triggers == []


def test_of_two_with_one_flag_the_first_spends_both() -> None:
    other = core_trigger("six", Level("session", 40 * MINUTE_US), scope="session", points=())
    made = schedule(other, SIX)
    assert len(made.due(now(HOUR_US))) == 1
    assert made.until_due(now(HOUR_US)) is None


@pytest.mark.parametrize(
    ("level", "at"),
    [
        (Level("total", 500), 500),
        (Level("session", 500), 1000 + 500 - 300),
        (Level("today", 500), 1000 + 500 - 200),
        (Level("month", 500), 1000 + 100 // 4),
        (Level("month", 501), 1000 + 26),
        (Level("month", 400), 1000),
        (Level("month", 397), 1000),
        (Level("month", 396), 999),
    ],
)
def test_each_level_says_at_which_running_time_it_holds(level: Level, at: int) -> None:
    assert (
        holds_at(level, Measures(session=300, today=200, month_core_us=400, total=1000, cores=4))
        == at
    )


def test_all_levels_hold_when_the_last_one_does() -> None:
    measures = Measures(0, 0, 0, 0, 2)
    assert all_hold_at((Level("total", 7), Level("session", 9), Level("today", 8)), measures) == 9
    assert all_hold_at((), measures) == 0


def test_scopes_have_an_order() -> None:
    assert default_scope([Level("total", 1), Level("today", 1), Level("month", 1)], None) == "day"
    assert default_scope([Level("total", 1)], None) == "ever"
    assert default_scope([Level("today", 1), Level("session", 1)], None) == "session"
    assert default_scope([Level("session", 1)], Edge("every", 1)) == "edge"
    assert widest(["edge", "month", "day"]) == "month"
    assert widest(["session", "ever"]) == "ever"


# --- every


def test_every_comes_at_each_of_its_points() -> None:
    made = schedule(EVERY)
    assert made.until_due(now()) == 10 * MINUTE_US
    assert told(made.due(now(10 * MINUTE_US))) == [
        ("every", "edge", 10 * MINUTE_US, 10 * MINUTE_US, None),
    ]
    assert made.until_due(now(10 * MINUTE_US)) == 10 * MINUTE_US


def test_every_counts_from_where_it_was_armed_and_from_where_was_looked() -> None:
    made = schedule(
        EVERY, armed=Armed(MINUTE_US, AT, 3), since=Considered(11 * MINUTE_US, AT, start=True)
    )
    assert made.until_due(now(11 * MINUTE_US)) == 10 * MINUTE_US
    before = schedule(
        EVERY, armed=Armed(MINUTE_US, AT, 3), since=Considered(11 * MINUTE_US - 1, AT, start=True)
    )
    assert before.until_due(now(11 * MINUTE_US)) == 0


def test_of_missed_points_the_newest_runs_and_the_rest_are_written_down() -> None:
    made = schedule(EVERY)
    assert told(made.due(now(35 * MINUTE_US))) == [
        ("every", "edge", 10 * MINUTE_US, 10 * MINUTE_US, "missed"),
        ("every", "edge", 20 * MINUTE_US, 20 * MINUTE_US, "missed"),
        ("every", "edge", 30 * MINUTE_US, 30 * MINUTE_US, None),
    ]


def test_of_very_many_missed_points_the_newest_are_written_down() -> None:
    made = schedule(core_trigger("every", edge=Edge("every", MINUTE_US)))
    found = made.due(now(5000 * MINUTE_US))
    assert [one.point // MINUTE_US for one in found] == list(range(5000 - MISSED_KEPT, 5001))


def test_an_edge_with_a_scope_has_no_missed_points_and_fires_once_in_it() -> None:
    made = schedule(EVERY._replace(scope="day"))
    assert told(made.due(now(35 * MINUTE_US))) == [
        ("every", "day:2024-10-04", 0, 30 * MINUTE_US, None)
    ]
    assert made.due(now(50 * MINUTE_US)) == []


def test_a_guarded_edge_comes_only_where_its_levels_hold() -> None:
    made = schedule(
        core_trigger("every", Level("session", 20 * MINUTE_US), edge=Edge("every", 10 * MINUTE_US))
    )
    assert made.due(now(10 * MINUTE_US)) == []
    assert len(made.due(now(20 * MINUTE_US))) == 1


def test_points_at_which_a_guarded_edge_could_not_have_come_were_not_missed() -> None:
    made = schedule(
        core_trigger("every", Level("session", HOUR_US), edge=Edge("every", 10 * MINUTE_US))
    )
    assert made.due(now(35 * MINUTE_US)) == []


def test_an_edge_comes_at_each_moment_whatever_its_flag_did_while_it_had_a_scope() -> None:
    """It fired for the day, and was edited then."""
    made = schedule(EVERY, spent=["every"])
    assert made.until_due(now()) == 10 * MINUTE_US
    assert len(made.due(now(10 * MINUTE_US))) == 1


def test_a_held_edge_is_written_down_as_skipped() -> None:
    made = schedule(EVERY, held=["every"])
    assert told(made.due(now(10 * MINUTE_US))) == [
        ("every", "edge", 10 * MINUTE_US, 10 * MINUTE_US, "flag"),
    ]


# --- at

HOURS = tuple(AT + hour * HOUR_US for hour in range(-1, 5))
CRON = core_trigger("at", edge=Edge("at", text="0 * * * *"), points=HOURS)


def test_at_comes_at_its_points_of_the_wall_clock() -> None:
    made = schedule(CRON)
    assert made.until_due(now()) == HOUR_US
    assert told(made.due(now(HOUR_US))) == [("at", "edge", AT + HOUR_US, HOUR_US, None)]
    assert made.until_due(now(HOUR_US)) == HOUR_US
    assert not made.needs_points


def test_points_missed_while_off_run_once_or_with_no_catch_up_are_missed() -> None:
    late = now(2 * HOUR_US + LATE_US + 1)
    assert told(schedule(CRON).due(late)) == [("at", "edge", AT + 2 * HOUR_US, 2 * HOUR_US, None)]
    strict = CRON._replace(catch_up=False)
    assert told(schedule(strict).due(late))[0][4] == "missed"
    assert told(schedule(strict).due(now(2 * HOUR_US + LATE_US)))[0][4] is None


def test_more_points_are_asked_for_while_the_last_one_is_waited_for() -> None:
    made = schedule(CRON)
    made.due(now(2 * HOUR_US))
    assert not made.needs_points
    made.due(now(3 * HOUR_US))
    assert made.needs_points
    assert made.until_due(now(3 * HOUR_US)) == HOUR_US
    made.due(now(4 * HOUR_US))
    assert made.until_due(now(4 * HOUR_US)) is None


@pytest.mark.parametrize(
    ("us", "needs"),
    [(-HOUR_US - 1, True), (-HOUR_US, False), (4 * HOUR_US - 1, False), (4 * HOUR_US, True)],
)
def test_points_that_were_made_for_another_time_are_made_anew(us: int, needs: bool) -> None:
    assert schedule(CRON, at=now(us)).needs_points is needs


def test_a_trigger_misses_no_point_from_before_it_was_armed_and_a_clock_ahead_hides_none() -> None:
    late = now(150 * MINUTE_US)
    assert (
        schedule(CRON, armed=Armed(0, AT + 2 * HOUR_US, 3), at=late).until_due(late)
        == 30 * MINUTE_US
    )
    assert schedule(CRON, armed=Armed(0, AT + 2 * HOUR_US - 1, 3), at=late).until_due(late) == 0
    ahead = Considered(0, AT + 30 * HOUR_US, start=True)
    assert schedule(CRON, since=ahead, at=late).until_due(late) == 30 * MINUTE_US


def test_when_all_points_were_looked_at_nothing_is_waited_for_and_more_are_asked_for() -> None:
    late = now(4 * HOUR_US)
    made = schedule(CRON, since=Considered(0, late.at, start=True), at=late)
    assert made.until_due(late) is None
    assert made.needs_points


# --- idle

IDLE = core_trigger("idle", edge=Edge("idle", 20 * MINUTE_US))


def stretch(since: int = 0, seen: int = 0, point: int = 7) -> Stretch:
    """A stretch that began so many µs after AT, as of a look so many µs after AT; the session began
    at AT."""
    return Stretch(since, AT + point, seen)


def due(made: Schedule, us: int, since: int = 0, point: int = 7) -> list[Due]:
    """What is due at a look so many µs after AT."""
    return made.due(now(us), stretch(since, us, point))


def test_an_idle_stretch_fires_once_at_its_microsecond() -> None:
    made = schedule(IDLE)
    assert made.waits_for_idleness
    assert made.until_due(now(), stretch()) == 20 * MINUTE_US
    assert due(made, 20 * MINUTE_US - 1) == []
    assert made.until_due(now(20 * MINUTE_US - 1), stretch()) == 1
    assert not made.is_idle_due(now(20 * MINUTE_US - 1), stretch())
    assert made.is_idle_due(now(20 * MINUTE_US), stretch())
    assert told(due(made, 20 * MINUTE_US + 5)) == [("idle", "edge", AT + 7, 20 * MINUTE_US, None)]
    assert due(made, 21 * MINUTE_US) == []
    assert made.until_due(now(21 * MINUTE_US), stretch()) is None
    assert not made.is_idle_due(now(21 * MINUTE_US), stretch())


def test_the_next_stretch_fires_again_and_one_that_was_held_up_does_not() -> None:
    made = schedule(IDLE)
    assert len(due(made, 20 * MINUTE_US)) == 1
    assert due(made, HOUR_US, since=25 * MINUTE_US) == [], "it was unknown for a while, and no more"
    assert made.until_due(now(HOUR_US), stretch(50 * MINUTE_US, point=9)) == 10 * MINUTE_US
    assert len(due(made, 70 * MINUTE_US, since=50 * MINUTE_US, point=9)) == 1


def test_idleness_is_decided_at_a_look_and_never_where_presence_is_unknown() -> None:
    made = schedule(IDLE)
    assert made.due(now(HOUR_US), stretch(seen=HOUR_US - 1)) == [], "somebody may have come since"
    assert made.until_due(now(HOUR_US), stretch(seen=HOUR_US - 1)) == 0, "so look"
    assert made.due(now(HOUR_US)) == []
    assert made.until_due(now(HOUR_US)) is None
    assert len(due(made, HOUR_US)) == 1


def test_nobody_is_idle_from_before_the_trigger_was_there() -> None:
    """Its moment is on the clock of all sessions, that of a stretch on its session's."""
    moment = now(session=HOUR_US)
    armed = schedule(IDLE, armed=Armed(-5 * MINUTE_US, AT - 5 * MINUTE_US, 3), at=moment)
    assert armed.due(moment, Stretch(0, AT, HOUR_US)) == []
    assert armed.until_due(moment, Stretch(0, AT, HOUR_US)) == 15 * MINUTE_US
    fresh = schedule(IDLE, at=moment)
    assert fresh.until_due(moment, Stretch(0, AT, HOUR_US)) == 20 * MINUTE_US
    old = schedule(IDLE, armed=Armed(-HOUR_US, AT + DAY_US, 3), at=moment)
    assert len(old.due(moment, Stretch(0, AT, HOUR_US))) == 1, "that clock was ahead"


def test_the_shorter_idleness_is_due_first_and_re_arming_makes_the_stretch_new() -> None:
    short = core_trigger("short", edge=Edge("idle", 5 * MINUTE_US))
    passed: dict[tuple[str, str, int], int] = {}
    made = schedule(IDLE, short, passed=passed)
    assert made.until_due(now(), stretch()) == 5 * MINUTE_US
    assert [one[0] for one in told(due(made, 5 * MINUTE_US))] == ["short"]
    assert made.until_due(now(5 * MINUTE_US), stretch()) == 15 * MINUTE_US
    again = schedule(short, at=now(6 * MINUTE_US), passed=passed)
    assert due(again, 6 * MINUTE_US) == []
    rearmed = schedule(short, at=now(6 * MINUTE_US), passed=passed, generations={"short": 1})
    assert len(due(rearmed, 6 * MINUTE_US)) == 1


def test_one_that_has_still_to_wait_keeps_no_longer_idleness_back() -> None:
    short, long = (
        core_trigger("short", edge=Edge("idle", 5 * MINUTE_US)),
        core_trigger("long", edge=Edge("idle", HOUR_US)),
    )
    moment = now(session=HOUR_US)
    listed = [(short, ARMED), (long, Armed(-HOUR_US, AT - HOUR_US, 3))]
    made = Schedule(listed, (), (), STARTED, moment)
    found = made.due(moment, Stretch(0, AT, HOUR_US))
    assert [one[0] for one in told(found)] == ["long"]
    assert made.until_due(moment, Stretch(0, AT, HOUR_US)) == 5 * MINUTE_US


def test_what_fired_in_its_scope_waits_for_no_idleness() -> None:
    daily = core_trigger("idle", edge=Edge("idle", 20 * MINUTE_US), scope="day")
    assert not schedule(daily, spent=["idle"]).waits_for_idleness
    made = schedule(daily)
    assert len(due(made, HOUR_US)) == 1
    assert due(made, 2 * HOUR_US, since=HOUR_US, point=9) == []


# --- events, and all together


def test_an_event_makes_due_what_waits_for_it_and_was_there_before() -> None:
    start = core_trigger("start", edge=Edge("event", text="session_start"))
    end = core_trigger("end", edge=Edge("event", text="session_end"))
    made = schedule(start, end)
    assert made.until_due(now()) is None
    assert told(made.events(["session_start"], 3, now(5))) == [("start", "edge", 3, 5, None)]
    assert schedule(start, armed=Armed(0, AT, 4)).events(["session_start"], 3, now()) == []


def test_all_that_wait_for_an_event_come_with_it() -> None:
    made = schedule(
        *(core_trigger(flag, edge=Edge("event", text="session_start")) for flag in ("one", "two"))
    )
    assert [one[0] for one in told(made.events(["session_start"], 3, now()))] == ["one", "two"]


def test_what_is_due_comes_in_the_order_in_which_it_became_due() -> None:
    made = schedule(CRON, SIX, core_trigger("late", edge=Edge("every", HOUR_US + 1)))
    assert [one[0] for one in told(made.due(now(HOUR_US + 2)))] == ["six", "at", "late"]
    assert made.considered == Considered(HOUR_US + 2, AT + HOUR_US + 2, start=True)


def test_what_is_due_at_one_moment_comes_all_together() -> None:
    short = core_trigger("short", edge=Edge("idle", 5 * MINUTE_US))
    made = schedule(CRON, EVERY, IDLE, short)
    found = due(made, HOUR_US)
    assert [one[0] for one in told(found) if one[4] is None] == ["short", "idle", "every", "at"]


def test_the_start_is_looked_at_once() -> None:
    made = schedule(since=Considered(5, AT, start=False))
    made.consider(now(7))
    assert made.considered == Considered(7, AT + 7, start=False)
    made.start()
    assert made.considered == Considered(7, AT + 7, start=True)
    assert made.until_due(now()) is None


def test_what_comes_next_is_told_the_soonest_first_and_without_what_cannot_come() -> None:
    made = schedule(
        CRON, SIX, EVERY, IDLE, core_trigger("held", edge=Edge("every", MINUTE_US)), held=["held"]
    )
    assert [
        (one.trigger.flag, one.in_us) for one in made.upcoming(9, now(5 * MINUTE_US), CALENDAR)
    ] == [
        ("six", MINUTE_US),
        ("every", 5 * MINUTE_US),
        ("at", 55 * MINUTE_US),
    ]
    assert [one.in_us for one in made.upcoming(1, now(7 * MINUTE_US), CALENDAR)] == [0], "overdue"
    assert made.upcoming(0, now(), CALENDAR) == []


@pytest.mark.parametrize(("spent", "found"), [(3, ["late"]), (4, [])])
def test_what_comes_next_is_looked_for_among_a_few_however_many_have_fired(
    spent: int, found: list[str]
) -> None:
    shared = [
        core_trigger("shared", Level("total", n * MINUTE_US), scope="ever")
        for n in range(1, spent + 2)
    ]
    made = schedule(*shared, core_trigger("late", edge=Edge("every", HOUR_US)))
    made.due(now(MINUTE_US))
    assert [one.trigger.flag for one in made.upcoming(1, now(MINUTE_US), CALENDAR)] == found


# --- attempts


def test_retries_wait_twice_as_long_each_time_and_a_week_at_most() -> None:
    one = core_trigger(retries=30)
    assert [retry_delay(one, n) for n in (1, 2, 3)] == [30_000_000, 60_000_000, 120_000_000]
    assert retry_delay(one, 30) == 7 * DAY_US
    assert retry_delay(one, 31) is None
    assert retry_delay(core_trigger(retries=0), 1) is None
    assert retry_delay(core_trigger(), 1) == 30_000_000
    assert retry_delay(core_trigger(), 2) is None


def test_a_trigger_counts_from_its_last_edit() -> None:
    known, fresh = Armed(1, 2, 3), Armed(7, 8, 9)
    one, other = core_trigger("a", fingerprint="x"), core_trigger("a", fingerprint="y")
    assert with_armed([one, other], {("a", "x"): known}, fresh) == [(one, known), (other, fresh)]
