"""Waiting for a lock that other programs normally hold only for a moment: there is a limit, and the
message names the holder.

A lock file must be where only its owner can open it: a process that can open a file, even only to
read it, can lock it.
"""

import fcntl
import os
import time

from codespace_tracker.machine.lock import held_by

SECONDS = 10.0
"""How long commands wait for a lock that is held for a moment."""

_LOOK_SECONDS = 0.05


def take(fd: int, seconds: float = SECONDS) -> bool:
    """Take the lock of an open file or folder; False if another program has not let go of it in
    time.

    Raises OSError where the file system has no locks.
    """
    until = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_LOOK_SECONDS)
        else:
            return True


def refusal(path: str, seconds: float = SECONDS) -> str:
    """What to say of a lock that could not be taken in that many seconds; it names the process that
    holds it if there is no doubt."""
    pid = _holder(path)
    who = f" (process {pid})" if pid else ""
    return (
        f"{path}: another program{who} has held its lock for {seconds:.0f} seconds. Nothing was"
        " changed. Fix: wait until that program has ended, and try again."
    )


def _holder(path: str) -> int | None:
    """The process that holds a lock on the file, if the kernel names one and it has the file
    open."""
    try:
        found = os.stat(path)
        with open("/proc/locks", encoding="ascii") as file:
            lines = [line.split() for line in file]
    except (OSError, ValueError):
        return None
    place = f"{os.major(found.st_dev):02x}:{os.minor(found.st_dev):02x}:{found.st_ino}"
    pids = [int(words[4]) for words in lines if words[1] == "FLOCK" and words[5] == place]
    return next((pid for pid in pids if pid and held_by(path, pid)), None)
