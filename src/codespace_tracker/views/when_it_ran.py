"""When the machine ran, by quarter hours, and how much of that someone was there."""

from __future__ import annotations

from codespace_tracker.core.quarter_hours import Known, QuarterHour, Stretch, quarter_hours
from codespace_tracker.ledger import sums
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import session_now
from codespace_tracker.views.tracker_state import TrackerState


def quarters_since(ledger: Ledger, state: TrackerState, since: int) -> list[QuarterHour]:
    """The quarter hours from an instant (UTC µs) up to this moment in which anything ran. Raises
    LedgerError."""
    ahead = session_now.ahead_of(state.session, state.at, state.ahead_us)
    stretches = [
        *(Stretch(*row) for row in sums.stretches(ledger, since, state.at)),
        Stretch(state.session.number, ahead.started_at, ahead.running_us, ahead.cores),
    ]
    return quarter_hours(stretches, known_since(ledger, since, state.at), since, state.at)


def known_since(_ledger: Ledger, _since: int, _until: int) -> list[Known]:
    """What is known of presence."""
    return []
