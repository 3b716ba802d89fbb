"""`usage show`: GitHub's figures of a month, grouped as asked, and what counts of
them."""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, cast

import click

from codespace_tracker.cli import show
from codespace_tracker.cli import usage_legend as legend
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.usage_counts import fuel_of, quota_lines, sum_notes
from codespace_tracker.cli.usage_legend import SUM
from codespace_tracker.core.calendar import UTC, month_bounds, parse_iso
from codespace_tracker.core.gauge import GB_MONTH
from codespace_tracker.ledger.billed import Period
from codespace_tracker.ledger.billing import Billing, Line
from codespace_tracker.ledger.month_gauge import beside_of, user_of
from codespace_tracker.views import fuel, session_now, tracker_state, wording
from codespace_tracker.views.fuel import Fuel
from codespace_tracker.views.quota_known import oldest_named
from codespace_tracker.views.quota_terms import (
    counted_where,
    gauge_line,
    gb_months,
    hours,
    month_since,
    why_no_quota,
)
from codespace_tracker.views.scene import scene
from codespace_tracker.views.usage_days import Share, shares

if TYPE_CHECKING:
    from codespace_tracker.views.json_types import usage as as_json

_BY = ("person", "repository", "machine", "organization", "day")
_FORMS = ("table", "json", "csv")
_NAME_LEAST = 16  # columns


class UsageRow(NamedTuple):
    """What some lines add up to: their names, core-time in core-µs, storage, and what was charged
    (millionths of a US dollar, None: not told; `is_part_told`: of some of it only)."""

    names: tuple[str, ...]
    core_us: int
    storage: int
    net_micros: int | None
    is_part_told: bool = False


@click.command()
@click.option(
    "--by", type=click.Choice(_BY), help="What each row shows; default: repository and machine."
)
@click.option("--month", metavar="YYYY-MM", help="The month (UTC); default: this one.")
@click.option("--format", "form", type=click.Choice(_FORMS), default="table", show_default=True)
@directory_option
@json_option
def command(by: str | None, month: str | None, form: str, dir_: str | None, as_json: bool) -> None:
    """Show the figures of a month that were imported or fetched from GitHub.

    Other people's usage is listed too, and usage that an organization pays for. None of that comes
    out of your quota. The last lines show only the usage that does. Storage is in GB-months:
    GitHub's reports label these numbers gigabyte-hours.
    """
    directory = state_directory(dir_)
    asked = None if month is None else _month(month)
    with scene(directory) as here:
        ledger, quota = here.ledger, fuel.fuel_in(here)
        start, end = asked or (quota.gauge.month_start, quota.gauge.month_end)
        billing = Billing(ledger)
        lines, periods = billing.lines(start, end), billing.periods(start, end)
        months = sorted({month_bounds(period.start)[0] for period in billing.periods(0, 1 << 62)})
        state, user = quota.state, user_of(quota.state.configuration.settings, ledger.tracker())
        figures = billing.figures(start, start, user)
        figures = figures._replace(days=tuple(day for day in figures.days if day.start < end))
        counted = tracker_state.counted_in(
            ledger, session_now.ahead_of(state.session, state.at, state.ahead_us)
        )
        beside = beside_of(ledger, state.configuration.settings, state.at, start)
        others = None if beside is None else beside.others
        days = shares(
            *(counted, figures, (start, end), state.at),
            here_counts=quota.gauge.counts,
            others=others,
        )
        of_month = fuel_of(quota, ledger, figures, (start, end), counted, others)
    sum_counts = of_month.sum_counts
    newest = _newest_of_mine(periods, user)
    shown = _without_doubles(_lines_in(newest, lines), user, sum_counts=sum_counts)
    sources = _sources(shown, newest, user)
    if as_json or form == "json":
        click.echo(show.json_text(_content(shown, periods, by, UTC.date(start)[:7], user, quota)))
    elif form == "csv":
        click.echo(_csv(shown, by, user), nl=False)
    elif not periods:
        click.echo("\n".join(_unknown(quota, start, months)))
    else:
        click.echo(
            "\n".join(_table(shown, sources, by, start, user, quota, days if by == "day" else {}))
        )
        whose = legend.whose(shown, of_month.billed, user, _made(quota, start, sources), by)
        click.echo("\n".join([whose, *sum_notes(of_month), *quota_lines(of_month)]))


