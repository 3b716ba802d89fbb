"""`import` of each kind of source, without a tracker that runs: what is added, what is refused, and
in which words."""

import json
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from codespace_tracker.cli.commands import export, import_, report, sessions
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US, Reading
from codespace_tracker.core.session import Session, begin, end
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import NAME
from codespace_tracker.ledger.store import Ledger, Tracker

ROOT = os.geteuid() == 0
START = parse_iso("2026-03-01T10:00:00.123Z")
RAN_US = 7 * MINUTE_US + 2 * SECOND_US + 345_678


def lived(number: int, at: int, running_us: int = RAN_US, name: str = "") -> Session:
    """A session that began at an instant (UTC µs) and is open."""
    now = Reading(at + running_us, 0, 0, "boot", 0)
    session_id = f"{name or 'session'} {number}"
    return begin(session_id, number, now, 4, age_us=running_us, running_us=running_us, not_before=0)


def state(folder: Path, *lives: Session) -> str:
    """A state directory whose ledger has these sessions, the newest one still open."""
    folder.mkdir()
    ledger = Ledger.open_writer(str(folder / NAME))
    ledger.connection.execute("PRAGMA synchronous = OFF")
    ledger.put_tracker(Tracker(folder.name, "host", "", "", "", 0))
    for one in lives:
        ledger.add_session(
            one if one == lives[-1] else end(one, "clean"), folder.name, "octocat/hello"
        )
        if one != lives[-1]:
            ledger.change(
                "UPDATE span SET running_us=? WHERE session=?", one.running_us, one.number
            )
    ledger.close()
    return str(folder)


def call(verb: Any, *words: str) -> Result:
    done = CliRunner().invoke(verb, words, standalone_mode=False)
    assert done.exception is None or isinstance(done.exception, (SystemExit, Failure)), (
        done.exception
    )
    return done


def said(done: Result) -> str:
    return " ".join(f"{done.output} {done.exception or ''}".split())


def lines(folder: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in call(export.command, "--dir", folder).stdout.splitlines()]


@pytest.fixture
def there(tmp_path: Path) -> str:
    return state(tmp_path / "there", lived(1, START), lived(2, START + HOUR_US))


@pytest.fixture
def here(tmp_path: Path) -> str:
    return state(tmp_path / "here", lived(1, START + 100 * HOUR_US, name="own"))


def test_a_state_directory_arrives_to_the_microsecond_and_is_only_read(
    there: str, here: str
) -> None:
    def look() -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in Path(there).iterdir()}

    before = look()
    assert "Added 2 sessions, 14m 04s since 1 Mar 2026" in said(
        call(import_.command, there, "--dir", here)
    )
    assert look() == before
    told = lines(here)
    assert [one["running_us"] for one in told[:2]] == [RAN_US, RAN_US]
    assert [one["state"] for one in told] == ["clean", "recovered", "open"]
    assert [(one["cores"], one["repository"], one["tracker_id"]) for one in told[:2]] == [
        (4, "octocat/hello", "there")
    ] * 2
    assert "Nothing new was found, so nothing was changed. 2 sessions were already here." in said(
        call(import_.command, there, "--dir", here)
    )


def test_a_session_that_lies_between_sessions_of_ours_is_added(there: str, tmp_path: Path) -> None:
    here = state(
        tmp_path / "here",
        lived(1, START - HOUR_US, name="own"),
        lived(2, START + 50 * HOUR_US, name="own"),
    )
    assert "Added 2 sessions" in said(call(import_.command, there, "--dir", here))
    assert [one["number"] for one in lines(here)] == [1, -1, 0, 2]


def test_minutes_of_an_earlier_import_become_exact(there: str, here: str, tmp_path: Path) -> None:
    (tmp_path / "drawn").mkdir()
    entry = {
        "session_id": "session 1",
        "start_time": "2026-03-01T10:00:00.123Z",
        "end_time": None,
        "duration_minutes": 7,
    }
    (tmp_path / "drawn" / "session_logs.json").write_text(json.dumps([entry]))
    call(import_.command, str(tmp_path / "drawn"), "--dir", here)
    assert lines(here)[0]["running_us"] == 7 * MINUTE_US
    told = said(call(import_.command, there, "--dir", here))
    assert "Added 1 session, 7m 02s" in told
    assert "1 session was corrected from more precise data: 2s more in total." in told
    assert [one["running_us"] for one in lines(here)[:2]] == [RAN_US, RAN_US]
    call(import_.command, str(tmp_path / "drawn"), "--dir", here)
    assert [one["running_us"] for one in lines(here)[:2]] == [RAN_US, RAN_US]


