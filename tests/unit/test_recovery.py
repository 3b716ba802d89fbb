"""The table of starts at its edges: to the microsecond, by the clocks alone."""

import pytest

from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.recovery import REBUILD_LIMIT_US, Kind, decide
from codespace_tracker.core.session import DRIFT_LIMIT_US, Session, begin, end

WALL = 1_790_000_000_000_000
FIRST = Reading(WALL, 100 * SECOND_US, 100 * SECOND_US, "boot", 40 * SECOND_US)


def session(now: Reading = FIRST, running: int = 60 * SECOND_US) -> Session:
    return begin("first", 1, now, 2, age_us=running, running_us=running, not_before=0)


def later(us: int, *, suspended: int = 0, **other: object) -> Reading:
    """A reading so much later, and after a suspend of so long."""
    moved = Reading(
        FIRST.wall_us + us + suspended,
        FIRST.mono_us + us,
        FIRST.boot_us + us + suspended,
        FIRST.boot_id,
        FIRST.pid1_start_us,
    )
    return moved._replace(**other)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "running"), [("container", 60 * SECOND_US), ("codespace", 60 * SECOND_US), ("host", 0)]
)
def test_the_first_session_began_with_pid_1_and_on_a_host_now(kind: Kind, running: int) -> None:
    found = decide(None, FIRST, 2, kind, "first")
    assert (found.row, found.is_new, found.ended, found.recovered, found.away_us) == (
        "first",
        True,
        None,
        False,
        0,
    )
    assert (found.current.running_us, found.current.started_at) == (running, WALL - running)
    assert (found.current.number, found.current.session_id, found.current.span.cores) == (
        1,
        "first",
        2,
    )


def test_of_the_first_session_no_more_is_counted_than_cannot_have_been_suspended() -> None:
    asleep = FIRST._replace(mono_us=FIRST.mono_us - 20 * SECOND_US)
    found = decide(None, asleep, 2, "container", "first").current
    assert (found.running_us, found.started_at) == (40 * SECOND_US, WALL - 60 * SECOND_US)
    longer = FIRST._replace(mono_us=FIRST.mono_us - 70 * SECOND_US)
    assert decide(None, longer, 2, "container", "first").current.running_us == 0


def test_a_pid_1_that_cannot_be_read_began_now() -> None:
    assert (
        decide(None, FIRST._replace(pid1_start_us=None), 2, "container", "first").current.running_us
        == 0
    )


@pytest.mark.parametrize(("gap", "row"), [(0, "rebuilt"), (1, "new_pid1")])
def test_a_rebuild_is_one_up_to_the_limit_and_no_microsecond_longer(gap: int, row: str) -> None:
    now = later(REBUILD_LIMIT_US + gap, pid1_start_us=FIRST.boot_us + SECOND_US)
    found = decide(session(), now, 2, "codespace", "second")
    assert (found.row, found.current.session_id) == (row, "first" if row == "rebuilt" else "second")
    assert found.away_us == (REBUILD_LIMIT_US if row == "rebuilt" else 0)
    assert REBUILD_LIMIT_US == 10 * MINUTE_US


def test_a_suspend_counts_into_the_gap_of_a_rebuild() -> None:
    now = later(MINUTE_US, suspended=9 * MINUTE_US + 1, pid1_start_us=FIRST.boot_us + SECOND_US)
    assert decide(session(), now, 2, "codespace", "second").row == "new_pid1"


@pytest.mark.parametrize("kind", ["container", "host"])
def test_only_a_codespace_is_rebuilt(kind: Kind) -> None:
    now = later(MINUTE_US, pid1_start_us=FIRST.boot_us + SECOND_US)
    assert decide(session(), now, 2, kind, "second").row == (
        "continued" if kind == "host" else "new_pid1"
    )


@pytest.mark.parametrize(("back", "row"), [(0, "continued"), (1, "snapshot")])
def test_a_monotonic_clock_that_went_back_by_a_microsecond_is_a_restored_snapshot(
    back: int, row: str
) -> None:
    found = decide(session(), later(-back), 2, "container", "second")
    assert (found.row, found.current.session_id) == (
        row,
        "first" if row == "continued" else "second",
    )
    assert found.current.running_us == (60 * SECOND_US if row == "continued" else 0)


@pytest.mark.parametrize(("more", "row"), [(0, "continued"), (1, "snapshot")])
def test_more_running_time_than_the_boot_has_is_a_restored_snapshot(more: int, row: str) -> None:
    now = later(HOUR_US, suspended=-DRIFT_LIMIT_US - more)
    assert decide(session(), now, 2, "container", "second").row == row


