"""Verified copies of the ledger: made beside, checked, and only then kept under their name."""

import os
import sqlite3

from codespace_tracker.ledger.connect import LedgerError, check_owners, explained
from codespace_tracker.ledger.migrate import check_not_newer
from codespace_tracker.machine.files import FILE_MODE, check_folder, sync_directory

KEPT = 7
_PREFIX, _SUFFIX = "ledger-", ".db"


def copies(folder: str) -> list[str]:
    """The paths of the copies in a folder, newest first."""
    try:
        names = [
            name
            for name in os.listdir(folder)
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX)
        ]
    except OSError:
        return []
    return [os.path.join(folder, name) for name in sorted(names, reverse=True)]


def back_up(connection: sqlite3.Connection, folder: str, day: str) -> str | None:
    """Keep a copy for the day (YYYY-MM-DD) unless there is one, and at most seven; the path if it
    was made.

    Raises LedgerError, OSError. A copy that cannot be verified is not kept, and no older one is
    given up for it.
    """
    check_folder(folder)
    path = os.path.join(folder, f"{_PREFIX}{day}{_SUFFIX}")
    if os.path.exists(path):
        return None
    copy_to(connection, path)
    for old in copies(folder)[KEPT:]:
        os.unlink(old)
    return path


def copy_to(connection: sqlite3.Connection, path: str) -> None:
    """Copy the whole ledger to `path`, verified, on the disk, in one step. Raises LedgerError,
    OSError."""
    waiting = f"{path}.tmp"
    if os.path.lexists(waiting):
        os.unlink(waiting)
    os.close(os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE))
    try:
        with explained(waiting):
            target = sqlite3.connect(waiting, isolation_level=None)
            try:
                connection.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")  # one file, nothing beside it
                verdict = target.execute("PRAGMA integrity_check(1)").fetchone()[0]
            finally:
                target.close()
        if verdict != "ok":
            raise LedgerError(
                f"{path}: the copy of the ledger is not sound ({verdict}) and was not kept."
            )
        fd = os.open(waiting, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(fd)
        finally:
            os.close(fd)
        os.rename(waiting, path)
        sync_directory(os.path.dirname(path))
    except BaseException:
        if os.path.lexists(waiting):
            os.unlink(waiting)
        raise


def is_sound(path: str) -> bool:
    """Whether the file is a ledger that this version can read, structurally whole. None is made
    where there is none."""
    if not os.path.isfile(path):
        return False
    try:
        check_owners(path)
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            check_not_newer(connection, path)
            verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            return bool(
                verdict == "ok" and connection.execute("SELECT count(*) FROM session").fetchone()
            )
        finally:
            connection.close()
    except (sqlite3.Error, LedgerError):
        return False


def set_strangers_aside(path: str, at: str) -> None:
    """Move away what is not a file where SQLite keeps a log beside the ledger: SQLite would not
    open it.

    `at` is the moment as written in the names. Raises OSError.
    """
    for suffix in ("-wal", "-shm", "-journal"):
        beside = path + suffix
        if os.path.islink(beside) or (os.path.lexists(beside) and not os.path.isfile(beside)):
            os.rename(beside, _free_name(f"{beside}.aside-{at}", ""))


def set_aside(path: str, at: str) -> str:
    """Move a damaged ledger and what belongs to it out of the way, under a telling name, which it
    returns.

    `at` is the moment as written in the name. Raises OSError.
    """
    name = _free_name(f"{path.removesuffix(_SUFFIX)}.damaged-{at}", _SUFFIX)
    for suffix in ("-wal", "-shm", ""):
        if os.path.lexists(path + suffix):
            os.rename(path + suffix, name + suffix)
    return name


def _free_name(base: str, suffix: str) -> str:
    """The first of `base`, `base`-2, `base`-3 … (with the suffix) that nothing has yet."""
    name, n = base + suffix, 1
    while os.path.lexists(name):
        n += 1
        name = f"{base}-{n}{suffix}"
    return name
