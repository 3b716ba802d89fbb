"""Who relied on the file `activity` alone is told once that idle triggers go by other rules now."""

import contextlib
import sqlite3

import pytest
from tests.simulation.world import World, rows

from codespace_tracker.core.clock import HOUR_US, MINUTE_US

IDLE = {"label": "Save it", "script_command": "true", "conditions": {"idle_minutes": 20}}


def notices(world: World) -> list[str]:
    return [text for (text,) in rows(world.directory, "SELECT text FROM notice")]


def upgraded(world: World) -> None:
    """As if a version that recorded no presence had written the ledger so far."""
    world.crash()
    with contextlib.closing(sqlite3.connect(world.directory / "ledger.db")) as connection:
        connection.execute("DELETE FROM presence")
        connection.execute(
            "UPDATE session SET decided_us=running_us, quarter_at=NULL, newest_at=0, stretch_at=0"
        )
        connection.commit()


@pytest.mark.parametrize("is_off", [True, False])
def test_it_names_a_trigger_that_goes_by_idleness_and_comes_once(
    world: World, is_off: bool
) -> None:
    world.write(IDLE)
    world.live(HOUR_US)
    (world.directory / "activity").touch()
    assert notices(world) == []
    upgraded(world)
    if is_off:
        world.off()
    world.machine.active_at = world.machine.now.wall_us
    world.live(MINUTE_US)
    [text] = notices(world)
    assert text.startswith("Save it: ")
    assert "--reporting" in text
    with contextlib.closing(sqlite3.connect(world.directory / "ledger.db")) as connection:
        connection.execute("DELETE FROM notice")
        connection.commit()
    world.crash()
    world.live(MINUTE_US)
    assert notices(world) == []


def test_nobody_else_is_told(world: World) -> None:
    world.write({**IDLE, "conditions": {"every_minutes": 20}})
    world.live(HOUR_US)
    (world.directory / "activity").touch()
    upgraded(world)
    world.live(MINUTE_US)
    assert notices(world) == [], "no trigger goes by idleness"
    (world.directory / "activity").unlink()
    upgraded(world)
    world.write(IDLE)
    world.live(MINUTE_US)
    assert notices(world) == [], "nothing touched the file"
