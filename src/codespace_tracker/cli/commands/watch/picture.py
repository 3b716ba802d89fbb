"""What `watch` shows, as lines for a screen of a given size: `quota`, `triggers` and `status` at a
glance. Decides nothing."""

import os
from typing import NamedTuple

from codespace_tracker.cli import show
from codespace_tracker.cli.commands.watch.drawing import (
    Line,
    beside,
    cut,
    drawn,
    line,
    pairs,
    width,
    wrapped,
)
from codespace_tracker.cli.commands.watch.follow import Rest
from codespace_tracker.cli.gauge_bar import bar_part, gauge_colour
from codespace_tracker.cli.outlook import with_bar
from codespace_tracker.failure import Failure
from codespace_tracker.ledger.connect import LedgerError
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.fuel import Fuel, fuel_in
from codespace_tracker.views.quota_terms import at_least, run_time
from codespace_tracker.views.scene import scene
from codespace_tracker.views.standing import FAILED, Standing, standing_in

_WIDEST = 120
_BESIDE = 76  # from this width on, the month is beside the session
_GAP = 4
_BAR = 24
_RUNS, _FEWEST = 5, 2
_FIXED_ROWS = 7  # the head, the titles, and the empty lines between the parts


_STYLES = {"succeeded": "green", "skipped": "dim"}

_Row = tuple[Line, Line, Line]
"""A mark, a label, and its state."""


class Dashboard(NamedTuple):
    """Everything that is shown, at one moment."""

    fuel: Fuel
    standing: Standing


def picture(directory: str, size: tuple[int, int], rest: Rest) -> list[str]:
    """The lines for a screen of `size` columns and rows: the current state, or why it is
    unknown."""
    columns, rows = min(size[0], _WIDEST), size[1]
    footer = wrapped(_footer(rest), columns)
    try:
        with scene(directory) as here:
            seen = Dashboard(fuel_in(here), standing_in(here))
    except (LedgerError, Failure) as error:
        said = [line((part, "red")) for part in str(error).split("\n")]
        return _lines([shown for part in said for shown in wrapped(part, columns)], footer, rows)
    return _lines(_body(seen, columns, rows - len(footer)), footer, rows)


def _lines(body: list[Line], footer: list[Line], rows: int) -> list[str]:
    """The body with the footer below it, which is always shown; what does not fit above it is
    cut."""
    last = footer[:rows]
    colours = not os.environ.get("NO_COLOR")
    return [drawn(one, colours=colours) for one in [*body[: rows - len(last)], *last]]


