"""The hours of a week as a heat map, a row per weekday and a column per hour, for
`report --by hour`."""

from __future__ import annotations

from collections.abc import Sequence

from codespace_tracker.cli import show
from codespace_tracker.ledger.presence_sums import Split
from codespace_tracker.views import wording
from codespace_tracker.views.presence import unattended

_MARGIN = 6  # columns before the first hour
_GAP = 4  # columns between two maps
_HOURS = 24
_NONE, _SHADES = "·", "░▒▓█"
_SCALE = "0     6     12    18    "


def text(title: str, hours: Sequence[tuple[int, Split]]) -> str:
    """The map of the 168 hours of the week, each with its running time (µs) and how that splits;
    beside it that of the unattended time, where any is known."""
    running = [us for us, _ in hours]
    if not any(running):
        return f"{title}\nNothing ran in that time."
    split = Split(sum(one.present for _, one in hours), sum(one.absent for _, one in hours))
    maps = [("Running", running)]
    if any(split):
        maps.append(("Unattended", [one.absent for _, one in hours]))
    most = max(running)
    rows_of = [_rows(name, of, most) for name, of in maps]
    margin = ["", "", *wording.DAYS]
    room = show.columns() or 80
    if _MARGIN + len(maps) * (_HOURS + _GAP) - _GAP <= room:
        blocks = [list(zip(*rows_of, strict=True))]
    else:
        blocks = [[(row,) for row in rows] for rows in rows_of]
    lines = []
    for block in blocks:
        lines += [
            f"{day:{_MARGIN}}{(' ' * _GAP).join(row)}".rstrip()
            for day, row in zip(margin, block, strict=True)
        ]
        lines.append("")
    total = f"{wording.length(sum(running))} in all"
    if any(split):
        total += f", {unattended(split, sum(running))} of it unattended"
        unknown = split.unknown_of(sum(running))
        total += f"; unknown for {wording.length(unknown)}" if unknown else ""
    legend = "  ".join([f"{_NONE} none", *_legend(most)])
    below = [
        f"{'':{_MARGIN}}{line}"
        for line in (
            *map(_coloured, show.wrap(legend, room - _MARGIN)),
            *show.wrap(total, room - _MARGIN),
        )
    ]
    return "\n".join([title, *lines, *below])


def _rows(name: str, hours: Sequence[int], most: int) -> list[str]:
    days = [
        "".join(_shade(us, most) for us in hours[first : first + _HOURS])
        for first in range(0, len(hours), _HOURS)
    ]
    return [f"{name:{_HOURS}}", _SCALE, *days]


def _shade(us: int, most: int) -> str:
    if not us:
        return _NONE
    return show.colour(_SHADES[min(len(_SHADES) - 1, us * len(_SHADES) // most)], "green")


def _legend(most: int) -> list[str]:
    """What each shade means: quarters of the most that any hour has."""
    return [
        f"{shade} {'<' if shade != _SHADES[-1] else 'up to '}"
        f"{wording.length(most * n // len(_SHADES))}"
        for n, shade in enumerate(_SHADES, 1)
    ]


def _coloured(legend: str) -> str:
    for shade in _SHADES:
        legend = legend.replace(shade, show.colour(shade, "green"))
    return legend