def _month(text: str) -> tuple[int, int]:
    """The bounds of a month such as 2026-10. Raises click.BadParameter."""
    try:
        return month_bounds(parse_iso(datetime.strptime(text, "%Y-%m").isoformat()))
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is not a month such as 2026-10.", param_hint="--month"
        ) from error


def _newest_of_mine(periods: Iterable[Period], user: str) -> list[Period]:
    """All that was told, but of a day that reports told of with the user's name and without it the
    newest alone, as the quota counts it: they are the same use."""
    newest = {}
    for period in sorted(periods, key=lambda one: (max(one.as_of, one.seen_at), one.account)):
        newest[period.start, period.is_month, _account(period.account, user)] = period
    return list(newest.values())


def _account(account: tuple[str, str], user: str) -> tuple[str, str]:
    """Whose bill it is on; the user's own is one account, with a name or without."""
    organization, person = account
    return ("", "") if not organization and person.lower() in ("", user.lower()) else account


def _lines_in(periods: Iterable[Period], lines: Iterable[Line]) -> list[Line]:
    """The lines of what was told."""
    covered = {(period.start, period.is_month, period.account) for period in periods}
    return [line for line in lines if (line.day, line.is_month, line.account) in covered]


def _sources(shown: Sequence[Line], periods: Sequence[Period], user: str) -> list[Period]:
    """What was told of the days, or the months, that the lines shown are of."""
    kinds = {(line.is_month, _account(line.account, user)) for line in shown}
    return [one for one in periods if (one.is_month, _account(one.account, user)) in kinds] or list(
        periods
    )


def _without_doubles(lines: Iterable[Line], user: str, *, sum_counts: bool) -> list[Line]:
    """Of an account whose month was told by day and as one sum the larger of both: they are the
    same use. The user's own is one account, with a name or without; of its core-time that is shown
    which counts (`sum_counts` says whether the sum does)."""
    accounts: dict[tuple[str, str], list[Line]] = {}
    for line in lines:
        accounts.setdefault(_account(line.account, user), []).append(line)
    kept = []
    for of_one in accounts.values():
        for is_storage in (False, True):
            some = [line for line in of_one if (line.cores == 0) is is_storage]
            both = [
                [line for line in some if line.is_month is is_month] for is_month in (False, True)
            ]
            if is_storage or not of_one[0].is_of(user):
                kept += max(
                    both, key=lambda part: sum(line.core_us + line.storage for line in part)
                )
            else:
                kept += both[sum_counts]
    return kept


def _person(line: Line, user: str) -> str:
    """Whose use it is; who is written in two ways is one person."""
    if line.person.lower() == user.lower() or (not line.person and not line.organization):
        return user or "(not told)"
    return wording.printable(line.person).lower() or "(not told)"


_KEYS: dict[str, Callable[[Line, str], str]] = {
    "person": _person,
    "repository": lambda line, _: (
        wording.printable(line.repository) or (SUM if line.is_month else "(not told)")
    ),
    "machine": lambda line, _: wording.count(line.cores, "core") if line.cores else "storage",
    "organization": lambda line, _: wording.printable(line.organization) or "(no organization)",
    "day": lambda line, _: SUM if line.is_month else UTC.date(line.day),
}


def _with_owners(lines: Sequence[Line]) -> list[Line]:
    """The lines with the whole name of a repository, also where a report names it without its owner
    and others name exactly one."""
    owned: dict[str, set[str]] = {}
    for line in lines:
        owner, _, name = line.repository.rpartition("/")
        if owner:
            owned.setdefault(name.lower(), set()).add(line.repository)

    def whole(name: str) -> str:
        names = owned.get(name.lower(), set())
        return next(iter(names)) if len(names) == 1 else name

    return [line._replace(repository=whole(line.repository)) for line in lines]


