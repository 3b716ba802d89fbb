"""Whether others could change where a path leads: each entry on the way counts, in the folder that
it is really in."""

import os
from pathlib import Path

import pytest
from tests.integration.other_users import OTHER

from codespace_tracker.machine.trusted_directory import changeable_by_others, only_we_rename

pytestmark = pytest.mark.machine


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder of ours, with one that is open to all and one that is closed in it."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "closed/inner").mkdir(parents=True)
    (tmp_path / "closed/file").touch()
    return tmp_path


def leads(place: Path, path: str) -> bool:
    return only_we_rename(str(place / path))


def test_a_path_through_a_link_of_the_system_is_closed() -> None:
    assert Path("/bin").is_symlink(), "as on Debian since 2019"
    assert only_we_rename("/bin")
    assert only_we_rename("/bin/sh")


@pytest.mark.parametrize("target", ["closed", "../{}/closed", "closed/inner/..", "{0}/closed"])
def test_a_link_in_a_closed_folder_is_as_good_as_what_it_leads_to(place: Path, target: str) -> None:
    (place / "link").symlink_to(target.format(place if target[0] == "{" else place.name))
    assert leads(place, "link")
    assert leads(place, "link/file")
    assert leads(place, "link/not there")


def test_an_open_folder_on_the_way_is_seen_wherever_it_is(place: Path) -> None:
    assert not leads(place, "open/file")
    (place / "open/inner").mkdir()
    assert not leads(place, "open/inner")
    (place / "first").symlink_to("open/second")
    (place / "open/second").symlink_to("../closed")
    assert not leads(place, "first"), "others can change the second link"
    assert not leads(place, "first/file")
    assert not leads(place, "open/inner/../../closed"), (
        "others can put a link in the place of the folder"
    )


def test_what_lets_others_change_a_program_is_named(place: Path) -> None:
    program = place / "closed/file"
    assert changeable_by_others(str(program)) == ""
    assert changeable_by_others(str(place / "not there")) == ""
    assert changeable_by_others(str(place / "open/file")) == str(place / "open")
    program.chmod(0o775)
    assert changeable_by_others(str(program)) == str(program)
    program.chmod(0o755)
    os.chown(program, OTHER, OTHER)
    assert changeable_by_others(str(program)) == str(program)
    (place / "turns").symlink_to("turns")
    assert changeable_by_others(str(place / "turns")) == str(place / "turns")


def test_a_link_of_another_user_is_seen_in_the_middle_of_the_way(place: Path) -> None:
    (place / "first").symlink_to("theirs")
    (place / "theirs").symlink_to("closed")
    assert leads(place, "first/file")
    os.chown(place / "theirs", OTHER, OTHER, follow_symlinks=False)
    assert not leads(place, "first/file")
    assert not leads(place, "first")


def test_a_sticky_folder_keeps_what_is_ours_and_not_what_is_not_there(place: Path) -> None:
    (place / "open").chmod(0o1777)
    (place / "open/ours").touch()
    assert leads(place, "open/ours")
    (place / "open/theirs").touch()
    os.chown(place / "open/theirs", OTHER, OTHER)
    assert not leads(place, "open/theirs")


def test_links_in_a_circle_are_closed_to_nobody_knows_whom(place: Path) -> None:
    (place / "one").symlink_to("two")
    (place / "two").symlink_to("one")
    assert not leads(place, "one")
