"""Whether the ledger that a process has open is still the one that lies in its place.

An open file that was deleted or replaced still accepts what is written to it, but that is lost.
"""

import os
from typing import Literal

from codespace_tracker.ledger.backup import is_sound
from codespace_tracker.ledger.connect import LedgerDamaged, LedgerError
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.processes import openers
from codespace_tracker.machine.rooted import look

_LARGE_LOG = 16 << 20
"""Bytes. SQLite starts its log over at 2 MiB, unless a reader still needs what is in it."""

_NAMED = 3  # processes

Finding = Literal["ours", "gone", "cut short", "overwritten", "another ledger"]


class LedgerPlace:
    """The place of an open ledger and of its write-ahead log."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._log = f"{path}-wal"
        self._ours, self._size, self._changed_ns = _look(path)
        self._our_log, self._log_size, _ = _look(self._log)
        self._told_at, self._told = 0, ""

    def look(self) -> Finding:
        """What has become of it; a link, or what is no ledger, in its place counts as gone."""
        (identity, size, changed_ns), (log, self._log_size, _) = _look(self.path), _look(self._log)
        self._our_log = self._our_log or log
        if identity != self._ours:
            is_another = (
                identity is not None and not os.path.islink(self.path) and is_sound(self.path)
            )
            return "another ledger" if is_another else "gone"
        if log != self._our_log:
            return "gone"
        before = self._size  # SQLite never makes it smaller
        self._size = max(size, before)
        if size < before:
            return "cut short"
        if changed_ns != self._changed_ns:  # SQLite does that seldom: it writes to the log
            self._changed_ns = changed_ns
            return "ours" if _can_be_read(self.path) else "overwritten"
        return "ours"

    def log_problem(self) -> list[str]:
        """The problem of a log that grows because another program keeps reading an old state of the
        ledger."""
        if self._log_size < _LARGE_LOG:
            return []
        if (
            self._log_size - self._told_at >= _LARGE_LOG or not self._told
        ):  # the look at all processes is not cheap
            self._told_at, who = (
                self._log_size,
                [pid for pid in openers(self.path) if pid != os.getpid()],
            )
            named = f" Open in process {', '.join(map(str, who[:_NAMED]))}." if who else ""
            self._told = (
                f"{self._log}: {self._log_size >> 20} MiB, and growing: another program goes on"
                f" reading an old state of the ledger.{named} Fix: end that program."
            )
        return [self._told]


def _look(path: str) -> tuple[tuple[int, int] | None, int, int]:
    """Which file lies at a path (device and inode), its size, and when it changed (ns): None and
    zeros if none does."""
    try:
        found = look(path)
    except OSError:
        return None, 0, 0
    return (found.st_dev, found.st_ino), found.st_size, found.st_mtime_ns


def _can_be_read(path: str) -> bool:
    """Whether a program that opens the ledger now can read it. One that cannot be opened for now
    counts as sound."""
    try:
        Ledger.open_reader(path).close()
    except LedgerDamaged:
        return False
    except LedgerError:
        pass
    return True
