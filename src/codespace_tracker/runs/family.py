"""All processes that a run brought forth: found by their parents, whatever group or session they moved to.

The run is the reaper of its orphans (prctl(2), PR_SET_CHILD_SUBREAPER), so none of them leaves the tree.
"""

import contextlib
import os
import signal

_PR_SET_CHILD_SUBREAPER = 36


def become_reaper() -> bool:
    """Let orphans below this process become its children; whether the kernel does that."""
    import ctypes

    try:
        libc = ctypes.CDLL(None, use_errno=True)
        return int(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)) == 0
    except (OSError, AttributeError):
        return False


def descendants(pid: int) -> list[int]:
    """The processes below a process, the nearest first."""
    children: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                children.setdefault(_parent(int(name)), []).append(int(name))
    found, ahead = [], [pid]
    while ahead:
        below = children.get(ahead.pop(0), [])
        found += below
        ahead += below
    return found


def _parent(pid: int) -> int:
    with open(f"/proc/{pid}/stat", "rb") as file:
        return int(file.read().rpartition(b")")[2].split()[1])


def signal_all(pid: int, number: int) -> int:
    """Send a signal to everything below a process; how many got it. A KILL goes round until nobody is left."""
    reached = 0
    for _ in range(100):
        below = descendants(pid)
        reached += len(below)
        for one in below:
            with contextlib.suppress(OSError):
                os.kill(one, number)
        if number != signal.SIGKILL or not _reap_some(below):
            break
    return reached


def _reap_some(below: list[int]) -> bool:
    """Reap what has ended; whether somebody is left who may have forked meanwhile."""
    if not below:
        return False
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    return True
