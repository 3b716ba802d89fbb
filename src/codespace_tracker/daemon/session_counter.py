"""The session in memory: carried on with each reading, and ahead of the ledger by what could not be
written yet."""

from __future__ import annotations

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.clock import Reading
from codespace_tracker.core.gauge import Gauge, Paces
from codespace_tracker.core.schedule import Considered, Moment
from codespace_tracker.core.session import ClockEvent, ClosedSpan, Ending, Session, end, extend
from codespace_tracker.ledger.presence import Seen
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views.meter import Meter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.ledger.fleet import Heard


class SessionCounter:
    """Counts the `session`; `before_us` is the running time of all sessions before it, and
    `imported_us` the part of it that was imported."""

    def __init__(self, session: Session, before_us: int, imported_us: int) -> None:
        self.session = session
        self.before_us = before_us
        self.imported_us = imported_us
        self._closed: list[ClosedSpan] = []
        self._events: list[ClockEvent] = []
        self._meter = Meter()
        # the meter stands on this span and this configuration: else the ledger is asked first
        self._is_measured = False

    def go_on(self, reading: Reading, cores: int) -> None:
        """Count the time up to a reading."""
        extended = extend(self.session, reading, cores)
        if extended.session.span != self.session.span:
            self._is_measured = False
        self.session = extended.session
        if extended.closed is not None:
            self._closed.append(extended.closed)
        self._events.extend(extended.events)

    def end(self, ending: Ending) -> None:
        """The session ended at what was counted last."""
        self.session = end(self.session, ending)

    # --- as triggers and displays see it

    def gauge(self) -> Gauge:
        """The billing month's gauge, as of the last reading."""
        return self._meter.gauge(self.session)

    @property
    def heard(self) -> Heard | None:
        """How fresh the figures of other codespaces are; None where there are none."""
        return self._meter.heard

    def paces(self, ledger: Ledger, configuration: Configuration) -> Paces:
        """The paces of the billing month. Raises LedgerError."""
        return self._meter.paces(ledger, self.session, self._closed, configuration)

    def month_counted_here(self) -> int:
        """The core-time of the billing month that was counted here (core-µs), as of the last
        reading."""
        return self._meter.counted_here(self.session)

    def moment(self) -> Moment:
        """The last reading, as triggers see it."""
        return self._meter.moment(self.session, self.before_us, self.imported_us)

    def measure_anew(self) -> None:
        """What was measured is void: the configuration says otherwise what a day or a month is."""
        self._is_measured = False

    def good_for(self) -> int | None:
        """How long what was measured is good, in µs of the wall clock; None if it is not."""
        return self._meter.until - self.session.last_seen_at if self._is_measured else None

    def measure(self, ledger: Ledger, configuration: Configuration) -> bool:
        """Ask the ledger what today and the month have come to, if that is not known; whether it
        was asked.

        Raises LedgerError.
        """
        left = self.good_for()
        if left is not None and left > 0:
            return False
        self._meter.rebase(ledger, self.session, self._closed, configuration)
        self._is_measured = True
        return True

    # --- into the ledger

    @property
    def has_more(self) -> bool:
        """Whether there is more to write than a heartbeat."""
        return bool(self._closed or self._events)

    def write(
        self,
        ledger: Ledger,
        kind: str | None,
        considered: Considered | None,
        seen: Seen | None = None,
    ) -> None:
        """Write all of it within a transaction; `kind` is what the journal is to say, if anything,
        `seen` what is known of presence.

        Raises LedgerError.
        """
        session = self.session
        ledger.update_session(session, self._closed, considered, seen)
        for event in self._events:
            ledger.note(session.last_seen_at, event.kind, session.number, {"amount": event.amount})
        if kind is not None:
            ledger.note(
                session.last_seen_at, kind, session.number, {"running_us": session.running_us}
            )

    def written(self) -> None:
        """That transaction was committed."""
        self._closed.clear()
        self._events.clear()
