"""A tracker of real processes in a directory of its own, driven by its verbs."""

import contextlib
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.integration.command_server import CommandServer

from codespace_tracker.daemon import control
from codespace_tracker.machine import liveness
from codespace_tracker.machine.liveness import Running

PATIENCE_SECONDS = 180.0  # a loaded machine is slow, and no promise is about how long

PROGRAM = [sys.executable, "-c", "from codespace_tracker.cli import main; main()"]

ORDINARY_USER = [
    *("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"),
    # may read all, so that it finds Python and the program also below /root, and may write no more
    # than others
    *("--inh-caps", "-all,+dac_read_search", "--ambient-caps", "-all,+dac_read_search"),
]
"""What a command begins with that root runs as a user without rights."""


def skip_where_root_needs_its_rights() -> None:
    """Skip a test in which root runs the program without them, from a checkout in the closed home
    of another user."""
    if (
        subprocess.run(
            ["setpriv", "--bounding-set=-all", "--inh-caps=-all", "test", "-x", sys.executable],
            check=False,
        ).returncode
        != 0
    ):
        pytest.skip(
            f"root may not run {sys.executable} without its rights: the home above belongs to "
            "another user"
        )


_VERBS = CommandServer()


def run(
    command: list[str], env: dict[str, str], within: int = 0
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with all that it says: the program by a process that waits for
    that.

    With `within` it runs in the mount and PID namespace of that process.
    """
    done = None
    if command[: len(PROGRAM)] == PROGRAM:
        done = _VERBS.run(command[len(PROGRAM) :], env, PATIENCE_SECONDS, within)
    if within:
        command = ["nsenter", f"--target={within}", "--mount", "--pid", *command]
    return done or subprocess.run(
        command, env=env, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )


def wait_until(holds: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Look until something holds; fails with `what` if it does not come to pass. Where a look finds
    a file missing, it does not hold yet.

    It rests three times as long as a look takes, or what looks would keep what it waits for from
    the processor.
    """
    until = time.monotonic() + seconds
    while True:
        began = time.monotonic()
        with contextlib.suppress(FileNotFoundError):
            if holds():
                return
        now = time.monotonic()
        assert now < until, f"waited in vain: {what}"
        time.sleep(max(0.01, 3 * (now - began)))


def wait_for_text(path: Path) -> str:
    """What a script writes to a file. A shell makes the file first and writes to it later, so a
    file that is there may still be empty."""
    wait_until(lambda: bool(path.read_text().strip()), f"something is written to {path}")
    return path.read_text().strip()


def is_alive(pid: int) -> bool:
    """Whether a process is there and not only its remains."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def take_away(directory: Path) -> None:
    """Delete a directory, also one that somebody still writes to."""

    def is_gone() -> bool:
        with contextlib.suppress(OSError):  # a file came or went meanwhile
            shutil.rmtree(directory)
        return not directory.exists()

    wait_until(is_gone, f"{directory} is gone")


class StateDirectory:
    """What the ledger of a state directory says, read from outside while the tracker runs or
    not."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def read(self, sql: str) -> list[Any]:
        """Rows of the ledger."""
        connection = sqlite3.connect(f"file:{self.directory}/ledger.db?mode=ro", uri=True)
        try:
            return connection.execute(sql).fetchall()
        finally:
            connection.close()

    def journal(self) -> list[str]:
        """What happened, oldest first."""
        return [kind for (kind,) in self.read("SELECT kind FROM journal ORDER BY seq")]


class RealTracker(StateDirectory):
    """The verbs and the processes of one state directory."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.home = directory.parent / "home"
        self.home.mkdir(exist_ok=True)
        self.variables: dict[str, str] = {}

    def be_in_codespace(self, user: str = "octocat", repository: str = "") -> None:
        """From now on its processes see the variables of a codespace."""
        told = {"CODESPACE_NAME": "fuzzy", "GITHUB_USER": user, "GITHUB_REPOSITORY": repository}
        self.variables = {"CODESPACES": "true", **told}

    def environment(self, **more: str) -> dict[str, str]:
        """The variables of a user who lives in this test alone."""
        inherited = {name: os.environ[name] for name in ("PATH", "REMOTE_CONTAINERS")}
        return {"HOME": str(self.home), "LANG": "C.UTF-8", **inherited, **self.variables, **more}

    def command(self, *words: str) -> list[str]:
        """How a verb is called."""
        return [*PROGRAM, *words, "--dir", str(self.directory)]

    def verb(self, *words: str, code: int | None = 0) -> subprocess.CompletedProcess[str]:
        """Run a verb; fails if it does not exit with `code` (None: any)."""
        done = run(self.command(*words), self.environment())
        assert code is None or done.returncode == code, (
            words,
            done.returncode,
            done.stdout,
            done.stderr,
        )
        assert "Traceback" not in done.stderr + done.stdout
        return done

    def status(self) -> dict[str, Any]:
        """What `status --json` says now."""
        found: dict[str, Any] = json.loads(self.verb("status", "--json", code=None).stdout)
        return found

    def running(self) -> Running:
        """Who holds the locks."""
        return liveness.running(str(self.directory))

    def kill(self, *, daemon: bool = False, keeper: bool = False) -> None:
        """End processes as a crash does, and wait until their locks are free."""
        before = self.running()
        for wanted, holder in ((keeper, before.keeper), (daemon, before.daemon)):
            if wanted and holder is not None:
                os.kill(holder.pid, signal.SIGKILL)
        for wanted, index in ((keeper, 0), (daemon, 1)):
            if wanted:
                wait_until(partial(self._changed, index, before), "a killed process is gone")

    def _changed(self, index: int, before: Running) -> bool:
        return self.running()[index] != before[index]

    def end(self) -> None:
        """Leave nothing running behind."""
        for _ in range(3):
            control.pause(str(self.directory))
