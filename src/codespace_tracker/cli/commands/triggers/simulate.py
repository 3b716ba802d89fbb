"""`triggers simulate`: what would fire when, without running anything."""

from typing import TYPE_CHECKING

import click

from codespace_tracker.cli import show
from codespace_tracker.cli.lengths import hours as length_in_hours
from codespace_tracker.cli.options import directory_option, json_option, state_directory
from codespace_tracker.cli.standing_by_files import look_at_files
from codespace_tracker.core.clock import HOUR_US
from codespace_tracker.core.forecast import UNFORESEEN, Foreseen
from codespace_tracker.views import trigger_words as words
from codespace_tracker.views import wording
from codespace_tracker.views.standing import Standing

if TYPE_CHECKING:
    from codespace_tracker.views.json_types.triggers import ForeseenJson

_MOST = 1000
_MOST_HOURS = 8784


@click.command()
@click.option(
    "--hours",
    type=length_in_hours,
    metavar="TIME",
    default=24,
    show_default=True,
    help="How far ahead to look, such as 30 (hours) or 2d.",
)
@directory_option
@json_option
def command(hours: float, dir_: str | None, as_json: bool) -> None:
    """Show which triggers will fire, and at what time. This assumes that the machine keeps running
    and every script succeeds.

    Uses trigger_config.json as it is now, even if the tracker does not use it yet. Nothing is run.
    Triggers that depend on activity (idle_minutes) or events cannot be predicted.
    """
    if not 0 < hours <= _MOST_HOURS:
        message = (
            f"{hours:g} hours is out of range. Write a length of time up to 366d, such as 30h or "
            "2d."
        )
        raise click.BadParameter(message, param_hint="--hours")
    standing = look_at_files(state_directory(dir_))
    foreseen, us = standing.foreseen(int(hours * HOUR_US), _MOST)
    iso, at = standing.configuration.zone.iso, standing.moment.at
    if as_json:
        content: list[ForeseenJson] = [
            {
                "at": iso(at + firing.in_us),
                "in_us": firing.in_us,
                "label": firing.due.trigger.label,
                "flag": firing.due.trigger.flag,
            }
            for firing in foreseen
        ]
        click.echo(show.json_text(content))
        for note in standing.files:
            click.echo(show.hanging("", note), err=True)
        return
    if not standing.armed:
        click.echo("There are no triggers yet. To add one: codespace-tracker triggers add")
        for note in standing.files:
            click.echo("\n" + show.hanging("", note))
        return
    if foreseen:
        click.echo(_table(standing, foreseen))
    if us < hours * HOUR_US:
        click.echo(
            f"… and more after {wording.moment(at + us, standing.configuration.zone)}; the list "
            f"stops at {_MOST}."
        )
    elif not foreseen:
        click.echo(f"Nothing fires within {words.span(int(hours * HOUR_US))}.")
    for note in _notes(standing):
        click.echo("\n" + show.hanging("", note))


def _notes(standing: Standing) -> list[str]:
    notes = [
        *standing.files,
        *(["This uses the files as they are now."] if standing.by_files else []),
    ]
    unforeseen = [
        trigger.label
        for trigger in standing.triggers
        if trigger.enabled and trigger.edge is not None and trigger.edge.kind in UNFORESEEN
    ]
    if unforeseen:
        names = ", ".join(map(wording.printable, unforeseen[:10])) + (
            ", …" if len(unforeseen) > 10 else ""
        )
        notes.append(f"Not predictable, as they depend on activity or events: {names}")
    if not standing.running:
        notes.append("The tracker is not running: this is what happens if it is started now.")
    return notes


def _table(standing: Standing, found: list[Foreseen]) -> str:
    zone, at = standing.configuration.zone, standing.moment.at
    rows = [
        (
            wording.moment(at + one.in_us, zone),
            "now" if one.in_us < 1_000_000 else f"in {wording.length(one.in_us)}",
            wording.printable(one.due.trigger.label),
        )
        for one in found
    ]
    return show.table(("When", "", "Trigger"), rows, frozenset({1}), limit=show.columns())
