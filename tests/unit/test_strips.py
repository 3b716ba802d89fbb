"""Days hour by hour, on the clock of a zone, also where it is set."""

from pathlib import Path

from tests.month import Month, Work, lived

from codespace_tracker.core import calendar
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.core.periods import periods
from codespace_tracker.views import tracker_state
from codespace_tracker.views.scene import scene
from codespace_tracker.views.strips import Strip, strips

BERLIN = 'time_zone = "Europe/Berlin"\n'
AUTUMN = calendar.day_of(2026, 10, 25) * DAY_US  # clocks go from 3:00 back to 2:00
SPRING = calendar.day_of(2026, 3, 29) * DAY_US  # from 2:00 to 3:00
QUARTER = 15 * MINUTE_US


def day_of(folder: Path, at: int, *works: Work) -> Strip:
    """The day of an instant where these sessions ran, and one long after them."""
    last = Work(at + 9 * DAY_US, HOUR_US, 0, 2, "", is_seen=False)
    directory, month = str(folder / "state"), Month([*works, last], config=BERLIN, is_running=False)
    with lived(directory, month), scene(directory) as here:
        state = tracker_state.state_in(here)
        assert state is not None
        days = periods(here.configuration.zone, "day", at, last.start)
        return strips(here.ledger, state, days)[0]


def test_a_day_is_by_the_clock_of_the_zone_and_splits_by_what_was_seen(tmp_path: Path) -> None:
    at = calendar.day_of(2026, 6, 1) * DAY_US + 7 * HOUR_US  # 9:00
    work = Work(at + 5 * MINUTE_US, 25 * MINUTE_US, 20 * MINUTE_US, 2, "", is_seen=True)
    day = day_of(tmp_path, at, work)
    assert {number: (slot.running_us, *slot.split) for number, slot in day.slots.items()} == {
        36: (10 * MINUTE_US, 10 * MINUTE_US, 0),
        37: (15 * MINUTE_US, 10 * MINUTE_US, 5 * MINUTE_US),
    }
    assert (day.row.name, day.row.running_us, *day.row.split) == (
        *("2026-06-01", 25 * MINUTE_US),
        *(20 * MINUTE_US, 5 * MINUTE_US),
    )


def test_an_hour_that_comes_twice_is_of_twice_the_time(tmp_path: Path) -> None:
    long = Work(AUTUMN - DAY_US, 3 * DAY_US, 3 * DAY_US, 2, "", is_seen=True)
    day = day_of(tmp_path, AUTUMN, long)
    assert len(day.slots) == 96
    assert day.row.running_us == 25 * HOUR_US
    twice = [number for number, slot in day.slots.items() if slot.running_us == 2 * QUARTER]
    assert twice == [8, 9, 10, 11]
    assert day.slots[8].split == (2 * QUARTER, 0)


def test_an_hour_that_is_skipped_is_of_no_time(tmp_path: Path) -> None:
    long = Work(SPRING - DAY_US, 3 * DAY_US, 0, 2, "", is_seen=False)
    day = day_of(tmp_path, SPRING, long)
    assert day.row.running_us == 23 * HOUR_US
    assert set(range(96)) - set(day.slots) == {8, 9, 10, 11}
