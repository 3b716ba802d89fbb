"""Files that readers see whole, whatever lies in their place."""

import os
import resource
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from tests.children import forked

from codespace_tracker.machine.files import (
    identity,
    make_directory,
    place,
    read_own,
    read_small,
    replace,
    stamp,
    write_all,
)
from codespace_tracker.machine.rooted import look, root_at, shown, unroot


def test_what_is_replaced_is_there_whole_and_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        replace(str(tmp_path / "a"), b"one", durable=True)
        replace(str(tmp_path / "a"), b"two")
    finally:
        os.umask(before)
    assert (tmp_path / "a").read_bytes() == b"two"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("plant", ["hard link", "link", "pipe"])
def test_what_stands_at_the_temporary_name_is_not_written_to(tmp_path: Path, plant: str) -> None:
    theirs, waiting = tmp_path / "theirs", tmp_path / "a.tmp"
    theirs.write_bytes(b"theirs")
    theirs.chmod(0o640)
    if plant == "hard link":
        os.link(theirs, waiting)
    elif plant == "link":
        waiting.symlink_to(theirs)
    else:
        os.mkfifo(waiting)
    replace(str(tmp_path / "a"), b"ours")
    assert (tmp_path / "a").read_bytes() == b"ours"
    assert (theirs.read_bytes(), stat.S_IMODE(theirs.stat().st_mode)) == (b"theirs", 0o640)
    assert not os.path.lexists(waiting)


@pytest.mark.machine
def test_a_file_of_another_user_counts_as_not_there_where_only_our_own_count(
    tmp_path: Path,
) -> None:
    (tmp_path / "a").write_bytes(b"one")
    assert read_own(str(tmp_path / "a"), 10) == b"one"
    os.chown(tmp_path / "a", 1234, 1234)
    assert read_own(str(tmp_path / "a"), 10) is None
    assert read_small(str(tmp_path / "a"), 10) == b"one"


def test_a_reader_who_opened_the_old_file_reads_the_old_file(tmp_path: Path) -> None:
    replace(str(tmp_path / "a"), b"old" * 1000)
    with (tmp_path / "a").open("rb") as file:
        replace(str(tmp_path / "a"), b"new")
        assert file.read() == b"old" * 1000


def test_a_link_in_its_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "theirs").write_bytes(b"theirs")
    (tmp_path / "a").symlink_to(tmp_path / "theirs")
    (tmp_path / "a.tmp").symlink_to(tmp_path / "theirs")
    replace(str(tmp_path / "a"), b"ours")
    assert (tmp_path / "theirs").read_bytes() == b"theirs"
    assert not (tmp_path / "a").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"ours"


def test_a_folder_in_its_place_is_an_error_and_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "theirs").write_bytes(b"")
    with pytest.raises(OSError, match="directory"):
        replace(str(tmp_path / "a"), b"ours")
    assert (tmp_path / "a" / "theirs").exists()


def test_what_is_placed_is_there_whole_and_takes_the_place_of_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        place(str(tmp_path / name), b"ours")
        place(str(tmp_path / name), b"other")
        assert (tmp_path / name).read_bytes() == b"ours"
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600
        monkeypatch.setattr(os, "link", no_links)
    (tmp_path / "c").symlink_to("nowhere")
    place(str(tmp_path / "c"), b"ours")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c"]
    assert not (tmp_path / "nowhere").exists()


def no_links(*_: object) -> None:
    raise PermissionError


def test_what_a_crash_left_half_written_is_overwritten(tmp_path: Path) -> None:
    (tmp_path / "a.tmp").write_bytes(b"half of something longer")
    replace(str(tmp_path / "a"), b"whole")
    assert (tmp_path / "a").read_bytes() == b"whole"


