"""Copies of the ledger: verified before they are kept, never more than seven, the damaged one set
aside whole."""

import sqlite3
import stat
from pathlib import Path

import pytest

from codespace_tracker.ledger.backup import KEPT, back_up, copies, copy_to, is_sound, set_aside
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.store import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger.open_writer(str(tmp_path / "ledger.db"))
    made.note(1, "something")
    return made


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


def test_a_copy_holds_what_is_still_in_the_log_and_is_one_private_file(
    ledger: Ledger, folder: Path
) -> None:
    path = back_up(ledger.connection, str(folder), "2026-01-01")
    assert path is not None
    assert [entry.name for entry in folder.iterdir()] == ["ledger-2026-01-01.db"]
    assert stat.S_IMODE(Path(path).stat().st_mode) == 0o600
    assert is_sound(path)
    assert sqlite3.connect(path).execute("SELECT kind FROM journal").fetchall() == [("something",)]


def test_one_copy_a_day_is_made_and_the_first_stays(ledger: Ledger, folder: Path) -> None:
    first = back_up(ledger.connection, str(folder), "2026-01-01")
    assert first is not None
    content = Path(first).read_bytes()
    ledger.note(2, "later")
    assert back_up(ledger.connection, str(folder), "2026-01-01") is None
    assert Path(first).read_bytes() == content


def test_the_newest_seven_days_are_kept(ledger: Ledger, folder: Path) -> None:
    for day in range(1, 11):
        back_up(ledger.connection, str(folder), f"2026-01-{day:02}")
    names = [Path(path).name for path in copies(str(folder))]
    assert names == [f"ledger-2026-01-{day:02}.db" for day in range(10, 10 - KEPT, -1)]


def test_a_damaged_ledger_takes_no_good_copy_away(ledger: Ledger, folder: Path) -> None:
    good = back_up(ledger.connection, str(folder), "2026-01-01")
    for n in range(2000):
        ledger.note(n, "entry", None, {"text": "x" * 50})
    ledger.close()
    content = bytearray(Path(ledger.path).read_bytes())
    content[20_000:60_000] = b"\x07" * 40_000
    Path(ledger.path).write_bytes(content)
    damaged = sqlite3.connect(ledger.path)
    with pytest.raises(LedgerError):
        back_up(damaged, str(folder), "2026-01-02")
    assert copies(str(folder)) == [good]
    assert len(list(folder.iterdir())) == 1, "nothing half-made is left"


def test_what_a_crash_left_of_a_copy_is_in_nobodys_way(ledger: Ledger, folder: Path) -> None:
    (folder / "ledger-2026-01-01.db.tmp").write_bytes(b"half")
    assert copies(str(folder)) == []
    path = back_up(ledger.connection, str(folder), "2026-01-01")
    assert path is not None
    assert is_sound(path)


@pytest.mark.parametrize("content", [b"", b"no database", b"SQLite format 3\x00" + b"\x00" * 4000])
def test_what_is_no_ledger_is_not_sound(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ledger-2026-01-01.db"
    path.write_bytes(content)
    assert not is_sound(str(path))


def test_a_ledger_is_set_aside_with_its_log_under_names_of_their_own(
    ledger: Ledger, tmp_path: Path
) -> None:
    assert Path(f"{ledger.path}-wal").exists()
    wal = Path(f"{ledger.path}-wal").read_bytes()
    first = set_aside(ledger.path, "20260101T000000Z")
    assert first.endswith("ledger.damaged-20260101T000000Z.db")
    assert Path(f"{first}-wal").read_bytes() == wal
    assert not Path(ledger.path).exists()
    Path(ledger.path).write_bytes(b"another")
    second = set_aside(ledger.path, "20260101T000000Z")
    assert second != first
    assert Path(first).exists()


def test_a_copy_to_a_folder_that_is_gone_says_so_and_hurts_nothing(
    ledger: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(OSError, match="nowhere"):
        copy_to(ledger.connection, str(tmp_path / "nowhere" / "ledger.db"))
    assert [entry.kind for entry in ledger.journal()] == ["something"]


def test_looking_for_a_ledger_where_there_is_none_makes_none(tmp_path: Path) -> None:
    assert not is_sound(str(tmp_path / "ledger.db"))
    assert list(tmp_path.iterdir()) == []
