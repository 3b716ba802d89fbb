"""What people and programs see of the time that no one was there: the same figures everywhere, from
what a tracker recorded on a simulated machine."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from tests.simulation.world import World

from codespace_tracker.cli.commands import export, import_, quota, report, sessions, status
from codespace_tracker.core.clock import HOUR_US, MINUTE_US

COLUMNS = 120


def printed(command: click.Command, world: World, *words: str) -> str:
    done = CliRunner(env={"COLUMNS": str(COLUMNS), "NO_COLOR": "1"}).invoke(
        command, [*words, "--dir", str(world.directory)], standalone_mode=False
    )
    assert done.exception is None, done.exception
    return done.stdout


def told(command: click.Command, world: World, *words: str) -> Any:
    return json.loads(printed(command, world, *words))


def rows(world: World, by: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = told(
        report.command, world, "--by", by, "--since", "2026-01-01", "--format", "json"
    )["rows"]
    return found


@pytest.fixture
def lived(world: World) -> World:
    """A machine with 2 cores: half an hour at the keyboard, three hours alone, an hour with an
    editor of which nothing is known; then a night off, and with 4 cores two hours alone."""
    for _ in range(30):
        world.machine.types()
        world.live(MINUTE_US)
    world.live(3 * HOUR_US)
    world.machine.serves(1)
    world.live(HOUR_US)
    world.off(8 * HOUR_US)
    world.machine.cpus = 4
    world.live(2 * HOUR_US)
    return world


def test_status_json_and_the_command_and_the_quota_tell_the_same(lived: World) -> None:
    drawn = json.loads((lived.directory / "status.json").read_text())["unattended"]
    now = told(status.command, lived, "--json")
    assert now["presence"] == {"state": "unknown", "since": None}, "no tracker runs by these clocks"
    assert now["unattended"] == drawn
    month = told(quota.command, lived, "--json")["unattended"]
    assert month["core_hours"] == round(drawn["month_core_us"] / HOUR_US, 4)
    assert month["counted_here_core_hours"] == 2 * 4.5 + 4 * 2
    assert sum(month.values()) == pytest.approx(2 * month["counted_here_core_hours"], abs=0.02)
    assert month["core_hours"] == pytest.approx(2 * (3 - 4 / 60) + 4 * 2, abs=0.2)
    assert month["unknown_core_hours"] == pytest.approx(2 * 1, abs=0.2)


@pytest.mark.parametrize("by", ["hour", "day", "week", "month", "session", "repository", "machine"])
def test_the_rows_of_each_report_add_up_to_the_same_and_each_to_its_running_time(
    lived: World, by: str
) -> None:
    days, found = rows(lived, "day"), rows(lived, by)
    for key in ("running_us", "present_us", "unattended_us", "unknown_us", "sessions"):
        assert sum(row[key] for row in found) == sum(row[key] for row in days), key
    for row in found:
        assert row["present_us"] + row["unattended_us"] + row["unknown_us"] == row["running_us"]
    text = printed(report.command, lived, "--by", by, "--since", "2026-01-01")
    assert "Unattended" in text
    as_csv = printed(report.command, lived, "--by", by, "--since", "2026-01-01", "--format", "csv")
    assert [int(row["unattended_us"]) for row in csv.DictReader(io.StringIO(as_csv))] == [
        row["unattended_us"] for row in found
    ]


def test_people_see_it_in_status_quota_sessions_and_report(lived: World) -> None:
    assert "Unattended" in printed(status.command, lived)
    lines = " ".join(printed(quota.command, lived).split())
    assert (
        "Unattended 13.9 of 17 core-hours counted here ran while no one was there; for 2 of the 17"
        " (12 %) it is unknown" in lines
    )
    shown = [line.split("  ")[-1].strip() for line in printed(sessions.command, lived).splitlines()]
    assert shown[0] == "Unattended"
    assert shown[1] == "1h 59m"
    assert shown[2] == "≥ 2h 56m"


def test_where_no_one_looked_no_column_is_shown(world: World) -> None:
    world.config("presence = false\n")
    world.live(HOUR_US)
    assert "Unattended" not in printed(sessions.command, world)
    assert "Unattended" not in printed(report.command, world, "--since", "2026-01-01")
    assert "Unattended" not in printed(quota.command, world)
    assert "Unattended" not in printed(status.command, world)
    split = told(status.command, world, "--json")["unattended"]
    assert split["today_unknown_us"] == HOUR_US


def test_while_someone_is_there_and_after_it_the_state_and_its_beginning_are_drawn(
    world: World,
) -> None:
    def drawn() -> dict[str, Any]:
        found = json.loads((world.directory / "status.json").read_text())
        presence: dict[str, Any] = found["presence"]
        return presence

    world.live(3 * MINUTE_US)
    assert drawn()["state"] == "absent"
    world.machine.types()
    typed_at = world.machine.now.wall_us
    world.live(2 * MINUTE_US)
    assert drawn()["state"] == "present"
    world.live(10 * MINUTE_US)
    found = drawn()
    assert found["state"] == "absent"
    zone = world.daemon.configuration.zone if world.daemon else None
    assert zone is not None
    assert zone.iso(typed_at)[:16] <= found["since"][:16] <= zone.iso(typed_at + MINUTE_US)[:16]
    world.machine.serves(1)
    world.live(2 * MINUTE_US)
    assert drawn() == {"state": "unknown", "since": None}


def test_the_sums_that_the_daemon_carries_on_are_those_of_the_ledger(lived: World) -> None:
    """Also after midnight, and after what an import brought."""
    for length in (20 * HOUR_US, 7 * MINUTE_US, 3 * HOUR_US):
        lived.live(length)
        drawn = json.loads((lived.directory / "status.json").read_text())["unattended"]
        now = told(status.command, lived, "--json")["unattended"]
        assert {key: drawn[key] for key in now if "present" in key or "unknown" not in key} == {
            key: now[key] for key in now if "present" in key or "unknown" not in key
        }


def test_an_export_takes_presence_along_and_an_import_brings_it_back(
    lived: World, tmp_path: Path
) -> None:
    file, there = tmp_path / "all.jsonl", World(tmp_path / "other")
    printed(export.command, lived, "--output", str(file))
    there.off(240 * HOUR_US)
    there.live(MINUTE_US)
    printed(import_.command, there, str(file))
    before, after = (
        {one["session_id"]: one["presence"] for one in told(sessions.command, of, "--json")}
        for of in (lived, there)
    )
    assert after.items() >= before.items()
    assert sum(map(len, before.values())) > 20
    printed(import_.command, there, str(file))
    again = {one["session_id"]: one["presence"] for one in told(sessions.command, there, "--json")}
    assert again == after


def test_the_stats_of_sessions_are_those_of_the_list(lived: World) -> None:
    listed = told(sessions.command, lived, "--json")
    found = told(sessions.command, lived, "--stats", "--json")
    assert found["sessions"] == len(listed) == 2
    assert found["running_us"] == sum(one["running_us"] for one in listed)
    assert [one["shown_as"] for one in found["longest"]] == ["1", "2"]
    assert found["endings"] == {"open": 1, "paused": 0, "clean": 0, "recovered": 1}
    assert found["off_us"] == found["longest_off_us"] > 7 * HOUR_US
    busiest = [hour["running_us"] for hour in found["busiest_hours"]]
    assert busiest == sorted(busiest, reverse=True)
    assert busiest[0] > HOUR_US * 9 // 10
    text = printed(sessions.command, lived, "--stats", "--limit", "1")
    assert "2, 6h 30m in all" in text
    assert text.splitlines()[-1].split()[0] == "1"
    none = printed(sessions.command, lived, "--stats", "--until", "2020-01-01")
    assert none == "There are no sessions in that time.\n"
