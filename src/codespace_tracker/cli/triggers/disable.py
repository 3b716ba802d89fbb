"""`triggers disable`."""

import click

from codespace_tracker.cli.options import directory_option, state_directory
from codespace_tracker.cli.triggers.edit import set_field


@click.command()
@click.argument("label")
@directory_option
def command(label: str, dir_: str | None) -> None:
    """Let a trigger rest. What is running goes on."""
    trigger = set_field(state_directory(dir_), label, "enabled", False)
    click.echo(f"{trigger.label}: It rests until `codespace-tracker triggers enable`.")
