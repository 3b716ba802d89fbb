"""SQLite's module without the part of it that is written in Python, which is `datetime`, `typing`
and adapters for dates: the ledger holds numbers and texts alone. Its errors and connections are
those of `sqlite3`."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3 as sqlite3
else:
    import _sqlite3 as sqlite3  # noqa: F401
