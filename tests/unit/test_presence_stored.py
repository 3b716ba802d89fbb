"""Presence in the ledger: by quarter hours, with the heartbeat, and apart from what was never
looked at."""

import sqlite3
from pathlib import Path

import pytest
from tests.unit.sessions import TRACKER, reading, session

from codespace_tracker.core.presence import QUARTER_US, Kept, Part, Stretch, Tally
from codespace_tracker.core.session import closed_span, extend
from codespace_tracker.ledger import migrate, presence, presence_sums
from codespace_tracker.ledger.presence import Found, Seen
from codespace_tracker.ledger.presence_sums import Quarter, Split, quarters
from codespace_tracker.ledger.store import Ledger

FIRST = 1_790_000_100 * 1_000_000 // QUARTER_US * QUARTER_US
EVER = 1 << 62


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger.open_writer(str(tmp_path / "ledger.db"))
    made.put_tracker(TRACKER)
    made.add_session(session(), "tracker-1")
    return made


def seen(*parts: Part, decided: int = 50, since: int | None = 40) -> Seen:
    stretch = None if since is None else Stretch(since, 7, 60)
    return Seen(Kept(decided, 7, 5), Tally().plus([*parts]), stretch)


def beat(ledger: Ledger, second: int, what: Seen) -> None:
    with ledger.transaction():
        ledger.heartbeat(extend(session(), reading(second), 2).session, seen=what)


def test_where_nobody_looked_there_is_no_quarter_hour(ledger: Ledger) -> None:
    ledger.heartbeat(extend(session(), reading(10), 2).session)
    assert quarters(ledger, 0, EVER) == []
    assert presence.found(ledger, 1) == Found(Kept(0, 0, 0), None, None)
    assert presence.found(ledger, 2) is None


def test_a_quarter_hour_that_is_counted_is_in_the_sessions_row(ledger: Ledger) -> None:
    ledger.heartbeat(extend(session(), reading(10), 2).session, seen=seen(Part(FIRST, 1, 2, 3)))
    assert presence.found(ledger, 1) == Found(Kept(50, 7, 5), Part(FIRST, 1, 2, 3), 40)
    assert quarters(ledger, 0, EVER) == [Quarter(FIRST, 1, 1, 2, 3)]
    assert ledger.value("SELECT count(*) FROM presence") == 0
    beat(ledger, 20, seen(Part(FIRST, 2, 2, 3), since=None))
    assert presence.found(ledger, 1) == Found(Kept(50, 7, 5), Part(FIRST, 2, 2, 3), None)


def test_one_that_is_over_gets_a_row_and_one_that_comes_again_is_added_to(ledger: Ledger) -> None:
    second = FIRST + QUARTER_US
    beat(ledger, 10, seen(Part(FIRST, 1, 2, 3), Part(second, 4, 5, 6)))
    assert quarters(ledger, 0, EVER) == [
        Quarter(FIRST, 1, 1, 2, 3),
        Quarter(second, 1, 4, 5, 6),
    ]
    beat(ledger, 20, seen(Part(second, 4, 5, 6), Part(FIRST, 10, 10, 10), Part(second, 1, 1, 1)))
    assert quarters(ledger, 0, EVER) == [
        Quarter(FIRST, 1, 11, 12, 13),
        Quarter(second, 1, 5, 6, 7),
    ]
    assert quarters(ledger, second, EVER) == [Quarter(second, 1, 5, 6, 7)]
    assert quarters(ledger, 0, second) == [Quarter(FIRST, 1, 11, 12, 13)]


def test_a_heartbeat_without_a_look_leaves_it_as_it_is(ledger: Ledger) -> None:
    ledger.heartbeat(extend(session(), reading(10), 2).session, seen=seen(Part(FIRST, 1, 2, 3)))
    ledger.heartbeat(extend(session(), reading(20), 2).session)
    assert presence.found(ledger, 1) == Found(Kept(50, 7, 5), Part(FIRST, 1, 2, 3), 40)


