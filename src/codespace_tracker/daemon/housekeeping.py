"""Housekeeping: delete old data at each start and once a day; make a backup once a session."""

import os

from codespace_tracker.core.calendar import Zone
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.session import Session
from codespace_tracker.daemon.problems import Problems
from codespace_tracker.ledger.backup import back_up
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import reporters
from codespace_tracker.machine.file_names import BACKUPS

KEPT_US = 400 * DAY_US
"""How long the journal, occurrences and runs are kept, in µs. Sessions and spans are kept
forever."""


class Housekeeping:
    """The housekeeping of one state directory."""

    def __init__(self, directory: str, problems: Problems) -> None:
        self._directory = directory
        self._backups = os.path.join(directory, BACKUPS)
        self._problems = problems
        self._due_us = 0

    def is_due(self, session: Session) -> bool:
        """Whether this session has run for a day since the last time."""
        return session.running_us >= self._due_us

    def keep(self, ledger: Ledger, session: Session, zone: Zone, *, copy: bool) -> None:
        """Delete old data, and `copy` the ledger if today has no copy yet. Never raises: it can
        wait for a day."""
        self._due_us = session.running_us + DAY_US
        at = session.last_seen_at
        self._problems.clear("house")
        reporters.forget_old(self._directory, at - DAY_US)
        try:
            with ledger.transaction():
                ledger.forget(at - KEPT_US, at + DAY_US)
                Occurrences(ledger).forget(at - KEPT_US)
        except LedgerError as error:
            self._problems.set("house", f"data older than 400 days could not be deleted: {error}")
        try:
            if copy:
                back_up(ledger.connection, self._backups, zone.date(at))
        except (LedgerError, OSError) as error:
            self._problems.set(
                "house", f"backups/: no backup could be made ({error}). Fix: make room on its disk."
            )
