"""`quota`: what is left of the month's core-hours, and how long it lasts."""

from __future__ import annotations

from codespace_tracker.cli import show
from codespace_tracker.cli.gauge_bar import LOW_PERCENT, OUT_PERCENT, bar, gauge_line, run_time
from codespace_tracker.cli.options import state_directory
from codespace_tracker.cli.quota_known import basis, pace_notes
from codespace_tracker.cli.quota_terms import (
    at_least,
    estimated,
    first_day,
    hours,
    plan_line,
    storage_line,
    warnings_are_on,
    why_no_quota,
)
from codespace_tracker.cli.quota_unattended import stop_advice, unattended
from codespace_tracker.core.calendar import UTC, Zone
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import (
    DOLLARS_A_CORE_HOUR,
    GB_MONTH,
    SIZES,
    WEEK_US,
    Gauge,
    Pace,
    dollars,
)
from codespace_tracker.views import fuel, in_force, wording
from codespace_tracker.views.fuel import Fuel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.views.json_types.usage import PaceJson, QuotaJson

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

    def pace(one: Pace | None) -> PaceJson | None:
        if one is None:
            return None
        return {
            "core_hours_a_day": hours(one.core_us_a_day),
            "history_days": round(one.history_us / DAY_US, 2),
            "core_hours_at_reset": hours(one.at_reset),
            "lasts_until": None if one.lasts_until is None else zone.iso(one.lasts_until),
        }

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
            "not_on_bill_core_hours": hours(gauge.off_bill),
        },
        "storage": {
            "gb_months": None if gauge.storage is None else round(gauge.storage / GB_MONTH, 6),
            "percent": None if gauge.storage_percent is None else round(gauge.storage_percent, 2),
        },
        "cores": quota.state.session.span.cores,
        "estimated_dollars": round(dollars(_beyond(gauge)), 2),
        "pace": {"week": pace(quota.week_pace), "month": pace(quota.month_pace)},
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
    facts = _facts(quota)
    lines = [*_head(quota), "", *facts, *([""] if facts else []), *_paces(quota)]
    if gauge.left:
        lines += ["", *_sizes(gauge.left, quota.state.session.span.cores)]
    advice = [
        *_advice(quota),
        *stop_advice(quota),
        *_unseen(quota),
        *map(show.item, in_force.notes(quota.state)),
    ]
    return "\n".join([*lines, "", *advice] if advice else lines)


def _head(quota: Fuel) -> list[str]:
    gauge, settings = quota.gauge, quota.state.configuration.settings
    month = (
        f"{wording.day(gauge.month_start, UTC)} to "
        f"{wording.day(gauge.month_end - DAY_US, UTC)} (UTC)"
    )
    line = gauge_line(gauge)
    line = line[0].upper() + line[1:]
    verb = "used" if gauge.counts or gauge.as_of is not None else "ran here"
    head = show.hanging("", f"{line} {verb} · {month}").replace(line, show.bold(line))
    why = why_no_quota(gauge, settings, quota.state.tracker.environment)
    lines = [head, *([show.hanging("  ", why)] if why else [])]
    if gauge.quota is None:
        return lines
    return [*lines, f"  {bar(gauge, min(_BAR, (show.columns() or 80) - 2))}"]


def _facts(quota: Fuel) -> list[str]:
    gauge, settings = quota.gauge, quota.state.configuration.settings
    rows = []
    if gauge.quota is not None or gauge.counts:
        rows.append(("Plan", plan_line(settings)))
        if not settings.plan:
            rows.append(("", "if you have Pro: codespace-tracker quota --plan pro"))
    if gauge.left is not None:
        cores = quota.state.session.span.cores
        most = "at most " if at_least(gauge) else ""
        left = f"{most}{wording.core_hours(gauge.left)} core-hours: {run_time(gauge.left, cores)}"
        rows.append(
            (
                "Left",
                f"{left} on this machine's {wording.count(cores, 'core')}"
                if gauge.left
                else "nothing",
            )
        )
    if gauge.quota is not None or gauge.counts:
        zone = quota.state.configuration.zone
        resets = f"{wording.moment(gauge.month_end, zone, seconds=False)} ({zone.name})"
        rows.append(("Resets", f"{resets}, in {wording.about(gauge.month_end - gauge.at)}"))
        rows += basis(quota)
    rows += unattended(quota)
    if gauge.storage is not None:
        rows.append(("Storage", storage_line(gauge)))
    if (beyond := _beyond(gauge)) > 0:
        rows.append(("Cost", _cost(beyond, is_all=gauge.quota is None)))
    if warnings_are_on(quota.state.configuration.triggers):
        rows.append(("Warnings", "on; off: codespace-tracker quota --no-warn"))
    return [show.hanging(f"  {name:10}  ", value) for name, value in rows]