def test_people_see_imported_sessions_as_i1_and_up_and_json_keeps_its_numbers(
    there: str, here: str
) -> None:
    call(import_.command, there, "--dir", here)
    rows = call(sessions.command, "--dir", here).stdout.splitlines()[1:]
    assert [row.split()[0] for row in rows] == ["1", "i2", "i1"]
    told = json.loads(call(sessions.command, "--json", "--dir", here).stdout)
    shown = [(one["number"], one["shown_as"], one["imported"]) for one in told]
    assert shown == [(1, "1", False), (0, "i2", True), (-1, "i1", True)]
    by = call(
        report.command, "--by", "session", "--since", "2026-03-01", "--dir", here
    ).stdout.splitlines()
    assert [row[:4] for row in by[2:5]] == ["i1  ", "i2  ", " 1  "]


def test_lines_of_release_0_1_0_are_read_as_one_span(there: str, here: str, tmp_path: Path) -> None:
    new = ("tracker_id", "imported", "started_at", "ended_at", "last_seen_at", "spans")
    old = [{key: value for key, value in line.items() if key not in new} for line in lines(there)]
    (tmp_path / "old.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in old))
    assert "Added 2 sessions, 14m 04s" in said(
        call(import_.command, str(tmp_path / "old.jsonl"), "--dir", here)
    )
    assert [len(one["spans"]) for one in lines(here)] == [1, 1, 1]
    assert "2 sessions were corrected from more precise data" in said(
        call(import_.command, there, "--dir", here)
    )


BROKEN = [
    ("{", "it is not JSON: '{'"),
    ("[" * 100_000, "it is not JSON"),
    ("5", "it is not an object"),
    ("{}", "it has no 'session_id'"),
    ({"session_id": "\x1b[2J"}, "its session_id is not a valid name"),
    ({"running_us": -1}, "its running_us is not a valid number"),
    ({"running_us": 1e300}, "its running_us is not a valid number"),
    ({"running_us": True}, "its running_us is not a valid number"),
    ({"running_us": 5}, "its running_us is not a valid number"),
    ({"state": "gone"}, "its state is not one of"),
    ({"started_at": 5}, "its started_at is before the year 2000"),
    ({"last_seen_at": 1 << 61}, "its last_seen_at is in the future"),
    ({"spans": []}, "its spans are not a list of objects"),
    (
        {"spans": [{"started_at": START, "running_us": 5, "cores": 2}]},
        "its spans do not add up to its running time",
    ),
    (
        {"spans": [{"started_at": START, "running_us": RAN_US, "cores": 0}]},
        "its cores is not a valid number",
    ),
]


@pytest.mark.parametrize(("change", "reason"), BROKEN)
def test_a_line_that_is_no_session_is_named(
    there: str, here: str, tmp_path: Path, change: str | dict[str, Any], reason: str
) -> None:
    good, other = lines(there)
    broken = change if isinstance(change, str) else json.dumps({**other, **change})
    (tmp_path / "x.jsonl").write_text(f"{json.dumps(good)}\n\n{broken}\n")
    done = call(import_.command, str(tmp_path / "x.jsonl"), "--dir", here)
    assert done.return_value == 1
    assert f"line 3: cannot be read ({reason}" in said(done)
    assert len(lines(here)) == 2


def test_what_is_no_sound_ledger_is_refused(there: str, here: str, tmp_path: Path) -> None:
    torn = shutil.copytree(there, tmp_path / "torn") / NAME
    content = torn.read_bytes()
    torn.write_bytes(content[: len(content) // 2])
    other = tmp_path / "other"
    other.mkdir()
    database = sqlite3.connect(other / NAME)
    database.executescript(
        "CREATE VIEW session AS SELECT 1; CREATE TABLE span (a); PRAGMA user_version = 6;"
    )
    database.close()
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / NAME).touch()
    for folder in ("torn", "other", "empty"):
        told = said(call(import_.command, str(tmp_path / folder), "--dir", here))
        assert "Nothing was imported. Fix: copy a file from its folder `backups`" in told
    newer = sqlite3.connect(Path(there) / NAME)
    newer.execute("PRAGMA user_version = 999")
    newer.close()
    assert "written by a newer version" in said(call(import_.command, there, "--dir", here))
    assert len(lines(here)) == 1


@pytest.mark.skipif(not ROOT, reason="gives a file to another user")
def test_the_ledger_of_another_user_is_not_read_but_their_export_is(
    there: str, here: str, tmp_path: Path
) -> None:
    path = tmp_path / "theirs.jsonl"
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines(there)))
    os.chown(Path(there) / NAME, 61_000, 61_000)
    told = said(call(import_.command, there, "--dir", here))
    assert "belongs to user 61000, and is not read" in told
    assert "export --output FILE`, and import that file" in told
    os.chown(path, 61_000, 61_000)
    assert "Added 2 sessions" in said(call(import_.command, str(path), "--dir", here))


