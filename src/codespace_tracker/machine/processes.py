"""What /proc says of processes."""

from __future__ import annotations

import os

from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine import clock


def sees_its_own() -> bool:
    """Whether the numbers in /proc are those that this process knows: a container may have been
    given another's."""
    try:
        return os.readlink("/proc/self") == str(os.getpid())
    except OSError:
        return False


def openers(path: str) -> list[int]:
    """The processes that have a file open, as far as this one may look: those of the same user, all
    for root."""
    found = []
    try:
        wanted, names = os.stat(path), os.listdir("/proc") if sees_its_own() else []
    except OSError:
        return []
    for name in filter(str.isdecimal, names):
        with suppress(OSError):
            folder = f"/proc/{name}/fd"
            if any(_is_open(f"{folder}/{fd}", wanted) for fd in os.listdir(folder)):
                found.append(int(name))
    return found


def _is_open(path: str, wanted: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), wanted)
    except OSError:  # closed meanwhile
        return False


def start_time(pid: int) -> int | None:
    """When a process started, in clock ticks after boot, which with its number tells it from all
    others.

    Every process sees the same value, even in another time namespace.

    None if it has ended, or cannot be seen.
    """
    if not sees_its_own():
        return None
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    return None if fields[0] in (b"Z", b"X") else clock.unmoved(int(fields[19]))
