"""What stands in the place of SQLite's logs, or leads to another ledger, neither holds the clock up
nor is read."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker, wait_until

from codespace_tracker.ledger.connect import (
    LedgerError,
    LedgerForeign,
    connect_reader,
    connect_writer,
)

OTHER = 61_997


def pipe(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("elsewhere")
    (path.parent / "elsewhere").touch()


def folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
@pytest.mark.parametrize("plant", [pipe, link, folder], ids=lambda plant: plant.__name__)
def test_a_log_that_is_no_file_is_named_and_waited_for_by_none(
    tmp_path: Path, plant: Callable[[Path], None], suffix: str
) -> None:
    ledger = tmp_path / "ledger.db"
    connect_writer(str(ledger)).close()
    plant(tmp_path / f"ledger.db{suffix}")
    for connect in (connect_reader, connect_writer):
        with pytest.raises(LedgerError, match=f"{ledger}{suffix}: is not a file"):
            connect(str(ledger))


def test_a_pipe_at_the_journal_of_a_running_tracker_stops_no_clock(tracker: RealTracker) -> None:
    tracker.verb("init", "--timezone", "UTC")
    with (tracker.directory / "config.toml").open("a") as file:
        file.write("\nheartbeat_seconds = 1\n")
    tracker.verb("start")
    os.mkfifo(tracker.directory / "ledger.db-journal")
    os.utime(
        tracker.directory / "ledger.db"
    )  # the daemon sees whether the ledger can still be read
    log, seen = tracker.directory / "ledger.db-wal", set[int]()

    def goes_on() -> bool:
        seen.add(log.stat().st_mtime_ns)
        return len(seen) > 4

    wait_until(goes_on, "heartbeats are written", 20)
    assert "ledger.db-journal: is not a file" in tracker.verb("sessions", code=1).stderr
    os.unlink(tracker.directory / "ledger.db-journal")
    tracker.verb("sessions")


@pytest.mark.machine
def test_a_link_that_another_user_made_leads_to_no_ledger(tmp_path: Path) -> None:
    connect_writer(str(tmp_path / "cloned.db")).close()
    shutil.copy(tmp_path / "cloned.db", tmp_path / "kept.db")
    ledger = tmp_path / "ledger.db"
    ledger.symlink_to("cloned.db")
    connect_reader(str(ledger)).close()
    os.chown(ledger, OTHER, OTHER, follow_symlinks=False)
    for connect in (connect_reader, connect_writer):
        with pytest.raises(LedgerForeign, match=f"belongs to user {OTHER}"):
            connect(str(ledger))
