"""What counts in the month that `usage` shows: how its days and GitHub's sum of it compare, and how
much of the quota it used."""

from codespace_tracker.cli import show
from codespace_tracker.core.gauge import Figures, Others, gauge
from codespace_tracker.core.month import Bucket, Counted
from codespace_tracker.ledger.month_gauge import terms_of
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_known import days_named
from codespace_tracker.views.quota_terms import (
    beyond_figures,
    counted_where,
    gauge_line,
    gb_months,
    storage_line,
    why_no_quota,
)


def fuel_of(
    fuel: Fuel,
    ledger: Ledger,
    figures: Figures,
    month: tuple[int, int],
    counted: Counted,
    others: Others | None,
) -> Fuel:
    """The gauge of the month with these bounds (UTC µs), by the plan of now and with what the
    user's other codespaces counted; without paces. Raises LedgerError."""
    terms = terms_of(fuel.state.configuration.settings, ledger.tracker())
    of_month = gauge(counted, figures, fuel.state.at, month, terms, ledger.first_start(), others)
    return fuel._replace(gauge=of_month, figures=figures, week_pace=None, month_pace=None)


def sum_notes(fuel: Fuel) -> list[str]:
    """How a month's sum and its days compare, where both are known: which counts, of core-hours and
    of storage, and why."""
    bucket = fuel.figures.bucket
    if bucket is None or not fuel.github_days:
        return []
    notes = [*_core_hours(fuel, bucket), *_storage(fuel, bucket)]
    return [show.fitted("", note) for note in notes]


def _core_hours(fuel: Fuel, bucket: Bucket) -> list[str]:
    of_days = sum(day.core_us for day in fuel.github_days)
    days, of_sum = wording.core_hours(of_days), wording.core_hours(bucket.core_us)
    if fuel.sum_counts:
        if not of_days:
            return []
        named = days_named(day.start for day in fuel.github_days if day.core_us)
        why = "is more" if bucket.core_us > of_days else "and what was counted here since are more"
        return [
            f"Your days that are known ({named}: {days}) do not count: GitHub's sum of the month "
            f"{why}."
        ]
    if not bucket.core_us:
        return []
    if bucket.core_us == of_days:
        return [f"GitHub's sum of the month is the same: {of_sum}."]
    all_ = wording.core_hours(fuel.gauge.used)
    what = "the days" if fuel.gauge.used == of_days else "the days and what was counted here"
    compared = "are as much" if all_ == of_sum else f"are more ({all_})"
    return [f"GitHub's sum of the month, {of_sum} core-hours, does not count: {what} {compared}."]


def _storage(fuel: Fuel, bucket: Bucket) -> list[str]:
    """From which the storage is, where that is not from where the core-hours are."""
    of_days = sum(day.storage for day in fuel.github_days)
    days, of_sum = (gb_months(amount) if amount else "none" for amount in (of_days, bucket.storage))
    if bucket.storage > of_days and not fuel.sum_counts:
        return [f"Your storage is from GitHub's sum of the month ({of_sum}; the days have {days})."]
    if bucket.storage < of_days and fuel.sum_counts:
        return [f"Your storage is from the days ({days}; GitHub's sum of the month has {of_sum})."]
    return []


def quota_lines(fuel: Fuel) -> list[str]:
    """How much of the quota the month used, with what was counted here and by other codespaces."""
    gauge = fuel.gauge
    why = why_no_quota(gauge, fuel.state.configuration.settings, fuel.state.tracker.environment)
    here = wording.rest(gauge.used, fuel.billed)
    text = f"With {here} {counted_where(gauge)} {beyond_figures(gauge)}: {gauge_line(gauge)}."
    if gauge.month_end <= gauge.at and here == "0":
        text = f"By the plan you have now: {gauge_line(gauge)}."
    lines = [*([why] if why else []), *([text] if gauge.has_fleet or not why else [])]
    if gauge.storage:
        lines.append(f"Your storage: {storage_line(gauge)}.")
    return [show.fitted("", line) for line in lines]
