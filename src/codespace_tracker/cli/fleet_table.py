"""What `fleet` shows: as a table, as JSON and as CSV."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from codespace_tracker.cli import show
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.views import fleet, wording
from codespace_tracker.views.fleet_notes import heard_in, missing

if TYPE_CHECKING:
    from codespace_tracker.views.fleet import FleetRow, FleetView
    from codespace_tracker.views.json_types.fleet import FleetJson, FleetRowJson

_HEAD = ("Sessions", "Running", "Core-hours", "Unattended", "Told", "State")
_AMOUNTS = _HEAD[:4]
_SPARE = ("Sessions", "State", "Told", "Unattended")
_UNATTENDED = (
    "Unattended: core-hours with no one there, of those that tell it (`share_presence`); at least."
)
_FIELDS = (
    *("sessions", "running_us", "core_us", "hours", "core_hours", "told_until", "state"),
    "unattended_core_us",
)


def text(view: FleetView) -> str:
    """The table, with what its figures lack."""
    dates = f"{wording.day(_first(view), UTC)} to {wording.day(view.until - DAY_US, UTC)}"
    how = "running time of a person counts once" if view.by == "person" else "rows add up"
    title = show.hanging("", f"By {view.by}, {dates} (UTC), all codespaces; {how}")
    rows = [row for row in view.rows if row.core_us or row.member is not None]
    if not rows:
        return f"{title}\nNothing ran in that time."
    cells = [_cells(view, row) for row in rows]
    if view.by != "person" or len(rows) > 1:
        cells.append(_total(rows, adds_up=view.by != "person"))
    shown_columns = [
        name
        for name in _HEAD
        if (name != "State" or view.by == "codespace")
        and (name != "Unattended" or any(row.unattended_core_us is not None for row in rows))
    ]
    head = [view.by.capitalize(), *shown_columns]
    places = [0, *(_HEAD.index(name) + 1 for name in shown_columns)]
    right = frozenset(n for n, name in enumerate(head) if name in _AMOUNTS)
    spare = [head.index(name) for name in _SPARE if name in head]
    kept = [[row[n] for n in places] for row in cells]
    table = show.table(head, kept, right, spare, show.columns())
    left_out = show.left_out(head, kept, spare, show.columns())
    notes = [*_notes(view), *([_UNATTENDED] if "Unattended" in head else [])]
    return "\n".join([title, table, *left_out, *(show.hanging("", one) for one in notes)])


def _notes(view: FleetView) -> list[str]:
    aside = [
        f"{wording.printable(one.stream.shown_name)} is set aside: "
        f"{wording.printable(one.stream.reason)}."
        for one in view.members
        if one.stream.reason
    ]
    return [*missing(heard_in(view.directory), view.at, view.zone), *aside]


def _cells(view: FleetView, row: FleetRow) -> list[str]:
    return [
        wording.printable(row.name),
        str(row.sessions),
        wording.length(row.running_us),
        _hours(row.core_us),
        _hours(row.unattended_core_us),
        fleet.age(row.seen_at, view.at),
        "" if row.member is None else fleet.state_in_words(row.member),
    ]


def _total(rows: list[FleetRow], *, adds_up: bool) -> list[str]:
    told = [row.unattended_core_us for row in rows if row.unattended_core_us is not None]
    sessions, running = (sum(row.sessions for row in rows), sum(row.running_us for row in rows))
    both = [str(sessions), wording.length(running)] if adds_up else ["", ""]
    return ["All", *both, _hours(_core(rows)), _hours(sum(told) if told else None), "", ""]


def _hours(core_us: int | None) -> str:
    return "-" if core_us is None else wording.decimal(core_us, HOUR_US, 2)


def _core(rows: list[FleetRow]) -> int:
    return sum(row.core_us for row in rows)


def _first(view: FleetView) -> int:
    """The first day that is shown: not the earliest that was asked for, if that is before all."""
    return view.since if view.by != "month" or not view.rows else _month_start(view.rows[0].name)


def _month_start(name: str) -> int:
    from codespace_tracker.core.calendar import parse_iso

    return parse_iso(f"{name}-01T00:00:00Z")


def as_content(view: FleetView) -> FleetJson:
    """What `--json` prints."""
    zone = view.zone
    return {
        "at": zone.iso(view.at),
        "by": view.by,
        "since": UTC.iso(_first(view)),
        "until": UTC.iso(view.until),
        "rows_add_up": view.by != "person",
        "rows": [_entry(view, row) for row in view.rows],
        "missing": missing(heard_in(view.directory), view.at, zone),
        "codespaces": [
            {
                "stream_id": one.stream.stream_id,
                "name": one.stream.shown_name,
                "codespace": one.stream.codespace,
                "environment": one.stream.environment,
                "user": one.stream.user,
                "repository": one.stream.repository,
                "payer": one.stream.payer,
                "this_one": one.is_own,
                "accepted": one.counts,
                "state": fleet.state_of(one),
                "told_until": zone.iso(one.seen_at) if one.seen_at else None,
                "set_aside": one.stream.reason or None,
            }
            for one in view.members
        ],
    }


def _entry(view: FleetView, row: FleetRow) -> FleetRowJson:
    return {
        "name": row.name,
        "sessions": row.sessions,
        "running_us": row.running_us,
        "core_us": row.core_us,
        "hours": round(row.running_us / HOUR_US, 4),
        "core_hours": round(row.core_us / HOUR_US, 4),
        "unattended_core_us": row.unattended_core_us,
        "told_until": view.zone.iso(row.seen_at) if row.seen_at else None,
        "state": fleet.state_of(row.member) if row.member is not None else None,
    }


def as_csv(view: FleetView) -> str:
    """What `--csv` prints: a line for each row."""
    said = io.StringIO()
    writer = csv.writer(said, lineterminator="\n")
    writer.writerow([view.by, *_FIELDS])
    for row in view.rows:
        entry = dict(_entry(view, row))
        writer.writerow([_safe(row.name), *(entry[key] for key in _FIELDS)])
    return said.getvalue()


def _safe(name: str) -> str:
    """A name that others chose, which no spreadsheet takes for a formula."""
    shown = wording.printable(name)
    return f"'{shown}" if shown[:1] in "=+-@" and shown else shown
