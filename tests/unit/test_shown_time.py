"""What `status`, `sessions` and `triggers` show where clocks do not fit, by a real ledger and a
lock that is held."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from codespace_tracker.cli import status_text
from codespace_tracker.cli.commands import sessions
from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.notice_text import Notice
from codespace_tracker.core.session import extend
from codespace_tracker.daemon import begin
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import liveness, lock
from codespace_tracker.machine.environment import Environment
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.views import tracker_state
from codespace_tracker.views.scene import scene_at
from codespace_tracker.views.standing import standing_at

WALL = 1_790_000_000_000_000  # 2026-09-21 14:13:20 UTC
FIRST = Reading(WALL, 5 * HOUR_US, 5 * HOUR_US, "here", 0)
THERE = Reading(WALL, HOUR_US, HOUR_US, "there", 0)


class Kept:
    """A state directory whose tracker runs, as far as its lock and its ledger tell."""

    def __init__(self, directory: str) -> None:
        self.directory = directory
        prepare(directory)
        self.ledger = Ledger.open_writer(os.path.join(directory, NAME))
        held = lock.acquire(os.path.join(directory, lock.DAEMON_LOCK), "0.1.0")
        assert held is not None
        lock.say_up(held, "0.1.0")
        self._held = held

    def counts(self, first: Reading, last: Reading) -> None:
        """A tracker starts, and makes its last heartbeat."""
        begun = begin.begin(
            self.ledger, first, lambda _: 2, Environment("host", "", "", "", prebuild=False)
        )
        with self.ledger.transaction():
            extended = extend(begun.session, last, 2)
            self.ledger.update_session(
                extended.session, [extended.closed] if extended.closed else []
            )

    def seen(self, reading: Reading) -> tracker_state.TrackerState:
        found = tracker_state.state_in(scene_at(self.directory, self.ledger, reading))
        assert found is not None
        return found

    def end(self) -> None:
        self.ledger.close()
        os.close(self._held)


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Kept]:
    made = Kept(str(tmp_path / "state"))
    yield made
    made.end()


def later(reading: Reading, us: int, *, step: int = 0) -> Reading:
    return reading._replace(
        wall_us=reading.wall_us + us + step,
        mono_us=reading.mono_us + us,
        boot_us=reading.boot_us + us,
    )


def test_a_session_that_waited_is_shown_from_where_it_was_observed(kept: Kept) -> None:
    """The other machine's tracker made heartbeats for five minutes after this one had come."""
    kept.counts(THERE, later(THERE, 5 * MINUTE_US))
    kept.counts(FIRST, later(FIRST, 6 * MINUTE_US))
    shown = status_text.text(kept.seen(later(FIRST, 6 * MINUTE_US)))
    assert "Session 2      6m 00s  since Mon 21 Sep 2026 14:13:20" in shown
    listed = CliRunner().invoke(sessions.command, ["--dir", kept.directory]).stdout
    assert "21 Sep 2026 14:13 " in listed.splitlines()[1]


def test_clocks_that_are_not_the_trackers_add_nothing_and_status_says_so(kept: Kept) -> None:
    kept.counts(FIRST, later(FIRST, MINUTE_US))
    foreign = later(FIRST, 240 * HOUR_US, step=MINUTE_US + SECOND_US - 240 * HOUR_US)
    found = kept.seen(foreign)
    assert (found.running, found.session.running_us, found.silent_us) == (
        True,
        MINUTE_US,
        SECOND_US,
    )
    assert (found.total_us, found.today_us, found.ahead_us) == (MINUTE_US, MINUTE_US, 0)
    assert any(
        "863940s old by the monotonic clock here, but only 1s by the wall clock" in p
        for p in found.problems
    )
    triggers = standing_at(
        kept.ledger, foreign, liveness.running(kept.directory).daemon, DEFAULT_CONFIGURATION
    )
    assert triggers is not None
    assert (triggers.running, triggers.moment.measures.session) == (True, MINUTE_US)


def test_a_heartbeat_that_is_late_by_both_clocks_is_carried_on(kept: Kept) -> None:
    kept.counts(FIRST, later(FIRST, MINUTE_US))
    found = kept.seen(later(FIRST, HOUR_US))
    assert (found.session.running_us, found.silent_us) == (HOUR_US, HOUR_US - MINUTE_US)
    assert any("the last heartbeat is 3540s old" in problem for problem in found.problems)


def test_a_stopped_tracker_shows_today_as_today_and_an_earlier_day_as_that_day(kept: Kept) -> None:
    kept.counts(FIRST, later(FIRST, MINUTE_US))
    stopped = kept.seen(later(FIRST, MINUTE_US))._replace(running=False)
    assert "Today" in status_text.text(stopped._replace(now_us=stopped.at + HOUR_US))
    assert "That day" in status_text.text(stopped._replace(now_us=stopped.at + 48 * HOUR_US))


def test_a_notice_grows_older_while_the_tracker_is_stopped(kept: Kept) -> None:
    kept.counts(FIRST, later(FIRST, MINUTE_US))
    found = kept.seen(later(FIRST, MINUTE_US))
    stopped = found._replace(
        running=False, notices=(Notice("hello", found.at, found.at + 9 * HOUR_US),)
    )
    assert "hello (2h 00m ago)" in status_text.text(stopped._replace(now_us=found.at + 2 * HOUR_US))
