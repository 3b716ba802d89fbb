"""What debug.log says of starts and of triggers, each in one line.

No command, no variable and no output is in it: labels, names of flags and of runs, and figures.
"""

from codespace_tracker.core.calendar import UTC
from codespace_tracker.core.clock import MINUTE_US, SECOND_US
from codespace_tracker.core.recovery import Decision
from codespace_tracker.core.session import Session
from codespace_tracker.core.text import showable
from codespace_tracker.ledger.occurrences import Placed
from codespace_tracker.runs.run_files import Outcome
from codespace_tracker.views.prompt import clock_text

_LABEL = 80  # characters


def start(decision: Decision, last: Session | None, at: int) -> tuple[str, ...]:
    """What a start at the instant `at` (UTC µs) decided about the session before it, if there was
    one."""
    if last is None or decision.row == "copied":
        return ()
    if not decision.is_new:
        return (
            f"session {last.number} goes on; {length(decision.away_us)} without a tracker are "
            "counted",
        )
    away = f"last seen {UTC.iso(last.last_seen_at)}, {length(max(0, at - last.last_seen_at))} ago"
    ending = "was lost and is recovered" if decision.recovered else "has ended"
    return (f"session {last.number} {ending}: it ran {length(last.running_us)}, {away}",)


def due(label: str, skipped: str | None) -> str:
    """A trigger is due, or why it is skipped."""
    return f"{_trigger(label)} is due" + (f", and is skipped: {skipped}" if skipped else "")


def started(label: str, attempt: int, name: str) -> str:
    """A run of a trigger starts; `name` is that of its files in runs/."""
    return f"{_trigger(label)}: attempt {attempt} starts as {name}"


def ended(label: str, attempt: int, name: str, outcome: Outcome, retry_us: int | None) -> str:
    """A run has ended, and in how much running time it is tried again, if it is."""
    how = "" if not outcome.exit_code else f", exit code {outcome.exit_code}"
    how += "" if outcome.signal is None else f", signal {outcome.signal}"
    again = "" if retry_us is None else f"; it is tried again in {length(retry_us)}"
    took = length(outcome.duration_us)
    return (
        f"{_trigger(label)}: attempt {attempt} ({name}) {outcome.result} after {took}{how}{again}"
    )


def flag(placed: Placed) -> str:
    """Our flag was placed or removed."""
    done = "removed, because its scope is over" if placed.state == "removing" else "placed"
    return f"flag {placed.flag} {done}: {placed.scope}"


def flag_taken(name: str) -> str:
    """The user removed our flag."""
    return f"flag {name} was removed: its triggers may fire again"


def length(us: int) -> str:
    """A length of time, below a minute to a tenth of a second."""
    return f"{us / SECOND_US:.1f}s" if us < MINUTE_US else clock_text(us)


def _trigger(label: str) -> str:
    return f'trigger "{showable(label, _LABEL)}"'
