"""The terminals of this user: when each was used last.

A program that reads what was typed moves the access time of the terminal's device. The value is a
true second, up to 8 seconds old; what is printed does not move it.
"""

from __future__ import annotations

import os

FOLDER = "/dev/pts"


def read() -> dict[str, tuple[int, int]]:
    """Each terminal that this user owns, by its name: when it was read from last, and when it was
    born (UTC µs)."""
    found, own = {}, os.geteuid()
    try:
        names = os.listdir(FOLDER)
    except OSError:
        return {}
    for name in names:
        if name.isdecimal():
            try:
                seen = os.stat(f"{FOLDER}/{name}")
            except OSError:  # closed meanwhile
                continue
            if seen.st_uid == own:
                found[name] = (seen.st_atime_ns // 1000, seen.st_ctime_ns // 1000)
    return found
