"""status.json has all codespaces together, for displays that ask no one."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fleets import Other, meet
from tests.simulation.world import World, world_at

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import HOUR_US, MINUTE_US


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_at(tmp_path / "state") as made:
        made.machine.seen = made.machine.seen._replace(kind="codespaces", user="octocat")
        yield made


def drawn(world: World) -> Any:
    return json.loads((world.directory / "status.json").read_text())


def met(world: World, *others: Other) -> None:
    meet(str(world.directory), others, world.machine.now.wall_us)
    assert world.daemon is not None
    world.daemon.step(signal.SIGHUP)
    world.live(MINUTE_US)


def running(world: World, *, is_accepted: bool = True) -> Other:
    now = world.machine.now.wall_us
    return Other("other", [(now - HOUR_US, HOUR_US, 2)], is_open=True, is_accepted=is_accepted)


def test_nothing_is_in_it_where_no_others_are_known(world: World) -> None:
    world.live(2 * MINUTE_US)
    assert drawn(world)["fleet"] is None


def test_this_one_and_all_are_next_to_each_other(world: World) -> None:
    world.live(HOUR_US)
    met(world, running(world))
    found = drawn(world)
    fleet = found["fleet"]
    assert fleet["codespaces"] == 2
    assert fleet["others_running"] == 1
    assert fleet["month_others_core_us"] == 2 * HOUR_US
    assert fleet["month_here_core_us"] == 2 * found["total"]["running_us"]
    assert fleet["month_core_us"] == found["month"]["core_us"]
    assert fleet["month_core_us"] == fleet["month_here_core_us"] + fleet["month_others_core_us"]
    assert fleet["missing"] == ["Up to 30 min of each other codespace that runs is missing."]


def test_one_that_tells_nothing_for_40_minutes_is_silent_without_being_asked(world: World) -> None:
    world.live(HOUR_US)
    met(world, running(world))
    world.live(38 * MINUTE_US)
    assert drawn(world)["fleet"]["others_silent"] == 0
    world.live(3 * MINUTE_US)
    fleet = drawn(world)["fleet"]
    assert (fleet["others_running"], fleet["others_silent"]) == (0, 1)
    assert fleet["missing"][0].startswith("1 codespace has not reported since ")


def test_it_says_up_to_when_the_newest_figure_of_the_others_is(world: World) -> None:
    world.live(HOUR_US)
    end = world.machine.now.wall_us - 5 * MINUTE_US
    older = Other("older", [(end - 30 * HOUR_US, HOUR_US, 2)])
    newest = Other("newest", [(end - HOUR_US, HOUR_US, 2)])
    met(world, older, newest, running(world, is_accepted=False))
    assert drawn(world)["fleet"]["others_told_until"] == UTC.iso(end)


def test_one_that_was_not_accepted_is_said_and_adds_nothing(world: World) -> None:
    world.live(HOUR_US)
    met(world, running(world, is_accepted=False))
    fleet = drawn(world)["fleet"]
    assert (fleet["not_accepted"], fleet["others_running"]) == (1, 0)
    assert fleet["others_told_until"] is None
    assert fleet["month_core_us"] == fleet["month_here_core_us"]


def test_a_broken_fleet_db_is_said(world: World) -> None:
    world.live(HOUR_US)
    (world.directory / "fleet.db").write_bytes(b"\x93" * 5000)
    assert world.daemon is not None
    world.daemon.step(signal.SIGHUP)
    world.live(MINUTE_US)
    fleet = drawn(world)["fleet"]
    [said] = fleet["missing"]
    assert "it is damaged" in said
    assert fleet["others_told_until"] is None
