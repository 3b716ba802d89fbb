"""What `report --fleet` shows: all codespaces next to this one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from codespace_tracker.cli import show
from codespace_tracker.cli.times import moment
from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import DAY_US, HOUR_US
from codespace_tracker.core.stream import EARLIEST
from codespace_tracker.views import fleet, wording
from codespace_tracker.views.fleet_notes import heard_in, missing
from codespace_tracker.views.scene import scene

if TYPE_CHECKING:
    from codespace_tracker.views.fleet import By, FleetRow

_DAYS = 29
_SPARE = 3, 1  # columns that a narrow terminal leaves out, these first


def text(directory: str, by: str, since: str | None) -> str:
    """The table: running time and core-hours of all codespaces, and those of this one. Raises
    LedgerError, Failure, click.BadParameter."""
    with scene(directory) as here:
        now = here.reading.wall_us
        last = now // DAY_US * DAY_US + DAY_US
        first = EARLIEST if by != "day" else last - (_DAYS + 1) * DAY_US
        if since is not None:
            first = moment(since, UTC, "--since", now) // DAY_US * DAY_US
        view = fleet.look(here, cast("By", by), first, last)
        own = {row.name: row for row in fleet.own_rows(here, cast("By", by), first, last)}
    head = (by.capitalize(), "Running", "Core-hours", "Running here", "Core-hours here")
    rows = [_cells(row, own.get(row.name)) for row in view.rows if row.core_us]
    title = show.hanging("", f"By {by}, days of UTC, all codespaces next to this one; rows add up")
    if not rows:
        return f"{title}\nNothing ran in that time."
    total = [sum(row.core_us for row in some) for some in (view.rows, own.values())]
    ran = [sum(row.running_us for row in some) for some in (view.rows, own.values())]
    rows.append(("All", *_amounts(ran[0], total[0]), *_amounts(ran[1], total[1])))
    shown = show.table(head, rows, frozenset({1, 2, 3, 4}), _SPARE, show.columns())
    left_out = show.left_out(head, rows, _SPARE, show.columns())
    return "\n".join([title, shown, *left_out, *missing(heard_in(directory), view.at, view.zone)])


def _cells(row: FleetRow, own: FleetRow | None) -> tuple[str, ...]:
    here = ("-", "-") if own is None else _amounts(own.running_us, own.core_us)
    return (wording.printable(row.name), *_amounts(row.running_us, row.core_us), *here)


def _amounts(running_us: int, core_us: int) -> tuple[str, str]:
    return wording.length(running_us), wording.decimal(core_us, HOUR_US, 2)
