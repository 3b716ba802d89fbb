"""`report`: running time and core-hours per day, week, month, session, repository or machine."""

import csv
import io
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, cast

import click

from codespace_tracker.cli import heat_map, hour_map, show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.quota_terms import estimated
from codespace_tracker.cli.times import moment
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import dollars
from codespace_tracker.core.periods import Grain, name, periods
from codespace_tracker.core.usage import shared_out
from codespace_tracker.failure import nothing_counted
from codespace_tracker.ledger import presence_sums, sums
from codespace_tracker.ledger.connect import explained
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.ledger.store import Ledger
from codespace_tracker.views import session_now, tracker_state, wording
from codespace_tracker.views.hours import by_hour
from codespace_tracker.views.presence import unattended
from codespace_tracker.views.scene import scene
from codespace_tracker.views.tracker_state import TrackerState

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.sessions import ReportedJson, ReportJson, ReportRowJson

_GRAINS: dict[str, tuple[Grain, int]] = {
    "day": ("day", 29),
    "week": ("week", 77),
    "month": ("month", 335),
}
"""What a report can be grouped by, and how many days back it goes by default."""

_BY = ("hour", *_GRAINS, "session", "repository", "machine")
_FORMS = ("table", "calendar", "json", "csv")
_SESSION_DAYS = 29
_BAR_LEAST = 8
_WIDEST = 120
_NUMBERS = 47  # columns that everything but the name may take
_NARROW_NUMBERS = 23  # the same, on a terminal with no room for all of them
_NAME_LEAST = 10  # columns: a date
_SPARE = ("Est. cost", "Sessions", "Core-hours", "Unattended")
"""Columns that a narrow terminal leaves out, in this order."""


_FIELDS = (
    *("sessions", "running_us", "hours", "core_hours", "estimated_dollars"),
    *("present_us", "unattended_us", "unknown_us"),
)
"""The columns of CSV after the first."""


class ReportRow(NamedTuple):
    """A line of a report: its name, number of sessions, running time and core-time in µs, and how
    the running time splits."""

    name: str
    sessions: int
    running_us: int
    core_us: int
    split: Split = Split()


@click.command()
@click.option(
    "--by",
    type=click.Choice(_BY),
    default="day",
    show_default=True,
    help="What each row shows.",
)
@click.option(
    "--since",
    metavar="TIME",
    help="The first day or time. Default: 30 days ago (by hour, day or session), 12 weeks ago (by "
    "week), 12 months ago (by month), or the first session (by repository or machine).",
)
@click.option("--until", metavar="TIME", help="The last day or time; default: now.")
@click.option(
    "--format",
    "form",
    type=click.Choice(_FORMS),
    default="table",
    show_default=True,
    help="The output format.",
)
@directory_option
def command(by: str, since: str | None, until: str | None, form: str, dir_: str | None) -> None:
    """Show running time and core-hours per day, week, month, session, repository or machine.

    `--by hour` shows at which hours of the week it ran, and at which of them no one was there.

    Write a TIME as in `sessions`: 2026-11-23, 2026-11-23T14:00, today, yesterday, 7d. A session is
    listed in the period it began in; its running time is split between periods. `--format calendar`
    shows each day of the 12 months that end at --until. Costs are estimates from GitHub's prices.
    The table shows them only if your plan includes no core-hours; JSON and CSV always do.
    Unattended is running time with no one there; with ≥ it is unknown of the rest.
    """
    if form == "calendar" and (by != "day" or since is not None):
        raise click.UsageError(
            "the calendar always shows days of one year: leave out --by and --since."
        )
    directory = state_directory(dir_)
    with scene(directory) as here, explained(here.ledger.path):
        ledger, reading = here.ledger, here.reading
        state = tracker_state.state_in(here)
        if state is None:
            raise nothing_counted(directory)
        first, last = _range(state, by, since, until, reading.wall_us)
        if form in ("table", "calendar") and until is not None:
            asked = moment(
                until, state.configuration.zone, "--until", reading.wall_us, end_of_day=True
            )
            if asked <= state.first_start:
                began = wording.moment(state.first_start, state.configuration.zone)
                nothing = f"Nothing was counted in that time: the first session began on {began}."
                click.echo(show.fitted("", nothing))
                return
        if form == "calendar":
            days = heat_map.days_up_to(last - 1, state.configuration.zone)
            rows = _by_period(ledger, state, "day", days.bounds[0], days.bounds[-1])
        else:
            rows = _rows(ledger, state, by, first, last)
    if form == "calendar":
        click.echo(heat_map.text(days, [row.running_us for row in rows], state.configuration.zone))
        return
    if form == "table" and by == "hour":
        title = _title(by, state, first, last)
        click.echo(hour_map.text(title, [(row.running_us, row.split) for row in rows]))
    elif form == "json":
        click.echo(show.json_text(_content(rows, by, state, first, last)))
    elif form == "csv":
        click.echo(_csv(rows, by), nl=False)
    else:
        click.echo(_table(rows, by, state, first, last))


