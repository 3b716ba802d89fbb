"""`uninstall` where set-up was and no tracker ever ran."""

from tests.integration.real_tracker import RealTracker


def test_without_a_ledger_all_is_taken_away(tracker: RealTracker) -> None:
    (tracker.home / ".bashrc").write_text("# mine\n")
    tracker.verb("init", "--shell-hook")
    assert "codespace-tracker" in (tracker.home / ".bashrc").read_text()
    said = tracker.verb("uninstall", "--delete-data", "--yes").stdout
    assert f"Deleted {tracker.directory}." in said
    assert not tracker.directory.exists()
    assert (tracker.home / ".bashrc").read_text() == "# mine\n"
    assert not (tracker.home / ".config/codespace-tracker").exists()


def test_what_lies_there_of_the_users_stays(tracker: RealTracker) -> None:
    tracker.verb("init")
    (tracker.directory / "mine.sh").write_text("")
    assert (
        "Kept, as they are not the tracker's: mine.sh"
        in tracker.verb("uninstall", "--delete-data", "--yes").stdout
    )
    assert [one.name for one in tracker.directory.iterdir()] == ["mine.sh"]


def test_a_folder_that_is_not_ours_is_left_alone(tracker: RealTracker) -> None:
    for name in ("flags", "runs", "backups"):
        (tracker.directory / name).mkdir(parents=True)
    (tracker.directory / "package.json").write_text("{}")
    assert (
        "holds no ledger of codespace-tracker"
        in tracker.verb("uninstall", "--delete-data", "--yes", code=1).stderr
    )
    assert (tracker.directory / "package.json").exists()
    assert (tracker.directory / "runs").exists()
