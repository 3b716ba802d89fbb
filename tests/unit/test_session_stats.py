"""What a history of sessions comes to."""

from tests.unit.sessions import reading, session

from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.session import Ending, Session, end, extend
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views.hours import HourOfWeek
from codespace_tracker.views.session_stats import stats


def lived(number: int, from_minute: float, minutes: float, ending: Ending | None) -> Session:
    """A session that began at a minute and ran for so many."""
    begun = session(number, from_minute * 60)
    run = extend(begun, reading((from_minute + minutes) * 60), 2).session
    return run if ending is None else end(run, ending)


HISTORY = (
    lived(1, 0, 60, "clean"),
    lived(2, 90, 20, "recovered"),
    lived(3, 110, 10, "paused"),
    lived(4, 300, 30, None),
)


def test_lengths_endings_and_the_time_between_are_those_of_the_sessions() -> None:
    found = stats(HISTORY, 2, [])
    assert found.number == 4
    assert found.running == 120 * MINUTE_US
    assert found.average == 30 * MINUTE_US
    assert found.median == 25 * MINUTE_US
    assert [one.number for one in found.longest] == [1, 4]
    assert found.endings == {"open": 1, "paused": 1, "clean": 1, "recovered": 1}
    assert found.off == (30 + 180) * MINUTE_US
    assert found.longest_off == 180 * MINUTE_US


def test_sessions_that_ran_at_the_same_time_leave_no_time_between_them() -> None:
    """Imported ones may: of two codespaces."""
    found = stats([*HISTORY, lived(5, 10, 285, "clean")], 5, [])
    assert found.off == 5 * MINUTE_US


def test_one_that_is_the_only_one_and_none_at_all_have_no_time_between() -> None:
    assert stats(HISTORY[:1], 5, []).off == 0
    none = stats([], 5, [])
    assert (none.number, none.average, none.median, none.longest) == (0, 0, 0, ())


def test_the_busiest_hours_are_those_with_the_most_running_time_if_any() -> None:
    hours = [HourOfWeek(f"h{n}", 0, n * HOUR_US, 0, Split()) for n in (0, 3, 7, 1, 2, 9, 4)]
    busiest = [hour.name for hour in stats(HISTORY, 5, hours).busiest]
    assert busiest == ["h9", "h7", "h4", "h3", "h2"]
    assert [hour.name for hour in stats(HISTORY, 5, hours[:2]).busiest] == ["h3"]


def test_all_of_the_longest_are_told_if_all_are_asked_for() -> None:
    assert len(stats(HISTORY, -1, []).longest) == 4
