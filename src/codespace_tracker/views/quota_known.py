"""What the month's figure is made of, of which days it is, and of which nothing is known, in
words."""

from __future__ import annotations

from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_terms import beyond_figures, counted_where, since

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

_SPANS = 4  # of which each is named


def basis(fuel: Fuel) -> list[tuple[str, str]]:
    """The rows of `quota` that say what the figure is made of."""
    gauge, zone = fuel.gauge, fuel.state.configuration.zone
    rows = []
    if gauge.as_of is None and gauge.has_fleet:
        told = f"{wording.core_hours(gauge.others)} core-hours told by your other codespaces"
        rows.append(("Basis", told))
        if gauge.counts:
            rows.append(("", f"+ {wording.rest(gauge.used, gauge.others)} counted here"))
        rows.append(("", "one by one: codespace-tracker fleet"))
    elif gauge.as_of is None and gauge.counts:
        what = "this codespace only; all your codespaces share the quota"
        rows.append(
            ("Basis", what if gauge.used else f"nothing was counted in this month yet; {what}")
        )
    elif fuel.figures_at is not None:
        made = wording.moment(fuel.figures_at, zone, seconds=False)
        of = f"{_of(fuel)}{_oldest(fuel)}"
        rows.append(
            ("Basis", f"GitHub's {wording.core_hours(fuel.billed)} core-hours as of {made} ({of})")
        )
        if gauge.counts or gauge.has_fleet:
            rows.append(
                (
                    "",
                    f"+ {wording.rest(gauge.used, fuel.billed)} {counted_where(gauge)} "
                    f"{beyond_figures(gauge)}",
                )
            )
        rows.append(("", "day by day: codespace-tracker usage --by day"))
    rows.append(("Covers", _known(fuel)))
    if gauge.off_bill >= HOUR_US // 20 and not gauge.excess:  # a month's sum does not tell
        off = wording.core_hours(gauge.off_bill)
        rows.append(
            (
                "Not billed",
                f"{off} core-hours counted here, not in GitHub's final figures: they do not count",
            )
        )
    return rows


def pace_notes(fuel: Fuel) -> list[str]:
    """What to know of the paces: the days that nothing is known of, and how a month's sum is shared
    out."""
    gauge, lines = fuel.gauge, []
    history = max(
        (pace.history_us for pace in (fuel.week_pace, fuel.month_pace) if pace is not None),
        default=0,
    )
    if unknown := [day for day in _unknown(fuel) if day + DAY_US > gauge.at - history]:
        lines.append(
            f"At least: nothing is known of {days_named(unknown)}, and no use is counted there."
        )
    if (
        fuel.week_pace is not None
        and gauge.excess
        and gauge.at - fuel.week_pace.history_us < gauge.excess_until
    ):
        lines.append(_shared_out(fuel))
    return lines


