"""What the levels of triggers measure, carried on with the running clock from where the ledger was
last asked."""

from collections.abc import Iterable

from codespace_tracker.config.configuration import Configuration
from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.gauge import Gauge
from codespace_tracker.core.schedule import Moment
from codespace_tracker.core.session import ClosedSpan, Session, closed_span
from codespace_tracker.core.trigger import Measures, Scope
from codespace_tracker.core.usage import core_us_between, month_bounds, running_between
from codespace_tracker.ledger.month_gauge import gauge_at
from codespace_tracker.ledger.store import Ledger


def keys_at(at: int, zone: Zone) -> dict[Scope, str]:
    """What tells the day and the billing month of an instant (UTC µs) from others."""
    return {
        "day": f"day:{zone.date(zone.day_start(at))}",
        "month": f"month:{UTC.date(month_bounds(at)[0])}",
    }


class Meter:
    """Good until `until` (UTC µs), for one session, one span of it, one configuration: then
    `rebase` asks the ledger again."""

    def __init__(self) -> None:
        self.until = 0
        self._running_us = 0
        self._today_us = 0
        self._gauge = Gauge(0, 0, 0, None, 0, None, 0)
        self._keys: dict[Scope, str] = {}

    def rebase(
        self,
        ledger: Ledger,
        session: Session,
        unsaved: Iterable[ClosedSpan],
        configuration: Configuration,
    ) -> None:
        """Sum up the day and the billing month, on top of GitHub's figure for it where one was
        imported.

        `unsaved` are spans that the ledger does not have yet.
        """
        at, zone = session.last_seen_at, configuration.zone
        day, day_end = zone.day_start(at), zone.next_day_start(at)
        month, month_end = month_bounds(at)
        spans = [
            *ledger.spans_beside(session.number, min(day, month)),
            *unsaved,
            closed_span(session),
        ]
        self._running_us = session.running_us
        self._today_us = running_between(spans, day, day_end)

        def counted(since: int, until: int) -> int:
            return core_us_between(spans, since, until)

        self._gauge = gauge_at(ledger, configuration.settings, counted, at)
        self._keys = {
            "edge": "edge",
            "session": f"session:{session.number}",
            **keys_at(at, zone),
            "ever": "ever",
        }
        self.until = min(day_end, month_end)

    def gauge(self, session: Session) -> Gauge:
        """The fuel gauge at the session's last heartbeat."""
        grown = session.running_us - self._running_us
        own = self._gauge.own + grown * session.span.cores * self._gauge.grows
        return self._gauge._replace(at=session.last_seen_at, own=own)

    def moment(self, session: Session, before_us: int, imported_us: int) -> Moment:
        """The moment of the session's last heartbeat; `before_us` is the running time of all
        sessions before it, and `imported_us` the part of it that was imported."""
        grown = session.running_us - self._running_us
        measures = Measures(
            session=session.running_us,
            today=self._today_us + grown,
            month_core_us=self.gauge(session).used,
            total=before_us + session.running_us,
            cores=session.span.cores,
            imported=imported_us,
            month_grows=self._gauge.grows,
            has_quota=self._gauge.quota is not None,
        )
        return Moment(
            measures, session.last_seen_at, session.number, session.started_at, self._keys
        )
