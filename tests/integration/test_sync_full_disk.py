"""A disk that is full, here or there: one line, nothing lost, and it goes on once there is room."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.codespaces import Codespace, bare_repository, branches

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError

pytestmark = pytest.mark.machine

DAY = parse_iso("2026-11-10T08:00:00Z")
NOW = DAY + DAY_US


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of 3 MiB, mounted there."""
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Not a byte is free there."""
    path = folder / "filler"
    with path.open("wb", buffering=0) as file:
        try:
            while file.write(b"x" * 4096):
                pass
        except OSError:
            pass
    assert os.statvfs(folder).f_bavail == 0
    try:
        yield
    finally:
        path.unlink()


def tried(one: Codespace) -> str:
    """What a sync says is wrong."""
    try:
        return one.sync().problem
    except (Failure, LedgerError) as error:
        return str(error)


def test_a_full_disk_here_loses_nothing(tmp_path: Path) -> None:
    place = bare_repository(tmp_path)
    with small_disk(tmp_path / "disk") as disk:
        one = Codespace(disk, "one", NOW)
        one.ran(DAY)
        one.join(place)
        assert one.sync().problem == ""
        one.ran(DAY + 2 * HOUR_US)
        before = one.stream_id
        with filled(disk):
            for _ in range(3):
                said = tried(one)
                assert "\n" not in said
                assert "No space left" in said or "disk" in said
        assert one.stream_id == before
        assert one.sync().problem == ""
        assert set(branches(place)) == {before}
        assert one.core_us() == 2 * 2 * HOUR_US


def test_a_full_disk_there_is_said_and_made_up_for_later(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        place = bare_repository(disk)
        one = Codespace(tmp_path, "one", NOW)
        one.ran(DAY)
        one.join(place)
        assert one.sync().problem == ""
        before = branches(place)
        one.ran(DAY + 2 * HOUR_US)
        with filled(disk):
            said = tried(one)
            assert "a disk is full, here or there. Fix: make room; it is tried again later." in said
            assert branches(place) == before
        done = one.sync()
        assert (done.problem, done.second_writer) == ("", False)
        assert set(branches(place)) == set(before)
