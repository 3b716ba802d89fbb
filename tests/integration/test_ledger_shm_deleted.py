"""ledger.db-shm, by which programs find each other's changes, deleted under those that have it
open."""

import os
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest
from tests.integration.checks import assert_no_second_lost
from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.ledger.database import LedgerCutOff
from codespace_tracker.ledger.store import Ledger, Tracker


def notices(tracker: RealTracker) -> list[str]:
    return [text for (text,) in tracker.read("SELECT text FROM notice ORDER BY at")]


def is_sound(tracker: RealTracker) -> bool:
    connection = sqlite3.connect(f"file:{tracker.directory}/ledger.db?mode=ro", uri=True)
    try:
        return bool(connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok")
    finally:
        connection.close()


@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_what_verbs_write_after_the_index_is_gone_stays(quick: RealTracker, how: str) -> None:
    before = quick.status()["session"]["session_id"]
    path = quick.directory / "ledger.db-shm"
    if how == "deleted":
        path.unlink()
    else:
        shutil.copy(path, path.with_suffix(".other"))
        path.with_suffix(".other").rename(path)
    quick.verb("notice", "one")
    wait_until(
        lambda: "Starting over" in (quick.directory / "debug.log").read_text(), "the daemon notices"
    )
    wait_until(lambda: None not in quick.running(), "it is back")
    quick.verb("notice", "two")
    drawn = quick.directory / "notice.txt"
    wait_until(
        lambda: drawn.exists() and "two" in drawn.read_text(), "the daemon sees what verbs write"
    )
    quick.verb("restart")
    assert notices(quick) == ["one", "two"]
    assert quick.status()["session"]["session_id"] == before
    assert_no_second_lost(quick)
    assert is_sound(quick)


def test_a_log_that_verbs_began_anew_is_not_taken_for_damage(quick: RealTracker) -> None:
    """More is written than SQLite keeps in its log: the old index leads the daemon to other pages
    now."""
    (quick.directory / "ledger.db-shm").unlink()
    ledger = Ledger.open_to_change(str(quick.directory / "ledger.db"))
    for number in range(8):
        with ledger.transaction():
            ledger.note(number, "filler", None, {"text": "x" * (1 << 20)})
    ledger.close()
    wait_until(
        lambda: "Starting over" in (quick.directory / "debug.log").read_text(), "the daemon notices"
    )
    wait_until(lambda: None not in quick.running(), "it is back")
    quick.verb("restart")
    assert quick.journal().count("filler") == 8
    assert list(quick.directory.glob("ledger.damaged-*")) == []
    assert is_sound(quick)
    assert_no_second_lost(quick)


@pytest.mark.parametrize("number", [signal.SIGUSR2, signal.SIGTERM])
def test_an_end_just_after_the_index_is_gone_is_written_down(
    quick: RealTracker, number: int
) -> None:
    (quick.directory / "ledger.db-shm").unlink()
    quick.verb("notice", "one")
    keeper = quick.running().keeper
    assert keeper is not None
    os.kill(keeper.pid, number)
    wait_until(lambda: quick.running() == (None, None), "it ends")
    assert notices(quick) == ["one"]
    ending = "paused" if number == signal.SIGUSR2 else "clean"
    assert quick.read("SELECT ending FROM session") == [(ending,)]


def test_a_program_that_writes_on_after_the_index_is_gone_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    Ledger.open_writer(str(path)).close()
    ledger = Ledger.open_to_change(str(path))
    with ledger.transaction():
        ledger.put_tracker(Tracker("one", "host", "", "", "", 0))
    (tmp_path / "ledger.db-shm").unlink()
    other = sqlite3.connect(path)
    with (
        pytest.raises(LedgerCutOff, match=r"ledger.db-shm: was deleted or replaced.*Fix:"),
        ledger.transaction(),
    ):
        ledger.put_tracker(Tracker("two", "host", "", "", "", 0))
    with pytest.raises(LedgerCutOff):
        ledger.keep_drawn("x", (1, 2, 3))
    assert other.execute("SELECT tracker_id FROM tracker").fetchall() == [("one",)]
    other.close()
    ledger.close()
