"""Triggers in words: their conditions, their states, lengths of time. Decides nothing."""

from codespace_tracker.cli import show
from codespace_tracker.core.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import Edge, Level, Scope, Trigger
from codespace_tracker.ledger.occurrences import Occurrence, Run

_EVENTS = {
    "session_start": "when a session starts",
    "session_recovered": "when a lost session was recovered",
    "session_end": "when the machine goes away",
}
_SCOPES: dict[Scope, str] = {
    "edge": "each time",
    "session": "once a session",
    "day": "once a day",
    "month": "once a billing month",
    "ever": "once",
}
_REASONS = {
    "missed": "skipped: a newer point came",
    "running": "skipped: it was still running",
    "flag": "skipped: your flag suppressed it",
    "restored": "skipped: the ledger was restored",
    "superseded": "not tried again: its scope was over",
}


def span(us: int) -> str:
    """A length of time as a person would write it: `6 min`, `2 h`, `1 h 30 min`, `45 s`, `36 s`."""
    if us % MINUTE_US or us < MINUTE_US:
        seconds = us / SECOND_US
        return f"{us // MINUTE_US} min {us % MINUTE_US // SECOND_US} s" if us >= MINUTE_US else f"{seconds:g} s"
    hours, minutes = us // HOUR_US, us % HOUR_US // MINUTE_US
    return (
        " ".join(part for part in (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "") if part) or "0"
    )


def conditions(trigger: Trigger) -> str:
    """When it fires."""
    parts = [] if trigger.edge is None else [_edge(trigger.edge)]
    levels = " and ".join(_level(level) for level in trigger.levels)
    if levels:
        parts.append(levels if trigger.edge is None else f"if {levels}")
    repeat = "" if trigger.scope == "edge" else f", {_SCOPES[trigger.scope]}"
    return " ".join(parts) + repeat


def _edge(edge: Edge) -> str:
    if edge.kind == "every":
        return f"every {span(edge.period_us)} of running time"
    if edge.kind == "idle":
        return f"after {span(edge.period_us)} without anybody"
    return f"at {edge.text}" if edge.kind == "at" else _EVENTS.get(edge.text, edge.text)


def _level(level: Level) -> str:
    if level.measure == "month":
        return f"{level.threshold / HOUR_US:g} core-hours in this month"
    what = {"session": "of this session", "today": "of today", "total": "in all"}[level.measure]
    return f"{span(level.threshold)} {what}"


def ahead(us: int) -> str:
    """How long until something: `now`, `in 12 min`, `in 3 h 05 min`, `in 4 days`."""
    if us <= 0:
        return "now"
    return f"in {show.about(us)}" if us < 40 * DAY_US else f"in {us // DAY_US} days"


def state(one: Occurrence) -> str:
    """How an occurrence stands."""
    if one.reason:
        text = _REASONS[one.reason]
        return text if one.state == "skipped" else f"{one.state.replace('_', ' ')}, {text}"
    words = {"queued": "waits for its turn", "waiting": "failed, will be tried again", "timed_out": "timed out"}
    return words.get(one.state, one.state)


def result(run: Run) -> str:
    """How an attempt ended."""
    if run.result is None:
        return "running"
    how = run.result.replace("_", " ")
    if run.exit_code:
        how += f" (exit code {run.exit_code}{': the command was not found' if run.exit_code == 127 else ''})"
    elif run.signal:
        how += f" (ended by signal {run.signal})"
    took = f" after {show.length(run.duration_us)}" if run.duration_us is not None else ""
    return f"{how}{took}{f': {run.detail}' if run.detail else ''}"


def mark(text: str) -> str:
    """A state in its colour."""
    first = text.partition(" ")[0].rstrip(",:")
    colours = {"succeeded": "green", "failed": "red", "timed": "red", "interrupted": "red", "running": "cyan"}
    return show.colour(text, colours[first]) if first in colours else text
