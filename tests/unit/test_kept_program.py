"""The folder of the kept program: a real one and its owner's alone, and nothing but our own is
deleted in it."""

import os
from pathlib import Path

import pytest

from codespace_tracker.install import kept_program


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A state directory with the program kept in it."""
    made = tmp_path / "state"
    made.mkdir(mode=0o700)
    kept_program.keep(str(made), hook=True)
    return made


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """A folder of the user's with wheels of theirs."""
    made = tmp_path / "wheels"
    made.mkdir()
    for name in (
        "mine-1.0-py3-none-any.whl",
        "codespace_tracker-0.0.1-py3-none-any.whl",
        "setup.sh",
    ):
        (made / name).write_text("mine")
    return made


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_link_in_place_of_the_folder_is_replaced_and_not_followed(
    directory: Path, elsewhere: Path
) -> None:
    program, before = directory / "program", content(elsewhere)
    kept = content(program)
    program.rename(directory / "old")
    program.symlink_to(elsewhere)
    assert not kept_program.is_kept(str(directory))
    kept_program.keep(str(directory), hook=True)
    assert not program.is_symlink()
    assert content(program) == kept
    assert content(elsewhere) == before


def test_an_update_does_not_follow_a_link_in_place_of_the_folder(
    tmp_path: Path, elsewhere: Path
) -> None:
    before = content(elsewhere)
    (tmp_path / "program").symlink_to(elsewhere)
    kept_program.renew(str(tmp_path))
    kept_program.remember_devcontainers(str(tmp_path), ["/a"])
    assert content(elsewhere) == before
    assert kept_program.devcontainers(str(tmp_path)) == ["/a"]


def test_only_our_own_wheels_of_other_versions_are_deleted(directory: Path) -> None:
    program = directory / "program"
    before = set(os.listdir(program))
    others = {"mine-1.0-py3-none-any.whl", "codespace_tracker_more-1.0-py3-none-any.whl"}
    for name in (*others, "codespace_tracker-0.0.1-py3-none-any.whl"):
        (program / name).write_text("")
    kept_program.keep(str(directory), hook=True)
    assert set(os.listdir(program)) == before | others


def test_uninstall_deletes_a_link_and_not_what_it_leads_to(tmp_path: Path, elsewhere: Path) -> None:
    before = content(elsewhere)
    (tmp_path / "program").symlink_to(elsewhere)
    assert kept_program.forget(str(tmp_path))
    assert not (tmp_path / "program").is_symlink()
    assert content(elsewhere) == before


@pytest.mark.parametrize("name", ["setup.sh", "shell-hook", "devcontainers"])
def test_a_link_in_place_of_a_file_is_replaced_and_not_followed(
    directory: Path, elsewhere: Path, name: str
) -> None:
    path, target = directory / "program" / name, elsewhere / "target"
    kept_program.remember_devcontainers(str(directory), ["/a"])
    was = path.read_bytes()
    target.write_bytes(was)
    path.unlink()
    path.symlink_to(target)
    kept_program.keep(str(directory), hook=True)
    kept_program.remember_devcontainers(str(directory), ["/a"])
    assert not path.is_symlink()
    assert path.read_bytes() == target.read_bytes() == was


@pytest.mark.parametrize("name", ["setup.sh", "wheel"])
@pytest.mark.parametrize("how", ["writable", "hard link"])
def test_a_file_that_others_may_change_is_written_again(
    directory: Path, tmp_path: Path, name: str, how: str
) -> None:
    program = directory / "program"
    path = next(program.glob("*.whl")) if name == "wheel" else program / name
    was = path.read_bytes()
    if how == "writable":
        path.chmod(0o666)
    else:
        os.link(path, tmp_path / "other name")
    before = path.stat().st_ino
    kept_program.keep(str(directory), hook=True)
    after = path.stat()
    assert (after.st_mode & 0o777, after.st_nlink) == (0o600, 1)
    assert after.st_ino != before
    assert path.read_bytes() == was


def test_a_folder_that_others_may_write_is_closed_to_them(directory: Path) -> None:
    (directory / "program").chmod(0o2777)
    kept_program.keep(str(directory), hook=True)
    assert (directory / "program").stat().st_mode & 0o777 == 0o700


@pytest.mark.machine
def test_a_folder_of_another_users_is_not_used_and_the_message_says_whose(directory: Path) -> None:
    program = directory / "program"
    os.chown(program, 45002, 45002)
    before = content(program)
    with pytest.raises(PermissionError, match="belongs to user 45002: move it away"):
        kept_program.keep(str(directory), hook=False)
    assert content(program) == before


def test_a_pipe_in_place_of_the_lock_holds_nobody_up(directory: Path) -> None:
    os.mkfifo(directory / "program/heal.lock")
    assert not kept_program.is_installing(str(directory))
