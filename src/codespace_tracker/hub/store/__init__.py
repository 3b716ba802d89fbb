"""Where a hub keeps what it is told: one interface, in SQLite for a first try or in PostgreSQL.

`interface.py` has the values and what a store does. `portable.py` is the part of a store that is
the same on both: SQL that both understand. `sqlite.py` and `postgresql.py` add what differs.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from codespace_tracker.failure import Failure

if TYPE_CHECKING:
    from codespace_tracker.hub.store.portable import Store

_SQLITE, _POSTGRESQL = "sqlite:///", ("postgresql://", "postgres://")


def store_at(url: str) -> Store:
    """The store at `sqlite:///PATH` or `postgresql://…`, not yet open. Raises Failure."""
    if url.startswith(_SQLITE) and len(url) > len(_SQLITE):
        from codespace_tracker.hub.store.sqlite import SqliteStore

        return SqliteStore(os.path.abspath(url[len(_SQLITE) :]))
    if url.startswith(_POSTGRESQL):
        from codespace_tracker.hub.store.postgresql import PostgresStore

        return PostgresStore(url)
    raise Failure(
        "this is not the address of a database. Fix: use sqlite:///PATH (four slashes for an"
        " absolute path) or postgresql://HOST/NAME."
    )
