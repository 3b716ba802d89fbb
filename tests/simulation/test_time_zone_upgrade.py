"""A time zone database that is upgraded while the tracker runs."""

import json
from pathlib import Path

import pytest
from tests.simulation import savings
from tests.simulation.machine import SimulatedMachine
from tests.simulation.world import begun, crash, live, rows
from tests.time_zones import old_database

from codespace_tracker.config import zone_database
from codespace_tracker.core.clock import DAY_US, HOUR_US


def test_a_running_tracker_goes_by_an_upgraded_database_within_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    (state / "config.toml").write_text('time_zone = "America/Vancouver"\nheartbeat_seconds = 300\n')
    machine = SimulatedMachine()
    with savings.seldom_drawn():
        daemon = begun(state, machine)
        live(daemon, machine, HOUR_US)
        before = daemon.configuration
        monkeypatch.setattr(zone_database, "SYSTEM", (old_database(tmp_path / "new", "2999a"),))
        live(daemon, machine, DAY_US)
        after = daemon.configuration
        live(daemon, machine, 23 * HOUR_US)
        crash(daemon)
    assert after.zone_database == f"2999a ({tmp_path / 'new'})"
    assert (before.zone.offsets[-1][1], after.zone.offsets[-1][1]) == (-7 * 3600, -8 * 3600)
    assert machine.plans_asked == 2, "once a day"
    [(kept,)] = rows(state, "SELECT plan FROM plan")
    assert json.loads(kept)["zone_database"] == after.zone_database
