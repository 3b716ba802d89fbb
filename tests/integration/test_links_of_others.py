"""Another user's link to a file of ours is not followed: what it leads to is theirs to choose."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER

from codespace_tracker.machine.files import read_own
from codespace_tracker.machine.trusted_directory import open_own

pytestmark = pytest.mark.machine


def read_it(path: Path) -> bytes | None:
    return read_own(str(path), 100)


def read_in_the_directory(path: Path) -> bytes | None:
    return _read(str(path.parent), path.name)


def read_by_its_path(path: Path) -> bytes | None:
    return _read("/", str(path))


def _read(directory: str, name: str) -> bytes | None:
    try:
        fd = open_own(directory, name)
    except OSError:
        return None
    try:
        return os.read(fd, 100)
    finally:
        os.close(fd)


READERS = pytest.mark.parametrize("read", [read_it, read_in_the_directory, read_by_its_path])
Read = Callable[[Path], bytes | None]


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    made = tmp_path / "ours"
    made.write_bytes(b"ours")
    made.chmod(0o600)
    return made


def linked(link: Path, target: Path | str, user: int) -> Path:
    link.symlink_to(target)
    os.chown(link, user, user, follow_symlinks=False)
    return link


@READERS
def test_another_users_link_to_a_file_of_ours_is_not_followed(
    tmp_path: Path, ours: Path, read: Read
) -> None:
    assert read(linked(tmp_path / "link", ours, OTHER)) is None


@READERS
def test_another_users_link_behind_a_link_of_ours_is_not_followed(
    tmp_path: Path, ours: Path, read: Read
) -> None:
    theirs = linked(tmp_path / "theirs", ours, OTHER)
    assert read(linked(tmp_path / "link", theirs, os.geteuid())) is None


@READERS
@pytest.mark.parametrize("target", ["ours", "folder/../ours", "between"])
def test_a_link_of_ours_is_followed(tmp_path: Path, ours: Path, read: Read, target: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "between").symlink_to("ours")
    assert read(linked(tmp_path / "link", target, os.geteuid())) == b"ours"


@READERS
def test_links_in_a_circle_are_no_file(tmp_path: Path, read: Read) -> None:
    assert read(linked(tmp_path / "link", "link", os.geteuid())) is None
