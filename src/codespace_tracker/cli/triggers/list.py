"""`triggers list`: each trigger, when it fires, how far it is, how it last ended."""

from typing import Any

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.triggers import words
from codespace_tracker.cli.triggers.standing import Standing, look, measured
from codespace_tracker.core.trigger import Trigger


@click.command()
@directory_option
@json_option
def command(dir_: str | None, as_json: bool) -> None:
    """Show each trigger: when it fires, how far it is, how it last ended."""
    standing = look(state_directory(dir_))
    waits = standing.waits()
    if as_json:
        content = [_content(standing, n, waits) for n in range(len(standing.armed))]
        click.echo(show.json_text(content))
        return
    if not standing.armed:
        click.echo("There is no trigger yet. `codespace-tracker triggers add` makes one.")
    click.echo("\n\n".join(_block(standing, n, waits) for n in range(len(standing.armed))))
    for problem in standing.loaded.problems:
        click.echo(show.item(str(problem)))
    if not standing.running:
        click.echo("\nThe tracker is not running: nothing fires. `codespace-tracker start`")


def next_in_words(standing: Standing, trigger: Trigger, wait: int | None) -> str:
    """When a trigger could be due next, or why it will not be."""
    if not trigger.enabled:
        return "never: it is disabled"
    if trigger.flag in standing.held:
        return f"not as long as your flag flags/{trigger.flag} is there"
    if trigger.scope != "edge" and trigger.flag in standing.spent:
        return {"ever": "never again: it has fired", "session": "in the next session: it has fired in this one"}.get(
            trigger.scope, f"next {trigger.scope}: it has fired in this one"
        )
    edge = trigger.edge
    if edge is not None and edge.kind == "event":
        return words.conditions(trigger)
    if edge is not None and edge.kind == "idle":
        return "when nobody has been here for so long"
    if wait is None:
        return "at no known time"
    text = words.ahead(wait)
    if edge is not None and edge.kind == "at":
        return f"{text}: {show.moment(standing.now.at + wait, standing.plan.zone)}"
    if edge is not None:
        done = 1 - wait / edge.period_us
        return f"{text} of running time {_bar(done)}"
    return f"{text} of running time {_bar(measured(trigger, standing.now.measures) or 0)}"


def _bar(part: float) -> str:
    filled = round(max(0.0, min(1.0, part)) * 10)
    return f"{'█' * filled}{'░' * (10 - filled)} {int(part * 100)} %"


def _block(standing: Standing, n: int, waits: dict[int, int]) -> str:
    trigger, _ = standing.armed[n]
    last = standing.last.get(trigger.flag)
    lines = [
        show.bold(trigger.label) + (f"  (flag {trigger.flag})" if trigger.flag != trigger.label else ""),
        f"  when  {words.conditions(trigger)}",
        f"  next  {next_in_words(standing, trigger, waits.get(n))}",
    ]
    if last is not None:
        ago = show.about(max(0, standing.now.at - last.claimed_at))
        lines.append(f"  last  {words.mark(words.state(last))}, {ago} ago")
    return "\n".join(lines)


def _content(standing: Standing, n: int, waits: dict[int, int]) -> dict[str, Any]:
    trigger, armed = standing.armed[n]
    last = standing.last.get(trigger.flag)
    wait = waits.get(n)
    placed = standing.placed.get(trigger.flag)
    return {
        "label": trigger.label,
        "flag": trigger.flag,
        "when": words.conditions(trigger),
        "enabled": trigger.enabled,
        "scope": trigger.scope,
        "armed_at": standing.plan.zone.iso(armed.at),
        "fired_in_scope": trigger.scope != "edge" and trigger.flag in standing.spent,
        "suppressed": trigger.flag in standing.held,
        "flag_placed_at": None if placed is None else standing.plan.zone.iso(placed.at),
        "next_in_us": wait,
        "last": None
        if last is None
        else {
            "due_at": standing.plan.zone.iso(last.due_at),
            "state": last.state,
            "reason": last.reason,
            "attempts": last.attempts,
        },
    }
