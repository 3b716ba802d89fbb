"""Whether the ledger that a process has open is still the one that lies in its place.

An open file that is deleted or replaced takes what is written to it, and nobody will ever read that.
"""

from typing import Literal

from codespace_tracker.ledger.backup import is_sound
from codespace_tracker.machine.files import identity, place_and_size

Finding = Literal["ours", "gone", "cut short", "another ledger"]


class LedgerPlace:
    """The place of an open ledger and of its write-ahead log."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._log = f"{path}-wal"
        self._ours, self._size = place_and_size(path)
        self._our_log = identity(self._log)

    def look(self) -> Finding:
        """What has become of it; something that is no ledger in its place counts as gone."""
        (found, size), log = place_and_size(self.path), identity(self._log)
        self._our_log = self._our_log or log
        if found != self._ours:
            return "another ledger" if found is not None and is_sound(self.path) else "gone"
        if log != self._our_log:
            return "gone"
        before = self._size  # SQLite never makes it smaller
        self._size = max(size, before)
        return "ours" if size >= before else "cut short"
