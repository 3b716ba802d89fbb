"""The notices in the ledger: only those that have not expired."""

from codespace_tracker.core.notice_text import MOST, Notice
from codespace_tracker.core.text import visible
from codespace_tracker.ledger.store import Ledger


class Notices:
    """The notices of an open ledger. All methods raise LedgerError; changes belong into a
    transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def give(self, subject: str, notice: Notice) -> None:
        """Give a notice, replace an earlier one of its subject, and delete those that have
        expired."""
        notice = notice._replace(text=visible(notice.text))
        self._ledger.change(
            "INSERT OR REPLACE INTO notice (subject, text, at, until) VALUES (?,?,?,?)",
            subject,
            *notice,
        )
        self._ledger.change(
            "DELETE FROM notice WHERE until <= ? OR subject NOT IN"
            " (SELECT subject FROM notice WHERE until > ? ORDER BY at DESC, subject LIMIT ?)",
            *(notice.at, notice.at, MOST),
        )

    def standing(self, at: int) -> tuple[Notice, ...]:
        """Those that are to be shown at an instant (UTC µs), oldest first."""
        rows = self._ledger.rows(
            "SELECT text, at, until FROM notice WHERE until > ? ORDER BY at, subject", at
        )
        # An older version kept the text of some notices as it came.
        return tuple(Notice(visible(text), given, until) for text, given, until in rows)

    def take_away(self, subject: str) -> int:
        """Take the one of a subject away; how many there were."""
        return self._ledger.change("DELETE FROM notice WHERE subject=?", subject)

    def clear(self) -> int:
        """Take all of them away; how many there were."""
        return self._ledger.change("DELETE FROM notice")
