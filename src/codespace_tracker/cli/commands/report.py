"""`report`: running time and core-hours per day, week, month, session, repository or machine."""

import csv
import io
from typing import TYPE_CHECKING, cast

import click

from codespace_tracker.cli import heat_map, hour_map, show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.times import moment
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.gauge import dollars
from codespace_tracker.core.periods import periods
from codespace_tracker.failure import nothing_counted
from codespace_tracker.ledger.connect import explained
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views import report, tracker_state, wording
from codespace_tracker.views.presence import unattended
from codespace_tracker.views.quota_terms import estimated
from codespace_tracker.views.report import GRAINS, ReportRow
from codespace_tracker.views.scene import scene
from codespace_tracker.views.tracker_state import TrackerState

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.sessions import ReportedJson, ReportJson, ReportRowJson

_BY = ("hour", *GRAINS, "session", "repository", "machine")
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
@click.option(
    "--fleet",
    "of_all",
    is_flag=True,
    help="All codespaces next to this one, by day, month or repository (days of UTC).",
)
@directory_option
def command(
    by: str, since: str | None, until: str | None, form: str, of_all: bool, dir_: str | None
) -> None:
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
    if of_all:
        if by not in ("day", "month", "repository") or form != "table" or until is not None:
            raise click.UsageError(
                "--fleet goes by day, month or repository, as a table, up to now. For programs: "
                "`codespace-tracker fleet --json`."
            )
        from codespace_tracker.cli import fleet_beside

        click.echo(fleet_beside.text(directory, by, since))
        return
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
            rows = report.by_period(ledger, state, "day", days.bounds[0], days.bounds[-1])
        else:
            rows = report.rows(ledger, state, by, first, last)
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
    elif by in GRAINS:
        grain, days = GRAINS[by]
        back = last - days * DAY_US
        first = periods(zone, grain, back, back).bounds[0]
    else:
        first = zone.day_start(last - _SESSION_DAYS * DAY_US) if by == "session" else begun
    return min(max(first, zone.day_start(begun)), last), last


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
