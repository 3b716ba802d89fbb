"""A collector's folder that belongs to somebody else, or that everybody may write to."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.integration.real_tracker import ORDINARY_USER

pytestmark = pytest.mark.machine

DRAW = """
import sys
from codespace_tracker.daemon.collector import Collector
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.machine.debug_log import DebugLog
problems = Problems(DebugLog(sys.argv[1]))
Collector(sys.argv[1], problems).draw(sys.argv[2], "12345678-9", 0, "text\\n")
print(*problems.all())
"""
NAME = "codespace-tracker-12345678.prom"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Root's folder; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def drawn_by_a_user(folder: Path) -> str:
    """What a user without rights is told of."""
    with tempfile.TemporaryDirectory() as state:
        os.chown(state, 65534, 65534)
        command = [*ORDINARY_USER, sys.executable, "-c", DRAW, state, str(folder)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def test_a_folder_that_may_not_be_written_is_told_with_the_remedy(folder: Path) -> None:
    said = drawn_by_a_user(folder)
    assert f"metrics: {folder}/{NAME} could not be written (Permission denied)" in said
    assert f"`setfacl -m u:65534:rwx {folder}`" in said
    subprocess.run(["setfacl", "-m", "u:65534:rwx", str(folder)], check=True)
    assert drawn_by_a_user(folder) == ""
    assert (folder / NAME).read_text() == "text\n"


def test_in_a_shared_folder_nothing_of_others_is_followed_or_taken(folder: Path) -> None:
    (precious := folder / "precious").write_text("mine")
    folder.chmod(0o1777)
    assert drawn_by_a_user(folder) == ""
    (folder / NAME).unlink()
    (folder / NAME).symlink_to(precious)  # root's: in such a folder only root may remove it
    assert f"`ls -l {folder}/{NAME}` shows who" in drawn_by_a_user(folder)
    assert precious.read_text() == "mine"
    assert sorted(os.listdir(folder)) == [NAME, "precious"]
