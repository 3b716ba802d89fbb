"""A tracker of real processes with triggers, and the place outside of its directory where their
scripts run."""

import json
from pathlib import Path
from typing import Any

from tests.integration.real_tracker import RealTracker, wait_until

_SAY = 'echo "$CODESPACE_TRACKER_LABEL $CODESPACE_TRACKER_ATTEMPT" >>lines; '
UNTIL_END = "until [ -e end ]; do sleep 0.05; done; "

Trigger = dict[str, Any]
"""A trigger as it stands in the user's file."""


class Ground:
    """A real tracker with a heartbeat each second, and the place where scripts run."""

    def __init__(self, tracker: RealTracker, place: Path) -> None:
        self.tracker = tracker
        self.place = place
        place.mkdir()
        tracker.directory.mkdir(0o700)

    def trigger(self, label: str, command: str, **fields: Any) -> Trigger:
        """A trigger that fires at once; its script appends a line and goes on with `command`."""
        given = {
            "cwd": str(self.place),
            "conditions": {"minute_runtime_minutes": 0},
            "retry_delay_seconds": 1,
        }
        return {"label": label, "script_command": _SAY + command, **given, **fields}

    def write(self, *triggers: Trigger, config: str = "") -> None:
        """Write the user's files."""
        (self.tracker.directory / "trigger_config.json").write_text(json.dumps(triggers))
        (self.tracker.directory / "config.toml").write_text(f"heartbeat_seconds = 1\n{config}")

    def start(self, *triggers: Trigger, config: str = "") -> None:
        """Write the user's files, and start the tracker with them."""
        self.write(*triggers, config=config)
        self.tracker.verb("start")
        wait_until(
            lambda: self.tracker.read("SELECT count(*) FROM armed") == [(len(triggers),)],
            "the plan is in force",
        )

    def lines(self) -> list[str]:
        """What scripts wrote outside, in order."""
        path = self.place / "lines"
        return path.read_text().splitlines() if path.exists() else []

    def end_scripts(self) -> None:
        (self.place / "end").touch()

    def states(self) -> list[Any]:
        """Label, state and reason of all occurrences, in the order in which they were claimed."""
        return self.tracker.read("SELECT label, state, reason FROM occurrence ORDER BY id")

    def settled(self) -> bool:
        """Whether something was due, and nothing is left to be done."""
        states = {state for _, state, _ in self.states()}
        return bool(states) and not states & {"queued", "running", "waiting"}

    def runs(self) -> list[str]:
        """Each attempt of the ledger, as scripts write their lines, and its result."""
        rows = self.tracker.read(
            "SELECT label, attempt, coalesce(result, 'going') FROM run JOIN occurrence o ON o.id"
            " = occurrence ORDER BY run.id"
        )
        return [f"{label} {attempt} {result}" for label, attempt, result in rows]

    def wait_for(self, state: str, count: int = 1) -> None:
        """Wait until so many occurrences are in a state."""
        wait_until(
            lambda: [one for _, one, _ in self.states()].count(state) >= count, f"{count} {state}"
        )

    def wait_for_lines(self, count: int) -> None:
        wait_until(lambda: len(self.lines()) >= count, f"{count} lines, not {self.lines()}")

    def heartbeat(self) -> int:
        """The session's last heartbeat, UTC µs."""
        [(at,)] = self.tracker.read("SELECT last_seen_at FROM session ORDER BY number DESC LIMIT 1")
        return int(at)

    def wait_for_heartbeats(self, count: int) -> None:
        """Wait until the clock was written down so often."""
        seen = {self.heartbeat()}

        def enough() -> bool:
            seen.add(self.heartbeat())
            return len(seen) > count

        wait_until(enough, "heartbeats go on")