@pytest.mark.parametrize("form", [4, 7])
def test_of_a_ledger_of_an_earlier_form_nothing_is_known_and_what_it_counted_is_not_unknown(
    tmp_path: Path, form: int
) -> None:
    """That of 0.1.0, and the last one before presence."""
    path = tmp_path / "ledger.db"
    connection = sqlite3.connect(path)
    for number, file in migrate.migrations():
        if number <= form:
            connection.executescript(f"{Path(file).read_text()}; PRAGMA user_version = {number};")
    connection.execute(
        "INSERT INTO session (number, session_id, tracker_id, boot_id, started_at, last_seen_at,"
        " last_mono_us, last_boot_us, running_us) VALUES (1, 'a', 't', 'b', 0, 99, 99, 99, 99)"
    )
    connection.commit()
    connection.close()
    with Ledger.open_reader(str(path)) as older:
        assert presence.found(older, 1) is None
        assert quarters(older, 0, EVER) == []
    with Ledger.open_writer(str(path)) as ledger:
        assert presence.found(ledger, 1) == Found(Kept(99, 0, 0), None, None)
        assert quarters(ledger, 0, EVER) == []


def test_a_session_that_is_closed_leaves_its_last_quarter_hour_among_those_that_are_over(
    ledger: Ledger,
) -> None:
    ledger.heartbeat(extend(session(), reading(10), 2).session, seen=seen(Part(FIRST, 1, 2, 3)))
    with ledger.transaction():
        presence.close(ledger, 2)
        ledger.close_span(1, closed_span(session()))
        ledger.add_session(session(2, 60), "tracker-1", "owner/other")
    assert quarters(ledger, 0, EVER) == [Quarter(FIRST, 1, 1, 2, 3)]
    with ledger.transaction():
        presence.close(ledger, 2)  # again changes nothing
    ledger.heartbeat(extend(session(2, 60), reading(90), 2).session, seen=seen(Part(FIRST, 4, 5)))
    assert quarters(ledger, 0, EVER) == [Quarter(FIRST, 1, 1, 2, 3), Quarter(FIRST, 2, 4, 5, 0)]
    assert presence_sums.of_session(ledger, 1) == [Quarter(FIRST, 1, 1, 2, 3)]
    assert presence_sums.of_session(ledger, 2) == [Quarter(FIRST, 2, 4, 5, 0)]
    assert presence_sums.running_time(ledger, FIRST, EVER) == Split(5, 7)
    assert presence_sums.running_time(ledger, FIRST + 1, EVER) == Split(0, 0)
    assert presence_sums.by_session(ledger, 0, EVER) == {1: Split(1, 2), 2: Split(4, 5)}
    assert presence_sums.by_repository(ledger, 0, EVER) == {
        "": Split(1, 2),
        "owner/other": Split(4, 5),
    }


def test_core_time_splits_by_the_cores_that_the_machine_had_then(ledger: Ledger) -> None:
    """A session may go on with more cores: each quarter hour counts with those of its time."""
    second = FIRST + QUARTER_US
    beat(ledger, 10, seen(Part(FIRST, 1, 2, 3), Part(second, 4, 5, 6)))
    assert presence_sums.core_time(ledger, 0, EVER) == Split(2 * (1 + 4), 2 * (2 + 5))
    at = (second - reading(0).wall_us) // 1_000_000  # when the second one begins: seconds of it
    more = extend(extend(session(), reading(at), 2).session, reading(at + 60), 8)
    with ledger.transaction():
        ledger.update_session(more.session, [more.closed] if more.closed else [])
    assert presence_sums.by_machine(ledger, 0, EVER) == {2: Split(1, 2), 8: Split(4, 5)}
    assert presence_sums.core_time(ledger, 0, EVER) == Split(2 * 1 + 8 * 4, 2 * 2 + 8 * 5)


def test_who_was_seen_last_is_as_of_the_last_heartbeat(ledger: Ledger) -> None:
    assert presence_sums.last_seen(ledger, 1) == (None, 0)
    beat(ledger, 10, seen(Part(FIRST, 1, 2, 3)))
    assert presence_sums.last_seen(ledger, 1) == (40, 5)
    assert presence_sums.last_seen(ledger, 2) == (None, 0)
