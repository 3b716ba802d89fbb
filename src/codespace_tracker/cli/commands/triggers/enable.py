"""`triggers enable`."""

import click

from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.cli.outlook import tell_outlook
from codespace_tracker.cli.trigger_file import set_field


@click.command()
@label_argument
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Let a trigger fire again; its moments count from now."""
    directory = state_directory(dir_)
    trigger, changed = set_field(directory, label, "enabled", True)
    click.echo(f"{trigger.label} {'is enabled now' if changed.is_new else 'was enabled already'}.")
    tell_outlook(directory, trigger, changed.note)
