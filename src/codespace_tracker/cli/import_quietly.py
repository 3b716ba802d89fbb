"""Put sessions into the ledger without any trigger running because of them.

Intervals and times are not affected, as imported time is not part of the running clock. A level
that is met only because of imported time is recorded as skipped in the same transaction. So it does
not fire in its scope, whether the tracker runs now or later.
"""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.schedule import Due
from codespace_tracker.core.trigger import Trigger, hold
from codespace_tracker.ledger import imported
from codespace_tracker.ledger.imported import ForeignSession, Imported
from codespace_tracker.ledger.occurrences import Occurrences
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine.lock import Holder
from codespace_tracker.views.standing import SessionMoment, moment_at


class Quietly(NamedTuple):
    """Puts sessions into an open ledger. Those that name no tracker count as this ledger's own, on
    machines of `cores` cores.

    `configuration` has the triggers that must not run; `daemon` is the daemon, if there is one.
    """

    ledger: Ledger
    configuration: Configuration
    daemon: Holder | None
    cores: int
    source: frozenset[str] = frozenset()
    """The ids of all sessions of the source, if it is a ledger."""

    def put(
        self, sessions: Iterable[ForeignSession], read: Callable[[], Reading]
    ) -> tuple[Imported, list[Trigger]]:
        """Store sessions, given newest first. Returns what was done, and the triggers skipped
        because imported time meets their conditions.

        `read` reads the clocks; it is called once the transaction has begun. Raises LedgerError.
        """
        with self.ledger.transaction():
            reading = read()
            before = moment_at(self.ledger, self.configuration, reading, self.daemon)
            done = imported.put(self.ledger, sessions, self._own_id(), self.cores, self.source)
            after = moment_at(self.ledger, self.configuration, reading, self.daemon)
            if before is None or after is None or not (done.added or done.replaced):
                return done, []
            return done, self._skip(before, after)

    def _own_id(self) -> str:
        tracker = self.ledger.tracker()
        return tracker.tracker_id if tracker else ""

    def _skip(self, before: SessionMoment, after: SessionMoment) -> list[Trigger]:
        moment, occurrences = after.moment, Occurrences(self.ledger)
        spent, skipped = occurrences.spent(moment.keys, moment.session), []
        for trigger in self.configuration.triggers:
            if not trigger.enabled or trigger.edge is not None or trigger.flag in spent:
                continue
            if hold(trigger.levels, before.moment.measures) or not hold(
                trigger.levels, moment.measures
            ):
                continue
            spent.add(trigger.flag)
            point = moment.session if trigger.scope == "ever" else 0
            due = Due(trigger, moment.keys[trigger.scope], point, moment.at, "imported")
            claimed = occurrences.claim(due, moment.session, moment.at, self._own_id())
            if claimed is not None:
                detail = {"label": trigger.label, "flag": trigger.flag, "skipped": due.skipped}
                self.ledger.note(moment.at, "trigger_due", moment.session, detail)
                skipped.append(trigger)
        return skipped
