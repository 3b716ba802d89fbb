"""What the ledger holds of GitHub's own figures: lines of its usage report, each once."""

from collections.abc import Iterable
from typing import NamedTuple

from codespace_tracker.core.gauge import Billed, Day
from codespace_tracker.ledger.store import Ledger


class Line(NamedTuple):
    """A line of GitHub's usage report: a day of UTC (its start, UTC µs), machine size, repository, core-time in
    core-µs, and what was charged for it in millionths of a US dollar. Storage has 0 cores and no core-time."""

    day: int
    cores: int
    repository: str
    core_us: int
    net_micros: int


class Billing:
    """GitHub's figures in an open ledger. All methods raise LedgerError; changes belong into a transaction."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def put(self, lines: Iterable[Line], as_of: int) -> int:
        """Keep the lines of a report of the instant `as_of`, unless a later one told them; how many were new or other.

        A report holds each day, size and repository once: add up what a file repeats before. A line that says what is
        known already stays of the moment that it was first told: GitHub's figures come hours after the use, and what
        was counted here since is not in them.
        """
        changed = 0
        for line in lines:
            changed += self._ledger.change(
                "INSERT INTO billed (day, cores, repository, core_us, net_micros, as_of) VALUES (?,?,?,?,?,?)"
                " ON CONFLICT DO UPDATE SET core_us=excluded.core_us, net_micros=excluded.net_micros,"
                " as_of=excluded.as_of WHERE excluded.as_of >= billed.as_of"
                " AND (excluded.core_us, excluded.net_micros) IS NOT (billed.core_us, billed.net_micros)",
                *(*line, as_of),
            )
        return changed

    def billed(self, since: int) -> Billed | None:
        """GitHub's figures for the days from that of the instant `since` (UTC µs) on; None where none were imported."""
        as_of = self._ledger.value("SELECT max(as_of) FROM billed")
        if as_of is None:
            return None
        rows = self._ledger.rows(
            "SELECT day, sum(core_us) FROM billed WHERE day > ? - 86400000000 GROUP BY day ORDER BY day", since
        )
        return Billed(int(as_of), tuple(Day(*row) for row in rows))

    def lines(self, since: int, until: int) -> list[Line]:
        """The lines for days that begin from `since` on and before `until` (UTC µs), in the order of the days."""
        rows = self._ledger.rows(
            "SELECT day, cores, repository, core_us, net_micros FROM billed WHERE day >= ? AND day < ?"
            " ORDER BY day, repository, cores",
            *(since, until),
        )
        return [Line._make(row) for row in rows]

    def etag(self, month: str) -> str:
        """The entity tag of GitHub's last answer for a month (YYYY-MM); empty if there was none."""
        return str(self._ledger.value("SELECT etag FROM billed_answer WHERE month=?", month) or "")

    def put_etag(self, month: str, etag: str) -> None:
        """Keep the entity tag of an answer whose lines are kept."""
        self._ledger.change("INSERT OR REPLACE INTO billed_answer VALUES (?, ?)", month, etag)
