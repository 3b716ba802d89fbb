"""How fast core-hours are used: status.json tells what the commands tell, at most an hour late."""

import json
from typing import Any

import pytest
from click.testing import CliRunner
from tests.simulation.world import World

from codespace_tracker.cli.commands import quota, status
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US


def told(command: Any, world: World) -> Any:
    done = CliRunner().invoke(
        command, ["--json", "--dir", str(world.directory)], standalone_mode=False
    )
    assert done.exception is None, done.exception
    return json.loads(done.stdout)


def drawn(world: World) -> Any:
    return json.loads((world.directory / "status.json").read_text())["month"]["pace"]


def test_on_the_first_day_no_pace_is_known(world: World) -> None:
    world.live(DAY_US - HOUR_US)
    assert drawn(world) == {"week": None, "month": None}


def test_status_json_has_the_paces_that_quota_tells(world: World) -> None:
    for _ in range(9):
        world.live(5 * HOUR_US)
        world.off(19 * HOUR_US)
    world.live(2 * MINUTE_US)
    shown = told(quota.command, world)["pace"]
    assert shown["week"]["core_hours_a_day"] > 0
    assert told(status.command, world)["month"]["pace"] == shown
    for span in ("week", "month"):
        for key in ("core_hours_a_day", "core_hours_at_reset"):
            assert drawn(world)[span][key] == pytest.approx(shown[span][key], rel=0.01)


def test_the_paces_in_status_json_are_at_most_an_hour_old(world: World) -> None:
    world.live(2 * DAY_US)
    before = drawn(world)
    world.live(HOUR_US - 5 * MINUTE_US)
    world.live(10 * MINUTE_US)
    assert drawn(world)["month"]["history_days"] > before["month"]["history_days"]
