"""How the fuel gauge stands at this moment: by the ledger, the clocks, and GitHub's figures where there are any."""

from typing import NamedTuple

from codespace_tracker.cli import now as tracker_now
from codespace_tracker.cli.failure import Failure
from codespace_tracker.cli.now import Now
from codespace_tracker.core.gauge import WEEK_US, Gauge, Pace, pace_of_month, pace_of_week
from codespace_tracker.ledger.billing import Billing
from codespace_tracker.ledger.month import figures
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.machine import clock


class Fuel(NamedTuple):
    """The gauge of this billing month, and the two paces; None where there is too little history for one.
    `only_others` says that GitHub's figures of the month are here, and none of them is the user's."""

    now: Now
    gauge: Gauge
    week: Pace | None
    month: Pace | None
    only_others: bool = False

    @property
    def runs_out_at(self) -> int | None:
        """When the quota is used up at the faster of the two paces (UTC µs); None if it lasts."""
        return min((one.lasts_until for one in (self.week, self.month) if one and one.lasts_until), default=None)


def look(directory: str) -> Fuel:
    """How the gauge stands. Raises LedgerError, Failure where nothing was counted yet."""
    ledger = tracker_now.open_ledger(directory)
    try:
        with ledger.snapshot():
            found = tracker_now.look_in(directory, ledger, clock.read())
            if found is None:
                raise Failure(f"{directory}: nothing was counted yet. Mend: `codespace-tracker start`.")
            return of(found, ledger)
    finally:
        ledger.close()


def of(now: Now, ledger: Ledger) -> Fuel:
    """The gauge as things stand. Raises LedgerError."""
    counted = tracker_now.counted_in(ledger, tracker_now.ahead_of(now.session, now.at, now.ahead_us))
    month_start = now.month.month_start
    told = figures(ledger, now.plan.settings, min(month_start, now.at - WEEK_US), month_start)
    week, month = (pace(counted, told.days, now.month, now.first_start) for pace in (pace_of_week, pace_of_month))
    others = now.month.as_of is None and bool(Billing(ledger).periods(month_start, now.month.month_end))
    return Fuel(now, now.month, week, month, others)
