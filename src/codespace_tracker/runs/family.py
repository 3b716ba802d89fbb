"""All processes that a run started: found through their parents, in any process group or session.

The run is the reaper of its orphans (prctl(2), PR_SET_CHILD_SUBREAPER), so none of them leaves the
tree.
"""

import contextlib
import os
import signal
from typing import NamedTuple

from codespace_tracker.machine.processes import sees_its_own

try:
    import _ctypes  # ctypes itself takes a busy machine 10 ms to import, and a script waits for it
except ImportError:  # a Python that was built without libffi
    _ctypes = None  # type: ignore[assignment]

_PR_SET_CHILD_SUBREAPER = 36


class _Relative(NamedTuple):
    pid: int
    parent: int
    group: int
    session: int


def become_reaper() -> None:
    """Let orphans below this process become its children, where the kernel and this Python can do
    that."""
    with contextlib.suppress(OSError, AttributeError):
        itself = _ctypes.dlopen(None, os.RTLD_NOW)  # type: ignore[arg-type]  # as ctypes.CDLL(None)
        prctl = _ctypes.dlsym(itself, "prctl")
        _ctypes.call_function(prctl, (_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))


def signal_all(number: int, group: int | None) -> None:
    """Send a signal to everything below this process. A KILL is repeated until no process is left.

    Where /proc shows the processes of another container, the group is all that can be reached.
    """
    if not sees_its_own():
        if group is not None:
            with contextlib.suppress(OSError):
                os.killpg(group, number)
        return
    for _ in range(100):
        below = _below(os.getpid())
        for group in _own_groups(below):
            with contextlib.suppress(OSError):
                os.killpg(group, number)  # reaches also who forks and ends faster than we can look
        for process in below:
            with contextlib.suppress(OSError):
                os.kill(process.pid, number)
        if number != signal.SIGKILL or not below:
            break
        reap()


def is_alone() -> bool:
    """Whether no child is left, once those that have ended are reaped. Then no descendant is left
    either: orphans become children."""
    reap()
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return True
    return False


def reap(wanted: int = 0) -> int | None:
    """Let the kernel forget children that have ended; the wait status of the wanted one if it is
    among them."""
    found = None
    with contextlib.suppress(ChildProcessError):
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            if ended[0] == wanted:
                found = ended[1]
    return found


def _below(pid: int) -> list[_Relative]:
    """The processes below a process, the nearest first, and what else is in the session that it
    leads.

    The last are orphans where this process is not their reaper.
    """
    children: dict[int, list[_Relative]] = {}
    for name in os.listdir("/proc"):
        if name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                process = _relative(int(name))
                children.setdefault(process.parent, []).append(process)
    family: list[_Relative] = []
    ahead = [pid]
    while ahead:
        below = children.pop(ahead.pop(0), [])
        family += below
        ahead += [process.pid for process in below]
    return family + [
        process
        for others in children.values()
        for process in others
        if process.session == pid != process.pid
    ]


def _relative(pid: int) -> _Relative:
    with open(f"/proc/{pid}/stat", "rb") as file:
        parent, group, session = file.read().rpartition(b")")[2].split()[1:4]
    return _Relative(pid, int(parent), int(group), int(session))


def _own_groups(below: list[_Relative]) -> set[int]:
    """The process groups that contain only descendants.

    A group never leaves its session, and a session that this process does not share, or leads, is
    of its tree alone.
    """
    me, shared = os.getpid(), os.getsid(0)
    return {one.group for one in below if one.session != shared or shared == me} - {os.getpgrp()}
