"""What the levels of triggers measure, carried on with the running clock from where the ledger was
last asked."""

from __future__ import annotations

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.gauge import Gauge, Paces
from codespace_tracker.core.month import Counted
from codespace_tracker.core.schedule import Moment
from codespace_tracker.core.session import ClosedSpan, Session, closed_span
from codespace_tracker.core.trigger import (
    PERIODS,
    RUNNING_IN,
    Measure,
    Measures,
    Scope,
    periods_end,
    scope_keys,
)
from codespace_tracker.core.usage import core_us_between, running_between
from codespace_tracker.ledger.month_gauge import beside_of, gauge_at, paces_at
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.ledger.sums import used

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from codespace_tracker.ledger.fleet import Heard


_PACES_GOOD_US = HOUR_US


class Meter:
    """Good until `until` (UTC µs), for one session, one span of it, one configuration: then
    `rebase` asks the ledger again. `heard` is how fresh the figures of other codespaces were then;
    None where there are none."""

    def __init__(self) -> None:
        self.until = 0
        self._running_us = 0
        self._within: dict[Measure, int] = {}  # running time (µs) in the present periods
        self._gauge = Gauge(0, 0, 0, None, 0, None, 0)
        self._month_us = 0
        self.heard: Heard | None = None
        self._keys: dict[Scope, str] = {}
        self._paces = Paces()
        self._paces_until = 0

    def rebase(
        self,
        ledger: Ledger,
        session: Session,
        unsaved: Iterable[ClosedSpan],
        configuration: Configuration,
    ) -> None:
        """Sum up the periods, the billing month on top of GitHub's figure for it where one was
        imported.

        `unsaved` are spans that the ledger does not have yet.
        """
        at, zone = session.last_seen_at, configuration.zone
        settings = configuration.settings
        beside = beside_of(ledger, settings, at)
        self.heard = None if beside is None else beside.heard
        periods = {scope: period.bounds(at, zone) for scope, period in PERIODS.items()}
        spans = [*unsaved, closed_span(session)]
        self._running_us = session.running_us
        self._within = {
            measure: running_between(spans, *periods[scope])
            + used(ledger, *periods[scope], beside=session.number).running_us
            for measure, scope in RUNNING_IN.items()
        }

        counted = _counted(ledger, session, spans)
        self._gauge = gauge_at(ledger, settings, counted, at, beside)
        self._month_us = counted(self._gauge.month_start, at)
        self._keys = scope_keys(session.number, at, zone)
        self._paces_until = 0
        self.until = periods_end(at, zone)

    def gauge(self, session: Session) -> Gauge:
        """The fuel gauge at the session's last heartbeat."""
        grown = session.running_us - self._running_us
        own = self._gauge.own + grown * session.span.cores * self._gauge.grows
        return self._gauge._replace(at=session.last_seen_at, own=own)

    def paces(
        self,
        ledger: Ledger,
        session: Session,
        unsaved: Iterable[ClosedSpan],
        configuration: Configuration,
    ) -> Paces:
        """The paces of the billing month. The ledger is asked once an hour: they are of days.
        Raises LedgerError."""
        at = session.last_seen_at
        if not at < self._paces_until <= at + _PACES_GOOD_US:
            counted = _counted(ledger, session, [*unsaved, closed_span(session)])
            first = ledger.first_start()
            beside = beside_of(ledger, configuration.settings, at)
            self._paces = paces_at(
                *(ledger, configuration.settings, counted, self.gauge(session)),
                session.started_at if first is None else first,
                None if beside is None else beside.others,
            )
            self._paces_until = at + _PACES_GOOD_US
        return self._paces

    def counted_here(self, session: Session) -> int:
        """The core-time of the billing month that was counted here (core-µs), at the session's last
        heartbeat."""
        return self._month_us + (session.running_us - self._running_us) * session.span.cores

    def moment(self, session: Session, before_us: int, imported_us: int) -> Moment:
        """The moment of the session's last heartbeat; `before_us` is the running time of all
        sessions before it, and `imported_us` the part of it that was imported."""
        grown = session.running_us - self._running_us
        measures = Measures(
            session=session.running_us,
            month_core_us=self.gauge(session).used,
            total=before_us + session.running_us,
            cores=session.span.cores,
            imported=imported_us,
            month_grows=self._gauge.grows,
            has_quota=self._gauge.quota is not None,
            **{measure: us + grown for measure, us in self._within.items()},
        )
        return Moment(
            measures, session.last_seen_at, session.number, session.started_at, self._keys
        )


def _counted(ledger: Ledger, session: Session, spans: Iterable[ClosedSpan]) -> Counted:
    """What was counted here between two instants: in other sessions, and in these spans of this
    one."""
    own = [*spans]

    def counted(since: int, until: int) -> int:
        return (
            core_us_between(own, since, until)
            + used(ledger, since, until, beside=session.number).core_us
        )

    return counted
