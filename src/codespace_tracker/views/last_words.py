"""What the daemon said as it crashed, found in debug.log: if it keeps crashing, only that log can
tell why."""

from __future__ import annotations

import os

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.machine import debug_log
from codespace_tracker.machine.files import SAFELY
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.views import wording

_STAMP = len("2026-11-30T02:59:30Z")
_TAIL = 1 << 14  # bytes
_RECENT_US = 10 * MINUTE_US
_CRASHES = ("crashed:", "cannot start: ")


def crashes(directory: str, now_us: int) -> str | None:
    """How often the daemon crashed in the last ten minutes (UTC µs: until `now_us`), and what it
    said last; None if that was not more than once."""
    crashed, last, is_crash = 0, "", False
    for line in _lines(directory):
        said = _said(line)
        if said is None:  # a line of its traceback
            last = line if is_crash and line.strip() else last
            continue
        crash = next(filter(said.startswith, _CRASHES), "")
        is_crash = bool(crash) and now_us - parse_iso(line[:_STAMP]) < _RECENT_US
        crashed += is_crash
        last = said.removeprefix(crash) if is_crash else last
    if crashed < 2:
        return None
    return (
        f"the daemon crashed {crashed} times in the last ten minutes, and said last: "
        f"{wording.printable(last)[:200]}"
    )


def _said(line: str) -> str | None:
    """What a line of debug.log says after its time and its process (`2026-11-30T02:59:30Z [123] `);
    None for one that begins otherwise."""
    moment, between, rest = line[:_STAMP], line[_STAMP : _STAMP + 2], line[_STAMP + 2 :]
    process, end, said = rest.partition("] ")
    shape = "".join("0" if char.isdecimal() else char for char in moment)
    is_first = shape == "0000-00-00T00:00:00Z" and between == " [" and process.isdecimal()
    return said if is_first and end else None


def _lines(directory: str) -> list[str]:
    try:
        fd = os.open(rooted(os.path.join(directory, debug_log.NAME)), os.O_RDONLY | SAFELY)
    except OSError:
        return []
    try:
        size = os.fstat(fd).st_size
        content = os.pread(fd, _TAIL, max(0, size - _TAIL))
    except OSError:  # a folder
        return []
    finally:
        os.close(fd)
    return content.decode("utf-8", "replace").splitlines()