def days_named(days: Iterable[int]) -> str:
    """Days of one month (their starts, UTC µs): `1 to 5, 9 and 12 Nov`."""
    spans: list[tuple[int, int]] = []
    for start in sorted(days):
        begun = spans.pop()[0] if spans and spans[-1][1] == start - DAY_US else start
        spans.append((begun, start))
    if not spans:
        return "no day"
    month = wording.month_name(spans[0][0], UTC)
    if len(spans) > _SPANS:
        count = sum((last - first) // DAY_US + 1 for first, last in spans)
        return f"{count} days between {_number(spans[0][0])} and {_number(spans[-1][1])} {month}"
    *most, last = (
        _number(first) if first == end else f"{_number(first)} to {_number(end)}"
        for first, end in spans
    )
    return f"{', '.join(most)} and {last} {month}" if most else f"{last} {month}"


def _number(at: int) -> str:
    return wording.day_number(at, UTC)


def _of(fuel: Fuel) -> str:
    """What GitHub's figure is of."""
    return "one sum" if fuel.sum_counts else days_named(day.start for day in fuel.github_days)


def _oldest(fuel: Fuel) -> str:
    """The oldest report of the days, where reports of several days tell of them."""
    if fuel.sum_counts:
        return ""
    return oldest_named(
        (max(day.as_of, day.seen_at) for day in fuel.github_days), fuel.state.configuration.zone
    )


def oldest_named(moments: Iterable[int], zone: Zone) -> str:
    """`; oldest report: Tue 10 Nov 2026 12:00`, where the moments of reports (UTC µs) are of
    several days."""
    made = sorted(moments)
    if not made or zone.date(made[0]) == zone.date(made[-1]):
        return ""
    return f"; oldest report: {wording.moment(made[0], zone, seconds=False)}"


def _known(fuel: Fuel) -> str:
    """Of which days anything is known, and from whom."""
    gauge, zone = fuel.gauge, fuel.state.configuration.zone
    if gauge.as_of is None:
        late = since(gauge, zone)
        return (
            f"since {late}: what you used before in this month is not in it"
            if late
            else "all of this month"
        )
    parts = []
    if fuel.sum_counts:
        parts.append(
            f"GitHub's sum up to {wording.moment(gauge.excess_until, zone, seconds=False)}"
        )
    elif fuel.github_days:
        parts.append(f"{days_named(day.start for day in fuel.github_days)} from GitHub")
    if gauge.counts:
        parts.append(f"since {wording.short_day(_here_since(fuel), UTC)} counted here")
    unknown = _unknown(fuel)
    nothing = f"; nothing of {days_named(unknown)}" if unknown else ""
    days = "" if fuel.sum_counts else " (days of UTC)"
    return f"{', '.join(parts)}{nothing}{days}{_less(fuel)}"


def _less(fuel: Fuel) -> str:
    """What is said of a month's sum that does not count."""
    bucket = fuel.figures.bucket
    if bucket is None or fuel.sum_counts:
        return ""
    of_sum = wording.core_hours(bucket.core_us)
    if bucket.core_us == fuel.billed:
        return f". GitHub's sum of the month is the same: {of_sum}"
    is_stored = bucket.storage > sum(day.storage for day in fuel.github_days)
    so = "its core-hours do not count; Storage is from it" if is_stored else "it does not count"
    all_ = wording.core_hours(fuel.gauge.used)
    return (
        f". GitHub's sum of the month ({of_sum}) is not more than these come to ({all_}), so {so}"
    )


def _here_since(fuel: Fuel) -> int:
    if fuel.gauge.has_fleet:  # other codespaces may have told of earlier days
        return fuel.gauge.known_since
    return max(fuel.state.first_start, fuel.gauge.month_start)


def _unknown(fuel: Fuel) -> list[int]:
    """The days of the month so far (their starts, UTC µs) that neither GitHub's figures tell of nor
    were counted here."""
    gauge = fuel.gauge
    told = {day.start for day in fuel.github_days}
    until = min(gauge.at, _here_since(fuel) // DAY_US * DAY_US) if gauge.grows else gauge.at
    first = gauge.excess_until if fuel.sum_counts else gauge.month_start
    return [day for day in range(-(-first // DAY_US) * DAY_US, until, DAY_US) if day not in told]


def _shared_out(fuel: Fuel) -> str:
    """How a month's sum enters the pace of the last days; its parts add up as they are shown."""
    gauge, bucket = fuel.gauge, fuel.figures.bucket
    of_sum = bucket.core_us if bucket is not None else 0
    days = [day for day in fuel.github_days if day.core_us and day.start < gauge.excess_until]
    by_day = sum(day.core_us for day in days)
    here = max(0, of_sum - gauge.excess - by_day)
    parts = []
    if by_day:
        named = days_named(day.start for day in days)
        parts.append(f"{wording.core_hours(by_day)} are known by day from other reports ({named})")
    if here:
        parts.append(f"{wording.core_hours(here)} were counted here")
    rest = f"{wording.rest(of_sum, by_day, here)} are taken as used evenly up to its report"
    parts.append(f"the other {rest}" if parts else f"all {rest}")
    *most, last = parts
    listed = f"{', '.join(most)} and {last}" if most else last
    return (
        f"The last 7 days are an estimate. Of GitHub's sum ({wording.core_hours(of_sum)}), "
        f"{listed}."
    )
