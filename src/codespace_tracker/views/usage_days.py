"""What each day of a month adds to the month's figure: what was counted here, and what counts of it
and of GitHub's."""

from typing import NamedTuple

from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.gauge import Figures, Others, nothing_counted, together
from codespace_tracker.core.month import Counted, month_used, used_between


class Share(NamedTuple):
    """A day's part, or that of a month told as one sum: the core-time counted here, and the
    core-time that counts against the quota, both in core-µs."""

    here: int
    counts: int


def shares(
    counted: Counted,
    figures: Figures,
    month: tuple[int, int],
    at: int,
    *,
    here_counts: bool,
    others: Others | None = None,
) -> dict[int, Share]:
    """By the start of a day (UTC µs) its share of the month with these bounds, as of the instant
    `at`; that of the month's sum by -1. Together they are what the month has used.

    Where the sum is the larger, it stands for all days up to its report. Where nothing here counts
    against a quota, only GitHub's figures do, and what `others`, the user's other codespaces,
    counted.
    """
    days = [day for day in figures.days if month[0] <= day.start < month[1]]
    until = min(month[1], at)
    counts = together(counted if here_counts else nothing_counted, others)
    by_sum = month_used(counts, days, figures.bucket, month, at)
    by_day, begin = {}, month[0]
    if by_sum.excess and figures.bucket is not None:
        begin = by_sum.as_of
        by_day[-1] = Share(
            counted(month[0], begin) if begin > month[0] else 0, figures.bucket.core_us
        )
        days = []
    for start in range(begin // DAY_US * DAY_US, until, DAY_US):
        first, last = max(start, begin), min(start + DAY_US, until)
        by_day[start] = Share(
            counted(first, last), used_between(counts, days, first, last, at).total
        )
    return {start: share for start, share in by_day.items() if any(share)}
