"""The countdown of a trigger, wherever it is shown, and the date beside it say the same; and that
is when it fires."""

import json
from typing import Any

import pytest
from tests.builders import trigger
from tests.simulation.foreseeing import fired_since, standing
from tests.simulation.world import World

from codespace_tracker.cli.commands.triggers.explain import foreseen_at
from codespace_tracker.cli.outlook import with_bar
from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import HOUR_US

pytestmark = pytest.mark.usefixtures("seldom_drawn")


@pytest.mark.parametrize(
    ("conditions", "hours", "said"),
    [
        # 29 November, 22:00 UTC, after eight hours on two cores: 2 hours left of the day, 26 of the
        # month
        ({"month_core_hours": 148}, 26 + 74, "in 4 days"),  # 66 hours would end in December
        ({"quota_percent": 100}, 26 + 60, "in 3 days"),
        ({"month_core_hours": 60}, 22, "in 22h 00m  ██░░░░░░░░ 26 %"),
        ({"today_runtime_hours": 12}, 2 + 12, "in 14h 00m"),  # 4 hours would end after midnight
        ({"today_runtime_hours": 9}, 1, "in 1h 00m  ████████░░ 88 %"),
        ({"minute_runtime_minutes": 12 * 60}, 4, "in 4h 00m  ██████░░░░ 66 %"),
        ({"every_minutes": 60, "today_runtime_hours": 11}, 2 + 11, "in 13h 00m"),
        ({"at": "0 */6 * * *", "today_runtime_hours": 13}, 2 + 18, "in 20h 00m: Mon 30 Nov 18:00"),
    ],
)
def test_a_countdown_and_the_date_beside_it_agree(
    world: World, conditions: dict[str, Any], hours: int, said: str
) -> None:
    world.machine.now = world.machine.now._replace(wall_us=parse_iso("2026-11-29T14:00Z"))
    world.machine.seen = world.machine.seen._replace(
        kind="codespaces"
    )  # a local container has no quota
    world.config("heartbeat_seconds = 300\n")
    world.write(trigger("a", conditions=conditions))
    world.live(8 * HOUR_US)
    at = world.machine.now.wall_us
    found = standing(world)
    wait = found.waits()[0]
    assert round(wait / HOUR_US, 2) == hours
    assert foreseen_at(found, found.triggers[0]) == at + wait
    assert with_bar(found, 0, wait) == said
    [drawn] = json.loads((world.directory / "status.json").read_text())["triggers"]["next"]
    assert parse_iso(drawn["due_at"]) == (at + wait) // 1000 * 1000
    world.live((hours + 1) * HOUR_US)
    assert fired_since(world, at, hours + 1)[0] == ("a", at + wait)
