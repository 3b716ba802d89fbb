"""Bringing a ledger to the form that this version works with. Only the holder of the daemon's lock
may do this."""

from __future__ import annotations

import os

from codespace_tracker.ledger.connect import LedgerDamaged, LedgerError, LedgerNewer, explained
from codespace_tracker.ledger.sqlite import sqlite3

_FOLDER = os.path.join(os.path.dirname(__file__), "migrations")

_OLDEST_READ = 4  # the form of 0.1.0: what came since, readers can do without

_OTHER_FORM = ("already exists", "no such table", "no such column", "duplicate column")
"""What SQLite says where a ledger is not of the form that its number says: a build between two
releases wrote it."""


def migrations() -> list[tuple[int, str]]:
    """The migrations in order: their numbers and the paths of their files."""
    names = sorted(name for name in os.listdir(_FOLDER) if name.endswith(".sql"))
    return [(int(name.partition("_")[0]), os.path.join(_FOLDER, name)) for name in names]


def version(connection: sqlite3.Connection) -> int:
    """The number of the last migration that the ledger has seen; 0 in an empty one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_not_newer(connection: sqlite3.Connection, path: str) -> None:
    """Raises LedgerNewer if a later version of the tracker wrote this ledger, LedgerDamaged if it
    is none at all."""
    with explained(path):
        found, known = version(connection), migrations()[-1][0]
    if found > known:
        raise LedgerNewer(
            f"{path}: written by a newer version of codespace-tracker (its form is {found}, this"
            f" one knows {known}). Fix: run setup.sh of the newer version."
        )


def check_readable(connection: sqlite3.Connection, path: str) -> None:
    """Raises LedgerNewer, LedgerDamaged, and LedgerError for a form from before the first
    release."""
    check_not_newer(connection, path)
    with explained(path):
        found = version(connection)
        if (
            found < _OLDEST_READ
            and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
        ):
            raise LedgerError(
                f"{path}: it is of an older version (its form is {found})."
                " Fix: `codespace-tracker restart` brings it up to date."
            )


def migrate(connection: sqlite3.Connection, path: str) -> int:
    """Run the migrations that are missing, each one transaction with its number; how many there
    were.

    Raises LedgerNewer, LedgerDamaged, LedgerError.
    """
    check_not_newer(connection, path)
    with explained(path):
        before, done = version(connection), 0
        if before == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            raise LedgerDamaged(
                f"{path}: this is a database, but not a ledger of codespace-tracker."
            )
        for number, file_path in migrations():
            if number <= before:
                continue
            with open(file_path, encoding="utf-8") as file:
                script = file.read()
            try:
                connection.executescript(
                    f"BEGIN IMMEDIATE; {script}; PRAGMA user_version = {number}; COMMIT;"
                )
            except BaseException as error:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                if isinstance(error, sqlite3.OperationalError) and any(
                    text in str(error) for text in _OTHER_FORM
                ):
                    raise _unknown(path, before, error) from error
                raise
            done += 1
        return done


def _unknown(path: str, found: int, error: sqlite3.OperationalError) -> LedgerError:
    return LedgerError(
        f"{path}: no release wrote a ledger of this form ({found}: {error}). It is whole, and was"
        " left as it is. Fix: use the version that wrote it, or move the file away to start with"
        " a new one."
    )
