"""A ledger is the file that was looked at: SQLite takes a path, and others may change what that
leads to meanwhile."""

import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from codespace_tracker.ledger.apart import by_copy
from codespace_tracker.ledger.backup import is_sound
from codespace_tracker.ledger.connect import LedgerForeign
from codespace_tracker.ledger.sqlite import sqlite3 as c_sqlite3
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.rooted import root_at, unroot
from codespace_tracker.machine.trusted_directory import TO_HOLD


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
    monkeypatch.setattr(c_sqlite3, "connect", swapper.connect)
    with pytest.raises(LedgerForeign, match="was replaced while it was opened"):
        opens(str(tmp_path / "ours/ledger.db"))


@pytest.mark.machine
@pytest.mark.parametrize("suffix", ["", "-wal", "-shm", "-journal"])
def test_a_ledger_of_another_user_or_a_log_beside_it_is_not_read(
    tmp_path: Path, suffix: str
) -> None:
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


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Path]:
    """The path of a directory that this process holds, and that has another one in its place by
    now."""
    for name in ("ours", "theirs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "ledger.db").write_text(name)
        (tmp_path / name / "ledger.db-wal").write_text(f"log of {name}")
    fd = os.open(tmp_path / "ours", TO_HOLD)
    root_at(str(tmp_path / "ours"), fd)
    (tmp_path / "ours").rename(tmp_path / "aside")
    (tmp_path / "theirs").rename(tmp_path / "ours")
    yield tmp_path / "ours"
    unroot()
    os.close(fd)


def test_a_copy_is_made_of_the_ledger_in_the_directory_that_is_held(held: Path) -> None:
    def contents(copy: str) -> tuple[str, str]:
        return Path(copy).read_text(), Path(f"{copy}-wal").read_text()

    assert by_copy(str(held / "ledger.db"), contents) == ("ours", "log of ours")


@pytest.mark.machine
def test_no_copy_is_made_of_another_users_ledger_or_by_their_link(tmp_path: Path) -> None:
    for name in ("link", "file"):
        (tmp_path / name).mkdir()
    (tmp_path / "ours").touch()
    (tmp_path / "link/ledger.db").symlink_to("../ours")
    (tmp_path / "file/ledger.db").touch()
    for name in ("link", "file"):
        os.chown(tmp_path / name / "ledger.db", 1234, 1234, follow_symlinks=False)
        with pytest.raises(PermissionError, match="user 1234"):
            by_copy(str(tmp_path / name / "ledger.db"), Path)
