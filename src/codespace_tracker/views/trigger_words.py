"""Triggers in words: their conditions, how their occurrences and runs ended. Decides nothing."""

from __future__ import annotations

from codespace_tracker.config.conditions import EVENTS, SCOPES
from codespace_tracker.core.clock import HOUR_US, MINUTE_US, SECOND_US
from codespace_tracker.core.trigger import (
    CORE_TIME,
    NO_QUOTA_CORE_US,
    SCOPE_OF,
    Edge,
    Level,
    Trigger,
)
from codespace_tracker.views import wording

TYPE_CHECKING = False
if TYPE_CHECKING:
    from codespace_tracker.ledger.occurrences import Occurrence, Run

REASONS: dict[str, str] = {
    "missed": "its moment had passed",
    "running": "an earlier run was not over",
    "flag": "your flag held it back",
    "restored": "the ledger was restored",
    "imported": "it holds by imported sessions",
    "superseded": "it was not tried again",
}
"""By the reasons in `core.trigger.Reason`."""
_DAYS = {
    "0": "Sunday",
    "1": "Monday",
    "2": "Tuesday",
    "3": "Wednesday",
    "4": "Thursday",
    "5": "Friday",
    "6": "Saturday",
    "7": "Sunday",
}
"""By their numbers in cron."""


def span(us: int) -> str:
    """A length of time as a person would write it: `6m`, `2h`, `1h 30m`, `45s`, `1m 30s`."""
    if us < MINUTE_US:
        return f"{us / SECOND_US:g}s"
    hours, minutes, seconds = us // HOUR_US, us % HOUR_US // MINUTE_US, us % MINUTE_US // SECOND_US
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return " ".join(f"{number}{unit}" for number, unit in parts if number)


def after(us: int | None) -> str:
    """How long something took: ` after 0.4s`, ` after 12s`, ` after 3m`; nothing for what took no
    time."""
    if us is None or us < SECOND_US // 10:
        return ""
    return f" after {us / SECOND_US:.1f}s" if us < 10 * SECOND_US else f" after {wording.about(us)}"


def conditions(trigger: Trigger) -> str:
    """When it fires, to be read after "it fires"."""
    levels = [level for level in trigger.levels if level.threshold]
    if trigger.edge is None and not levels:
        return f"at once, {SCOPES[trigger.scope].often}"
    if trigger.edge is None and len(levels) == 1 and trigger.scope == SCOPE_OF[levels[0].measure]:
        return f"after {amount(levels[0])} {SCOPES[trigger.scope].each}"
    held = " and ".join(f"{amount(level)} {_of(level)}" for level in levels)
    if trigger.edge is None:
        return f"after {held}, {SCOPES[trigger.scope].often}"
    guard = f", if past {held}" if held else ""
    repeat = "" if trigger.scope == "edge" else f", {SCOPES[trigger.scope].often}"
    return f"{_edge(trigger.edge)}{guard}{repeat}"


def scope(trigger: Trigger) -> str:
    """How often it may fire."""
    return SCOPES[trigger.scope].often


def amount(level: Level) -> str:
    """What a level asks for: `6m`, `96 core-hours`."""
    if level.threshold >= NO_QUOTA_CORE_US:
        return "part of a quota (your plan includes none)"
    if level.measure not in CORE_TIME:
        return span(level.threshold)
    number = f"{level.threshold / HOUR_US:.6g}"
    return f"{number} core-hour" if number == "1" else f"{number} core-hours"


def level(one: Level, at: int) -> str:
    """How far a level has come: `18m 50s of 2h of the session: not yet`."""
    so_far = wording.decimal(at, HOUR_US, 2) if one.measure in CORE_TIME else wording.length(at)
    return f"{so_far} of {amount(one)} {_of(one)}: {'holds' if at >= one.threshold else 'not yet'}"


def _of(level: Level) -> str:
    """What bounds that which a level measures: `of the session`."""
    return SCOPES[SCOPE_OF[level.measure]].this


def _edge(edge: Edge) -> str:
    if edge.kind == "every":
        return f"every {span(edge.period_us)} of running time"
    if edge.kind == "idle":
        return f"after {span(edge.period_us)} with no activity"
    return cron(edge.text) if edge.kind == "at" else EVENTS[edge.text].fires


def cron(expression: str) -> str:
    """A cron expression in words where it is one of the common ones, else as it is."""
    minute, hour, *date = expression.split()
    if date[:2] == ["*", "*"] and minute.isdecimal() and hour.isdecimal():
        days = _days(date[2])
        if days:
            return f"{days} at {int(hour):02}:{int(minute):02}"
    if date == ["*", "*", "*"] and hour == "*" and minute.isdecimal():
        return f"every hour at :{int(minute):02}"
    if date == ["*", "*", "*"] and hour == "*" and minute[:2] == "*/" and minute[2:].isdecimal():
        step = int(minute[2:])
        return (
            f"every {step} minutes of the clock"
            if 1 < step <= 30 and 60 % step == 0
            else f'at "{expression}"'
        )
    return f'at "{expression}"'


def _days(field: str) -> str:
    if field == "*":
        return "every day"
    first, dash, last = field.partition("-")
    if first not in _DAYS or (dash and (last not in _DAYS or first >= last)):
        return ""
    return f"{_DAYS[first]} to {_DAYS[last]}" if dash else f"every {_DAYS[first]}"


def state(occurrence: Occurrence) -> str:
    """The state of an occurrence, and the reason for it."""
    text = "failed, to be tried again" if occurrence.state == "waiting" else ending(occurrence)
    return f"{text}: {reason(occurrence)}" if occurrence.reason else text


def ending(occurrence: Occurrence) -> str:
    """The state of an occurrence in a word or two; one that waits for a retry has failed."""
    words = {"queued": "waits for its turn", "waiting": "failed", "timed_out": "timed out"}
    return words.get(occurrence.state, occurrence.state)


def reason(occurrence: Occurrence) -> str:
    """Why an occurrence did not run, or was not tried again."""
    if (occurrence.state, occurrence.reason) == ("skipped", "superseded"):
        return "its turn did not come"
    return skipped(occurrence.reason)


def skipped(why: str) -> str:
    """A reason for which something was skipped, or not tried again."""
    return REASONS.get(why, why)


def result(run: Run) -> str:
    """How an attempt ended."""
    if run.result is None:
        return "running"
    how = run.result.replace("_", " ")
    if run.exit_code:
        how += (
            " with exit code"
            f" {run.exit_code}{' (command not found)' if run.exit_code == 127 else ''}"
        )
    elif run.signal:
        how += f", ended by signal {run.signal}"
    return f"{how}{after(run.duration_us)}{f': {run.detail}' if run.detail else ''}"
