"""What `watch` shows, as lines for a screen of a given size: `quota`, `triggers` and `status` at a
glance. Decides nothing."""

import io
import os
from typing import NamedTuple

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from codespace_tracker.cli.commands.watch.follow import Rest
from codespace_tracker.cli.gauge_bar import bar_part, gauge_colour, run_time
from codespace_tracker.cli.outlook import with_bar
from codespace_tracker.cli.quota_terms import at_least
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel, fuel_in
from codespace_tracker.views.scene import scene
from codespace_tracker.views.standing import FAILED, Standing, standing_in

_WIDEST = 120
_BESIDE = 76  # from this width on, the month is beside the session
_BAR = 24
_RUNS, _FEWEST = 5, 2
_SESSION_ROWS = 4
_FIXED_ROWS = 8  # the head, the titles, the footer and the empty lines between them


_STYLES = {"succeeded": "green", "skipped": "dim"}

_Row = tuple[Text, Text, Text]
"""A mark, a label, and its state."""


class Dashboard(NamedTuple):
    """Everything that is shown, at one moment."""

    fuel: Fuel
    standing: Standing


def picture(directory: str, size: tuple[int, int], rest: Rest) -> list[str]:
    """The lines for a screen of `size` columns and rows: the current state, or why it is
    unknown."""
    columns, rows = size
    try:
        with scene(directory) as here:
            seen = Dashboard(fuel_in(here), standing_in(here))
    except (LedgerError, Failure) as error:
        return _lines([Text(str(error), "red"), _footer(rest)], columns, rows)
    return _lines([*_parts(seen, min(columns, _WIDEST), rows), _footer(rest)], columns, rows)


def _lines(parts: list[RenderableType], columns: int, rows: int) -> list[str]:
    """The parts below each other. The last one is always shown; what does not fit above it is
    cut."""
    console = Console(
        file=io.StringIO(),
        width=min(columns, _WIDEST),
        height=rows,
        force_terminal=True,
        color_system="standard",
        no_color=bool(os.environ.get("NO_COLOR")),
        highlight=False,
        emoji=False,
        markup=False,
        legacy_windows=False,
    )

    def drawn(part: RenderableType) -> list[str]:
        with console.capture() as capture:
            console.print(part)
        return capture.get().removesuffix("\n").split("\n")

    last = drawn(parts[-1])[:rows]
    body = drawn(Group(*parts[:-1]))
    return [*body[: max(0, rows - len(last))], *last]


