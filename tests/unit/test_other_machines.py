"""Several machines have one state directory: to the microsecond, what a start in another boot
counts."""

import pytest

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US, UNKNOWN_BOOT, Reading
from codespace_tracker.core.recovery import Earlier, Kind, decide
from codespace_tracker.core.session import DRIFT_LIMIT_US, Session, begin, extend, within_reason

WALL = 1_790_000_000_000_000
HERE = Reading(WALL, 5 * HOUR_US, 5 * HOUR_US, "here", 0)
THERE = Reading(WALL, 9 * HOUR_US, 9 * HOUR_US, "there", HOUR_US)
PATIENCE_US = 25 * SECOND_US


def session(now: Reading, number: int = 1) -> Session:
    """One that began and was seen last at a reading, and ran for a minute."""
    return begin(
        f"session {number}", number, now, 2, age_us=MINUTE_US, running_us=MINUTE_US, not_before=0
    )


def later(reading: Reading, us: int, *, step: int = 0, suspended: int = 0) -> Reading:
    """A reading of the same machine so much later, its wall clock set and the machine suspended
    meanwhile."""
    return reading._replace(
        wall_us=reading.wall_us + us + suspended + step,
        mono_us=reading.mono_us + us,
        boot_us=reading.boot_us + us + suspended,
    )


@pytest.mark.parametrize("kind", ["codespace", "container", "host"])
@pytest.mark.parametrize("copied", [False, True])
def test_uptime_before_the_last_heartbeat_is_not_counted(kind: Kind, copied: bool) -> None:
    found = decide(session(HERE), later(THERE, 7), 2, kind, "new", copied=copied).current
    assert (found.running_us, found.started_at) == (7, WALL)


def test_a_younger_pid_1_counts_from_its_start() -> None:
    now = later(THERE, HOUR_US)._replace(pid1_start_us=10 * HOUR_US - MINUTE_US)
    found = decide(session(HERE), now, 2, "container", "new").current
    assert (found.running_us, found.started_at) == (MINUTE_US, now.wall_us - MINUTE_US)


@pytest.mark.parametrize(
    ("suspended", "counted"), [(0, HOUR_US), (MINUTE_US, HOUR_US - MINUTE_US), (2 * HOUR_US, 0)]
)
def test_what_could_have_been_suspended_since_is_not_counted(suspended: int, counted: int) -> None:
    now = later(THERE, HOUR_US)._replace(mono_us=THERE.mono_us + HOUR_US - suspended)
    found = decide(session(HERE), now, 2, "host", "new").current
    assert (found.running_us, found.started_at) == (counted, WALL)


@pytest.mark.parametrize("step", [-1, -HOUR_US, -10 * HOUR_US])
def test_a_clock_behind_the_last_heartbeat_counts_from_the_first_reading(step: int) -> None:
    first = later(THERE, 0, step=step)
    found = decide(session(HERE), first, 2, "host", "new").current
    assert found.running_us == 0
    observed = extend(found, later(first, MINUTE_US), 2).session
    assert observed.running_us == MINUTE_US


def test_what_was_observed_while_waiting_is_counted_and_its_start_agrees() -> None:
    """The other machine's session went on for 5 minutes after this tracker's first reading."""
    found = decide(session(later(HERE, 5 * MINUTE_US)), THERE, 2, "host", "new").current
    assert (found.running_us, found.last_seen_at) == (0, WALL)
    now = extend(found, later(THERE, 6 * MINUTE_US), 2).session
    assert (now.running_us, now.began_at) == (6 * MINUTE_US, WALL)
    assert now.started_at == WALL + 5 * MINUTE_US, "no session starts before the last one's end"


def test_back_on_a_machine_nothing_is_counted_that_its_own_last_session_has() -> None:
    """The wall clock here is an hour ahead: by it alone an hour would be counted."""
    ours, theirs = session(later(HERE, 0, step=HOUR_US)), session(THERE, 2)
    now = later(HERE, MINUTE_US, step=HOUR_US)
    assert decide(theirs, now, 2, "host", "new").current.running_us == HOUR_US + MINUTE_US
    found = decide(theirs, now, 2, "host", "new", earlier=Earlier(same_boot=ours)).current
    assert found.running_us == MINUTE_US


def test_back_on_a_machine_only_what_was_suspended_since_its_last_session_matters() -> None:
    long_ago = HERE._replace(mono_us=HOUR_US)
    now = later(long_ago, MINUTE_US)
    found = decide(
        session(THERE, 2), now, 2, "host", "new", earlier=Earlier(same_boot=session(long_ago))
    )
    assert found.current.running_us == MINUTE_US


def test_back_on_a_machine_that_was_restored_counts_from_the_first_reading() -> None:
    now = later(HERE, -MINUTE_US, step=HOUR_US)
    earlier = Earlier(same_boot=session(HERE))
    assert decide(session(THERE, 2), now, 2, "host", "new", earlier=earlier).current.running_us == 0


def test_an_earlier_session_that_ended_later_on_the_wall_clock_is_not_counted_again() -> None:
    behind = session(later(THERE, 0, step=-3 * HOUR_US), 2)
    now = later(HERE, MINUTE_US)
    assert (
        decide(behind, now, 2, "host", "new", earlier=Earlier(seen_at=WALL)).current.running_us
        == MINUTE_US
    )


def test_where_no_boot_is_named_more_time_than_the_wall_clock_has_is_another_boot() -> None:
    last = session(HERE._replace(boot_id=UNKNOWN_BOOT))
    other = later(THERE, SECOND_US)._replace(boot_id=UNKNOWN_BOOT)
    found = decide(last, other, 2, "container", "new")
    assert (found.row, found.current.running_us) == ("new_boot", SECOND_US)
    same = later(HERE, DRIFT_LIMIT_US, step=-DRIFT_LIMIT_US)._replace(boot_id=UNKNOWN_BOOT)
    assert decide(last, same, 2, "container", "new").row == "continued"


@pytest.mark.parametrize("on_the_wall", [PATIENCE_US, 10 * SECOND_US, -HOUR_US])
def test_a_session_is_not_carried_on_by_clocks_that_are_not_its_own(on_the_wall: int) -> None:
    last = session(HERE)
    elapsed = 240 * HOUR_US
    found = within_reason(last, later(HERE, elapsed, step=on_the_wall - elapsed), PATIENCE_US)
    assert extend(last, found, 2).session == last


@pytest.mark.parametrize(
    ("elapsed", "step"), [(PATIENCE_US, -HOUR_US), (240 * HOUR_US, 0), (240 * HOUR_US, HOUR_US)]
)
def test_a_late_heartbeat_or_a_clock_that_was_set_hides_nothing(elapsed: int, step: int) -> None:
    now = later(HERE, elapsed, step=step)
    assert within_reason(session(HERE), now, PATIENCE_US) == now
