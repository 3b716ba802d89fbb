"""Reading a ledger that another machine may be writing, where locks are not shared: by a copy.

SQLite relies on locks also to read: one that opens the ledger and meets no lock takes itself for
the first, and cuts short the memory that all who have it open share (`ledger.db-shm`). So the
ledger is copied with its log into a folder of our own, at a moment at which neither changes, and
opened there.
"""

from __future__ import annotations

import errno
import os
import time

from codespace_tracker.machine import file_system
from codespace_tracker.machine.files import is_ours, open_by_own_links, stamp, write_all
from codespace_tracker.machine.rooted import rooted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    _Opened = TypeVar("_Opened")

_ATTEMPTS = 20
_PAUSE_SECONDS = 0.05
_PART = 1 << 20  # bytes


class Moving(Exception):
    """The ledger changes all the time: no copy of it is whole."""


def is_needed(directory: str) -> bool:
    """Whether the ledger in a directory must not be opened in its place: locks cannot be trusted
    there, and no tracker of this machine, for which they work, has it open."""
    if not file_system.needs_signs(directory):
        return False
    from codespace_tracker.machine import alive  # most directories need none of it

    return not alive.is_ours(directory)


def by_copy(path: str, opened: Callable[[str], _Opened]) -> _Opened:
    """What `opened` makes of the path of a copy of the ledger at `path`, which is deleted at the
    end: what is open by then can be read on.

    Raises Moving, OSError.
    """
    import tempfile  # not for the daemon

    with tempfile.TemporaryDirectory(prefix="codespace-tracker-") as folder:
        copy = os.path.join(folder, os.path.basename(path))
        for _ in range(_ATTEMPTS):
            before = stamp(path), stamp(f"{path}-wal")
            _copy(path, copy)
            if before[1] is not None:
                _copy(f"{path}-wal", f"{copy}-wal")
            if before == (stamp(path), stamp(f"{path}-wal")):
                break
            time.sleep(_PAUSE_SECONDS)
        else:
            raise Moving
        return opened(copy)


def _copy(source: str, target: str) -> None:
    read = open_by_own_links(rooted(source))
    try:
        owner = os.fstat(read)
        if not is_ours(owner):
            raise PermissionError(
                errno.EPERM, f"belongs to user {owner.st_uid}, and is not read", source
            )
        write = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        try:
            while part := os.read(read, _PART):
                write_all(write, part)
        finally:
            os.close(write)
    finally:
        os.close(read)
