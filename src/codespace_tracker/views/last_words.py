"""What the daemon said as it crashed, found in debug.log: if it keeps crashing, only that log can
tell why."""

import os
import re

from codespace_tracker.core.calendar import parse_iso
from codespace_tracker.core.clock import MINUTE_US
from codespace_tracker.machine import debug_log
from codespace_tracker.machine.files import SAFELY
from codespace_tracker.machine.rooted import rooted
from codespace_tracker.views import wording

_TAIL = 1 << 14  # bytes
_RECENT_US = 10 * MINUTE_US
_FIRST_LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ) \[\d+\] (crashed:|cannot start: )?(.*)"
)


def crashes(directory: str, now_us: int) -> str | None:
    """How often the daemon crashed in the last ten minutes (UTC µs: until `now_us`), and what it
    said last; None if that was not more than once."""
    crashed, last, is_crash = 0, "", False
    for line in _lines(directory):
        first = _FIRST_LINE.fullmatch(line)
        if first is None:  # a line of its traceback
            last = line if is_crash and line.strip() else last
            continue
        is_crash = first[2] is not None and now_us - parse_iso(first[1]) < _RECENT_US
        crashed += is_crash
        last = first[3] if is_crash else last
    if crashed < 2:
        return None
    return (
        f"the daemon crashed {crashed} times in the last ten minutes, and said last: "
        f"{wording.printable(last)[:200]}"
    )


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