@pytest.mark.parametrize(
    ("last", "ending", "recovered"),
    [
        (session(), "recovered", True),
        (end(session(), "paused"), "clean", False),
        (end(session(), "clean"), None, False),
    ],
)
def test_how_the_last_session_ended_is_known_at_the_next_boot(
    last: Session, ending: str | None, recovered: bool
) -> None:
    now = later(HOUR_US, boot_id="another", mono_us=SECOND_US, boot_us=SECOND_US, pid1_start_us=0)
    found = decide(last, now, 4, "container", "second")
    assert (found.row, found.is_new, found.recovered) == ("new_boot", True, recovered)
    assert (None if found.ended is None else found.ended.ending) == ending
    if found.ended is not None:
        assert (found.ended.ended_at, found.ended.running_us) == (WALL, 60 * SECOND_US)
    assert (found.current.number, found.current.running_us, found.current.span.cores) == (
        2,
        SECOND_US,
        4,
    )
    assert (found.current.session_id, found.current.is_open) == ("second", True)
    assert found.current.started_at == now.wall_us - SECOND_US


@pytest.mark.parametrize(
    ("last", "row"), [(session(), "continued"), (end(session(), "paused"), "resumed")]
)
def test_what_goes_on_counts_the_gap_and_says_how_long_it_was(last: Session, row: str) -> None:
    found = decide(last, later(MINUTE_US), 2, "container", "second")
    assert (found.row, found.is_new, found.ended, found.away_us) == (row, False, None, MINUTE_US)
    assert (found.current.session_id, found.current.running_us, found.current.is_open) == (
        "first",
        2 * MINUTE_US,
        True,
    )
    assert (found.closed, found.events) == (None, ())


def test_a_gap_with_other_cores_closes_the_span_and_says_why() -> None:
    found = decide(session(), later(MINUTE_US), 8, "container", "second")
    assert found.closed is not None
    assert (found.closed.cores, found.closed.running_us) == (2, MINUTE_US)
    assert [(event.kind, event.amount) for event in found.events] == [("cores_changed", 8)]


def test_what_another_tracker_left_is_neither_carried_on_nor_ended() -> None:
    found = decide(session(), later(MINUTE_US), 2, "codespace", "second", copied=True)
    assert (found.row, found.is_new, found.ended, found.recovered) == ("copied", True, None, False)
    assert (found.current.number, found.current.running_us) == (2, MINUTE_US), (
        "not what the first had counted"
    )
    assert found.current.session_id == "second"
    paused = decide(
        end(session(), "paused"), later(MINUTE_US), 2, "codespace", "second", copied=True
    )
    assert paused.ended is None


def test_within_a_boot_nothing_is_counted_twice_and_no_suspended_time() -> None:
    now = later(HOUR_US, suspended=10 * MINUTE_US, pid1_start_us=FIRST.boot_us - SECOND_US)
    found = decide(session(), now, 2, "container", "second").current
    assert found.running_us == HOUR_US
    young = later(HOUR_US, pid1_start_us=FIRST.boot_us + 59 * MINUTE_US)
    assert decide(session(), young, 2, "container", "second").current.running_us == MINUTE_US
    asleep = later(0, suspended=10 * MINUTE_US, pid1_start_us=FIRST.boot_us + 2 * MINUTE_US)
    slept = decide(session(), asleep, 2, "container", "second").current
    assert (slept.started_at, slept.running_us) == (WALL + 2 * MINUTE_US, 0), (
        "it began while the kernel counted nothing"
    )


def test_with_the_clock_set_back_a_session_starts_no_earlier_than_the_last_end() -> None:
    now = later(
        HOUR_US,
        boot_id="another",
        wall_us=WALL - HOUR_US,
        mono_us=SECOND_US,
        boot_us=SECOND_US,
        pid1_start_us=0,
    )
    found = decide(session(), now, 2, "container", "second").current
    assert (found.started_at, found.running_us) == (WALL, 0)


@pytest.mark.parametrize("known", [None, FIRST.pid1_start_us])
def test_a_pid_1_that_can_be_read_again_is_known_from_then_on(known: int | None) -> None:
    unread = decide(None, FIRST._replace(pid1_start_us=known), 2, "container", "first").current
    found = decide(unread, later(MINUTE_US), 2, "container", "second")
    assert (found.row, found.current.pid1_start_us) == ("continued", FIRST.pid1_start_us)
    again = decide(
        found.current, later(2 * MINUTE_US, pid1_start_us=FIRST.boot_us), 2, "container", "second"
    )
    assert again.row == "new_pid1"


@pytest.mark.parametrize(("more", "kinds"), [(0, []), (1, ["suspended"])])
def test_a_suspend_is_told_when_it_is_longer_than_clocks_drift(more: int, kinds: list[str]) -> None:
    found = decide(
        session(), later(MINUTE_US, suspended=DRIFT_LIMIT_US + more), 2, "container", "second"
    )
    assert [event.kind for event in found.events] == kinds
