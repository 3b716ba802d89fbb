"""Locks that the kernel frees when their holder dies, however it dies.

A lock file is never deleted or replaced while somebody may hold it: the lock belongs to the file, not to the name.
"""

import contextlib
import errno
import fcntl
import os
import stat
import time
from typing import NamedTuple

from codespace_tracker.machine.files import FILE_MODE

DAEMON_LOCK = "daemon.lock"
KEEPER_LOCK = "keeper.lock"  # ghadi.sh takes this one, by the same name

_UP = "up"
_UNKNOWN = "-"

_ATTEMPTS = 25
_PAUSE_SECONDS = 0.02


class Holder(NamedTuple):
    """Who holds a lock: as written into the lock file by the holder. `pid` is 0 and `version` empty if not said.

    `is_up` says that it has begun its work, where it says so. `is_elsewhere` says that it lives in another PID
    namespace, that is, in another container that has the same folder: here its number is that of nobody or of
    somebody else.
    """

    pid: int
    version: str
    is_up: bool = False
    is_elsewhere: bool = False


def acquire(path: str, version: str) -> int | None:
    """Take the lock for this process; the descriptor that holds it, or None if somebody else does.

    Whoever only looks (`holder`, the shell hook) holds a shared lock for a moment: so it is tried for half a second.
    Raises OSError when the file cannot be opened.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, FILE_MODE)
    found = os.fstat(fd)
    if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
        os.close(fd)
        raise OSError(errno.EINVAL, "is not a file of its own, and the lock is one: move it away", path)
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if attempt + 1 < _ATTEMPTS:
                time.sleep(_PAUSE_SECONDS)
            continue
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()} {version} {_namespace()}\n".encode(), 0)
        return fd
    os.close(fd)
    return None


def say_up(fd: int, version: str) -> None:
    """Let others know that the holder of the lock has begun its work. Never raises."""
    with contextlib.suppress(OSError):
        os.pwrite(fd, f"{os.getpid()} {version} {_namespace()} {_UP}\n".encode(), 0)


def holder(path: str) -> Holder | None:
    """Who holds the lock now; None if nobody does."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        return _told(os.pread(fd, 200, 0).decode("ascii", "replace"))
    finally:
        os.close(fd)


def owned(path: str, fd: int) -> bool:
    """Whether the lock file at `path` is still the one that `fd` holds."""
    try:
        return os.path.samestat(os.stat(path), os.fstat(fd))
    except OSError:
        return False


def _told(text: str) -> Holder:
    """What a lock file says: number, version, PID namespace (ghadi.sh writes them too), and whether it is up."""
    pid, version, namespace, state = [*text.split(), "", "", "", ""][:4]
    is_elsewhere = namespace not in ("", _UNKNOWN, _namespace())
    return Holder(int(pid) if pid.isdecimal() else 0, version, state == _UP, is_elsewhere)


def _namespace() -> str:
    """The PID namespace of this process: no two that live at once have the same name."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return _UNKNOWN


def held_by(path: str, pid: int) -> bool | None:
    """Whether the process `pid`, as this one sees it, has the lock file open; None if we may not look.

    Root of a container may signal its users' processes, and may not look into them.
    """
    folder = f"/proc/{pid}/fd"
    try:
        ours = os.stat(path)
        return any(_is(f"{folder}/{name}", ours) for name in os.listdir(folder))
    except PermissionError:
        return None
    except OSError:
        return False


def _is(path: str, file: os.stat_result) -> bool:
    try:
        return os.path.samestat(os.stat(path), file)
    except PermissionError:
        raise
    except OSError:
        return False
