"""Which directories and files are ours, told by owners, modes, links and inodes."""

import os
import stat
from pathlib import Path

import pytest

from codespace_tracker.machine.trusted_directory import (
    NotOurs,
    TrustedDirectory,
    check_directory,
    open_own,
)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    made = tmp_path / "above" / "state"
    made.mkdir(parents=True)
    made.chmod(0o700)
    return made


def test_a_directory_that_stays_is_ours_and_one_that_is_away_is_gone(state: Path) -> None:
    held = TrustedDirectory(str(state))
    assert (held.look(), held.keeps_modes, held.take_closed()) == ("ours", True, None)
    state.rename(state.with_name("aside"))
    assert held.look() == "gone"
    state.write_text("a file")
    assert held.look() == "gone"
    state.unlink()
    state.with_name("aside").rename(state)
    assert held.look() == "ours"
    held.close()


def test_where_others_can_rename_one_that_is_away_was_moved_and_is_not_written_again(
    state: Path,
) -> None:
    held = TrustedDirectory(str(state))
    state.parent.chmod(0o757)
    state.rename(state.with_name("aside"))
    assert held.look() == "moved"
    state.with_name("aside").rmdir()
    assert held.look() == "gone", "only its owner can have deleted what was in it"
    held.close()


def test_a_folder_above_that_was_moved_by_nobody_else_leaves_it_gone(state: Path) -> None:
    held = TrustedDirectory(str(state))
    state.parent.rename(state.parent.with_name("elsewhere"))
    assert held.look() == "gone"
    held.close()


@pytest.mark.parametrize(
    ("above", "verdict"),
    [
        (0o755, "another own"),
        (0o1777, "another own"),
        (0o777, "swapped"),
        (0o757, "swapped"),
        (0o775, "swapped"),
    ],
)
def test_another_directory_is_taken_only_if_nobody_else_could_put_it_there(
    state: Path, above: int, verdict: str
) -> None:
    held = TrustedDirectory(str(state))
    state.rename(state.with_name("aside"))
    state.mkdir()
    state.parent.chmod(above)
    assert held.look() == verdict
    held.close()


@pytest.mark.machine
def test_what_belongs_to_another_user_is_foreign_and_is_not_begun_in(state: Path) -> None:
    held = TrustedDirectory(str(state))
    os.chown(state, 1234, 1234)
    assert held.look() == "foreign"
    held.close()
    for refuses in (TrustedDirectory, check_directory):
        with pytest.raises(
            NotOurs, match="belongs to user 1234, whose scripts are not to run as you"
        ):
            refuses(str(state))


@pytest.mark.machine
def test_a_link_of_another_user_is_refused_and_one_of_ours_is_not(state: Path) -> None:
    link = state.with_name("link")
    link.symlink_to(state)
    check_directory(str(link))
    os.chown(link, 1234, 1234, follow_symlinks=False)
    with pytest.raises(NotOurs, match="is a link that user 1234 made"):
        check_directory(str(link))


@pytest.mark.parametrize("mode", [0o777, 0o2775, 0o755, 0o710, 0o701])
def test_a_directory_that_is_open_is_closed_and_its_mode_told_once(state: Path, mode: int) -> None:
    state.chmod(mode)
    held = TrustedDirectory(str(state))
    assert stat.S_IMODE(state.stat().st_mode) & 0o777 == 0o700
    assert (held.take_closed(), held.take_closed()) == (mode, None)
    state.chmod(mode)
    assert (held.look(), held.take_closed(), held.look(), held.take_closed()) == (
        "ours",
        mode,
        "ours",
        None,
    )
    held.close()


def test_a_configuration_in_the_directory_may_have_any_mode_but_under_one_name(state: Path) -> None:
    """Others cannot get at it there: users whose umask is 002 need not know of this."""
    file = state / "a.json"
    file.touch()
    for mode in (0o600, 0o644, 0o664, 0o666):
        file.chmod(mode)
        os.close(open_own(str(state), "a.json"))
    os.link(file, state.parent / "another name")
    with pytest.raises(NotOurs, match="can be written by other users"):
        open_own(str(state), "a.json")
    file.chmod(0o644)
    os.close(open_own(str(state), "a.json"))


@pytest.mark.parametrize(
    ("mode", "is_read"), [(0o644, True), (0o600, True), (0o664, False), (0o646, False)]
)
def test_one_that_is_linked_to_must_be_closed_to_others_for_writing(
    state: Path, mode: int, is_read: bool
) -> None:
    target = state.parent / "target"
    target.touch()
    target.chmod(mode)
    (state / "a.json").symlink_to("../target")
    if is_read:
        os.close(open_own(str(state), "a.json"))
        return
    with pytest.raises(NotOurs, match="chmod go-w that file"):
        open_own(str(state), "a.json")


@pytest.mark.machine
def test_a_configuration_of_another_user_is_refused_however_it_is_reached(state: Path) -> None:
    file = state / "a.json"
    file.touch()
    (state / "link").symlink_to(file)
    os.chown(file, 1234, 1234)
    for name in ("a.json", "link", str(file)):
        with pytest.raises(NotOurs, match="belongs to user 1234, and is not read"):
            open_own(str(state), name)
    os.chown(state, 1234, 1234)
    with pytest.raises(NotOurs, match="whose scripts are not to run as you"):
        open_own(str(state), "a.json")
