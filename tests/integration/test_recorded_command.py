"""Where the installed command is recorded for the extension for editors."""

from pathlib import Path

import pytest
from tests.integration.real_tracker import RealTracker


def record(tracker: RealTracker) -> Path:
    return tracker.home / ".config/codespace-tracker/command"


@pytest.fixture
def tracker(tmp_path: Path) -> RealTracker:
    return RealTracker(tmp_path / "state")


def test_init_records_a_command_that_runs_us(tracker: RealTracker) -> None:
    tracker.verb("init")
    [line] = record(tracker).read_text().splitlines()
    assert Path(line).is_absolute()
    assert "codespace_tracker" in Path(line).read_text()
    assert record(tracker).stat().st_mode & 0o777 == 0o600


def test_a_start_records_it_where_there_is_no_record(tracker: RealTracker) -> None:
    tracker.verb("init")
    record(tracker).unlink()
    tracker.verb("start")
    assert record(tracker).exists()
    tracker.verb("stop")


def test_a_folder_that_cannot_be_written_hinders_no_start(tracker: RealTracker) -> None:
    tracker.verb("init")
    record(tracker).unlink()
    record(tracker).mkdir()
    tracker.verb("start")
    assert tracker.status()["running"]
    tracker.verb("stop")


def test_uninstall_takes_the_record_away(tracker: RealTracker) -> None:
    tracker.verb("init")
    tracker.verb("uninstall")
    assert not record(tracker).parent.exists()