def _rows(lines: Sequence[Line], by: str | None, user: str) -> list[UsageRow]:
    """The lines added up by what is asked for: by day in their order, else the largest first."""
    keys = (by,) if by is not None else ("repository", "machine")
    rows: dict[tuple[str, ...], UsageRow] = {}
    for line in _with_owners(lines):
        names = tuple(_KEYS[key](line, user) for key in keys)
        before = rows.get(names, UsageRow(names, 0, 0, None))
        nets = [net for net in (before.net_micros, line.net_micros) if net is not None]
        is_first, is_told = names not in rows, line.net_micros is not None
        rows[names] = UsageRow(
            names,
            before.core_us + line.core_us,
            before.storage + line.storage,
            sum(nets) if nets else None,
            before.is_part_told or (not is_first and is_told is (before.net_micros is None)),
        )
    order = (
        (lambda row: row.names)
        if by == "day"
        else (lambda row: (-row.core_us, -row.storage, row.names))
    )
    return sorted(rows.values(), key=order)


# --- how it looks


def _unknown(quota: Fuel, start: int, months: list[int]) -> list[str]:
    gauge, state = quota.gauge, quota.state
    is_now = start == gauge.month_start
    month = "this month" if is_now else wording.month(start, UTC)
    lines = [f"GitHub's figures for {month} are not known here."]
    if is_now:
        counted = f"{gauge_line(gauge)}." if gauge.used else "nothing in this month yet."
        since = month_since(gauge, state.configuration.zone)
        why = why_no_quota(gauge, state.configuration.settings, state.tracker.environment)
        where = counted_where(gauge)
        where = where[0].upper() + where[1:]
        lines += [f"{where} {since}: {counted}", *([why] if why else [])]
    if months:
        named = wording.month(months[-1], UTC)
        lines.append(
            f"There are some of {named}: codespace-tracker usage --month {UTC.date(months[-1])[:7]}"
        )
    lines.append("Add them: codespace-tracker usage import FILE, or: codespace-tracker usage fetch")
    lines.append(
        "FILE comes from GitHub: Settings, Billing and licensing, Usage, Get usage report."
    )
    return [show.fitted("", line) for line in lines]


def _table(
    lines: list[Line],
    periods: list[Period],
    by: str | None,
    start: int,
    user: str,
    quota: Fuel,
    days: dict[int, Share],
) -> list[str]:
    zone, as_of = quota.state.configuration.zone, _newest(periods)
    month = wording.month(start, UTC)
    covered = legend.days_covered(lines, periods, user)
    oldest = oldest_named((max(period.as_of, period.seen_at) for period in periods), zone)
    title = (
        f"GitHub's figures for {month} ({covered}), as of "
        f"{wording.moment(as_of, zone, seconds=False)}{oldest}"
    )
    names = (by.capitalize(),) if by is not None else ("Repository", "Machine")
    by_name = {UTC.date(at) if at >= 0 else SUM: share for at, share in days.items()}
    rows = _rows(lines, by, user)
    charges = legend.charges((row.net_micros is None for row in rows), part=_totals(rows)[-1])
    rows += [
        UsageRow((name,), 0, 0, None)
        for name in sorted(by_name.keys() - {row.names[0] for row in rows})
    ]
    if days:
        rows.sort(key=lambda row: row.names)
    head = (*names, "Core-hours", "GB-months", "Charged", *(("Here", "Counts") if days else ()))
    cells = [
        _cells(row) + (_share_cells(by_name.get(row.names[0])) if days else ()) for row in rows
    ]
    if len(rows) > 1:
        total = UsageRow(("All", *[""] * (len(names) - 1)), *_totals(rows))
        all_ = (
            Share(*(sum(amounts) for amounts in zip(*days.values(), strict=True))) if days else None
        )
        cells.append(_cells(total) + (_share_cells(all_) if days else ()))
    width = len(names)
    right = frozenset(range(width, len(head)))
    spare = (width + 2, width + 1)  # never a name: rows that differ by it alone would look the same
    cells = _with_short_names(head, cells)
    notes = show.left_out(head, cells, spare, show.columns())
    notes += legend.rounding(
        ((row.core_us, row.storage, row.net_micros or 0) for row in rows), days.values()
    )
    gauge = quota.gauge
    notes += legend.notes(
        lines, by, days, user, here_counts=gauge.counts, has_fleet=gauge.has_fleet
    )
    notes += charges
    return [show.fitted("", title), show.table(head, cells, right, spare, show.columns()), *notes]


def _share_cells(share: Share | None) -> tuple[str, str]:
    here, counts = share or (0, 0)
    return wording.core_hours(here) if here else "-", wording.core_hours(counts) if counts else "-"


