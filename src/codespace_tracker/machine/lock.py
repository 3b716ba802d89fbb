"""Locks that the kernel frees when their holder dies, however it dies.

A lock file is never deleted or replaced while a process may hold it: the lock belongs to the file,
not to its name.
"""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import time

from codespace_tracker.core.clock import UNKNOWN_BOOT
from codespace_tracker.core.record import Record
from codespace_tracker.core.suppress import suppress
from codespace_tracker.machine import clock, file_system
from codespace_tracker.machine.files import FILE_MODE, SAFELY, read_small
from codespace_tracker.machine.processes import sees_its_own
from codespace_tracker.machine.rooted import look, rooted

DAEMON_LOCK = "daemon.lock"
KEEPER_LOCK = "keeper.lock"  # ghadi.sh takes this one, by the same name

_UP = "up"
_UNKNOWN = "-"

_ATTEMPTS = 25
_PAUSE_SECONDS = 0.02


class Holder(Record):
    """Who holds a lock: as written into the lock file by the holder. `pid` is 0 and `version` empty
    if not said.

    `is_up` says that it has begun its work, where it says so. `is_elsewhere` says that it is no
    process that can be named here: it lives in another container or on another machine that has the
    same folder, and its number means nothing here, or another process. `has_other_boot` says that
    it has another boot id: it is on another machine, or in a container that is given a boot id of
    its own. `is_waiting` is filled in by `liveness`: it waits until the tracker of another
    machine is gone.
    """

    pid: int
    version: str
    is_up: bool = False
    is_elsewhere: bool = False
    has_other_boot: bool = False
    is_waiting: bool = False

    @property
    def place(self) -> str:
        """Where it lives, in words; empty if that is here."""
        if not self.is_elsewhere:
            return ""
        return (
            "in another container or on another machine"
            if self.has_other_boot
            else "in another container"
        )


def acquire(path: str, version: str, *, silently: bool = False) -> int | None:
    """Take the lock for this process; the descriptor that holds it, or None if another one does.

    A process that only looks (`holder`, the shell hook) holds a shared lock for a moment, so this
    tries for half a second. `silently` leaves what the file says as it is. Raises OSError when the
    file cannot be opened.
    """
    fd = os.open(rooted(path), os.O_RDWR | os.O_CREAT | SAFELY, FILE_MODE)
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1:
        os.close(fd)
        raise OSError(errno.EINVAL, "is not a file of its own, but must be one: move it away", path)
    for attempt in range(_ATTEMPTS):
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if attempt + 1 < _ATTEMPTS:
                time.sleep(_PAUSE_SECONDS)
            continue
        if not silently:
            say(fd, version)
        return fd
    os.close(fd)
    return None


def say_up(fd: int, version: str) -> None:
    """Let others know that the holder of the lock has begun its work. Never raises."""
    say(fd, version, _UP)


def say(fd: int, version: str, state: str = _UNKNOWN) -> None:
    """Write into the lock file who holds it, and that it has not begun yet. Never raises."""
    text = f"{os.getpid()} {version} {namespace_name()} {state} {boot_id() or _UNKNOWN}\n".encode()
    with suppress(OSError):
        os.pwrite(fd, text, 0)
        os.ftruncate(fd, len(text))


def holder(path: str) -> Holder | None:
    """The process that holds the lock now; None if it is free."""
    try:
        fd = os.open(rooted(path), os.O_RDONLY | SAFELY)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return None
        with suppress(BlockingIOError):
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return None
        return _checked(path, os.pread(fd, 300, 0))
    finally:
        os.close(fd)


def last_holder(path: str) -> Holder:
    """Who wrote into the lock file last, whether it still holds the lock or not."""
    return holder_in(read_small(path, 300) or b"")


def owned(path: str, fd: int) -> bool:
    """Whether the lock file at `path` is still the one that `fd` holds."""
    try:
        return os.path.samestat(look(path), os.fstat(fd))
    except OSError:
        return False


def holder_in(content: bytes) -> Holder:
    """What a lock file says: number, version, PID namespace, state, boot id; ghadi.sh writes the
    same.

    Version 0.1.0 wrote no boot id, and no state until it was up.
    """
    text = content.decode("ascii", "replace")
    pid, version, namespace, state, boot = [*text.split(), "", "", "", "", ""][:5]
    has_other_boot = boot not in ("", _UNKNOWN) and boot != (boot_id() or boot)
    is_elsewhere = has_other_boot or namespace not in ("", _UNKNOWN, namespace_name())
    return Holder(
        int(pid) if pid.isdecimal() else 0, version, state == _UP, is_elsewhere, has_other_boot
    )


def namespace_name() -> str:
    """The PID namespace of this process. No two on one machine that live at once have the same
    name, and the first one of every Linux machine has the name `pid:[4026531836]`."""
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return _UNKNOWN


def boot_id() -> str:
    """The boot id; empty where it is hidden."""
    found = clock.boot_id()
    return "" if found == UNKNOWN_BOOT else found


def _checked(path: str, content: bytes) -> Holder:
    """The holder of a held lock, where what the file says is checked against the processes that are
    seen here.

    Where locks are not shared, each mount has a holder of its own and all of them write into one
    file.
    """
    said = holder_in(content)
    if not sees_its_own() or not (said.is_elsewhere or held_by(path, said.pid) is False):
        return said
    here = _process_that_holds(path)
    if here is None:
        # 0.1.0 said no boot id
        return (
            said._replace(is_elsewhere=True, has_other_boot=True)
            if said.pid and not said.is_elsewhere
            else said
        )
    is_its_word = here == said.pid and content.split()[2:3] == [namespace_name().encode()]
    if is_its_word and not file_system.needs_signs(os.path.dirname(path)):
        return said
    return Holder(here, "")


def _process_that_holds(path: str) -> int | None:
    """The process of our PID namespace that holds the lock, by what the kernel says of its
    descriptors; None if none is seen. For a lock on NFS or FUSE, that is one that took it through
    the same mount."""
    try:
        ours, name, namespace = os.stat(rooted(path)), os.path.basename(path), namespace_name()
        numbers = [number for number in os.listdir("/proc") if number.isdecimal()]
    except OSError:
        return None
    for number in numbers:
        folder = f"/proc/{number}"
        with suppress(OSError):
            for fd in os.listdir(f"{folder}/fd"):
                # by its name first: to ask for the file itself may take forever on a server that is
                # gone
                if os.path.basename(os.readlink(f"{folder}/fd/{fd}")) != name:
                    continue
                if os.path.samestat(os.stat(f"{folder}/fd/{fd}"), ours) and _is_locked(
                    f"{folder}/fdinfo/{fd}"
                ):
                    return int(number) if os.readlink(f"{folder}/ns/pid") == namespace else None
    return None


def _is_locked(fdinfo: str) -> bool:
    """Whether a descriptor holds an exclusive lock (proc(5)): `lock: 1: FLOCK  ADVISORY  WRITE 123
    08:01:99 0 EOF`."""
    with open(fdinfo, encoding="ascii", errors="replace") as file:
        return any(
            line.startswith("lock:") and line.split()[2:5:2] == ["FLOCK", "WRITE"] for line in file
        )


def held_by(path: str, pid: int) -> bool | None:
    """Whether the process `pid`, as this one sees it, has the lock file open; None if we may not
    look.

    Root of a container may signal its users' processes, and may not look into them.
    """
    folder = f"/proc/{pid}/fd"
    try:
        ours = os.stat(rooted(path))
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
