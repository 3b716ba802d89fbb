"""Reports are files of the user's own; nothing else in their folder counts."""

import os
from pathlib import Path

import pytest

from codespace_tracker.machine import activity, reporters
from codespace_tracker.machine.reporters import Reports

AT_US = 1_790_000_000_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    reporters.make_folder(str(tmp_path))
    return tmp_path / "reporters"


def report(path: Path, at_us: int = AT_US) -> None:
    path.touch()
    os.utime(path, ns=(at_us * 1000,) * 2)


def test_without_the_folder_nobody_reports(tmp_path: Path) -> None:
    assert reporters.read(str(tmp_path)) == Reports({}, 0)


def test_a_reporter_has_its_process_as_its_name(tmp_path: Path, folder: Path) -> None:
    report(folder / "123")
    report(folder / "all", AT_US + 1)
    report(folder / "notes")
    assert reporters.read(str(tmp_path)) == Reports({123: AT_US}, AT_US + 1)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_one_that_cannot_see_says_so_in_a_file_of_its_own(tmp_path: Path, folder: Path) -> None:
    report(folder / "5")
    report(folder / "5.unknown", AT_US + 1)
    report(folder / "6.unknown", AT_US - 1)
    report(folder / "7.other")
    report(folder / "all.unknown")
    assert reporters.read(str(tmp_path)) == Reports({5: AT_US}, 0, {5: AT_US + 1, 6: AT_US - 1})
    reporters.forget_old(str(tmp_path), AT_US)
    assert not (folder / "6.unknown").exists()
    assert (folder / "5.unknown").exists()


def test_what_is_no_file_is_no_report(tmp_path: Path, folder: Path) -> None:
    (folder / "1").mkdir()
    os.mkfifo(folder / "2")
    report(tmp_path / "elsewhere")
    (folder / "3").symlink_to(tmp_path / "elsewhere")
    (folder / "all").symlink_to(tmp_path / "elsewhere")
    assert reporters.read(str(tmp_path)) == Reports({}, 0)


def test_a_link_in_place_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    report(elsewhere / "1")
    (tmp_path / "reporters").symlink_to(elsewhere)
    assert reporters.read(str(tmp_path)) == Reports({}, 0)


def test_files_of_another_user_do_not_count(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    report(folder / "1")
    activity.touch(str(tmp_path))
    assert activity.touched_at(str(tmp_path)) > 0
    own = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: own + 1)
    assert reporters.read(str(tmp_path)) == Reports({}, 0)
    assert activity.touched_at(str(tmp_path)) == 0


def test_old_reports_are_cleared_away(tmp_path: Path, folder: Path) -> None:
    report(folder / "1", AT_US - 1)
    report(folder / "2", AT_US)
    report(folder / "all", AT_US - 1)
    reporters.forget_old(str(tmp_path), AT_US)
    assert sorted(path.name for path in folder.iterdir()) == ["2", "all"]


def test_a_report_for_all_touches_the_activity_too(tmp_path: Path) -> None:
    activity.touch_for_all(str(tmp_path))
    assert activity.touched_at(str(tmp_path)) > 0
    assert reporters.read(str(tmp_path)).for_all > 0