def _newest(periods: Iterable[Period]) -> int:
    return max(max(period.as_of, period.seen_at) for period in periods)


def _made(quota: Fuel, start: int, periods: Iterable[Period]) -> str:
    """When the user's own figures were told, where that is not the moment of the title."""
    at, zone = quota.figures_at, quota.state.configuration.zone
    if start != quota.gauge.month_start or at is None:
        return ""
    told = wording.moment(at, zone, seconds=False)
    return (
        "" if told == wording.moment(_newest(periods), zone, seconds=False) else f", as of {told}"
    )


def _with_short_names(head: tuple[str, ...], cells: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """The first name of each row without its middle where the terminal is too narrow for all
    columns."""
    others = sum(
        max(map(show.width, column)) + 2 for column in list(zip(head, *cells, strict=True))[1:]
    )
    room = max(_NAME_LEAST, (show.columns() or 1000) - others)

    def short(name: str) -> str:
        tail = (room - 1) // 2
        return name if show.width(name) <= room else f"{name[: room - 1 - tail]}…{name[-tail:]}"

    return [(short(first), *rest) for first, *rest in cells]


def _totals(rows: list[UsageRow]) -> tuple[int, int, int | None, bool]:
    nets = [row.net_micros for row in rows if row.net_micros is not None]
    untold = any(row.net_micros is None and (row.core_us or row.storage) for row in rows)
    is_part_told = any(row.is_part_told for row in rows) or (bool(nets) and untold)
    all_ = sum(nets) if nets else None
    return sum(row.core_us for row in rows), sum(row.storage for row in rows), all_, is_part_told


def _cells(row: UsageRow) -> tuple[str, ...]:
    charged = (
        "-" if row.net_micros is None else wording.dollars(row.net_micros) + "+" * row.is_part_told
    )
    is_told = row.core_us or (not row.storage and row.net_micros is not None)
    hours_ = wording.core_hours(row.core_us) if is_told else "-"
    return (*row.names, hours_, gb_months(row.storage) if row.storage else "-", charged)


def _content(
    lines: list[Line], periods: list[Period], by: str | None, month: str, user: str, quota: Fuel
) -> "as_json.UsageJson":
    zone = quota.state.configuration.zone
    as_of = max((max(period.as_of, period.seen_at) for period in periods), default=None)
    content: as_json.UsageJson = {
        "month": month,
        "as_of": None if as_of is None else zone.iso(as_of),
        "lines": [_entry(line, user) for line in lines],
    }
    if by is not None:
        content |= {"by": by, "rows": [_row_entry(row, by) for row in _rows(lines, by, user)]}
    return content


def _entry(line: Line, user: str) -> "as_json.UsageLineJson":
    return {
        "date": UTC.date(line.day),
        "is_month": line.is_month,
        "cores": line.cores,
        "repository": line.repository,
        "person": line.person,
        "organization": line.organization,
        "cost_center": line.cost_center,
        "core_hours": hours(line.core_us),
        "storage_gb_months": round(line.storage / GB_MONTH, 9),
        "charged_dollars": None if line.net_micros is None else line.net_micros / 1e6,
        "counts": line.is_of(user),
    }


def _row_entry(row: UsageRow, by: str) -> "as_json.UsageRowJson":
    sums: as_json.UsageSumJson = {
        "core_hours": hours(row.core_us),
        "storage_gb_months": round(row.storage / GB_MONTH, 9),
        "charged_dollars": None if row.net_micros is None else row.net_micros / 1e6,
    }
    return cast("as_json.UsageRowJson", {by: row.names[0], **sums})


def _csv(lines: list[Line], by: str | None, user: str) -> str:
    entries = (
        [_entry(line, user) for line in lines]
        if by is None
        else [_row_entry(row, by) for row in _rows(lines, by, user)]
    )
    empty = (
        _entry(Line(0, 0, "", 0, None), user)
        if by is None
        else _row_entry(UsageRow(("",), 0, 0, None), by)
    )
    text = io.StringIO()
    writer = csv.DictWriter(text, list(empty), lineterminator="\n")
    writer.writeheader()
    writer.writerows(entries)
    return text.getvalue()
