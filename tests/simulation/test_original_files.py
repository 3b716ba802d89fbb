"""Configurations in the shape of the original tool's: what their authors meant comes to pass."""

import signal

import pytest
from tests.simulation.world import World, rows

from codespace_tracker.core.clock import HOUR_US, MINUTE_US

_EXAMPLE = """
{
  "label": "Run a script after 6 minutes",
  "script_url": "https://example.com/scripts/six_minutes.sh",
  "script_command": "bash six_minutes.sh",
  "conditions": {
    "minute_runtime_minutes": 6
  }
}
"""

_SHIPPED = """
[
  {
    "label": "Long session near the quota",
    "script_url": "",
    "script_command": "git commit --all --message \\"saved at $(date)\\"",
    "flag_name": "near_the_quota",
    "conditions": {
      "total_runtime_hours": 20,
      "minute_runtime_minutes": 170
    }
  },
  {
    "label": "Nearer still",
    "script_url": "",
    "script_command": "git commit --all --message \\"saved at $(date)\\"",
    "flag_name": "near_the_quota",
    "conditions": {
      "total_runtime_hours": 25
    }
  }
]
"""


def write(world: World, text: str) -> None:
    world.directory.mkdir()
    (world.directory / "trigger_config.json").write_text(text)


def test_the_example_fires_once_a_session_at_six_minutes(world: World) -> None:
    write(world, _EXAMPLE)
    world.live(3 * HOUR_US)
    [line] = world.machine.lines
    assert line.mono_us == 6 * MINUTE_US
    script = line.order.script
    assert (script.command, script.url) == (
        "bash six_minutes.sh",
        "https://example.com/scripts/six_minutes.sh",
    )


@pytest.mark.usefixtures("seldom_drawn")
@pytest.mark.parametrize(
    ("hours", "label", "total_hours"),
    [
        ((9, 10, 3), "Long session near the quota", 19 + 170 / 60),
        ((9, 10, 2, 2, 2), "Nearer still", 25),
    ],
    ids=["a long session", "short sessions"],
)
def test_of_the_shipped_two_whichever_comes_first_fires_once_for_ever(
    world: World, hours: tuple[int, ...], label: str, total_hours: float
) -> None:
    write(world, _SHIPPED)
    world.config("heartbeat_seconds = 300\n")
    for length in (*hours, 3):
        world.live(length * HOUR_US - world.machine.now.mono_us)
        assert world.daemon is not None
        world.daemon.step(signal.SIGTERM)
        world.off()
    [line] = world.machine.lines
    assert line.variables["CODESPACE_TRACKER_LABEL"] == label
    assert float(line.variables["CODESPACE_TRACKER_TOTAL_HOURS"]) == pytest.approx(
        total_hours, abs=0.01
    )
    assert line.order.script.url == ""
    assert line.order.script.command == 'git commit --all --message "saved at $(date)"', (
        "the shell's to expand"
    )
    assert world.flags() == ["near_the_quota"]
    assert rows(world.directory, "SELECT scope, state FROM occurrence") == [("ever", "succeeded")]
