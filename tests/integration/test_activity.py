"""Whether somebody is there: by real terminals, and by the activity file."""

import os
import pty
import time
from collections.abc import Iterator

import pytest
from tests.integration.real_tracker import RealTracker

from codespace_tracker.machine import activity, reporters, terminals

HOUR_NS = 3_600_000_000_000


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """A terminal into which nobody has typed for 3 hours: what a person types into, and what a
    program reads from."""
    ours, theirs = pty.openpty()
    os.utime(os.ttyname(theirs), ns=(time.time_ns() - 3 * HOUR_NS,) * 2)
    yield ours, theirs
    os.close(ours)
    os.close(theirs)


def used_at(theirs: int) -> int:
    return terminals.read()[os.path.basename(os.ttyname(theirs))][0]


def idle_hours(theirs: int) -> float:
    return round((time.time_ns() // 1000 - used_at(theirs)) / 3.6e9, 1)


def test_typing_into_a_terminal_moves_its_access_time(terminal: tuple[int, int]) -> None:
    assert idle_hours(terminal[1]) == 3.0
    os.write(terminal[0], b"ls\n")
    assert os.read(terminal[1], 10) == b"ls\n"
    assert idle_hours(terminal[1]) == 0.0


def test_what_a_program_prints_does_not(terminal: tuple[int, int]) -> None:
    os.write(terminal[1], b"building\n")
    assert os.read(terminal[0], 20) == b"building\r\n"
    assert idle_hours(terminal[1]) == 3.0


def test_a_terminal_is_born_when_it_is_opened_and_not_used_later_than_that() -> None:
    ours, theirs = pty.openpty()
    try:
        accessed, born = terminals.read()[os.path.basename(os.ttyname(theirs))]
        assert accessed <= born
    finally:
        os.close(ours)
        os.close(theirs)


def test_terminals_of_others_are_left_alone(
    terminal: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert os.path.basename(os.ttyname(terminal[1])) not in terminals.read()


def test_a_terminal_that_closed_is_gone() -> None:
    ours, theirs = pty.openpty()
    name = os.path.basename(os.ttyname(theirs))
    assert name in terminals.read()
    os.close(theirs)
    os.close(ours)
    assert name not in terminals.read()


def test_the_activity_verb_says_that_somebody_is_there(tracker: RealTracker) -> None:
    directory = str(tracker.directory)
    tracker.verb("init")
    tracker.verb("activity")
    before = activity.touched_at(directory)
    assert abs(time.time_ns() // 1000 - before) < 3.6e9
    os.utime(tracker.directory / "activity", ns=(HOUR_NS, HOUR_NS))
    assert activity.touched_at(directory) == HOUR_NS // 1000
    tracker.verb("activity")
    assert activity.touched_at(directory) >= before
    assert reporters.read(directory).for_all == 0


def test_the_activity_verb_can_say_that_all_editors_report(tracker: RealTracker) -> None:
    tracker.verb("init")
    tracker.verb("activity", "--reporting")
    directory = str(tracker.directory)
    assert activity.touched_at(directory) > 0
    assert reporters.read(directory).for_all > 0
