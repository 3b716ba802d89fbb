"""The trackers of this user that run, as /proc shows them: keepers and daemons, and where their directories are now.

What another user runs says nothing: anybody can give a process this command line.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

from codespace_tracker.machine import lock
from codespace_tracker.machine.process import start_time

_PACKAGE = os.path.dirname(__file__)
KEEPER = os.path.join(_PACKAGE, "ghadi.sh")
_LOCKS = {KEEPER: lock.KEEPER_LOCK, os.path.join(_PACKAGE, "__main__.py"): lock.DAEMON_LOCK}


class Tracker(NamedTuple):
    """A keeper or a daemon at work: its process, when that started (clock ticks), and the directory it stands in."""

    pid: int
    started: int
    place: os.stat_result

    @property
    def path(self) -> str:
        """Where its directory is now, as far as that can be told."""
        try:
            return os.readlink(f"/proc/{self.pid}/cwd")
        except OSError:
            return "the directory that was there before"


def all_directories() -> set[str]:
    """The state directories that keepers of this installation and home work for, as far as we see their processes."""
    return {directory for _, name, directory in _ours() if name == lock.KEEPER_LOCK}


def oldest_at(directory: str) -> Tracker | None:
    """The keeper or daemon that has worked longest for the state directory of a path; None if there is none.

    It counts only while it has the lock of the directory that it stands in open: a run of a script has the command
    line of the daemon that it was forked from, and is somewhere else.
    """
    return _oldest_at(directory) or _oldest_at(directory)  # one may die, and the next begin, while we look


def _oldest_at(directory: str) -> Tracker | None:
    found = []
    for pid, name, path in _ours():
        folder = f"/proc/{pid}/cwd"
        if path == directory and lock.held_by(f"{folder}/{name}", pid):
            with contextlib.suppress(OSError):
                found.append(Tracker(pid, start_time(pid) or 0, os.stat(folder)))
    return min(found, key=lambda one: one.started, default=None)


def _ours() -> Iterator[tuple[int, str, str]]:
    """The number, the lock's name and the state directory's path of each keeper and daemon."""
    home = f"HOME={os.path.expanduser('~')}".encode()
    for number in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            words = _read(f"/proc/{number}/cmdline")
            if len(words) < 4 or os.stat(f"/proc/{number}").st_uid != os.geteuid():
                continue
            name = _LOCKS.get(os.fsdecode(words[1])) or _LOCKS.get(os.fsdecode(words[2]))
            if name is not None and home in _read(f"/proc/{number}/environ"):
                directory = os.fsdecode(words[3])
                yield int(number), name, directory


def _read(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        return file.read().split(b"\0")
