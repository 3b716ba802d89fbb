"""The runtime files: the original's fields with what the ledger says, each drawn though another one
cannot be."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.simulation.machine import End, SimulatedMachine
from tests.simulation.world import begun, crash, live, rows

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.ledger import imported
from codespace_tracker.ledger.imported import ForeignSession
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.file_names import DRAWN
from codespace_tracker.machine.growing_list import GrowingList
from codespace_tracker.machine.process import PAUSE
from codespace_tracker.views.prompt import clock_text

_FIELDS = {
    "first_start.json": {"start_time"},
    "current_session.json": {"session_id", "start_time", "last_updated", "minutes"},
    "minute_runtime.json": {"minutes"},
    "total_runtime.json": {"total_minutes", "total_hours", "session_count", "last_updated"},
    "status.json": {
        "session",
        "today",
        "total",
        "month",
        "environment",
        "triggers",
        "notices",
        "problems",
    },
}


def shown(directory: Path, name: str) -> Any:
    return json.loads((directory / name).read_bytes())


@pytest.fixture
def machine() -> SimulatedMachine:
    return SimulatedMachine()


def test_all_files_have_the_fields_that_are_promised(
    tmp_path: Path, machine: SimulatedMachine
) -> None:
    daemon = begun(tmp_path, machine)
    for name, fields in _FIELDS.items():
        assert fields <= set(shown(tmp_path, name)), name
    [entry] = shown(tmp_path, "session_logs.json")
    assert {"session_id", "start_time", "end_time", "duration_minutes", "recovered", "date"} <= set(
        entry
    )
    assert all((tmp_path / name).exists() for name in DRAWN)
    crash(daemon)


def test_the_files_agree_with_the_ledger_over_two_sessions(
    tmp_path: Path, machine: SimulatedMachine
) -> None:
    first = begun(tmp_path, machine)
    live(first, machine, 95 * MINUTE_US)
    crash(first)
    machine.boot_anew("boot-2", off=HOUR_US)
    second = begun(tmp_path, machine)
    live(second, machine, 25 * MINUTE_US)
    second.step(PAUSE)
    crash(second)
    [one, two] = rows(
        tmp_path, "SELECT session_id, started_at, ended_at, running_us FROM session ORDER BY number"
    )
    logs = shown(tmp_path, "session_logs.json")
    assert [(entry["session_id"], parse_iso(entry["start_time"]) // 1000) for entry in logs] == [
        (one[0], one[1] // 1000),
        (two[0], two[1] // 1000),
    ]
    assert [entry["recovered"] for entry in logs] == [True, False]
    assert [entry["duration_minutes"] for entry in logs] == [
        one[3] // MINUTE_US,
        two[3] // MINUTE_US,
    ]
    assert parse_iso(logs[0]["end_time"]) // 1000 == one[2] // 1000
    total = shown(tmp_path, "total_runtime.json")
    assert total["total_minutes"] == (one[3] + two[3]) // MINUTE_US
    assert total["session_count"] == 2
    assert shown(tmp_path, "minute_runtime.json") == {"minutes": two[3] // MINUTE_US}
    assert shown(tmp_path, "current_session.json")["session_id"] == two[0]
    assert parse_iso(shown(tmp_path, "first_start.json")["start_time"]) // 1000 == one[1] // 1000
    status = shown(tmp_path, "status.json")
    assert status["month"]["core_us"] == 2 * (one[3] + two[3])
    assert status["month"]["quota_core_hours"] is None, "a local container counts against none"
    assert status["total"]["running_us"] == one[3] + two[3]
    assert status["session"]["state"] == "paused"


def test_a_folder_in_place_of_a_file_is_a_problem_and_hinders_no_other(
    tmp_path: Path, machine: SimulatedMachine
) -> None:
    daemon = begun(tmp_path, machine)
    for name in ("minute_runtime.json", "session_logs.json"):
        (tmp_path / name).unlink()
        (tmp_path / name).mkdir()
        (tmp_path / name / "theirs").write_bytes(b"")
    live(daemon, machine, 20 * MINUTE_US)
    told = shown(tmp_path, "status.json")["problems"]
    assert shown(tmp_path, "current_session.json")["minutes"] == 20
    live(daemon, machine, MINUTE_US)
    told = shown(tmp_path, "status.json")["problems"]
    assert any(problem.startswith("minute_runtime.json: could not be written") for problem in told)
    assert all("Fix:" in problem for problem in told)
    crash(daemon)


def test_a_file_that_somebody_broke_is_whole_again_a_minute_later(
    tmp_path: Path, machine: SimulatedMachine
) -> None:
    daemon = begun(tmp_path, machine)
    for name in (
        "status.json",
        "current_session.json",
        "total_runtime.json",
        "minute_runtime.json",
    ):
        (tmp_path / name).write_bytes(b"{")
    live(daemon, machine, MINUTE_US)
    for name in (
        "status.json",
        "current_session.json",
        "total_runtime.json",
        "minute_runtime.json",
    ):
        assert shown(tmp_path, name)
    crash(daemon)


def test_sessions_imported_while_the_list_is_drawn_are_in_the_next_one(
    tmp_path: Path, machine: SimulatedMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 19 * MINUTE_US)
    [(started_at,)] = rows(tmp_path, "SELECT started_at FROM session")
    theirs = ForeignSession("theirs", started_at - 2 * HOUR_US, HOUR_US, recovered=False)
    swap = GrowingList._swap

    def swap_late(drawn: GrowingList) -> None:
        monkeypatch.undo()
        with Ledger.open_to_change(str(tmp_path / "ledger.db")) as ledger, ledger.transaction():
            imported.put(ledger, [theirs], "tracker", 2)
        swap(drawn)

    monkeypatch.setattr(GrowingList, "_swap", swap_late)
    live(daemon, machine, MINUTE_US)
    assert len(shown(tmp_path, "session_logs.json")) == 1
    live(daemon, machine, 20 * MINUTE_US)
    drawn = [one["session_id"] for one in shown(tmp_path, "session_logs.json")]
    assert drawn[0] == "theirs"
    assert len(drawn) == 2
    crash(daemon)


def test_the_first_start_is_written_once(tmp_path: Path, machine: SimulatedMachine) -> None:
    daemon = begun(tmp_path, machine)
    before = (tmp_path / "first_start.json").stat().st_ino
    live(daemon, machine, 45 * MINUTE_US)
    daemon.step(PAUSE)
    assert (tmp_path / "first_start.json").stat().st_ino == before
    crash(daemon)


def test_the_status_tells_of_triggers_what_a_display_needs_and_no_secret(
    tmp_path: Path, machine: SimulatedMachine
) -> None:
    secret = {
        "script_command": "secret-command",
        "env": {"TOKEN": "secret-value"},
        "cwd": "/secret-folder",
    }
    (tmp_path / "trigger_config.json").write_text(
        json.dumps(
            [
                {"label": "Each", "conditions": {"every_minutes": 10}, **secret},
                {"label": "Noon", "conditions": {"at": "0 12 * * *"}, **secret},
                {"label": "Long", "conditions": {"minute_runtime_minutes": 60}, **secret},
                {
                    "label": "Failed",
                    "conditions": {"minute_runtime_minutes": 8},
                    "retries": 0,
                    **secret,
                },
                {
                    "label": "Off",
                    "conditions": {"minute_runtime_minutes": 8},
                    "enabled": False,
                    **secret,
                },
                {"label": "Hangs", "conditions": {"minute_runtime_minutes": 9}, **secret},
            ]
        )
    )
    ends = {"Failed": End(MINUTE_US, "failed"), "Hangs": None}
    machine.script = lambda order: ends.get(
        dict(order.variables)["CODESPACE_TRACKER_LABEL"], End(MINUTE_US)
    )
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 14 * MINUTE_US - machine.now.mono_us)
    status = shown(tmp_path, "status.json")
    triggers = status["triggers"]
    assert triggers["counts"] == {"all": 6, "enabled": 5, "running": 1, "queued": 0, "waiting": 0}
    assert [(one["label"], one["flag"], one["clock"]) for one in triggers["next"]] == [
        ("Each", "each", "running"),
        ("Long", "long", "running"),
        ("Noon", "noon", "wall"),
    ]
    assert triggers["next"][1]["due_in_us"] == 60 * MINUTE_US - status["session"]["running_us"]
    assert triggers["next"][2]["due_at"][11:] == "12:00:00.000+00:00"
    assert [(one["label"], one["attempt"]) for one in triggers["running"]] == [("Hangs", 1)]
    assert [(one["label"], one["result"], one["exit_code"]) for one in triggers["last"]] == [
        ("Each", "succeeded", 0),
        ("Failed", "failed", 1),
    ]
    assert "secret" not in json.dumps(status)
    crash(daemon)


def test_the_status_tells_of_a_run_when_it_begins_and_when_it_ends(
    tmp_path: Path, machine: SimulatedMachine
) -> None:
    conditions = {"minute_runtime_minutes": 5.2}
    content = {"label": "One", "script_command": "true", "conditions": conditions}
    (tmp_path / "trigger_config.json").write_text(json.dumps(content))
    machine.script = lambda _: End(10_000_000)
    daemon = begun(tmp_path, machine)
    live(daemon, machine, 5 * MINUTE_US + 15_000_000 - machine.now.mono_us)
    assert [one["label"] for one in shown(tmp_path, "status.json")["triggers"]["running"]] == [
        "One"
    ]
    live(daemon, machine, 10_000_000)
    assert shown(tmp_path, "status.json")["triggers"]["running"] == []
    assert [one["result"] for one in shown(tmp_path, "status.json")["triggers"]["last"]] == [
        "succeeded"
    ]
    crash(daemon)


@pytest.mark.parametrize(
    ("us", "text"),
    [
        (0, "0s"),
        (59_999_999, "59s"),
        (MINUTE_US, "1m"),
        (59 * MINUTE_US, "59m"),
        (61 * MINUTE_US, "1h 01m"),
    ],
)
def test_lengths_of_time_are_short(us: int, text: str) -> None:
    assert clock_text(us) == text
