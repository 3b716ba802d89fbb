"""The trackers of this user that run, as /proc shows them: keepers and daemons, and where their
directories are now.

What another user runs says nothing: anybody can give a process this command line.
"""

import contextlib
import os
from collections.abc import Iterator
from typing import NamedTuple

from codespace_tracker.machine import lock
from codespace_tracker.machine.processes import start_time

_PACKAGE = os.path.dirname(__file__)
KEEPER = os.path.join(_PACKAGE, "ghadi.sh")
_LOCKS = {
    "/codespace_tracker/daemon/ghadi.sh": lock.KEEPER_LOCK,
    "/codespace_tracker/daemon/__main__.py": lock.DAEMON_LOCK,
}
"""By how the path of what runs ends: another installation of this user's may have started it."""


_MARK, _WORDS = b"/codespace_tracker/daemon/", 4 * 4096  # bytes


class TrackerProcess(NamedTuple):
    """A keeper or a daemon at work: its process, when that started (clock ticks), and its current
    directory."""

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
    """The state directories that keepers of this installation and home work for, as far as we see
    their processes."""
    return {
        directory
        for pid, program, _, directory in _ours()
        if program == KEEPER and _has_our_home(pid)
    }


def oldest_at(directory: str) -> TrackerProcess | None:
    """The keeper or daemon that has worked longest for the state directory of a path; None if there
    is none.

    It counts only while it has the lock of its current directory open: a run of a script has the
    command line of the daemon that it was forked from, and is somewhere else. What HOME it has does
    not matter.
    """
    return _oldest_at(directory) or _oldest_at(
        directory
    )  # one may die, and the next begin, while we look


def _oldest_at(directory: str) -> TrackerProcess | None:
    found = []
    for pid, _, name, path in _ours():
        folder = f"/proc/{pid}/cwd"
        if path == directory and lock.held_by(f"{folder}/{name}", pid):
            with contextlib.suppress(OSError):
                found.append(TrackerProcess(pid, start_time(pid) or 0, os.stat(folder)))
    return min(found, key=lambda one: one.started, default=None)


def _ours() -> Iterator[tuple[int, str, str, str]]:
    """The number, the program, the lock's name and the state directory's path of each keeper and
    daemon."""
    for number in filter(str.isdecimal, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            line = _beginning(f"/proc/{number}/cmdline")
            if _MARK not in line or os.stat(f"/proc/{number}").st_uid != os.geteuid():
                continue
            words = [os.fsdecode(word) for word in line.split(b"\0")]
            if len(words) < 4:
                continue
            for program in words[1:3]:
                name = next((name for end, name in _LOCKS.items() if program.endswith(end)), None)
                if name is not None:
                    yield int(number), program, name, words[3]
                    break


def _has_our_home(pid: int) -> bool:
    home = os.fsencode(os.path.normpath(os.path.expanduser("~")))
    with contextlib.suppress(OSError):
        variables = _read(f"/proc/{pid}/environ")
        return any(
            one.startswith(b"HOME=") and os.path.normpath(one[5:]) == home for one in variables
        )
    return False


def _beginning(path: str) -> bytes:
    """Of a command line what counts: four words, of which each may be a path. There may be
    thousands to read."""
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.read(fd, _WORDS)
    finally:
        os.close(fd)


def _read(path: str) -> list[bytes]:
    with open(path, "rb") as file:
        return file.read().split(b"\0")
