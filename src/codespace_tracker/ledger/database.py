"""The SQLite database that a ledger is: opened, read, changed in transactions, closed. It knows no
table.

Writers wrap changes in `transaction()`; a heartbeat is a transaction by itself.
"""

from __future__ import annotations

from codespace_tracker.ledger.connect import (
    LedgerError,
    check_may_change,
    connect_reader,
    connect_writer,
    explained,
)
from codespace_tracker.ledger.migrate import check_readable, migrate, migrations, version
from codespace_tracker.ledger.sqlite import sqlite3
from codespace_tracker.machine.files import identity

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    _Opened = TypeVar("_Opened", bound="Database")


class LedgerCutOff(LedgerError):
    """Other programs do not see this one any more: what it would write could overwrite their
    changes."""


class Database:
    """An open ledger without its tables; `store.Ledger` has them. A `with` statement closes it."""

    def __init__(self, connection: sqlite3.Connection, path: str) -> None:
        self.connection = connection
        self.path = path
        self._files: tuple[object, ...] | None = (
            None  # of a writer: which files the ledger, its log and its index are
        )

    @classmethod
    def open_writer(cls: type[_Opened], path: str) -> _Opened:
        """Open for writing, made and migrated if need be: for the holder of the daemon's lock."""
        connection = connect_writer(path)
        try:
            migrate(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)._with_files()

    def _with_files(self: _Opened) -> _Opened:
        self._files = self._files_now()
        return self

    def _files_now(self) -> tuple[object, ...]:
        return tuple(identity(f"{self.path}{suffix}") for suffix in ("-shm", "-wal", ""))

    @classmethod
    def in_memory(cls: type[_Opened]) -> _Opened:
        """An empty ledger that is on no disk: what a first start would write can be looked at in
        it."""
        connection = sqlite3.connect(":memory:", isolation_level=None)
        migrate(connection, ":memory:")
        return cls(connection, ":memory:")

    @classmethod
    def open_reader(cls: type[_Opened], path: str) -> _Opened:
        """Open for reading only. Raises LedgerMissing where there is none, LedgerNewer,
        LedgerDamaged."""
        connection = connect_reader(path)
        try:
            check_readable(connection, path)
        except BaseException:
            connection.close()
            raise
        return cls(connection, path)

    @classmethod
    def open_to_change(cls: type[_Opened], path: str) -> _Opened:
        """Open one that is there for a short change beside the daemon: nothing is made or migrated.

        Raises LedgerMissing, LedgerNewer, LedgerError where it is of an older form.
        """
        cls.open_reader(path).close()
        check_may_change(path)
        connection = connect_writer(path, makes=False)
        if version(connection) != migrations()[-1][0]:
            connection.close()
            raise LedgerError(
                f"{path}: it is of an older version. Fix: `codespace-tracker restart` brings it "
                "up to date."
            )
        return cls(connection, path)._with_files()

    def __enter__(self: _Opened) -> _Opened:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the ledger; what was committed is on the disk already."""
        with explained(self.path):
            self.connection.close()

    def transaction(self) -> _Transaction:
        """A `with` block in which all changes are made, or none."""
        return _Transaction(self)

    def snapshot(self) -> _Snapshot:
        """A `with` block in which all that is read is of the moment at which it begins: a clock
        that is read within is not behind it."""
        return _Snapshot(self)

    def sound(self) -> list[str]:
        """What is structurally wrong with the file, in SQLite's words; nothing when it is sound.
        Reads all of it."""
        try:
            found = [row[0] for row in self.connection.execute("PRAGMA quick_check(20)")]
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError as error:
            return [str(error)]
        return [] if found == ["ok"] else found

    # --- statements, for other modules of this package

    def value(self, sql: str, *values: str | int) -> Any:
        """The first column of the first row of an answer, None if there is none."""
        row = self._one(sql, values)
        return None if row is None else row[0]

    def rows(self, sql: str, *values: str | int | None) -> list[Any]:
        """All rows of an answer."""
        return self._all(sql, values)

    def change(self, sql: str, *values: str | int | None) -> int:
        """Run a statement that changes rows; how many."""
        return self._change(sql, values)

    def _one(self, sql: str, values: tuple[Any, ...] = ()) -> Any:
        with explained(self.path):
            return self.connection.execute(sql, values).fetchone()

    def _all(self, sql: str, values: tuple[Any, ...] = ()) -> list[Any]:
        with explained(self.path):
            return self.connection.execute(sql, values).fetchall()

    def _change(self, sql: str, values: tuple[Any, ...]) -> int:
        if not self.connection.in_transaction:
            self.check_index()
        with explained(self.path):
            return self.connection.execute(sql, values).rowcount

    def check_index(self) -> None:
        """Programs find each other's changes, and each other's locks, by the index of the log:
        where that alone was deleted, those that come after go by another one, and what we wrote
        would overwrite theirs. Where more is gone what we have open is the best there is. Raises
        LedgerCutOff."""
        if self._files is None or identity(f"{self.path}-shm") == self._files[0]:
            return
        if self._files_now()[1:] == self._files[1:]:
            raise LedgerCutOff(
                f"{self.path}-shm: was deleted or replaced while this program had it open."
                " Nothing was written since. Fix: try again."
            )


class _Transaction:
    """`Database.transaction`. Classes, since contextlib takes long to import."""

    def __init__(self, database: Database) -> None:
        self._database, self._connection = database, database.connection

    def __enter__(self) -> None:
        with explained(self._database.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                self._database.check_index()
            except BaseException:
                self._roll_back()
                raise

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        guard = explained(self._database.path)
        with guard:
            if error is not None:
                self._roll_back()
            else:
                try:
                    self._connection.execute("COMMIT")
                except BaseException:
                    self._roll_back()
                    raise
        guard.__exit__(None, error, None)

    def _roll_back(self) -> None:
        if self._connection.in_transaction:  # a full disk makes SQLite roll back by itself
            self._connection.execute("ROLLBACK")


class _Snapshot:
    """`Database.snapshot`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._run("BEGIN")
        try:
            # before the first reading it is of no moment
            self._run("SELECT 1 FROM sqlite_schema LIMIT 1")
        except BaseException:
            self._run("COMMIT")
            raise

    def __exit__(self, *_: object) -> None:
        self._run("COMMIT")

    def _run(self, sql: str) -> None:
        with explained(self._database.path):
            self._database.connection.execute(sql).fetchone()
