"""`quota`: what is left of the month's core-hours, and how long it lasts."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.cli.gauge_bar import bar
from codespace_tracker.cli.options import state_directory
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US
from codespace_tracker.core.gauge import GB_MONTH, SIZES, Gauge, Paces, dollars
from codespace_tracker.views import fuel, in_force, wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.pace_json import paces_json
from codespace_tracker.views.quota_advice import advice, unseen
from codespace_tracker.views.quota_facts import beyond, facts
from codespace_tracker.views.quota_forecast import NO_FORECAST, pace_rows
from codespace_tracker.views.quota_known import pace_notes
from codespace_tracker.views.quota_terms import (
    gauge_line,
    hours,
    run_time,
    why_no_quota,
)
from codespace_tracker.views.quota_unattended import stop_advice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.json_types.usage import QuotaJson

_BAR = 40
_TABLE_LEAST = 76  # columns: on fewer the paces are told in sentences


def answer(dir_: str | None, as_json: bool) -> int:
    """Print how the quota stands; the exit code. Raises what `state_directory` and `fuel.look`
    do."""
    quota = fuel.look(state_directory(dir_))
    show.echo(show.json_text(as_content(quota)) if as_json else text(quota))
    return 0


def as_content(quota: Fuel) -> QuotaJson:
    """What `--json` shows."""
    gauge, zone, settings = (
        quota.gauge,
        quota.state.configuration.zone,
        quota.state.configuration.settings,
    )
    return {
        "at": zone.iso(gauge.at),
        "month_start": UTC.iso(gauge.month_start),
        "month_end": UTC.iso(gauge.month_end),
        "quota_core_hours": None if gauge.quota is None else hours(gauge.quota),
        "used_core_hours": hours(gauge.used),
        "left_core_hours": None if gauge.left is None else hours(gauge.left),
        "percent": None if gauge.percent is None else round(gauge.percent, 2),
        "at_least": gauge.is_at_least,
        "known_since": zone.iso(gauge.known_since),
        "plan": {
            "name": settings.plan or "free",
            "assumed": not settings.plan,
            "core_hours": None if settings.quota_core_us is None else hours(settings.quota_core_us),
            "storage_gb_months": None
            if settings.storage_quota is None
            else settings.storage_quota / GB_MONTH,
        },
        "counts_here": gauge.counts,
        "payer": settings.payer,
        "basis": {
            "github_core_hours": None if gauge.as_of is None else hours(quota.billed),
            "github_as_of": None if gauge.as_of is None else zone.iso(gauge.as_of),
            "counted_here_core_hours": hours(gauge.used - quota.billed),
            "other_codespaces_core_hours": hours(gauge.others) if gauge.has_fleet else None,
            "not_on_bill_core_hours": hours(gauge.off_bill),
        },
        "storage": {
            "gb_months": None if gauge.storage is None else round(gauge.storage / GB_MONTH, 6),
            "percent": None if gauge.storage_percent is None else round(gauge.storage_percent, 2),
        },
        "missing": quota.state.missing,
        "cores": quota.state.session.span.cores,
        "estimated_dollars": round(dollars(beyond(gauge)), 2),
        "pace": paces_json(Paces(quota.week_pace, quota.month_pace), zone),
        "unattended": {
            "core_hours": hours(quota.split.absent),
            "present_core_hours": hours(quota.split.present),
            "unknown_core_hours": hours(quota.split.unknown_of(quota.counted_us)),
            "counted_here_core_hours": hours(quota.counted_us),
        },
    }


def text(quota: Fuel) -> str:
    """What `quota` shows to people, within 80 columns."""
    gauge = quota.gauge
    rows = [show.hanging(f"  {name:10}  ", value) for name, value in facts(quota)]
    lines = [*_head(quota), "", *rows, *([""] if rows else []), *_paces(quota)]
    if gauge.left:
        lines += ["", *_sizes(gauge.left, quota.state.session.span.cores)]
    notes = [
        *advice(quota),
        *stop_advice(quota),
        *unseen(quota),
        *in_force.notes(quota.state),
    ]
    return "\n".join([*lines, "", *map(show.item, notes)] if notes else lines)


def _head(quota: Fuel) -> list[str]:
    gauge, settings = quota.gauge, quota.state.configuration.settings
    month = (
        f"{wording.day(gauge.month_start, UTC)} to "
        f"{wording.day(gauge.month_end - DAY_US, UTC)} (UTC)"
    )
    line = gauge_line(gauge)
    line = line[0].upper() + line[1:]
    is_quota = gauge.counts or gauge.has_fleet or gauge.as_of is not None
    verb = "used" if is_quota else "ran here"
    head = show.hanging("", f"{line} {verb} · {month}").replace(line, show.bold(line))
    why = why_no_quota(gauge, settings, quota.state.tracker.environment)
    lines = [head, *([show.hanging("  ", why)] if why else [])]
    if gauge.quota is None:
        return lines
    return [*lines, f"  {bar(gauge, min(_BAR, (show.columns() or 80) - 2))}"]


def _paces(quota: Fuel) -> list[str]:
    gauge, rows = quota.gauge, pace_rows(quota)
    if not rows:
        return [f"  {NO_FORECAST}"]
    end = wording.short_day(gauge.month_end, UTC)
    notes = [show.hanging("  ", note) for note in pace_notes(quota)]
    lasts = "Quota lasts" if gauge.quota is not None else ""
    head = ("Pace", "Core-hours a day", f"Total by {end}", lasts)
    if (show.columns() or 80) < _TABLE_LEAST:
        sentences = (
            f"At the pace of {name}: {a_day} core-hours a day, {at_end} in total by {end}. "
            f"{_sentence(lasts, gauge)}"
            for name, a_day, at_end, lasts in rows
        )
        return [*(show.hanging("  ", sentence) for sentence in sentences), *notes]
    shown = show.table(head, rows, frozenset({1, 2}))
    return [*(f"  {line}" for line in shown.split("\n")), *notes]


def _sentence(lasts: str, gauge: Gauge) -> str:
    if gauge.left == 0:
        return f"The quota {lasts}."
    return f"The quota lasts {lasts}." if lasts else ""


def _sizes(left: int, cores: int) -> list[str]:
    sizes = sorted({*SIZES, cores})
    head, row = (
        [wording.count(size, "core") for size in sizes],
        [run_time(left, size) for size in sizes],
    )
    shown = show.table(head, [row], frozenset(range(len(sizes)))).split("\n")
    if show.width(shown[0]) > (show.columns() or 80) - 2:
        each = ", ".join(f"{time} on {size}" for time, size in zip(row, head, strict=True))
        return [show.hanging("  ", f"Time left by machine size: {each}")]
    return ["  Time left by machine size", *(f"  {line}" for line in shown)]