def _range(
    state: TrackerState, by: str, since: str | None, until: str | None, now_us: int
) -> tuple[int, int]:
    """The first and last instant (UTC µs): what was asked for, cut to the time since the first
    session."""
    zone, begun = state.configuration.zone, state.first_start
    asked = state.at if until is None else moment(until, zone, "--until", now_us, end_of_day=True)
    last = max(begun, min(asked, state.at))
    if since is not None:
        first = moment(since, zone, "--since", now_us)
        if first > min(asked, state.at):
            raise click.UsageError("--since is later than --until, or in the future.")
    elif by == "hour":
        first = zone.day_start(last - _SESSION_DAYS * DAY_US)
    elif by in _GRAINS:
        grain, days = _GRAINS[by]
        back = last - days * DAY_US
        first = periods(zone, grain, back, back).bounds[0]
    else:
        first = zone.day_start(last - _SESSION_DAYS * DAY_US) if by == "session" else begun
    return min(max(first, zone.day_start(begun)), last), last


def _rows(ledger: Ledger, state: TrackerState, by: str, since: int, until: int) -> list[ReportRow]:
    if by in _GRAINS:
        grain, _ = _GRAINS[by]
        return _by_period(ledger, state, grain, since, until)
    ahead = session_now.ahead_of(state.session, state.at, state.ahead_us)
    more_us = max(0, min(ahead.ended_at, until) - max(ahead.started_at, since))
    if by == "hour":
        return [
            ReportRow(one.name, one.sessions, one.running_us, one.core_us, one.split)
            for one in by_hour(ledger, state, since, until)
        ]
    if by == "session":
        zone, lowest = state.configuration.zone, ledger.first_number()
        splits = presence_sums.by_session(ledger, since, until)
        return [
            ReportRow(
                f"{wording.session_number(total.number, lowest)}  "
                f"{wording.moment(total.started_at, zone)}",
                1,
                total.running_us + (more_us if total.number == state.session.number else 0),
                total.core_us
                + (more_us * ahead.cores if total.number == state.session.number else 0),
                splits.get(total.number, Split()),
            )
            for total in sums.by_session(ledger, since, until)
        ]
    if by == "machine":
        totals = sums.by_machine(ledger, since, until)
        current = str(ahead.cores)
        of_machines = presence_sums.by_machine(ledger, since, until)
        split_of = {str(cores): split for cores, split in of_machines.items()}
    else:
        totals = sums.by_repository(ledger, since, until)
        current = sums.repository_of(ledger, state.session.number)
        split_of = presence_sums.by_repository(ledger, since, until)
    return [
        ReportRow(
            (wording.count(int(total.name), "core") if by == "machine" else total.name)
            or "(unknown)",
            total.sessions,
            total.running_us + (more_us if total.name == current else 0),
            total.core_us + (more_us * ahead.cores if total.name == current else 0),
            split_of.get(total.name, Split()),
        )
        for total in totals
    ]


def _by_period(
    ledger: Ledger, state: TrackerState, grain: Grain, since: int, until: int
) -> list[ReportRow]:
    dates, whole = periods(state.configuration.zone, grain, since, max(since, until - 1))
    bounds = [since, *whole[1:-1], max(since, until)]
    ahead = session_now.ahead_of(state.session, state.at, state.ahead_us)
    more = shared_out([(ahead.started_at, ahead.running_us, ahead.cores)], bounds)
    shares = zip(sums.by_period(ledger, bounds), more, strict=True)
    return [
        ReportRow(
            name(date, grain),
            sums.begun(ledger, *period),
            sum(part.running_us for part in share),
            sum(part.core_us for part in share),
            presence_sums.running_time(ledger, *period),
        )
        for date, period, share in zip(dates, pairwise(bounds), shares, strict=True)
    ]


# --- how it looks


