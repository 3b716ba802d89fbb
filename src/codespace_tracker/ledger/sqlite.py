"""SQLite's module without what it has in Python, which is `datetime`, `typing` and adapters for
dates: the ledger holds numbers and texts alone. Its errors and connections are those of `sqlite3`.

The part in C asks `functools` for one thing that is in C too. The rest of `functools`, with what it
needs, takes longer to import than to open the ledger, so that the one thing stands in for it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    import sqlite3 as sqlite3
elif "functools" in sys.modules:
    import _sqlite3 as sqlite3
else:
    from _functools import _lru_cache_wrapper

    def _remember(size):
        """`functools.lru_cache`: what has a function remember its last `size` results."""
        return lambda function: _lru_cache_wrapper(function, size, False, tuple)

    sys.modules["functools"] = type(sys)("functools")
    sys.modules["functools"].lru_cache = _remember
    try:
        import _sqlite3 as sqlite3  # noqa: F401
    finally:
        del sys.modules["functools"]