def test_a_csv_and_a_missing_file_are_told(there: str, here: str, tmp_path: Path) -> None:
    call(export.command, "--format", "csv", "--output", str(tmp_path / "x.csv"), "--dir", there)
    assert "is CSV, which lacks details" in said(
        call(import_.command, str(tmp_path / "x.csv"), "--dir", here)
    )
    assert "no such folder or file" in said(
        call(import_.command, str(tmp_path / "none"), "--dir", here)
    )


def original(folder: Path, logs: Any, current: Any) -> str:
    folder.mkdir()
    (folder / "session_logs.json").write_text(json.dumps(logs))
    (folder / "current_session.json").write_text(json.dumps(current))
    return str(folder)


LOGGED = {
    "session_id": "a",
    "start_time": "2026-02-01T10:00:00",
    "end_time": "2026-02-01T10:40:00",
    "duration_minutes": 40,
    "recovered": False,
}
CURRENT = {
    "session_id": "a",
    "start_time": "2026-02-01T10:00:00",
    "last_updated": "2026-02-01T10:58:00",
    "minutes": 58,
}


def test_another_session_with_the_same_id_is_imported_too_and_once(
    here: str, tmp_path: Path
) -> None:
    later = {**LOGGED, "start_time": "2026-02-02T10:00:00", "end_time": "2026-02-02T10:40:00"}
    theirs = original(tmp_path / "theirs", [LOGGED, later, LOGGED], {})
    assert "Added 2 sessions, 1h 20m" in said(call(import_.command, theirs, "--dir", here))
    assert "Nothing new was found" in said(call(import_.command, theirs, "--dir", here))


def test_the_originals_session_lasts_to_its_last_minute_and_was_lost(
    here: str, tmp_path: Path
) -> None:
    assert "Added 1 session, 58m" in said(
        call(import_.command, original(tmp_path / "x", [LOGGED], CURRENT), "--dir", here)
    )
    assert lines(here)[0]["state"] == "recovered"


def test_what_the_original_counted_is_told_as_counted_here(here: str, tmp_path: Path) -> None:
    call(import_.command, original(tmp_path / "x", [LOGGED], CURRENT), "--dir", here)
    assert lines(here)[0]["imported"] is True
    assert len({line["tracker_id"] for line in lines(here)}) == 1


def test_the_originals_log_grows_over_two_imports(here: str, tmp_path: Path) -> None:
    call(import_.command, original(tmp_path / "x", [LOGGED], {}), "--dir", here)
    told = said(call(import_.command, original(tmp_path / "y", [LOGGED], CURRENT), "--dir", here))
    assert (
        "Added no new session. 1 session was corrected from more precise data: 18m 00s more in "
        "total." in told
    )


@pytest.mark.parametrize(("logs", "current"), [({}, CURRENT), ([LOGGED], {})])
def test_files_that_the_originals_setup_left_empty_are_no_error(
    here: str, tmp_path: Path, logs: Any, current: Any
) -> None:
    done = call(import_.command, original(tmp_path / "x", logs, current), "--dir", here)
    assert "Added 1 session" in said(done)
    assert "session_logs.json:" not in said(done)
    assert "current_session.json:" not in said(done)
    assert done.return_value == 0
