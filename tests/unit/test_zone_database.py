"""Which time zone database is read: the newer one of the system's and the package's."""

import json
import subprocess
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from tests.time_zones import PACKAGE_VERSION, library, old_database

from codespace_tracker.config import zone_database
from codespace_tracker.config.configuration import DEFAULT_CONFIGURATION, Configuration
from codespace_tracker.config.load import load
from codespace_tracker.config.zone import zone_from_name
from codespace_tracker.config.zone_database import ZoneDatabase, databases, is_zone, read_zone
from codespace_tracker.core.calendar import Zone, parse_iso
from codespace_tracker.core.clock import DAY_US

NOW = parse_iso("2026-11-29T14:02:54Z")
WINTER = parse_iso("2026-12-01T00:00Z")
OFFSETS = {
    # the hours in December 2026 by the rules before that year, and by those that hold
    "America/Vancouver": (-8, -7),
    "America/Edmonton": (-7, -6),
    "America/Inuvik": (-7, -6),
    "America/Winnipeg": (-6, -5),
    "America/Havana": (-5, -4),
    "Africa/Casablanca": (1, 0),
    "Africa/El_Aaiun": (1, 0),
}


def hours(zone: Zone) -> float:
    return zone.offset_at(WINTER) / 3600


def table(name: str, among: list[ZoneDatabase]) -> Zone:
    return zone_from_name(name, WINTER - 900 * DAY_US, WINTER + 900 * DAY_US, among)


def origins(among: list[ZoneDatabase]) -> list[str]:
    return [one.origin for one in among]


@pytest.mark.parametrize("name", OFFSETS)
def test_an_older_system_database_does_not_win(tmp_path: Path, name: str) -> None:
    among = databases([old_database(tmp_path, "2025b")])
    assert (hours(table(name, among[::-1])), hours(table(name, among))) == OFFSETS[name]


def test_a_newer_system_database_wins(tmp_path: Path) -> None:
    among = databases([old_database(tmp_path, "2999a")])
    assert hours(table("America/Vancouver", among)) == -8
    assert str(read_zone("America/Vancouver", among)[1]) == f"2999a ({tmp_path})"


@pytest.mark.parametrize("version", [None, "unknown", "", "latest", "26b"])
def test_a_system_database_of_unknown_version_is_the_older_one(
    tmp_path: Path, version: str | None
) -> None:
    among = databases([old_database(tmp_path, version)])
    assert origins(among) == ["package tzdata", str(tmp_path)]
    assert str(among[1]) == f"of unknown version ({tmp_path})"


@pytest.mark.parametrize("version", ["2999a", "2999a-dirty", "2999a-12-g0123abc"])
@pytest.mark.parametrize("file", ["tzdata.zi", "+VERSION"])
def test_the_system_version_is_read_where_it_stands(
    tmp_path: Path, version: str, file: str
) -> None:
    folder = old_database(tmp_path, version, file)
    assert databases([folder])[0] == ZoneDatabase(folder, folder, "2999a")


def test_versions_are_in_the_order_in_which_they_came_out(tmp_path: Path) -> None:
    versions = ["2996z", "2996za", "2997a", "2998b", "2998c", "2999a"]
    folders = [old_database(tmp_path / str(n), one) for n, one in enumerate(versions)]
    assert [one.version for one in databases(folders)] == [*versions[::-1], PACKAGE_VERSION]


def test_of_two_databases_of_one_version_the_package_is_read(tmp_path: Path) -> None:
    among = databases([old_database(tmp_path, PACKAGE_VERSION)])
    assert origins(among) == ["package tzdata", str(tmp_path)]


def test_a_zone_that_the_newest_database_lacks_is_read_from_the_next(tmp_path: Path) -> None:
    among = databases([old_database(tmp_path, "2999a")])
    found, database = read_zone("Asia/Kolkata", among)
    assert database.origin == "package tzdata"
    assert found.utcoffset(datetime(2026, 1, 1)) == timedelta(hours=5.5)
    (tmp_path / "Europe" / "Berlin").write_text("damaged")
    assert read_zone("Europe/Berlin", among)[1].origin == "package tzdata"


def test_a_folder_that_is_not_there_is_no_database(tmp_path: Path) -> None:
    assert origins(databases([str(tmp_path / "none")])) == ["package tzdata"]


@pytest.mark.parametrize(
    "name", ["", "Europe", "Nowhere/Land", "../zoneinfo/UTC", "/etc/hostname", "a\0b", "UTC/", "."]
)
def test_a_name_that_no_database_has_is_no_time_zone(name: str) -> None:
    assert not is_zone(name)
    with pytest.raises(ValueError, match="is not a time zone"):
        read_zone(name)


def test_a_variable_cannot_lead_to_another_database(tmp_path: Path) -> None:
    code = (
        "from codespace_tracker.config.zone_database import databases; print(*databases(), "
        "sep='\\n')"
    )
    env = {"PYTHONTZPATH": old_database(tmp_path, "2999a")}
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == [str(one) for one in databases()]


# --- the plan


def planned(state: Path, triggers: str, before: Configuration | None = None) -> Configuration:
    state.mkdir(exist_ok=True)
    (state / "config.toml").write_text('time_zone = "America/Vancouver"\n')
    (state / "trigger_config.json").write_text(triggers)
    plan = load(str(state), NOW, before).configuration
    assert plan is not None
    return plan


def test_at_and_days_go_by_the_newer_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(zone_database, "SYSTEM", (old_database(tmp_path / "old", "2025b"),))
    noon = '{"label": "a", "script_command": "true", "conditions": {"at": "0 12 * * *"}}'
    plan = planned(tmp_path / "state", noon)
    assert plan.zone_database == f"{PACKAGE_VERSION} (package tzdata)"
    assert plan.triggers[0].points[1] == parse_iso("2026-11-29T12:00-07:00")
    assert plan.zone.next_day_start(NOW) == parse_iso("2026-11-30T00:00-07:00")


def test_a_plan_is_made_anew_by_a_database_that_is_newer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = planned(tmp_path / "state", "[]")
    new = old_database(tmp_path / "new", "2999a")
    monkeypatch.setattr(zone_database, "SYSTEM", (new,))
    for triggers in ("[]", "[broken"):  # also where a problem keeps the last good plan in force
        after = planned(tmp_path / "state", triggers, before)
        assert after.zone_database == f"2999a ({new})"
        assert (hours(before.zone), hours(after.zone)) == (-7, -8)


def test_a_plan_kept_by_an_earlier_version_names_no_database() -> None:
    kept = json.loads(DEFAULT_CONFIGURATION.to_json())
    del kept["zone_database"]
    assert Configuration.from_json(json.dumps(kept)) == DEFAULT_CONFIGURATION


def test_the_plan_knows_the_offsets_of_any_session_there_can_be(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text('time_zone = "Europe/Berlin"\n')
    plan = load(str(tmp_path), NOW).configuration
    assert plan is not None
    for day in range(0, 62 * 365, 5):
        moment = datetime.fromtimestamp(day * 86_400, timezone.utc)
        local = moment.astimezone(library("Europe/Berlin"))
        assert plan.zone.iso(day * DAY_US) == local.isoformat(timespec="milliseconds")
