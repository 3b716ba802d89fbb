"""A tracker with an idle trigger, and what it says of presence as time goes on."""

import json
import time
from collections.abc import Callable
from pathlib import Path

from tests.editor.machine import TrackerThere

CHECK_SECONDS = 60
EDITOR_SECONDS = 70
"""How much later than its limit a trigger may fire: by the looks at servers, and by how long VS
Code takes someone to be active."""


class Watched:
    """A tracker in which a trigger waits for idleness."""

    def __init__(self, tracker: TrackerThere) -> None:
        self.tracker = tracker
        self._fired = tracker.directory.parent / "fired"

    def start(self, idle_minutes: float, **fields: object) -> None:
        """Start it; `fields` of the trigger may be others than those of one that notes the time."""
        trigger = {
            "label": "Idle",
            "script_command": f"date +%s.%N >> '{self._fired}'",
            "conditions": {"idle_minutes": idle_minutes},
            **fields,
        }
        self.tracker.verb("init")
        (self.tracker.directory / "trigger_config.json").write_text(json.dumps([trigger]))
        self.tracker.verb("start")

    @property
    def fired(self) -> list[float]:
        """When the trigger fired, in seconds of the wall clock."""
        try:
            return [float(line) for line in self._fired.read_text().split()]
        except FileNotFoundError:
            return []

    def state(self) -> str:
        """Whether someone is there, by `status`."""
        found: str = self.tracker.status()["presence"]["state"]
        return found

    def why(self) -> str:
        """Why it does not fire, as `triggers explain` says."""
        said = self.tracker.ask(["triggers", "explain", "Idle"])
        return said.partition(" Why ")[2].partition(" Sees ")[0]

    def touched(self, name: str) -> float:
        """When a file of the state directory was touched last (seconds), 0 for never."""
        return _modified(self.tracker.directory / name)

    def reporters(self) -> dict[int, float]:
        """When each reporter reported last."""
        folder = self.tracker.directory / "reporters"
        return {int(one.name): _modified(one) for one in folder.iterdir() if one.name.isdecimal()}


def _modified(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def during(seconds: float, each: Callable[[], None], pause: float = 1.0) -> None:
    """Do something again and again for some time."""
    until = time.time() + seconds
    while time.time() < until:
        each()
        time.sleep(pause)
