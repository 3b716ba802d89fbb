"""`triggers explain`: why a trigger has or has not fired, and when it would."""

import click

from codespace_tracker.cli import now as tracker_now
from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers import words
from codespace_tracker.cli.triggers.list import next_in_words
from codespace_tracker.cli.triggers.standing import Standing, look
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.trigger import Level, Trigger
from codespace_tracker.ledger.occurrences import Occurrences

_DAY_US = 24 * HOUR_US


@click.command()
@click.argument("label")
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Say why a trigger has or has not fired, and when it would."""
    directory = state_directory(dir_)
    standing = look(directory)
    trigger, armed = standing.trigger(label)
    zone = standing.plan.zone
    n = [one for one, _ in standing.armed].index(trigger)
    lines = [show.bold(trigger.label), f"  It fires {words.conditions(trigger)}."]
    lines.append(f"  It counts since {show.moment(armed.at, zone)}, when it was added or last edited.")
    lines += [f"  {_level(level, standing)}" for level in trigger.levels]
    sharing = [one.label for one, _ in standing.armed if one.flag == trigger.flag and one.label != trigger.label]
    if sharing:
        lines.append(f"  It shares the flag {trigger.flag} with {', '.join(sharing)}: whichever comes first fires.")
    lines += _history(directory, trigger, standing)
    lines.append(f"  Next: {_next(standing, n, trigger)}")
    if not standing.running:
        lines.append("  The tracker is not running: nothing fires until `codespace-tracker start`.")
    if standing.loaded.problems:
        lines.append("  trigger_config.json has problems: what is in force is how it was before.")
    click.echo("\n".join(lines))


def _next(standing: Standing, n: int, trigger: Trigger) -> str:
    text = next_in_words(standing, trigger, standing.waits().get(n))
    ahead = [one for one in standing.foreseen(31 * _DAY_US, 10_000) if one.due.trigger.flag == trigger.flag]
    if ahead and trigger.enabled:
        at = show.moment(standing.now.at + ahead[0].in_us, standing.plan.zone)
        text += f"\n  If the machine runs on without a stop, it fires on {at}."
    return text


def _level(level: Level, standing: Standing) -> str:
    now = standing.now.measures
    value = {"session": now.session, "today": now.today, "month": now.month, "total": now.total}[level.measure]
    holds = "holds" if value >= level.threshold else "does not hold yet"
    if level.measure == "month":
        return f"{level.threshold / HOUR_US:g} core-hours in this month: {value / HOUR_US:.2f} so far, it {holds}."
    what = {"session": "of this session", "today": "of today", "total": "in all"}[level.measure]
    return f"{words.span(level.threshold)} {what}: {show.length(value)} so far, it {holds}."


def _history(directory: str, trigger: Trigger, standing: Standing) -> list[str]:
    ledger = tracker_now.open_ledger(directory)
    try:
        kept = Occurrences(ledger)
        found = [(one, kept.runs_of(one.id)) for one in kept.of_flag(trigger.flag, 3)]
    finally:
        ledger.close()
    if not found:
        return ["  It has not fired yet."]
    lines = ["  What it did last:"]
    for one, runs in found:
        lines.append(f"    {show.moment(one.due_at, standing.plan.zone)}  {words.mark(words.state(one))}")
        lines += [f"      attempt {run.attempt}: {words.result(run)}" for run in runs]
    return lines
