"""`triggers enable`."""

import click

from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.cli.outlook import tell_outlook
from codespace_tracker.cli.trigger_file import set_field


@click.command()
@label_argument
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Enable a trigger. Its intervals start from zero, and it does not run for set times
    that it missed."""
    directory = state_directory(dir_)
    trigger, changed = set_field(directory, label, "enabled", True)
    click.echo(f"{trigger.label} {'is now enabled' if changed.is_new else 'was already enabled'}.")
    tell_outlook(directory, trigger, changed.note)
