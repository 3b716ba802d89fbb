"""Opening the ledger, and saying in one's own words what SQLite could not do."""

from __future__ import annotations

import os
import stat

from codespace_tracker.ledger import apart
from codespace_tracker.ledger.sqlite import sqlite3
from codespace_tracker.machine.file_names import LEDGER
from codespace_tracker.machine.files import identity, is_ours, open_files

NAME = LEDGER
MINIMUM_SQLITE = (3, 37, 0)  # STRICT tables

_BUSY_SECONDS = 5.0


class LedgerError(Exception):
    """The ledger could not be used now. The text says what happened, where, and how to fix it."""


class LedgerMissing(LedgerError):
    """There is no ledger at that place."""


class LedgerDamaged(LedgerError):
    """The file is there and is not a sound ledger."""


class LedgerForeign(LedgerError):
    """The file, or a log beside it, belongs to another user."""


class LedgerNewer(LedgerError):
    """The ledger was written by a newer version of the tracker."""


class explained:  # noqa: N801 - a `with` block
    """Turns what SQLite raises into a LedgerError that a person can act on."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, sqlite3.OperationalError):
            raise _explain(self._path, error) from error
        if isinstance(error, sqlite3.DatabaseError):
            raise LedgerDamaged(f"{self._path}: the ledger is damaged ({error}).") from error


def _explain(path: str, error: sqlite3.OperationalError) -> LedgerError:
    text = str(error)
    code = getattr(error, "sqlite_errorname", "")  # Python 3.11
    if "malformed" in text or "no such table" in text or "no such column" in text:
        return LedgerDamaged(f"{path}: the ledger is damaged ({text}).")
    if "full" in text:
        return LedgerError(
            f"{path}: the disk is full. Fix: make room; `df -h` and `du -sh` show where it went."
        )
    if "readonly" in text or "read-only" in text:
        return LedgerError(
            f"{path}: cannot be written. Fix: give yourself write permission, or remount the disk."
        )
    if "locked" in text or "busy" in text:
        return LedgerError(
            f"{path}: another program has held the ledger for more than {_BUSY_SECONDS:.0f} "
            "seconds."
        )
    if "unable to open" in text:
        return LedgerError(
            f"{path}: cannot be opened. Fix: check the permissions of the folder and of the file."
        )
    return LedgerError(f"{path}: {text} {code}".rstrip())


def connect_writer(path: str, *, makes: bool = True) -> sqlite3.Connection:
    """Open the ledger for writing: WAL, every commit on the disk before it returns.

    Where there is none, it is made if `makes`. Raises LedgerError.
    """
    if tuple(map(int, sqlite3.sqlite_version.split("."))) < MINIMUM_SQLITE:
        raise LedgerError(
            f"SQLite {sqlite3.sqlite_version} is too old: the ledger needs 3.37. Fix: use a newer "
            "Python."
        )
    check_owners(path)
    with explained(path):
        umask = os.umask(0o077)  # SQLite makes its files with the umask's permissions
        try:
            place = path if makes else _uri(path, "mode=rw")
            connection = sqlite3.connect(
                place, uri=not makes, timeout=_BUSY_SECONDS, isolation_level=None
            )
            try:
                _configure(connection, path)
                _check_opened(path, path, f"{path}-wal", f"{path}-shm")
            except BaseException:
                connection.close()
                raise
        finally:
            os.umask(umask)
        return connection


def _configure(connection: sqlite3.Connection, path: str) -> None:
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise LedgerError(
            f"{path}: this file system does not support SQLite's write-ahead log (it chose"
            f" {mode!r}). Fix: keep the state directory on a local disk (--dir)."
        )
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(
        "PRAGMA cache_size = -256"
    )  # KiB: a heartbeat touches two pages, and the memory is the user's
    connection.execute("PRAGMA wal_autocheckpoint = 500")
    connection.execute("PRAGMA journal_size_limit = 2097152")


def connect_reader(path: str) -> sqlite3.Connection:
    """Open the ledger for reading only. Raises LedgerMissing, LedgerError."""
    _check_there(path)
    if os.path.basename(path) == NAME and apart.is_needed(os.path.dirname(path)):
        return connect_copy(path)
    with explained(path):
        try:
            return _reader(path, "mode=ro")
        except sqlite3.OperationalError:
            if os.access(os.path.dirname(path), os.W_OK) or _has_content(f"{path}-wal"):
                raise
            return _reader(
                path, "immutable=1"
            )  # a read-only disk: SQLite cannot make what it reads WAL by


def _check_there(path: str) -> None:
    """Raises LedgerMissing, LedgerForeign, LedgerError where no ledger that we may read lies at
    `path`."""
    if not os.path.exists(path):
        folder = os.path.dirname(path)
        if os.path.isdir(folder) and not os.access(folder, os.X_OK):
            raise LedgerError(f"{folder}: cannot be read. Fix: `ls -ld` shows whose it is.")
        raise LedgerMissing(
            f"{path}: there is no ledger yet. Fix: `codespace-tracker start` makes it."
        )
    if not os.path.isfile(path):
        raise LedgerDamaged(f"{path}: is not a file.")
    check_owners(path)


def connect_copy(path: str) -> sqlite3.Connection:
    """Open a copy of the ledger for reading: nothing is made where it lies. Raises LedgerMissing,
    LedgerError."""
    _check_there(path)
    try:
        with explained(path):
            return apart.by_copy(path, lambda copy: _reader(copy, "mode=ro"))
    except apart.Moving:
        raise LedgerError(f"{path}: another machine keeps writing it. Fix: try again.") from None
    except OSError as error:
        raise LedgerError(
            f"{path}: it is read from a copy, which could not be made ({error}). Fix: set TMPDIR "
            "to another folder."
        ) from error


def check_may_change(path: str) -> None:
    """Raises LedgerError where the ledger at `path` is not ours to change: another machine may be
    writing it."""
    if apart.is_needed(os.path.dirname(path)):
        raise LedgerError(
            f"{path}: locks are not shared on this file system, so only the machine whose tracker"
            " runs may change it. Fix: do this there, or stop the tracker there and"
            " `codespace-tracker start` here."
        )


def _uri(path: str, how: str) -> str:
    # with an empty host's name: what follows `file:` is taken for one where it begins with two
    # slashes
    return f"file://{_quoted(os.path.abspath(path))}?{how}"


def _reader(path: str, how: str) -> sqlite3.Connection:
    connection = sqlite3.connect(_uri(path, how), uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.isolation_level = None
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA schema_version").fetchone()
        _check_opened(path, path)
    except BaseException:
        connection.close()
        raise
    return connection


def check_owners(path: str) -> None:
    """Raises LedgerForeign where the ledger, one of its logs, or a link in their place belongs to a
    user who is neither us nor root. Raises LedgerError where a log is not a file: SQLite waits
    forever when it opens a pipe."""
    for file in (path, f"{path}-wal", f"{path}-shm", f"{path}-journal"):
        try:
            entry, target = os.lstat(file), os.stat(file)
        except OSError:
            continue
        for which in (entry, target):
            if not is_ours(which):
                raise LedgerForeign(
                    f"{file}: belongs to user {which.st_uid}, and is not read. Fix: move it away."
                )
        if file != path and not stat.S_ISREG(entry.st_mode):
            raise LedgerError(
                f"{file}: is not a file, so the ledger cannot be opened. Fix: move it away."
            )


def _check_opened(path: str, *places: str) -> None:
    """Raises LedgerForeign where what was opened is not what lies at these places, or belongs to
    another user.

    A user who may rename entries above the ledger could have put another one there for the moment
    in which SQLite opened it, because SQLite only takes a path.
    """
    check_owners(path)
    opened = open_files()
    for place in places:
        found_at = identity(place)
        if found_at is not None and found_at not in opened:
            raise LedgerForeign(
                f"{place}: was replaced while it was opened. Fix: check who can change its folder."
            )


def _has_content(path: str) -> bool:
    try:
        return os.stat(path).st_size > 0
    except OSError:
        return False


def _quoted(path: str) -> str:
    return path.replace("%", "%25").replace("?", "%3f").replace("#", "%23")
