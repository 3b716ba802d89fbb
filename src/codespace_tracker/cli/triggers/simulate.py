"""`triggers simulate`: what would fire when, running nothing."""

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.triggers.standing import look
from codespace_tracker.core.clock import HOUR_US

_MOST = 1000


@click.command()
@click.option("--hours", type=click.FloatRange(min=0, min_open=True, max=8784), default=24, show_default=True)
@directory_option
@json_option
def command(hours: float, dir_: str | None, as_json: bool) -> None:
    """Show what would fire when, if the machine ran on for so many hours and every script succeeded.

    Nothing is run. What depends on people (idle_minutes) and on events is not foreseen.
    """
    standing = look(state_directory(dir_))
    found = standing.foreseen(int(hours * HOUR_US), _MOST + 1)
    zone = standing.plan.zone
    if as_json:
        content = [
            {"at": zone.iso(standing.now.at + one.in_us), "label": one.due.trigger.label, "in_us": one.in_us}
            for one in found[:_MOST]
        ]
        click.echo(show.json_text(content))
        return
    if not found:
        click.echo(f"Nothing would fire within {hours:g} hours.")
    else:
        rows = [
            (
                show.moment(standing.now.at + one.in_us, zone),
                f"in {show.length(max(0, one.in_us))}",
                one.due.trigger.label,
            )
            for one in found[:_MOST]
        ]
        click.echo(show.table(("When", "", "Trigger"), rows, frozenset({1})))
    if len(found) > _MOST:
        click.echo(f"… and more: only the first {_MOST} are shown.")
    unforeseen = [t.label for t, _ in standing.armed if t.enabled and t.edge and t.edge.kind in ("idle", "event")]
    if unforeseen:
        click.echo(f"Not foreseen (they depend on people or events): {', '.join(unforeseen)}")
