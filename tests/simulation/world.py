"""A world to test in: the real loop and ledger on a simulated machine, with a person's files."""

import json
import os
import signal
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.simulation.machine import SimulatedMachine

from codespace_tracker.core.clock import HOUR_US, SECOND_US
from codespace_tracker.daemon import rescue
from codespace_tracker.daemon.loop import Daemon
from codespace_tracker.machine.state_directory import prepare

_MEMORY = "/dev/shm"
_ROOM = 1 << 28
"""Bytes that a simulation may need; a container often has 64 MiB there."""


def begun(directory: Path, machine: SimulatedMachine) -> Daemon:
    """A daemon that has begun on the machine."""
    prepare(str(directory))
    daemon = Daemon(
        str(directory), machine, rescue.open_ledger(str(directory), machine.now.wall_us)
    )
    daemon.begin()
    return daemon


def live(daemon: Daemon, machine: SimulatedMachine, microseconds: int) -> int:
    """Let the daemon run for so long, by its own deadlines; how often it woke. It may not stay
    awake."""
    until = machine.now.mono_us + microseconds
    steps, at, awake = 0, 0, 0
    while machine.now.mono_us < until:
        heard = machine.wait(min(daemon.until_due(), until - machine.now.mono_us))
        if heard is not None or daemon.until_due() <= 0:
            daemon.step(heard)
            steps += 1
            awake = awake + 1 if machine.now.mono_us == at else 0
            at = machine.now.mono_us
            assert awake < 100, "the daemon does not sleep any more"
    return steps


def crash(daemon: Daemon) -> None:
    """End the process, and no more."""
    daemon.ledger.connection.close()


def rows(directory: Path, sql: str) -> list[Any]:
    connection = sqlite3.connect(directory / "ledger.db")
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def running_us(directory: Path) -> list[int]:
    return [us for (us,) in rows(directory, "SELECT running_us FROM session ORDER BY number")]


def minutes(count: float) -> float:
    """So many minutes in seconds, as `World.at` has the moments of scripts."""
    return count * 60


def hours(count: float) -> float:
    """So many hours in seconds, as `World.at` has the moments of scripts."""
    return count * 3600


def heartbeats(count: float) -> float:
    """How often a tracker wakes in so many minutes: once every ten seconds, unless it is told
    otherwise."""
    return count * 6


class World:
    """A machine, its daemon, and the user's files."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.machine = SimulatedMachine()
        self.daemon: Daemon | None = None

    def write(self, *triggers: dict[str, Any]) -> None:
        """Write the triggers, and tell the daemon if there is one."""
        self.directory.mkdir(exist_ok=True)
        (self.directory / "trigger_config.json").write_text(json.dumps(list(triggers)))
        if self.daemon is not None:
            self.daemon.step(signal.SIGHUP)

    def config(self, text: str) -> None:
        self.directory.mkdir(exist_ok=True)
        (self.directory / "config.toml").write_text(text)

    def live(self, microseconds: int) -> int:
        """Let the tracker run for so long, and tell how often it woke; it is started if it does not
        run."""
        if self.daemon is None:
            self.daemon = begun(self.directory, self.machine)
        return live(self.daemon, self.machine, microseconds)

    def crash(self) -> None:
        """The tracker dies, the machine goes on."""
        assert self.daemon is not None
        crash(self.daemon)
        self.daemon = None

    def off(self, microseconds: int = HOUR_US) -> None:
        """The machine is switched off without notice for so long."""
        if self.daemon is not None:
            self.crash()
        self.machine.boot_anew(f"boot-{self.machine.now.wall_us}", off=microseconds)

    @property
    def fired(self) -> list[str]:
        """The labels of the lines that scripts wrote."""
        return [line.variables["CODESPACE_TRACKER_LABEL"] for line in self.machine.lines]

    @property
    def at(self) -> list[int]:
        """When scripts wrote, in seconds of the monotonic clock."""
        return [line.mono_us // SECOND_US for line in self.machine.lines]

    def states(self) -> list[tuple[str, str, str]]:
        return rows(self.directory, "SELECT label, state, reason FROM occurrence ORDER BY id")

    def flags(self) -> list[str]:
        return sorted(path.name for path in (self.directory / "flags").glob("[!.]*"))


@contextmanager
def world_at(directory: Path) -> Iterator[World]:
    """A world with this state directory, whose tracker is ended with the block."""
    made = World(directory)
    yield made
    if made.daemon is not None:
        made.crash()


def new_container(machine: SimulatedMachine, gap: int) -> None:
    """PID 1 ends and, after a while, another one begins: the machine goes on, and so does its
    boot."""
    machine.run(gap)
    machine.now = machine.now._replace(pid1_start_us=machine.now.boot_us)


@contextmanager
def folder_in_memory() -> Iterator[Path]:
    """A folder in memory where there is room, else where temporary files are.

    A crash of the simulated machine is between two of the tracker's calls, so a real disk would
    only add waiting: on a slow one two thirds of the time.
    """
    with tempfile.TemporaryDirectory(dir=_MEMORY if _has_room() else None) as folder:
        yield Path(folder)
        _open_folders(folder)


def _open_folders(folder: str) -> None:
    """Give back the modes that a test took away, so that a user who is not root can delete all."""
    for path, names, _ in os.walk(folder):
        for name in names:
            if not os.path.islink(inner := os.path.join(path, name)):
                os.chmod(inner, 0o700)


@contextmanager
def world_in_memory() -> Iterator[World]:
    """A world whose disk is memory, for a test that makes many."""
    with folder_in_memory() as folder, world_at(folder / "state") as made:
        yield made


def _has_room() -> bool:
    try:
        found = os.statvfs(_MEMORY)
    except OSError:
        return False
    return os.access(_MEMORY, os.W_OK) and found.f_bavail * found.f_frsize > _ROOM