def _table(rows: list[ReportRow], by: str, state: TrackerState, since: int, until: int) -> str:
    title = _title(by, state, since, until)
    if not any(row.running_us for row in rows):
        return f"{title}\nNothing ran in that time."
    total = ReportRow(
        "All",
        sum(row.sessions for row in rows),
        sum(r.running_us for r in rows),
        sum(r.core_us for r in rows),
        Split(sum(row.split.present for row in rows), sum(row.split.absent for row in rows)),
    )
    shown_rows = [*(_aligned(rows) if by == "session" else rows), total]
    columns_of = {
        by.capitalize(): [_name(row) for row in shown_rows],
        "Sessions": [str(row.sessions or ("-" if not row.running_us else 0)) for row in shown_rows],
        "Running": [_or_none(row, wording.length(row.running_us)) for row in shown_rows],
    }
    if any(total.split):  # else no one looked
        columns_of["Unattended"] = [unattended(row.split, row.running_us) for row in shown_rows]
    columns_of["Core-hours"] = [
        _or_none(row, wording.decimal(row.core_us, HOUR_US, 2)) for row in shown_rows
    ]
    if state.gauge.quota is None and state.gauge.counts:  # else covered by the plan, or not billed
        columns_of["Est. cost"] = [_or_none(row, estimated(row.core_us)) for row in shown_rows]
    head = list(columns_of)
    cells = list(zip(*columns_of.values(), strict=True))
    columns = frozenset(range(1, len(head)))
    spare = [head.index(name) for name in _SPARE if name in head]
    shown = show.table(head, cells, columns, spare, show.columns()).split("\n")
    longest = max(map(show.width, shown[1:]))
    width = min(show.columns() or 80, _WIDEST) - longest - 2
    if width >= _BAR_LEAST:
        most = max(row.running_us for row in rows)
        for n, row in enumerate(rows, 1):
            shown[n] = (
                f"{show.padded(shown[n], longest)}  "
                f"{show.colour(_bar(row.running_us, most, width), 'cyan')}".rstrip()
            )
    shown[-1] = show.bold(shown[-1])
    notes = show.left_out(head, cells, spare, show.columns())
    if any(row.running_us and not row.sessions for row in rows) and head[1] not in "".join(notes):
        notes.append(show.fitted("", "Sessions are counted by when they began."))
    return "\n".join([title, *shown, *notes])


def _aligned(rows: list[ReportRow]) -> list[ReportRow]:
    """Sessions with their numbers aligned."""
    width = max(len(row.name.partition(" ")[0]) for row in rows)
    return [
        row._replace(name=" " * (width - len(row.name.partition(" ")[0])) + row.name)
        for row in rows
    ]


def _title(by: str, state: TrackerState, since: int, until: int) -> str:
    zone = state.configuration.zone
    dates = f"{wording.day(since, zone)} to {wording.day(max(since, until - 1), zone)}"
    return show.hanging("", f"By {by}, {dates} ({zone.name}), counted here")


def _or_none(row: ReportRow, text: str) -> str:
    return text if row.running_us else "-"


def _name(row: ReportRow) -> str:
    """The name, as far as there is room beside the numbers."""
    shown = wording.printable(row.name)
    columns = show.columns() or 2 * _WIDEST
    limit = columns - (_NUMBERS if columns >= _NUMBERS + _NAME_LEAST else _NARROW_NUMBERS)
    limit = max(_NAME_LEAST, limit)
    return f"{show.wrap(shown, limit - 1)[0]}…" if show.width(shown) > limit else shown


def _bar(part: int, most: int, width: int) -> str:
    """A bar in eighths of a character; anything above zero shows at least one eighth."""
    eighths = max(part * width * 8 // most, 1 if part else 0)
    return "█" * (eighths // 8) + " ▏▎▍▌▋▊▉"[eighths % 8].strip()


def _content(
    rows: list[ReportRow], by: str, state: TrackerState, since: int, until: int
) -> "ReportJson":
    zone = state.configuration.zone
    return {
        "by": by,
        "since": zone.iso(since),
        "until": zone.iso(until),
        "time_zone": zone.name,
        "rows": [_entry(row, by) for row in rows],
    }


def _entry(row: ReportRow, by: str) -> "ReportRowJson":
    sums: ReportedJson = {
        "sessions": row.sessions,
        "running_us": row.running_us,
        "hours": round(row.running_us / HOUR_US, 4),
        "core_hours": round(row.core_us / HOUR_US, 4),
        "estimated_dollars": round(dollars(row.core_us), 4),
        "present_us": row.split.present,
        "unattended_us": row.split.absent,
        "unknown_us": row.split.unknown_of(row.running_us),
    }
    return cast("ReportRowJson", {by: row.name, **sums})


def _csv(rows: list[ReportRow], by: str) -> str:
    text = io.StringIO()
    fields = [by, *_FIELDS]
    writer = csv.DictWriter(text, fields, lineterminator="\n")
    writer.writeheader()
    writer.writerows(_entry(row, by) for row in rows)
    return text.getvalue()