def test_all_is_written_to_a_pipe_that_takes_little_at_a_time() -> None:
    reader, writer = os.pipe()

    def has_not_all() -> bool:
        os.close(writer)
        total = 0
        while part := os.read(reader, 1000):
            total += len(part)
        return total != 1_000_000

    child = forked(has_not_all)
    os.close(reader)
    write_all(writer, b"x" * 1_000_000)
    os.close(writer)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.parametrize("what", ["nothing", "folder", "pipe", "long", "dangling link"])
def test_what_is_no_small_file_reads_as_none_at_once(tmp_path: Path, what: str) -> None:
    path = tmp_path / "a"
    make: dict[str, Callable[[], object]] = {
        "nothing": lambda: None,
        "folder": path.mkdir,
        "pipe": partial(os.mkfifo, path),
        "long": lambda: path.write_bytes(b"x" * 101),
        "dangling link": lambda: path.symlink_to("nowhere"),
    }
    make[what]()
    assert read_small(str(path), 100) is None


def test_a_small_file_reads_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"x" * 100)
    assert read_small(str(tmp_path / "a"), 100) == b"x" * 100


def test_a_folder_is_made_once_and_a_file_in_its_place_is_an_error(tmp_path: Path) -> None:
    assert make_directory(str(tmp_path / "d"))
    assert not make_directory(str(tmp_path / "d"))
    assert stat.S_IMODE((tmp_path / "d").stat().st_mode) == 0o700
    (tmp_path / "f").write_bytes(b"")
    with pytest.raises(NotADirectoryError, match="move it away"):
        make_directory(str(tmp_path / "f"))


def test_another_file_under_the_same_name_is_told_apart(tmp_path: Path) -> None:
    path = str(tmp_path / "a")
    assert identity(path) is None
    assert stamp(path) is None
    replace(path, b"one")
    first, look = identity(path), stamp(path)
    assert identity(path) == first
    replace(path, b"two")
    assert identity(path) != first
    assert stamp(path) != look


@pytest.mark.parametrize("where", ["", "flags"])
def test_below_a_directory_that_is_held_files_go_into_that_one_and_errors_name_the_path(
    tmp_path: Path, where: str
) -> None:
    ours, path = tmp_path / "ours", str(tmp_path / "ours")
    (ours / where).mkdir(parents=True)
    fd = os.open(ours, os.O_RDONLY)
    root_at(path, fd)
    try:
        ours.rename(tmp_path / "aside")
        (ours / where).mkdir(parents=True)
        for durable in (False, True):
            replace(os.path.join(path, where, "file"), b"held", durable=durable)
        assert (tmp_path / "aside" / where / "file").read_bytes() == b"held"
        assert identity(os.path.join(path, where, "file")) is not None
        assert os.listdir(ours / where) == []
        (tmp_path / "aside" / where / "full").mkdir()
        with pytest.raises(IsADirectoryError) as raised:
            replace(os.path.join(path, where, "full"), b"")
        assert shown(str(raised.value.filename)) == os.path.join(path, where, "full.tmp")
        assert look(path).st_ino == (tmp_path / "aside").stat().st_ino
        assert (
            look(f"{path}//{where}/file").st_ino
            == (tmp_path / "aside" / where / "file").stat().st_ino
        )
    finally:
        unroot()
        os.close(fd)


@pytest.mark.parametrize("durable", [False, True])
def test_what_cannot_be_put_there_leaves_nothing_beside_it(tmp_path: Path, durable: bool) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    with pytest.raises(OSError, match="directory"):
        replace(str(tmp_path / "a"), b"one", durable=durable, by=str(tmp_path / "a.1234"))
    assert os.listdir(tmp_path) == ["a"]


def test_what_the_disk_has_no_room_for_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """A limit on the size of files stands for it: the write fails half way."""
    path, most = str(tmp_path / "a"), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, most[1]))
    try:
        with pytest.raises(OSError, match=f"large: '{path}'"):
            replace(path, b"more than ten bytes")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, most)
    assert os.listdir(tmp_path) == []