def _body(seen: Dashboard, columns: int, rows: int) -> list[Line]:
    """All above the footer. Where `rows` are too few, triggers and runs are left out."""
    above, notes = _above(seen.fuel, columns), _notes(seen.fuel)
    left = rows - len(above) - len(notes) - _FIXED_ROWS
    runs = _runs(seen.standing)[: max(_FEWEST, min(_RUNS, left // 3))]
    triggers, rest = _triggers(seen.standing, max(_FEWEST, left - len(runs)))
    labels = _label_columns([*triggers, *runs], columns)
    body = [_head(seen.fuel), line(), *above, line(), line(("Triggers", "bold"))]
    body += [*_table(triggers, labels), *(part for one in rest for part in wrapped(one, columns))]
    if runs:
        body += [line(), line(("Runs", "bold")), *_table(runs, labels)]
    return [cut(one, columns) for one in [*body, line(), *notes]]


def _above(fuel: Fuel, columns: int) -> list[Line]:
    """The session, and the month beside it or below it."""
    session = _session(fuel, columns)
    if columns < _BESIDE:
        return [*session, line(), *_month(fuel, columns)]
    return beside(session, _month(fuel, columns - max(map(width, session)) - _GAP), _GAP)


def _head(fuel: Fuel) -> Line:
    state = fuel.state
    names = (state.tracker.environment, state.tracker.codespace_name, state.tracker.repository)
    where = " · ".join(wording.printable(part) for part in names if part)
    light = ("●", "green", "running") if state.running else ("○", "red", "NOT RUNNING")
    return line((light[0], light[1]), " ", (light[2], "bold"), f" · {where}")


def _session(fuel: Fuel, columns: int) -> list[Line]:
    state = fuel.state
    return pairs(
        [
            (f"Session {state.session.number}", wording.length(state.session.running_us)),
            ("Today", wording.length(state.today_us)),
            ("All sessions", wording.length(state.total_us)),
            ("Cores", str(state.session.span.cores)),
        ],
        columns,
    )


def _month(fuel: Fuel, columns: int) -> list[Line]:
    """The quota and when it is used up, in lines of at most `columns` columns."""
    gauge, zone = fuel.gauge, fuel.state.configuration.zone
    told_at = fuel.figures_at
    basis = (
        ("all codespaces" if gauge.has_fleet else "this codespace only")
        if told_at is None
        else f"GitHub's as of {wording.short_moment(told_at, zone)}, then counted here"
    )
    resets = f"resets {wording.short_moment(gauge.month_end, zone)}"
    if gauge.quota is None or gauge.left is None:
        head = line((f"{wording.core_hours(gauge.used)} core-hours", "bold"), " this month")
        charged = basis if gauge.counts else "counted here, not charged to a quota"
        return [
            shown for one in (head, line(resets), line(charged)) for shown in wrapped(one, columns)
        ]
    colour, percent = gauge_colour(gauge), wording.percent(gauge.used, gauge.quota)
    bar = min(_BAR, columns - show.width(percent) - 2)
    full = bar_part(gauge, bar)
    gauge_bar = line(("█" * full, colour), "░" * (bar - full), "  ", (percent, f"bold {colour}"))
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
    texts = [line(text) for text in (used, left, pace, resets, basis) if text]
    return [gauge_bar, *(shown for text in texts for shown in wrapped(text, columns))]


def _triggers(standing: Standing, most: int) -> tuple[list[_Row], list[Line]]:
    """What is running or due next, soonest first, in at most `most` rows, and a line below it."""
    if not standing.triggers:
        return [], [line("None yet. To add one: codespace-tracker triggers add")]
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
            line(("●", "cyan" if n in going else "green" if n in waits else "dim")),
            _label(standing.triggers[n].label),
            line(with_bar(standing, n, waits.get(n))),
        )
        for n in shown
    ]
    return rows, [
        line(f"   and {len(order) - len(shown)} more: codespace-tracker triggers")
    ] if len(shown) < len(order) else []


def _runs(standing: Standing) -> list[_Row]:
    """What is running, then how the last runs ended, newest first."""
    at = standing.moment.at
    running = [
        (
            line(("●", "cyan")),
            _label(occurrence.label),
            line(f"running for {wording.about(max(0, at - standing.started[occurrence.id]))}"),
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
            line((_mark(occurrence.state), _STYLES.get(occurrence.state, "red"))),
            _label(occurrence.label),
            line(
                f"{words.state(occurrence)}, "
                f"{wording.about(max(0, at - occurrence.claimed_at))} ago"
            ),
        )
        for occurrence in ended
    ]


def _mark(state: str) -> str:
    return "✗" if state in FAILED else "✓" if state == "succeeded" else "·"


def _label(text: str) -> Line:
    return line(wording.printable(text))


def _label_columns(rows: list[_Row], columns: int) -> int:
    """How many columns the labels take: at most half of the screen, and less where the states need
    more, but not less than a quarter."""
    labels, states = (max((width(row[n]) for row in rows), default=0) for n in (1, 2))
    return min(labels, columns // 2, max(columns - states - 5, columns // 4))


def _table(rows: list[_Row], labels: int) -> list[Line]:
    """Lines of rows whose labels take `labels` columns."""
    cut_rows = [(mark, cut(label, labels), state) for mark, label, state in rows]
    return [
        (*mark, ("  ", ""), *label, (" " * (labels - width(label) + 2), ""), *state)
        for mark, label, state in cut_rows
    ]


def _notes(fuel: Fuel) -> list[Line]:
    """The newest problems and notices, a line each."""
    return [
        *(
            line(("! ", "yellow"), wording.printable(problem))
            for problem in fuel.state.problems[:2]
        ),
        *(line(("· ", "cyan"), notice.text) for notice in fuel.state.notices[-2:]),
    ]


def _footer(rest: Rest) -> Line:
    minutes = f"{rest.limit / 60:g} minute{'' if rest.limit == 60 else 's'}"
    if rest.is_now:
        why = f"Paused after {minutes} without a key, as terminal output keeps a codespace awake."
        return line((f"{why} ", "yellow"), ("Any key continues, q quits.", "bold"))
    return line((f"q quits · pauses after {minutes} without a key", "dim"))
