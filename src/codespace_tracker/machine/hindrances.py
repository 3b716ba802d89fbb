"""What keeps the tracker from starting or from writing, for commands that tell the user about
it."""

from __future__ import annotations

import os
import stat

from codespace_tracker.core.record import Record
from codespace_tracker.machine.lock import DAEMON_LOCK, KEEPER_LOCK

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_FEW = 32
"""Open files, or processes: enough for the keeper, the daemon and a few scripts at once."""

_LITTLE = 128 << 20
"""Bytes of memory: a daemon and the check of the files in a child have room within."""


class Hindrance(Record):
    """What is in the way, and how to fix that."""

    what: str
    mend: str

    def __str__(self) -> str:
        return f"{self.what}. Fix: {self.mend}."


def of_locks(directory: str) -> Iterator[Hindrance]:
    """What is at the path of a lock and is not a file."""
    for name in (KEEPER_LOCK, DAEMON_LOCK):
        path = os.path.join(directory, name)
        try:
            mode = os.lstat(path).st_mode
        except OSError:
            continue
        if not stat.S_ISREG(mode):
            kind = (
                "a link" if stat.S_ISLNK(mode) else "a folder" if stat.S_ISDIR(mode) else "no file"
            )
            yield Hindrance(f"{path} is {kind}, and the lock is a file", "move it away")


def of_disk(directory: str) -> Iterator[Hindrance]:
    """A disk on which no file can be made."""
    try:
        disk = os.statvfs(directory)
    except OSError:
        return
    is_root = os.geteuid() == 0  # for whom some is kept
    if disk.f_files and not (disk.f_ffree if is_root else disk.f_favail):
        yield Hindrance(
            f"{directory}: the disk has no inodes left, so no file can be made and triggers wait",
            "delete files there; `df -i` shows which disk it is",
        )
    if disk.f_blocks and not (disk.f_bfree if is_root else disk.f_bavail):
        yield Hindrance(
            f"{directory}: the disk is full, so triggers wait",
            "make room; `du -xh` shows where it went",
        )


def of_process(pid: int = 0) -> Iterator[Hindrance]:
    """Limits of a process, by default of this one, which all that it starts has too; and a /proc
    that is missing."""
    if not os.path.exists("/proc/self/stat"):
        yield Hindrance(
            "/proc is missing, and the tracker reads clocks and processes from it", "mount it"
        )
    import resource  # `status` looks at the disk alone

    for kind, flag, least, what in (
        (resource.RLIMIT_NOFILE, "n", _FEW, "open files"),
        (resource.RLIMIT_NPROC, "u", _FEW, "processes"),
        (resource.RLIMIT_AS, "v", _LITTLE, "bytes of address space"),
        (resource.RLIMIT_DATA, "d", _LITTLE, "bytes of data"),
        (resource.RLIMIT_CPU, "t", _FEW, "seconds of the processor"),
    ):
        try:
            most = resource.prlimit(pid, kind)[0]
        except OSError:  # it has ended, or is another user's
            return
        if most != resource.RLIM_INFINITY and most < least:
            yield Hindrance(
                f"only {most:,} {what} are allowed (`ulimit -{flag}`)", "raise that limit"
            )
