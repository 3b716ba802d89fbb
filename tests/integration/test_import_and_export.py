"""The original tool's files imported as they are, and all sessions exported."""

import csv
import io
import json
import os
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from tests.integration.real_tracker import PATIENCE_SECONDS, RealTracker, wait_until

from codespace_tracker.core.calendar import UTC, parse_iso
from codespace_tracker.core.clock import HOUR_US


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
        (folder / f"{name}.json").write_text(
            content if isinstance(content, str) else json.dumps(content)
        )
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
    assert "1 session of the original tool included" in done.stdout
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
    assert json.loads((tracker.directory / "first_start.json").read_text())[
        "start_time"
    ].startswith("2025-03-01")


def test_imported_twice_nothing_is_added_twice_also_after_a_restart(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    source = original(tmp_path / "theirs", [GOOD, STRETCHED])
    tracker.verb("import", source)
    done = tracker.verb("import", source)
    assert "Nothing new was found, so nothing was changed." in done.stdout
    assert "2 sessions were already here" in done.stdout
    before = hours(tracker)
    tracker.verb("restart")
    assert hours(tracker) == before
    assert tracker.status()["total"]["session_count"] == 3


def test_what_is_broken_is_named_and_the_rest_is_added(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    broken = [{"start_time": "never"}, {**GOOD, "duration_minutes": -3}, {"end_time": ""}]
    broken += [session("0001-01-01T00:00:00", None, 5), session("2025-03-04T10:00:00", None, 1e300)]
    logs = [GOOD, 5, *({**one, "session_id": f"broken {n}"} for n, one in enumerate(broken))]
    source = original(tmp_path / "theirs", logs, current_session="{ half")
    done = tracker.verb("import", source, code=1)
    assert "Added 1 session" in done.stdout
    for said in (
        *(f"entry {n}: cannot be read" for n in range(2, 8)),
        "current_session.json: is not JSON",
    ):
        assert said in " ".join(done.stderr.split())


def test_the_session_that_ran_last_is_in_a_file_of_its_own(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    current = {
        "session_id": "c",
        "start_time": "2025-03-09T10:00:00",
        "last_updated": "2025-03-09T10:42:00",
        "minutes": 42,
    }
    assert (
        "Added 1 session, 42m"
        in tracker.verb("import", original(tmp_path / "t", [], current_session=current)).stdout
    )


def test_time_that_was_counted_here_already_is_left_out(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    start = tracker.status()["session"]["start_time"]
    both = original(tmp_path / "theirs", [GOOD, session(start, None, 5)])
    assert (
        "1 session ran at a time that is already counted, and is left out"
        in tracker.verb("import", both).stdout
    )


def test_a_session_of_the_future_is_named_as_that(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    current = {"session_id": "c", "start_time": "2098-01-01T00:00:00", "minutes": 42}
    logs = [GOOD, session("2099-01-01T00:00:00", "2099-01-01T01:00:00", 60)]
    done = tracker.verb(
        "import", original(tmp_path / "theirs", logs, current_session=current), code=1
    )
    assert "counted already" not in done.stdout
    said = " ".join(done.stderr.split())
    for name in ("session_logs.json, entry 2", "current_session.json"):
        assert (
            f"{name}: cannot be read (its start is in the future, by the clock of this machine)"
            in said
        )


def running(tracker: RealTracker) -> list[tuple[int, str, float]]:
    """Of each imported session its number, start and running hours, as exported."""
    lines = map(json.loads, tracker.verb("export").stdout.splitlines())
    return [
        (one["number"], one["start_time"][:16], round(one["running_us"] / 3.6e9, 6))
        for one in lines
        if one["number"] < 1
    ]


def test_a_second_folder_is_added_after_one_with_a_single_session_and_all_are_in_order(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    tracker.verb("import", original(tmp_path / "one", [STRETCHED]))
    tracker.verb(
        "import", original(tmp_path / "two", [GOOD, session("2025-03-03T10:00:00", None, 30)])
    )
    assert running(tracker) == [
        (-2, "2025-03-01T10:00", 1.5),
        (-1, "2025-03-02T10:00", 1.0),
        (0, "2025-03-03T10:00", 0.5),
    ]
    assert tracker.status()["total"]["session_count"] == 4
    assert "1 session was already here" in tracker.verb("import", str(tmp_path / "one")).stdout


def test_time_in_which_two_imported_sessions_ran_counts_once(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    before = hours(tracker)
    first = [session("2025-03-01T10:00:00", None, 60), session("2025-03-01T13:00:00", None, 60)]
    tracker.verb("import", original(tmp_path / "one", first))
    more = [
        session("2025-03-01T09:00:00", None, 360),  # 9 to 15 h: 4 of these hours are new
        session("2025-03-01T10:30:00", None, 15),
        session("2025-03-01T14:30:00", None, 60),  # 15 to 15:30 h is new
    ]
    done = tracker.verb("import", original(tmp_path / "two", more)).stdout
    assert "Added 2 sessions, 4h 30m" in done
    assert "1 session, only a part was added" in done
    assert "1 session ran at a time that is already counted, and is left out" in done
    assert hours(tracker) == pytest.approx(before + 6.5, abs=0.11)
    months = json.loads(
        tracker.verb("report", "--by", "month", "--since", "2025-01-01", "--format", "json").stdout
    )
    assert next(one["hours"] for one in months["rows"] if one["month"] == "2025-03") == 6.5
    by_session = tracker.verb(
        "report", "--by", "session", "--since", "2025-01-01", "--format", "json"
    ).stdout
    assert sum(one["hours"] for one in json.loads(by_session)["rows"][:4]) == pytest.approx(6.5)


def test_the_originals_sessions_that_lay_in_our_place_are_offered_and_counted_once(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.directory = tmp_path / ".codespace-tracker"
    original(tracker.directory, [GOOD])
    tracker.verb("start")
    [notice] = tracker.status()["notices"]
    offered = notice["text"].partition("import ")[2]
    assert tracker.status()["total"]["session_count"] == 1
    for _ in range(2):
        tracker.verb("import", offered)
        assert tracker.status()["total"]["session_count"] == 2
        assert tracker.status()["notices"] == []


def test_a_session_that_ran_on_into_our_first_one_counts_up_to_it(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    start = parse_iso(tracker.status()["session"]["start_time"])
    theirs = session(UTC.iso(start - HOUR_US), None, 120)
    assert (
        "Added 1 session, 1h 00m"
        in tracker.verb("import", original(tmp_path / "theirs", [theirs])).stdout
    )


@pytest.mark.parametrize("logs", ["", "{", "[]", "{}", "null", "[" * 10_000])
def test_where_nothing_can_be_read_nothing_is_changed(
    tracker: RealTracker, tmp_path: Path, logs: str
) -> None:
    tracker.verb("start")
    done = tracker.verb("import", original(tmp_path / "theirs", logs), code=1)
    assert "no session could be read" in done.stderr
    assert tracker.status()["total"]["session_count"] == 1


def test_a_folder_that_is_not_there_or_is_our_own_is_told(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    assert "no such folder" in tracker.verb("import", str(tmp_path / "none"), code=1).stderr
    assert (
        "the state directory in use"
        in tracker.verb("import", str(tracker.directory), code=1).stderr
    )


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
    for place, said in (
        (str(tmp_path / "no" / "x"), "cannot be written"),
        ("/dev/full", "could not be written"),
    ):
        told = tracker.verb("export", "--output", place, code=1).stderr
        assert f"{place}: {said}" in told
        assert "Fix:" in told


def test_an_export_that_does_not_fit_leaves_the_file_of_before_whole(
    tracker: RealTracker, tmp_path: Path
) -> None:
    tracker.verb("start")
    logs = [session(f"2025-03-{n:02}T10:00:00", None, 5) for n in range(1, 21)]
    tracker.verb("import", original(tmp_path / "theirs", logs))
    folder = tmp_path / "exports"
    folder.mkdir()
    real, link = folder / "real.jsonl", folder / "link.jsonl"
    real.write_text("what was there")
    real.chmod(0o640)
    link.symlink_to("real.jsonl")
    words = shlex.join(tracker.command("export", "--output", str(link)))
    limited = ["bash", "-c", f"ulimit -f 2; {words}"]
    done = subprocess.run(
        limited,
        env=tracker.environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert (done.returncode, real.read_text()) == (1, "what was there")
    assert "no temporary file could be written (File too large). Fix:" in done.stderr
    tracker.verb("export", "--output", str(link))
    assert len(real.read_text().splitlines()) == 21
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert {path.name for path in folder.iterdir()} == {"real.jsonl", "link.jsonl"}


def test_an_export_takes_no_file_of_the_trackers_own(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    link = tmp_path / "sessions.csv"
    link.symlink_to(tracker.directory / "ledger.db")
    before = (tracker.directory / "keeper.lock").read_bytes()
    for output in (tracker.directory / "keeper.lock", tracker.directory / "new.csv", link):
        said = tracker.verb("export", "--output", str(output), code=1).stderr
        assert (
            f"{output}: is in the state directory, which belongs to the tracker. Fix: use another "
            "folder." in said
        )
    assert (tracker.directory / "keeper.lock").read_bytes() == before
    tracker.verb("status")


def test_an_export_goes_into_what_is_no_file_as_it_is(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    out = tmp_path / "out"
    with out.open("wb") as file:
        words = tracker.command("export", "--output", "/dev/stdout")
        subprocess.run(
            words, env=tracker.environment(), stdout=file, timeout=PATIENCE_SECONDS, check=True
        )
        assert os.fstat(file.fileno()).st_ino == out.stat().st_ino
    assert len(out.read_text().splitlines()) == 1
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", pipe], stdout=subprocess.PIPE, text=True) as reader:
        tracker.verb("export", "--output", str(pipe))
        assert len(reader.communicate(timeout=PATIENCE_SECONDS)[0].splitlines()) == 1
    assert pipe.is_fifo()
    assert (
        "cannot be written"
        in tracker.verb("export", "--output", str(tmp_path / "no" / "x"), code=1).stderr
    )


def test_an_entry_of_another_kind_is_named_in_words(tracker: RealTracker, tmp_path: Path) -> None:
    tracker.verb("start")
    theirs = original(tmp_path / "theirs", [GOOD])
    (tmp_path / "theirs" / "session_logs.json").write_text(json.dumps([5, None, [], "x", GOOD]))
    said = " ".join(
        (done := tracker.verb("import", theirs, code=None)).stderr.split() + done.stdout.split()
    )
    for number in (1, 2, 3, 4):
        assert f"entry {number}: cannot be read (it is not an object)" in said


@pytest.mark.parametrize("variables", [{}, {"PYTHONUNBUFFERED": "1"}], ids=["buffered", "direct"])
@pytest.mark.parametrize("words", [("export",), ("status", "--json"), ("status", "--help")])
def test_output_that_cannot_be_written_is_told_in_one_line(
    tracker: RealTracker, words: tuple[str, ...], variables: dict[str, str]
) -> None:
    tracker.verb("start")
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            tracker.command(*words),
            env=tracker.environment(**variables),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    assert done.returncode == 1, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "the output could not be written" in done.stderr
