"""The ledger: what is committed is there, what is not is not, and whoever is not entitled changes
nothing."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from tests.unit.sessions import START, TRACKER, reading, session

from codespace_tracker.core.clock import DAY_US, HOUR_US, SECOND_US
from codespace_tracker.core.session import end, extend
from codespace_tracker.ledger.connect import LedgerDamaged, LedgerError, LedgerMissing, LedgerNewer
from codespace_tracker.ledger.migrate import migrations
from codespace_tracker.ledger.store import Ledger, LedgerReplaced, StoredConfiguration


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger.open_writer(str(tmp_path / "ledger.db"))
    made.put_tracker(TRACKER)
    return made


def test_the_migrations_are_numbered_without_a_gap() -> None:
    assert [number for number, _ in migrations()] == list(range(1, len(migrations()) + 1))


def test_opening_again_changes_nothing(ledger: Ledger) -> None:
    ledger.add_session(session(), "tracker-1")
    ledger.close()
    again = Ledger.open_writer(ledger.path)
    assert again.last_session() == session()
    assert again.tracker() == TRACKER


def test_a_migration_that_fails_half_way_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "0001_broken.sql"
    broken.write_text("CREATE TABLE one (a INTEGER) STRICT; CREATE TABLE one (b INTEGER) STRICT;")
    monkeypatch.setattr("codespace_tracker.ledger.migrate.migrations", lambda: [(1, str(broken))])
    with pytest.raises(LedgerError):
        Ledger.open_writer(str(tmp_path / "ledger.db"))
    connection = sqlite3.connect(tmp_path / "ledger.db")
    assert connection.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)


def test_a_newer_ledger_is_refused_by_reader_and_writer_and_stays_as_it_was(ledger: Ledger) -> None:
    ledger.connection.execute("PRAGMA user_version = 999")
    ledger.close()
    before = Path(ledger.path).read_bytes()
    for opened in (Ledger.open_writer, Ledger.open_reader):
        with pytest.raises(LedgerNewer, match="newer version"):
            opened(ledger.path)
    assert Path(ledger.path).read_bytes() == before


def test_a_database_of_somebody_else_is_no_ledger(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    with pytest.raises(LedgerDamaged, match="not a ledger"):
        Ledger.open_writer(str(path))


def test_a_reader_makes_no_ledger_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(LedgerMissing, match="Fix:"):
        Ledger.open_reader(str(tmp_path / "ledger.db"))
    assert list(tmp_path.iterdir()) == []


def test_a_reader_cannot_write(ledger: Ledger) -> None:
    with pytest.raises(LedgerError):
        Ledger.open_reader(ledger.path).note(START, "from a reader")


def test_a_path_with_the_signs_of_an_address_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "50% ? #1"
    folder.mkdir()
    Ledger.open_writer(str(folder / "ledger.db")).close()
    assert Ledger.open_reader(str(folder / "ledger.db")).journal_end() == 0


def test_the_ledger_is_for_its_owners_eyes_only(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        ledger = Ledger.open_writer(str(tmp_path / "ledger.db"))
        ledger.note(START, "something")
    finally:
        os.umask(before)
    assert {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()} == {0o600}


def test_a_transaction_that_fails_leaves_nothing_of_itself(ledger: Ledger) -> None:
    def half_a_change() -> None:
        with ledger.transaction():
            ledger.note(START, "told")
            ledger.add_session(session(), "tracker-1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        half_a_change()
    assert ledger.journal() == []
    assert ledger.last_session() is None


def test_a_heartbeat_into_another_ledger_is_noticed(ledger: Ledger) -> None:
    with pytest.raises(LedgerReplaced):
        ledger.heartbeat(session())
    known = extend(session(), reading(10), 2).session
    ledger.add_session(known, "tracker-1")
    with pytest.raises(LedgerReplaced):
        ledger.heartbeat(session())  # an older state of the same session


def test_a_heartbeat_does_not_write_a_span(ledger: Ledger) -> None:
    ledger.add_session(session(), "tracker-1")
    ledger.heartbeat(extend(session(), reading(10), 2).session)
    assert ledger.value("SELECT count(*) FROM span") == 1
    assert [span.running_us for span in ledger.spans_since(START)] == [10 * SECOND_US]


def test_spans_that_ended_before_are_not_told_and_the_open_one_is(ledger: Ledger) -> None:
    first = extend(session(), reading(100), 2).session
    stepped = extend(first, reading(110, DAY_US), 2)
    ledger.add_session(session(), "tracker-1")
    assert stepped.closed is not None
    ledger.update_session(stepped.session, [stepped.closed])
    assert [span.n for span in ledger.spans_since(START)] == [1, 2]
    assert [span.n for span in ledger.spans_since(START + HOUR_US)] == [2]
    assert sum(span.running_us for span in ledger.spans_since(START)) == stepped.session.running_us


def test_a_session_that_another_tracker_left_open_reads_as_recovered_and_is_not_changed(
    ledger: Ledger,
) -> None:
    ledger.add_session(extend(session(), reading(10), 2).session, "somebody else")
    last = ledger.last_session()
    assert last is not None
    assert (last.ending, last.ended_at) == ("recovered", START + 10 * SECOND_US)
    assert ledger.value("SELECT ending FROM session") is None


def test_sessions_are_told_newest_first_within_the_bounds(ledger: Ledger) -> None:
    for number in range(1, 6):
        begun = session(number, number * 3600)
        ledger.add_session(
            end(extend(begun, reading(number * 3600 + 60), 2).session, "clean"), "tracker-1"
        )
    hour = 3600 * SECOND_US
    numbers = [one.number for one in ledger.sessions(START + 2 * hour, START + 5 * hour, -1)]
    assert numbers == [4, 3, 2]
    assert [one.number for one in ledger.sessions(0, 1 << 62, 2)] == [5, 4]
    assert [one.number for one in ledger.sessions_from(4)] == [4, 5]
    assert ledger.first_start() == START + hour


def test_the_journal_stays_gapless_when_old_entries_are_forgotten(ledger: Ledger) -> None:
    for n in range(5):
        ledger.note(START + n, "entry", None, {"n": n})
    ledger.forget(START + 3, START + 9)
    assert [entry.seq for entry in ledger.journal()] == [4, 5]
    ledger.forget(START + DAY_US, START + DAY_US)
    assert [entry.seq for entry in ledger.journal()] == [5], (
        "the newest stays, or numbers would be given twice"
    )
    ledger.note(START + 9, "entry")
    assert ledger.journal_end() == 6
    assert [entry.seq for entry in ledger.journal(after=5)] == [6]


@pytest.mark.parametrize("wrong", [0, START + 1000 * DAY_US])
def test_an_entry_made_by_a_wrong_clock_leaves_no_gap_and_keeps_no_old_one(
    ledger: Ledger, wrong: int
) -> None:
    for at in (wrong, START, START + 3, wrong, START + 5):
        ledger.note(at, "entry")
    ledger.forget(START + 1, START + 9)
    assert [entry.seq for entry in ledger.journal()] == [3, 4, 5]


def test_a_clock_that_is_set_back_for_a_while_costs_no_history(ledger: Ledger) -> None:
    for day in range(3):
        ledger.note(START + day * DAY_US, "entry")
    ledger.note(5, "dated by a clock that began in 1970")
    ledger.forget(5 - 400 * DAY_US, 5 + DAY_US)
    assert [entry.seq for entry in ledger.journal()] == [1, 2, 3, 4]


def test_a_plan_and_the_look_of_a_file_are_kept(ledger: Ledger) -> None:
    assert ledger.stored_configuration() is None
    ledger.store_configuration(StoredConfiguration("{}", "[]"))
    ledger.store_configuration(StoredConfiguration("{1}", "[1]"))
    assert ledger.stored_configuration() == StoredConfiguration("{1}", "[1]")
    assert ledger.drawn("a") is None
    ledger.keep_drawn("a", (1, 2, 3))
    ledger.keep_drawn("a", (4, 5, 6))
    assert ledger.drawn("a") == (4, 5, 6)


def test_damage_is_told_in_words(ledger: Ledger) -> None:
    for n in range(2000):
        ledger.note(START + n, "entry", None, {"text": "x" * 50})
    ledger.close()
    Path(f"{ledger.path}-wal").unlink(missing_ok=True)
    content = bytearray(Path(ledger.path).read_bytes())
    content[20_000:60_000] = b"\x07" * 40_000
    Path(ledger.path).write_bytes(content)
    try:
        told = Ledger.open_writer(ledger.path).sound()
    except LedgerDamaged as error:
        told = [str(error)]
    assert told


def test_a_clock_that_is_read_after_a_snapshot_is_not_behind_it(
    ledger: Ledger,
) -> None:
    ledger.add_session(session(), "tracker-1")
    reader = Ledger.open_reader(ledger.path)
    with reader.snapshot():
        ledger.heartbeat(extend(session(), reading(10), 2).session)
        assert reader.last_session() == session()
    assert reader.last_session() != session()
