"""The state directory of release 0.1.0 as it was recorded, under this version."""

from collections import Counter
from pathlib import Path
from typing import Any

from tests.simulation.machine import End, SimulatedMachine
from tests.simulation.world import begun, rows
from tests.upgrade.recording import unpack

from codespace_tracker.core.clock import SECOND_US, Reading
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.machine.environment import Environment

AWAY_US = 3 * SECOND_US
LASTS, WAITS = "lasts", "waits"
ARMED = "SELECT flag, total_us, at, session FROM armed ORDER BY flag, fingerprint"
OCCURRENCES = "SELECT flag, generation, scope, point, state FROM occurrence"


class Upgraded:
    """The recorded directory under this version, in the same life of the machine, some seconds
    later."""

    def __init__(self, folder: Path) -> None:
        self.directory = unpack(folder)
        self.before = rows(self.directory, "SELECT * FROM session ORDER BY number")
        self.armed = rows(self.directory, ARMED)
        self.occurrences = rows(self.directory, OCCURRENCES)
        sql = (
            "SELECT last_seen_at, last_mono_us, last_boot_us, boot_id, pid1_start_us, running_us "
            "FROM session"
        )
        wall, mono, boot, boot_id, pid1, self.running_us = rows(
            self.directory, f"{sql} ORDER BY number DESC"
        )[0]
        self.seen_mono_us = mono
        self.machine = SimulatedMachine("codespaces")
        self.machine.now = Reading(wall + AWAY_US, mono + AWAY_US, boot + AWAY_US, boot_id, pid1)
        name, user = "improved-space-doodle-1234", "octocat"
        self.machine.seen = Environment("codespaces", name, user, "octocat/hello", prebuild=False)
        self.machine.script = lambda order: (
            None if self.flag_of(order.variables) == LASTS else End(SECOND_US)
        )
        self.daemon: Daemon = begun(self.directory, self.machine)

    @staticmethod
    def flag_of(variables: Any) -> str:
        return str(dict(variables)["CODESPACE_TRACKER_FLAG"])

    def fired(self) -> Counter[str]:
        """How often each script was started since the upgrade, by flag."""
        return Counter(self.flag_of(line.variables) for line in self.machine.lines)
