"""A place for single runs: a state directory, a workspace, and the start of a run, without a
daemon."""

import os
from pathlib import Path

from codespace_tracker.core.trigger import Script
from codespace_tracker.machine.state_directory import prepare
from codespace_tracker.runs import run_files
from codespace_tracker.runs.order import Order
from codespace_tracker.runs.run_files import Outcome
from codespace_tracker.runs.start import start

NAME = "20261124T000000.backup.1"


class Ground:
    """A place for runs: a state directory and a workspace."""

    def __init__(self, folder: Path) -> None:
        self.directory = folder / "state"
        self.workspace = folder / "work space"
        self.workspace.mkdir()
        prepare(str(self.directory))
        self.pid = 0

    def order(self, command: str, **more: object) -> Order:
        limit = int(str(more.pop("limit", 100_000)))
        script = Script(command, ("sh", "-c"), "", "", "", (), 20_000_000)._replace(**more)  # type: ignore[arg-type]
        variables = (("CODESPACE_TRACKER_LABEL", "Back up"),)
        return Order(str(self.directory), NAME, script, variables, limit, str(self.workspace))

    def start(self, command: str, **more: object) -> int:
        """Start a run, as the daemon does; its process number."""
        lock = run_files.take_lock(str(self.directory), NAME)
        self.pid = start(self.order(command, **more), lock)
        return self.pid

    def run(self, command: str, **more: object) -> Outcome:
        """Run to the end; the outcome."""
        self.start(command, **more)
        os.waitpid(self.pid, 0)
        found = run_files.read_outcome(str(self.directory), NAME)
        assert found is not None
        return found

    def outcome(self) -> Outcome | None:
        return run_files.read_outcome(str(self.directory), NAME)

    @property
    def log(self) -> str:
        return Path(run_files.log_path(str(self.directory), NAME)).read_text(errors="replace")


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def has_begun(ground: Ground) -> bool:
    """Whether the run has told which process its script is."""
    return bool((ground.directory / "runs" / f"{NAME}.lock").read_text())
