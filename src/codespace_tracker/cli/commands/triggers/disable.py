"""`triggers disable`."""

import click

from codespace_tracker.cli.options import directory_option, label_argument, state_directory
from codespace_tracker.cli.trigger_file import set_field
from codespace_tracker.views.naming import typed


@click.command()
@label_argument
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Disable a trigger. A script that is already running continues."""
    trigger, changed = set_field(state_directory(dir_), label, "enabled", False)
    again = f"codespace-tracker triggers enable {typed(trigger, changed.triggers)}"
    how = "is now disabled" if changed.is_new else "was already disabled"
    click.echo(f"{trigger.label} {how}.\nTo enable it: {again}")
    if changed.note:
        click.echo(changed.note)