def _parts(seen: Dashboard, columns: int, rows: int) -> list[RenderableType]:
    session, month = _session(seen.fuel), _month(seen.fuel)
    above = Table.grid(padding=(0, 4))
    if columns >= _BESIDE:
        above.add_row(session, Group(*month))
        height = max(_SESSION_ROWS, len(month))
    else:
        above.add_row(Group(session, Text(), *month))
        height = _SESSION_ROWS + 1 + len(month)
    notes = _notes(seen.fuel)
    left = rows - height - len(notes) - _FIXED_ROWS
    runs = _runs(seen.standing)[: max(_FEWEST, min(_RUNS, left // 3))]
    triggers, rest = _triggers(seen.standing, max(_FEWEST, left - len(runs)))
    names = max((row[1].cell_len for row in (*triggers, *runs)), default=0)
    parts: list[RenderableType] = [
        _head(seen.fuel, columns),
        Text(),
        above,
        Text(),
        Text("Triggers", "bold"),
    ]
    parts += [_table(triggers, min(names, columns // 2)), *rest]
    if runs:
        parts += [Text(), Text("Runs", "bold"), _table(runs, min(names, columns // 2))]
    return [*parts, Text(), *notes]


def _head(fuel: Fuel, columns: int) -> Text:
    state = fuel.state
    names = (state.tracker.environment, state.tracker.codespace_name, state.tracker.repository)
    where = " · ".join(wording.printable(part) for part in names if part)
    light = ("●", "green", "running") if state.running else ("○", "red", "NOT RUNNING")
    head = Text.assemble((light[0], light[1]), " ", (light[2], "bold"), f" · {where}", no_wrap=True)
    head.truncate(columns, overflow="ellipsis")
    return head


def _session(fuel: Fuel) -> RenderableType:
    state = fuel.state
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True)
    grid.add_column(justify="right", style="bold", no_wrap=True)
    grid.add_row(f"Session {state.session.number}", wording.length(state.session.running_us))
    grid.add_row("Today", wording.length(state.today_us))
    grid.add_row("All sessions", wording.length(state.total_us))
    grid.add_row("Cores", str(state.session.span.cores))
    return grid


def _month(fuel: Fuel) -> list[Text]:
    gauge, zone = fuel.gauge, fuel.state.configuration.zone
    told_at = fuel.figures_at
    basis = (
        "this codespace only"
        if told_at is None
        else f"GitHub's as of {wording.short_moment(told_at, zone)}, then counted here"
    )
    resets = f"resets {wording.short_moment(gauge.month_end, zone)}"
    if gauge.quota is None or gauge.left is None:
        head = Text.assemble(
            (f"{wording.core_hours(gauge.used)} core-hours", "bold"), " this month"
        )
        return [
            head,
            Text(resets),
            Text(basis if gauge.counts else "counted here, not charged to a quota"),
        ]
    colour, percent = gauge_colour(gauge), wording.percent(gauge.used, gauge.quota)
    full = bar_part(gauge, _BAR)
    bar = Text.assemble(
        ("█" * full, colour), "░" * (_BAR - full), "  ", (percent, f"bold {colour}")
    )
    cores = fuel.state.session.span.cores
    left = (
        f"{wording.core_hours(gauge.left)} left: {run_time(gauge.left, cores)} on "
        f"{wording.count(cores, 'core')}"
    )
    used = (
        f"{at_least(gauge)}{wording.core_hours(gauge.used)} of {wording.core_hours(gauge.quota)} "
        "core-hours used"
    )
    soon = fuel.runs_out_at
    pace = (
        ""
        if soon is None or not gauge.left
        else f"at this pace, lasts until {wording.short_moment(soon, zone)}"
    )
    return [bar, *(Text(line) for line in (used, left, pace, resets, basis) if line)]


def _triggers(standing: Standing, most: int) -> tuple[list[_Row], list[Text]]:
    """What is running or due next, soonest first, in at most `most` rows, and a line below it."""
    if not standing.triggers:
        return [], [Text("None yet. To add one: codespace-tracker triggers add")]
    waits = standing.waits()
    going = {
        n
        for n, trigger in enumerate(standing.triggers)
        if (trigger.flag, trigger.label) in standing.going
    }
    order = sorted(
        range(len(standing.triggers)),
        key=lambda n: (n not in going, n not in waits, waits.get(n, n)),
    )
    shown = order if len(order) <= most else order[: most - 1]
    rows = [
        (
            Text("●", "cyan" if n in going else "green" if n in waits else "dim"),
            _label(standing.triggers[n].label),
            Text(with_bar(standing, n, waits.get(n))),
        )
        for n in shown
    ]
    return rows, [
        Text(f"   and {len(order) - len(shown)} more: codespace-tracker triggers")
    ] if len(shown) < len(order) else []


def _runs(standing: Standing) -> list[_Row]:
    """What is running, then how the last runs ended, newest first."""
    at = standing.moment.at
    running = [
        (
            Text("●", "cyan"),
            _label(occurrence.label),
            Text(f"running for {wording.about(max(0, at - standing.started[occurrence.id]))}"),
        )
        for occurrence in standing.going.values()
        if occurrence.id in standing.started
    ]
    ended = sorted(
        (
            occurrence
            for occurrence in standing.last.values()
            if occurrence.state not in ("queued", "running")
        ),
        key=lambda occurrence: -occurrence.claimed_at,
    )
    return running + [
        (
            Text(
                "✗"
                if occurrence.state in FAILED
                else "✓"
                if occurrence.state == "succeeded"
                else "·",
                _STYLES.get(occurrence.state, "red"),
            ),
            _label(occurrence.label),
            Text(
                f"{words.state(occurrence)}, "
                f"{wording.about(max(0, at - occurrence.claimed_at))} ago"
            ),
        )
        for occurrence in ended
    ]


def _label(text: str) -> Text:
    return Text(wording.printable(text))


def _table(rows: list[_Row], width: int) -> Table:
    """A table of rows whose labels are `width` columns wide."""
    grid = Table.grid(padding=(0, 2))
    grid.add_column(width=1)
    grid.add_column(no_wrap=True, overflow="ellipsis", width=width)
    grid.add_column(no_wrap=True, overflow="ellipsis")
    for row in rows:
        grid.add_row(*row)
    return grid


def _notes(fuel: Fuel) -> list[Text]:
    """The newest problems and notices, a line each."""
    marked = [
        *(("! ", "yellow", wording.printable(problem)) for problem in fuel.state.problems[:2]),
        *(("· ", "cyan", notice.text) for notice in fuel.state.notices[-2:]),
    ]
    return [
        Text.assemble((mark, style), text, no_wrap=True, overflow="ellipsis")
        for mark, style, text in marked
    ]


def _footer(rest: Rest) -> Text:
    minutes = f"{rest.limit / 60:g} minute{'' if rest.limit == 60 else 's'}"
    if rest.is_now:
        why = f"Paused after {minutes} without a key, as terminal output keeps a codespace awake."
        return Text.assemble((f"{why} ", "yellow"), ("Any key continues, q quits.", "bold"))
    return Text(f"q quits · pauses after {minutes} without a key", "dim")
