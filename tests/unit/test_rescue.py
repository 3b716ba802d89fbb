"""A lost ledger is made again from what there is; what was not saved is told in numbers."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live, rows, running_us

from codespace_tracker.core.calendar import month_bounds
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US
from codespace_tracker.daemon import remains
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.process import PAUSE

_LEDGER = ("ledger.db", "ledger.db-wal", "ledger.db-shm")


def lose_ledger(directory: Path) -> None:
    for name in _LEDGER:
        (directory / name).unlink(missing_ok=True)


def detail(directory: Path) -> Any:
    [(text,)] = rows(directory, "SELECT detail FROM journal WHERE kind='ledger_rebuilt'")
    return json.loads(text)


def three_sessions(directory: Path, machine: SimulatedMachine, *, day: int = HOUR_US) -> None:
    for n in range(3):
        if n:
            machine.boot_anew(f"boot-{n + 1}", off=day)
        daemon = begun(directory, machine)
        live(daemon, machine, 30 * MINUTE_US)
        daemon.step(PAUSE)
        crash(daemon)


def test_from_the_files_alone_every_session_is_there_again(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine)
    before = running_us(tmp_path)
    lose_ledger(tmp_path)
    for backup in (tmp_path / "backups").iterdir():
        backup.unlink()
    daemon = begun(tmp_path, machine)
    assert running_us(tmp_path) == before
    told = detail(tmp_path)
    assert (told["from_backup"], told["from_files"], told["unreadable"], told["backup"]) == (
        0,
        3,
        0,
        "",
    )
    assert daemon.status().total_us == sum(before)
    assert any("rebuilt from the runtime files" in problem for problem in daemon.problems.all())
    crash(daemon)


def test_from_a_backup_and_the_files_the_newer_of_both_counts(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine, day=DAY_US)
    before = running_us(tmp_path)
    lose_ledger(tmp_path)
    daemon = begun(tmp_path, machine)
    assert running_us(tmp_path) == before
    told = detail(tmp_path)
    assert (told["from_backup"], told["from_files"]) == (3, 0)
    assert told["backup"].startswith("ledger-")
    crash(daemon)


def test_the_rebuilt_ledger_has_an_identity_of_its_own(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine)
    [(old,)] = rows(tmp_path, "SELECT tracker_id FROM tracker")
    lose_ledger(tmp_path)
    crash(begun(tmp_path, machine))
    [(new,)] = rows(tmp_path, "SELECT tracker_id FROM tracker")
    assert new != old
    assert rows(tmp_path, "SELECT DISTINCT tracker_id FROM session") == [(new,)]


def test_the_running_session_goes_on_after_a_suspend_with_spans_that_tell_it(
    tmp_path: Path,
) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 10 * MINUTE_US)
    machine.suspend(5 * HOUR_US)
    live(daemon, machine, 10 * MINUTE_US)
    daemon.step(PAUSE)
    crash(daemon)
    [before] = running_us(tmp_path)
    lose_ledger(tmp_path)
    for backup in (tmp_path / "backups").iterdir():
        backup.unlink()
    daemon = begun(tmp_path, machine)
    assert running_us(tmp_path) == [before]
    [(started, running)] = rows(tmp_path, "SELECT started_at, running_us FROM span")
    assert running is None
    assert abs(started + before - machine.now.wall_us) < 1000, (
        "the span ends at this moment, as the session does"
    )
    assert daemon.status().today_us == before
    crash(daemon)


def test_a_ledger_lost_under_a_running_tracker_loses_nothing(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 10 * MINUTE_US + 5_000_000)
    lose_ledger(tmp_path)
    live(daemon, machine, 10_000_000)
    [running] = running_us(tmp_path)
    assert machine.now.mono_us - running <= 10_000_000
    crash(daemon)
    daemon = begun(tmp_path, machine)
    assert running_us(tmp_path) == [machine.now.mono_us]
    assert "ledger_rebuilt" not in [kind for (kind,) in rows(tmp_path, "SELECT kind FROM journal")]
    crash(daemon)


@pytest.mark.parametrize(
    ("logs", "status"),
    [
        (b"", b""),
        (b"\xff\xfe", b"[" * 100_000),
        (b"{}", b"[]"),
        (b'[1, null, {}, [], {"number": "x"}]', b'{"session": {"life": null}}'),
        (
            b'[{"session_id":"a","start_time":"x","end_time":null,"duration_minutes":1,"recovered":false}]',
            b"{}",
        ),
        (
            b'[{"session_id":"a","start_time":"2026-01-01T00:00:00Z","end_time":null,"duration_minutes":1e400}]',
            b"3",
        ),
    ],
)
def test_broken_files_are_counted_and_stop_nothing(
    tmp_path: Path, logs: bytes, status: bytes
) -> None:
    machine = SimulatedMachine()
    (tmp_path / "session_logs.json").write_bytes(logs)
    (tmp_path / "status.json").write_bytes(status)
    found = remains.read(str(tmp_path))
    assert found.sessions == []
    daemon = begun(tmp_path, machine)
    assert detail(tmp_path)["unreadable"] == found.unreadable
    assert running_us(tmp_path) == [machine.now.mono_us]
    crash(daemon)


def test_a_total_that_the_sessions_do_not_add_up_to_is_kept_and_told(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine)
    total = sum(running_us(tmp_path))
    lose_ledger(tmp_path)
    for backup in (tmp_path / "backups").iterdir():
        backup.unlink()
    logs = json.loads((tmp_path / "session_logs.json").read_bytes())
    (tmp_path / "session_logs.json").write_text(json.dumps(logs[1:]))
    daemon = begun(tmp_path, machine)
    assert detail(tmp_path)["without_session_us"] == total - sum(running_us(tmp_path)) > 0
    assert daemon.status().total_us == total
    assert any(
        "kept in the total without their sessions" in problem for problem in daemon.problems.all()
    )
    crash(daemon)


def test_the_originals_own_log_is_read_where_nothing_else_is_left(tmp_path: Path) -> None:
    entry = {
        "session_id": "session_1",
        "start_time": "2025-06-01T10:00:00",
        "end_time": "2025-06-01T11:30:00",
        "duration_minutes": 90,
        "recovered": True,
        "date": "2025-06-01",
    }
    (tmp_path / "session_logs.json").write_text(json.dumps([entry]))
    [session] = remains.read(str(tmp_path)).sessions
    assert session.running_us == 90 * MINUTE_US
    assert session.ending == "recovered"


def test_a_rebuild_that_was_cut_off_is_done_again_from_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine)
    before = running_us(tmp_path)
    lose_ledger(tmp_path)
    for backup in (tmp_path / "backups").iterdir():
        backup.unlink()
    for name in ("read", "_total_us"):
        with monkeypatch.context() as patch:

            def die(*_: object) -> None:
                raise KeyboardInterrupt

            patch.setattr(remains, name, die)
            with pytest.raises(KeyboardInterrupt):
                begun(tmp_path, machine)
    crash(begun(tmp_path, machine))
    assert running_us(tmp_path) == before
    assert not list(tmp_path.glob("*.rebuilding*"))


@pytest.mark.parametrize(
    "broken",
    [
        {"session_id": "\ud800"},
        {"running_us": 10**30},
        {"number": -(10**40)},
        {"session_id": "x" * 10_000},
    ],
)
def test_what_the_ledger_cannot_hold_costs_only_the_entry_that_says_it(
    tmp_path: Path, broken: dict[str, Any]
) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine)
    before = running_us(tmp_path)
    lose_ledger(tmp_path)
    for backup in (tmp_path / "backups").iterdir():
        backup.unlink()
    logs = json.loads((tmp_path / "session_logs.json").read_bytes())
    logs[0] |= broken
    (tmp_path / "session_logs.json").write_text(json.dumps(logs))
    crash(begun(tmp_path, machine))
    assert running_us(tmp_path) == before[1:]
    assert detail(tmp_path)["unreadable"] == 1


DAY = 20_000 * DAY_US
FIGURES = [Line(DAY, 2, "octo/one", 10 * HOUR_US, 0), Line(DAY + DAY_US, 4, "", 8 * HOUR_US, 5)]


def import_figures(directory: Path, as_of: int) -> None:
    ledger = Ledger.open_writer(str(directory / "ledger.db"))
    with ledger.transaction():
        Billing(ledger).put(FIGURES, as_of)
    ledger.close()


def figures(directory: Path) -> list[Any]:
    return rows(directory, "SELECT * FROM billed_line NATURAL JOIN billed_period ORDER BY start")


def damage_sessions(directory: Path) -> None:
    """Overwrite the first page of the table of sessions, and leave the others as they are."""
    connection = sqlite3.connect(directory / "ledger.db")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    [(page,)] = connection.execute("SELECT rootpage FROM sqlite_master WHERE name='session'")
    [(size,)] = connection.execute("PRAGMA page_size")
    connection.close()
    with (directory / "ledger.db").open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(b"\xff" * size)


@pytest.mark.parametrize("with_backup", [True, False])
def test_githubs_figures_are_taken_over_from_a_damaged_ledger(
    tmp_path: Path, with_backup: bool
) -> None:
    machine = SimulatedMachine()
    three_sessions(tmp_path, machine)
    import_figures(tmp_path, DAY + 2 * DAY_US)
    before = figures(tmp_path)
    assert len(before) == 2
    for backup in (tmp_path / "backups").iterdir():
        if not with_backup:
            backup.unlink()
    damage_sessions(tmp_path)
    daemon = begun(tmp_path, machine)
    assert figures(tmp_path) == before
    assert detail(tmp_path)["lost_figures"] is False
    assert not any("figures were not all saved" in problem for problem in daemon.problems.all())
    crash(daemon)


def test_githubs_figures_that_are_lost_with_the_ledger_are_told(tmp_path: Path) -> None:
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    month_start = month_bounds(machine.now.wall_us)[0]
    crash(daemon)
    ledger = Ledger.open_writer(str(tmp_path / "ledger.db"))
    with ledger.transaction():
        Billing(ledger).put([Line(month_start, 2, "", HOUR_US, 0)], machine.now.wall_us)
    ledger.close()
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 2 * MINUTE_US)
    crash(daemon)
    assert json.loads((tmp_path / "status.json").read_bytes())["month"]["github_as_of"]
    lose_ledger(tmp_path)
    for backup in (tmp_path / "backups").iterdir():
        backup.unlink()
    daemon = begun(tmp_path, machine)
    assert any(
        "GitHub's figures were not all saved" in problem for problem in daemon.problems.all()
    )
    crash(daemon)


ORIGINALS_LOG = [
    {
        "session_id": "session_1",
        "start_time": "2025-06-01T10:00:00",
        "end_time": "2025-06-01T11:30:00",
        "duration_minutes": 90,
        "recovered": False,
        "date": "2025-06-01",
    }
]


@pytest.mark.parametrize("logs", [json.dumps(ORIGINALS_LOG), "[]", '[{"session_id": "half'])
def test_the_originals_files_in_our_place_are_kept_and_told_and_are_no_damage(
    tmp_path: Path, logs: str
) -> None:
    theirs = {
        "session_logs.json": logs,
        "current_session.json": '{"session_id": "s", "start_time": "2025-06-02T10:00:00",'
        ' "minutes": 5}',
        "first_start.json": '{"start_time": "2025-06-01T10:00:00"}',
    }
    for name, text in theirs.items():
        (tmp_path / name).write_text(text)
    machine = SimulatedMachine()
    daemon = begun(tmp_path, machine)
    assert "ledger_rebuilt" not in [kind for (kind,) in rows(tmp_path, "SELECT kind FROM journal")]
    assert {name: (tmp_path / "original" / name).read_text() for name in theirs} == theirs
    assert running_us(tmp_path) == [machine.now.mono_us]
    [notice] = daemon.status().notices
    assert f"codespace-tracker import {tmp_path}/original" in notice.text
    crash(daemon)
    crash(begun(tmp_path, machine))
    assert not (tmp_path / "original-2").exists(), "what we drew ourselves is ours"
