"""The original tool's files imported as they are, and all sessions exported."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import RealTracker, wait_until


def session(start: str, end: str | None, minutes: float, **more: Any) -> dict[str, Any]:
    return {
        "session_id": f"id-{start}",
        "start_time": start,
        "end_time": end,
        "duration_minutes": minutes,
        "recovered": False,
        "date": start[:10],
        **more,
    }


def original(folder: Path, logs: Any, **files: Any) -> str:
    folder.mkdir()
    (folder / "session_logs.json").write_text(logs if isinstance(logs, str) else json.dumps(logs))
    for name, content in files.items():
        (folder / f"{name}.json").write_text(content if isinstance(content, str) else json.dumps(content))
    return str(folder)


GOOD = session("2025-03-01T10:00:00", "2025-03-01T11:30:20", 90)
STRETCHED = session("2025-03-02T10:00:00.123456", "2025-03-05T08:00:00", 60, recovered=True)


def hours(tracker: RealTracker) -> float:
    return round(float(tracker.status()["total"]["running_us"] / 3.6e9), 1)


def test_sessions_of_the_original_count_in_the_total_and_a_stretched_one_by_its_minutes(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    before = hours(tracker)
    source = original(tmp_path / "theirs", [GOOD, STRETCHED])
    done = tracker.verb("import", source)
    assert "Added 2 sessions, 2h 30m since 1 Mar 2025" in done.stdout
    assert "1 session had been stretched" in done.stdout
    assert hours(tracker) == pytest.approx(before + 2.5, abs=0.11)
    assert tracker.status()["total"]["session_count"] == 3
    listed = json.loads(tracker.verb("sessions", "--json").stdout)
    assert [one["number"] for one in listed] == [1, 0, -1]
    assert listed[1]["end_time"].startswith("2025-03-02T11:00:00")

    def drawn() -> bool:
        logs = json.loads((tracker.directory / "session_logs.json").read_text())
        total = json.loads((tracker.directory / "total_runtime.json").read_text())
        return [one["number"] for one in logs] == [-1, 0, 1] and bool(total["session_count"] == 3)

    wait_until(drawn, "the runtime files tell of them")
    assert json.loads((tracker.directory / "first_start.json").read_text())["start_time"].startswith("2025-03-01")


def test_imported_twice_nothing_is_added_twice_also_after_a_restart(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    source = original(tmp_path / "theirs", [GOOD, STRETCHED])
    tracker.verb("import", source)
    done = tracker.verb("import", source)
    assert "Added nothing" in done.stdout
    assert "2 sessions were there already" in done.stdout
    before = hours(tracker)
    tracker.verb("restart")
    assert hours(tracker) == before
    assert tracker.status()["total"]["session_count"] == 3


def test_what_is_broken_is_named_and_the_rest_is_added(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    broken = [{"start_time": "never"}, {**GOOD, "duration_minutes": -3}, {"end_time": ""}]
    broken += [session("0001-01-01T00:00:00", None, 5), session("2025-03-04T10:00:00", None, 1e300)]
    logs = [GOOD, 5, *({**one, "session_id": f"broken {n}"} for n, one in enumerate(broken))]
    source = original(tmp_path / "theirs", logs, current_session="{ half")
    done = tracker.verb("import", source, code=1)
    assert "Added 1 session" in done.stdout
    for said in (*(f"entry {n}: cannot be read" for n in range(2, 8)), "current_session.json: is not JSON"):
        assert said in " ".join(done.stderr.split())


def test_the_session_that_ran_last_is_in_a_file_of_its_own(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    current = {
        "session_id": "c",
        "start_time": "2025-03-09T10:00:00",
        "last_updated": "2025-03-09T10:42:00",
        "minutes": 42,
    }
    assert (
        "Added 1 session, 42m" in tracker.verb("import", original(tmp_path / "t", [], current_session=current)).stdout
    )


def test_time_that_was_counted_here_already_is_left_out(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    start = tracker.status()["session"]["start_time"]
    both = original(tmp_path / "theirs", [GOOD, session(start, None, 5)])
    assert "1 session ran while this tracker counted" in tracker.verb("import", both).stdout


@pytest.mark.parametrize("logs", ["", "{", "[]", "{}", "null", "[" * 10_000])
def test_where_nothing_can_be_read_nothing_is_changed(tracker: RealTracker, tmp_path: Path, logs: str) -> None:
    tracker.verb("start")
    done = tracker.verb("import", original(tmp_path / "theirs", logs), code=1)
    assert "no session could be read" in done.stderr
    assert tracker.status()["total"]["session_count"] == 1


def test_a_folder_that_is_not_there_or_is_our_own_is_told(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    assert "no such folder" in tracker.verb("import", str(tmp_path / "none"), code=1).stderr
    assert "the state directory itself" in tracker.verb("import", str(tracker.directory), code=1).stderr


def test_all_sessions_are_exported_in_both_forms(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    tracker.verb("import", original(tmp_path / "theirs", [GOOD, STRETCHED]))
    lines = [json.loads(line) for line in tracker.verb("export").stdout.splitlines()]
    assert [one["number"] for one in lines] == [-1, 0, 1]
    assert lines[0]["core_us"] == lines[0]["cores"] * 90 * 60_000_000
    rows = list(csv.DictReader(io.StringIO(tracker.verb("export", "--format", "csv").stdout)))
    assert [row["session_id"] for row in rows] == [one["session_id"] for one in lines]
    out = tmp_path / "out.csv"
    tracker.verb("export", "--format", "csv", "--output", str(out))
    assert len(out.read_text().splitlines()) == 4
    assert "cannot be written" in tracker.verb("export", "--output", str(tmp_path / "no" / "x"), code=1).stderr
