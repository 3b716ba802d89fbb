"""A ledger is the file that was looked at: SQLite takes a path, and others may change what that leads to meanwhile."""

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codespace_tracker.ledger.backup import is_sound
from codespace_tracker.ledger.connect import LedgerForeign
from codespace_tracker.ledger.store import Ledger


class Swapper:
    """Puts another folder in the place of the ledger's for the moment in which SQLite opens it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("ours", "theirs"):
            (folder / name).mkdir()
            Ledger.open_writer(str(folder / name / "ledger.db")).close()
        self._connect = sqlite3.connect

    def connect(self, *words: Any, **more: Any) -> sqlite3.Connection:
        (self.folder / "ours").rename(self.folder / "aside")
        (self.folder / "theirs").rename(self.folder / "ours")
        connection: sqlite3.Connection = self._connect(*words, **more)
        connection.execute("SELECT count(*) FROM session").fetchone()
        (self.folder / "ours").rename(self.folder / "theirs")
        (self.folder / "aside").rename(self.folder / "ours")
        return connection


@pytest.mark.parametrize("opens", [Ledger.open_writer, Ledger.open_reader])
def test_a_ledger_put_there_for_the_moment_of_opening_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, opens: Callable[[str], Ledger]
) -> None:
    swapper = Swapper(tmp_path)
    monkeypatch.setattr(sqlite3, "connect", swapper.connect)
    with pytest.raises(LedgerForeign, match="was replaced while it was opened"):
        opens(str(tmp_path / "ours/ledger.db"))


@pytest.mark.machine
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_ledger_of_another_user_or_a_log_beside_it_is_not_read(tmp_path: Path, suffix: str) -> None:
    path = str(tmp_path / "ledger.db")
    Ledger.open_writer(path).close()
    assert is_sound(path)
    Path(path + suffix).touch()
    os.chown(path + suffix, 1234, 1234)
    for opens in (Ledger.open_writer, Ledger.open_reader):
        with pytest.raises(LedgerForeign, match=rf"{path}{suffix}: belongs to user 1234"):
            opens(path)
    assert not is_sound(path)


def test_a_path_with_two_slashes_at_its_beginning_is_read(tmp_path: Path) -> None:
    path = f"/{tmp_path}/ledger.db"
    Ledger.open_writer(path).close()
    Ledger.open_reader(path).close()
