"""A folder that contains other things is not taken for a state directory: its mode and content
stay."""

from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker


@pytest.mark.parametrize(
    "words",
    [
        ["doctor"],
        ["triggers", "run", "Backup"],
        ["triggers", "add", "--label", "New", "--command", "true", "--every", "1h"],
        ["triggers", "enable", "Backup"],
        ["quota", "--plan", "pro"],
        ["quota", "--warn"],
        ["start"],
        ["status"],
        ["init", "--timezone", "UTC"],
        ["uninstall", "--delete-data", "--yes"],
    ],
    ids=" ".join,
)
def test_a_folder_with_other_things_keeps_its_mode_and_content(
    tracker: RealTracker, tmp_path: Path, words: list[str]
) -> None:
    folder = tmp_path / "project"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    (folder / "notes.txt").write_text("mine")
    tracker.directory = folder
    said = tracker.verb(*words, code=1)
    assert (
        f"{folder}: this folder contains other things and is not a state directory."
        in said.stdout + said.stderr
    )
    assert folder.stat().st_mode & 0o777 == 0o755
    assert [one.name for one in folder.iterdir()] == ["notes.txt"]
