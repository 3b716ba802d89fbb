"""How the fuel gauge stands at this moment: by the ledger, the clocks, and GitHub's figures where
there are any."""

from __future__ import annotations

from codespace_tracker.core.gauge import WEEK_US, Figures, Gauge, Pace, paces
from codespace_tracker.core.month import Day
from codespace_tracker.core.record import Record
from codespace_tracker.failure import nothing_counted
from codespace_tracker.ledger.billed import Billed
from codespace_tracker.ledger.month_gauge import figures
from codespace_tracker.ledger.presence_sums import Split, core_time
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import tracker_state
from codespace_tracker.views.scene import Scene, scene
from codespace_tracker.views.tracker_state import TrackerState


class Fuel(Record):
    """The gauge of this billing month, and the two paces; None where there is too little history
    for one. `only_others` says that GitHub's figures of the month are here, and none of them is the
    user's; `figures` is what GitHub says of the user. `counted_us` is the month's core-time as it
    was counted here (core-µs), and `split` how that splits into present and absent."""

    state: TrackerState
    gauge: Gauge
    week_pace: Pace | None
    month_pace: Pace | None
    only_others: bool = False
    figures: Figures = Figures()
    counted_us: int = 0
    split: Split = Split()

    @property
    def github_days(self) -> list[Day]:
        """The days of this month that GitHub's figures tell of, also those without use."""
        return [
            day for day in self.figures.days if self.gauge.month_start <= day.start < self.gauge.at
        ]

    @property
    def sum_counts(self) -> bool:
        """Whether GitHub's figure is the sum of the month: it is more than its days and what was
        counted here come to, or there are none."""
        return self.figures.bucket is not None and (self.gauge.excess > 0 or not self.github_days)

    @property
    def billed(self) -> int:
        """GitHub's figure of the month, in core-µs: its sum, or that of its days."""
        if self.figures.bucket is None:
            return self.gauge.billed
        return (
            self.figures.bucket.core_us
            if self.sum_counts
            else sum(day.core_us for day in self.github_days)
        )

    @property
    def figures_at(self) -> int | None:
        """The instant (UTC µs) of the report that GitHub's core-hours of the month are from; None
        without one."""
        if self.sum_counts and self.figures.bucket is not None:
            return self.figures.bucket.as_of
        return max(
            (max(day.as_of, day.seen_at) for day in self.github_days), default=self.gauge.as_of
        )

    @property
    def runs_out_at(self) -> int | None:
        """When the quota is used up at the faster of the two paces (UTC µs); None if it lasts."""
        return min(
            (
                one.lasts_until
                for one in (self.week_pace, self.month_pace)
                if one and one.lasts_until
            ),
            default=None,
        )


def look(directory: str) -> Fuel:
    """How the gauge stands. Raises LedgerError, Failure where nothing was counted yet."""
    with scene(directory) as here:
        return fuel_in(here)


def fuel_in(here: Scene) -> Fuel:
    """How the gauge stands in a scene. Raises LedgerError, Failure where nothing was counted
    yet."""
    state = tracker_state.state_in(here)
    if state is None:
        raise nothing_counted(here.directory)
    return of(state, here.ledger)


def of(state: TrackerState, ledger: Ledger) -> Fuel:
    """The gauge as things stand. Raises LedgerError."""
    counted = tracker_state.counted_in(ledger, state.unsaved)
    month_start = state.gauge.month_start
    from_github = figures(
        ledger, state.configuration.settings, min(month_start, state.at - WEEK_US), month_start
    )
    week_pace, month_pace = paces(
        counted, from_github.days, state.gauge, state.first_start, state.others
    )
    others = state.gauge.as_of is None and bool(
        Billed(ledger).periods(month_start, state.gauge.month_end)
    )
    month = month_start, state.at
    return Fuel(
        *(state, state.gauge, week_pace, month_pace, others, from_github),
        counted(*month),
        core_time(ledger, *month),
    )
