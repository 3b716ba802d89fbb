"""An import is knowledge about the past: the totals have it, and nothing runs because of it."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import RealTracker, wait_until
from tests.integration.trigger_ground import Ground

HOURS = 100
HOUR_US = 3_600_000_000


@pytest.fixture
def ground(tracker: RealTracker, tmp_path: Path) -> Ground:
    return Ground(tracker, tmp_path / "place")


def sessions(folder: Path, count: int = 200, year: int = 2025) -> str:
    """The original tool's folder with so many sessions of half an hour each."""
    first = datetime(year, 1, 1)
    starts = [first + timedelta(hours=12 * n) for n in range(count)]
    logs = [
        {
            "session_id": f"{at}",
            "start_time": at.isoformat(),
            "end_time": None,
            "duration_minutes": 30,
        }
        for at in starts
    ]
    folder.mkdir()
    (folder / "session_logs.json").write_text(json.dumps(logs))
    return str(folder)


def import_and_settle(ground: Ground, folder: str) -> str:
    """Import, and let the tracker live two heartbeats with what was imported; what the verb
    said."""
    said = ground.tracker.verb("import", folder).stdout

    def shown() -> Any:
        return json.loads((ground.tracker.directory / "status.json").read_text())

    wait_until(
        lambda: shown()["total"]["running_us"] >= HOURS * HOUR_US,
        "the tracker has what was imported",
    )
    [(seen,)] = ground.tracker.read("SELECT max(running_us) FROM session WHERE number > 0")
    sql = "SELECT max(running_us) FROM session WHERE number > 0"
    wait_until(lambda: ground.tracker.read(sql)[0][0] > seen + 2_000_000, "two heartbeats")
    return said


def test_every_and_a_total_do_not_run_when_old_sessions_are_imported(
    ground: Ground, tmp_path: Path
) -> None:
    often = ground.trigger("Often", "true", conditions={"every_minutes": 120})
    haul = ground.trigger("Long haul", "true", conditions={"total_runtime_hours": 24})
    ground.start(often, haul)
    said = import_and_settle(ground, sessions(tmp_path / "theirs"))
    assert ground.lines() == []
    assert ground.states() == [("Long haul", "skipped", "imported")]
    told = " ".join(said.split())
    assert "Not run, although the imported time meets its conditions: Long haul." in told
    assert "To run it: codespace-tracker triggers rearm" in told
    explained = ground.tracker.verb("triggers", "explain", "Long haul").stdout
    assert "not run: met by imported sessions" in explained
    ground.tracker.verb("restart")
    ground.tracker.verb("triggers", "rearm", "Long haul")
    wait_until(lambda: ground.lines() == ["Long haul 1"], "it runs when it is asked to")


def test_a_retry_waits_its_time_while_old_sessions_are_imported(
    ground: Ground, tmp_path: Path
) -> None:
    ground.start(ground.trigger("Fails", "false", retries=1, retry_delay_seconds=3600))
    wait_until(lambda: ground.states() == [("Fails", "waiting", "")], "it has failed once")
    import_and_settle(ground, sessions(tmp_path / "theirs"))
    assert ground.lines() == ["Fails 1"]
    assert ground.states() == [("Fails", "waiting", "")]


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_what_is_imported_while_nothing_runs_fires_nothing_at_the_start(
    ground: Ground, tmp_path: Path, how: str
) -> None:
    triggers = [
        ground.trigger(f"T{n}", "true", conditions={"every_minutes": 5 + n}) for n in range(20)
    ]
    triggers.append(ground.trigger("Long haul", "true", conditions={"total_runtime_hours": 24}))
    ground.start(*triggers)
    if how == "stopped":
        ground.tracker.verb("stop")
    else:
        ground.tracker.kill(keeper=True, daemon=True)
    for name, year in (("one", 2024), ("two", 2025)):
        ground.tracker.verb("import", sessions(tmp_path / name, year=year))
    ground.tracker.verb("start")
    wait_until(
        lambda: "resumed" in ground.tracker.journal() or "continued" in ground.tracker.journal(),
        "it goes on",
    )
    import_and_settle(ground, str(tmp_path / "one"))
    assert ground.lines() == []
    assert ground.states() == [("Long haul", "skipped", "imported")]


def test_two_hundred_triggers_have_no_row_of_an_import(ground: Ground, tmp_path: Path) -> None:
    ground.start(
        *(ground.trigger(f"T{n}", "true", conditions={"every_minutes": 5}) for n in range(200))
    )
    before = ground.tracker.journal()
    import_and_settle(ground, sessions(tmp_path / "theirs"))
    assert ground.states() == []
    assert ground.tracker.journal()[len(before) :] == ["sessions_imported"]


def test_imported_sessions_stay_in_the_list_of_all_when_it_is_drawn_again(
    ground: Ground, tmp_path: Path
) -> None:
    ground.start()
    import_and_settle(ground, sessions(tmp_path / "theirs"))
    path = ground.tracker.directory / "session_logs.json"
    wait_until(lambda: len(json.loads(path.read_text())) == 201, "the list has them")
    for _ in range(2):
        ground.tracker.verb("restart")
        assert len(json.loads(path.read_text())) == 201
