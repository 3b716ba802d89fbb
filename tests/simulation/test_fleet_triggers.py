"""Triggers go by all codespaces that were accepted: the same figure as `quota` shows."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.builders import trigger
from tests.simulation.world import World, hours, minutes, world_at

from codespace_tracker.core.clock import HOUR_US, MINUTE_US
from codespace_tracker.core.stream import Header, Stream, Told
from codespace_tracker.ledger.fleet import Fleet
from codespace_tracker.sync.fleet_update import FleetWriter

OTHER = "11111111-1111-4111-8111-111111111111"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with world_at(tmp_path / "state") as made:
        made.machine.seen = made.machine.seen._replace(kind="codespaces", user="octocat")
        made.config("plan = 10\n")
        yield made


def tells(world: World, core_hours: int, *, accepted: bool = True) -> None:
    """Another codespace has run, on two cores, up to now."""
    now = world.machine.now.wall_us
    header = Header(OTHER, "codespaces", "other", "Octocat", "", "me")
    ran_us = core_hours * HOUR_US // 2
    told = Told("s", 2 * ran_us, ((now - ran_us, ran_us, 2),), "clean")
    with Fleet.open_to_write(str(world.directory)) as fleet, FleetWriter(fleet) as writer:
        writer.put(Stream(header, (told,)), "x", now)
        writer.apply([OTHER] if accepted else [], {})
    assert world.daemon is not None
    world.daemon.step(signal.SIGHUP)


def test_a_part_of_the_quota_is_reached_by_all_codespaces_together(world: World) -> None:
    world.write(trigger(conditions={"quota_percent": 50}))
    world.live(HOUR_US)  # 2 of 10 core-hours
    tells(world, 2)
    world.live(HOUR_US)
    [at] = world.at
    assert abs(at - hours(1.5)) <= minutes(1)


def test_it_fires_at_once_where_others_have_reached_it(world: World) -> None:
    world.write(trigger(conditions={"month_core_hours": 5}))
    world.live(30 * MINUTE_US)
    tells(world, 6)
    world.live(MINUTE_US)
    assert len(world.at) == 1


def test_what_was_not_accepted_moves_no_trigger(world: World) -> None:
    world.write(trigger(conditions={"quota_percent": 50}))
    world.live(HOUR_US)
    tells(world, 9, accepted=False)
    world.live(HOUR_US)
    assert world.at == []


def test_a_broken_fleet_db_stops_nothing(world: World) -> None:
    world.write(trigger(conditions={"quota_percent": 50}))
    world.live(HOUR_US)
    (world.directory / "fleet.db").write_bytes(b"\x93" * 5000)
    assert world.daemon is not None
    world.daemon.step(signal.SIGHUP)
    world.live(2 * HOUR_US)
    [at] = world.at
    assert abs(at - hours(2.5)) <= minutes(1)