def _cost(core_us: int, *, is_all: bool) -> str:
    """What core-time that no plan includes costs."""
    what = (
        " so far" if is_all else f" for {wording.core_hours(core_us)} core-hours beyond the quota"
    )
    price = f"at GitHub's ${DOLLARS_A_CORE_HOUR} a core-hour, if you let GitHub charge you"
    return f"an estimated {estimated(core_us)}{what} {price}"


def _beyond(gauge: Gauge) -> int:
    """The core-time beyond the quota, if there is one that it counts against."""
    if gauge.quota is None and not gauge.counts:
        return 0
    return max(0, gauge.used - (gauge.quota or 0))


def _paces(quota: Fuel) -> list[str]:
    gauge = quota.gauge
    rows: list[tuple[str, str, str, str]] = []
    paces = (
        (quota.week_pace, "last 7 days", gauge.at - WEEK_US),
        (quota.month_pace, "this month", gauge.month_start),
    )
    for pace, whole, start in paces:
        name = (
            ""
            if pace is None
            else _name(whole, start, gauge.at - pace.history_us, quota.state.configuration.zone)
        )
        if pace is not None and name not in (row[0] for row in rows):
            rows.append(
                (
                    name,
                    wording.decimal(pace.core_us_a_day, HOUR_US, 1),
                    wording.decimal(pace.at_reset, HOUR_US, 1),
                    _lasts(pace, quota),
                )
            )
    if not rows:
        return ["  No forecast yet: there is less than a day of history."]
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


def _name(whole: str, start: int, since_: int, zone: Zone) -> str:
    """Of which time a pace is: the whole of it, or since the day on which figures begin."""
    return whole if since_ <= start else f"since {first_day(since_, zone)}"


def _lasts(pace: Pace, quota: Fuel) -> str:
    gauge = quota.gauge
    if gauge.quota is None:
        return ""
    if gauge.left == 0:
        return "is used up"
    if pace.lasts_until is None:
        return "to the end of the month"
    return f"until {wording.day(pace.lasts_until, quota.state.configuration.zone)}"


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


def _advice(quota: Fuel) -> list[str]:
    gauge = quota.gauge
    lines = []
    if gauge.storage_percent is not None and gauge.storage_percent >= LOW_PERCENT:
        full = "is used up" if gauge.storage_percent >= OUT_PERCENT else "runs low"
        lines.append(
            f"The storage {full}: without any left GitHub starts no codespace, just as without"
            " core-hours, unless you pay for more. Delete the codespaces that you do not need."
        )
    if gauge.quota is not None and not (quota.runs_out_at is None and gauge.left):
        smaller = (
            ""
            if quota.state.session.span.cores <= 2
            else " A machine with fewer cores uses less an hour."
        )
        what = (
            "The quota is used up: GitHub starts none of your codespaces until it resets, unless "
            "you pay for more."
            if not gauge.left
            else "At this pace the quota does not last."
        )
        lines.append(
            f"{what} Stop the codespace when you leave it, and set a shorter idle "
            f"time-out.{smaller}"
        )
    return [show.item(line) for line in lines]


def _is_of_others(quota: Fuel) -> bool:
    """Whether the repository belongs to someone else: then an organization may pay."""
    owner = quota.state.tracker.repository.partition("/")[0].lower()
    return bool(owner) and owner != quota.state.tracker.user_name.lower()


def _unseen(quota: Fuel) -> list[str]:
    gauge, settings = quota.gauge, quota.state.configuration.settings
    lines = []
    if quota.only_others:
        lines.append(
            "None of GitHub's figures for this month is in your quota: codespace-tracker usage"
        )
    if gauge.as_of is None and gauge.counts:
        lines.append(
            "Not seen from here: your other codespaces. `codespace-tracker usage --help`: add "
            "GitHub's figures."
        )
    if gauge.counts and settings.payer == "unknown" and _is_of_others(quota):
        lines.append(
            "Who pays is not known. If an organization pays for this codespace, write "
            '`payer = "organization"` into config.toml: then it does not count.'
        )
    if gauge.quota is not None and not warnings_are_on(quota.state.configuration.triggers):
        lines.append("To be warned at 50, 75, 90 and 100 %: codespace-tracker quota --warn")
    if gauge.storage is None and gauge.counts:
        lines.append(
            "Not in this: storage. A stopped codespace uses it too; GitHub's figures have it."
        )
    if gauge.counts:
        lines.append(
            "A stopped codespace is deleted after 30 days, unless you set another time: push your "
            "work."
        )
    if settings.reset_day != 1:
        lines.append(
            "`reset_day` in config.toml has no effect: GitHub's billing period is the calendar"
            " month of UTC, for everyone. Take the line away."
        )
    return [show.item(line) for line in lines]
